"""Intrinsics that a data set does not publish as such, from its own 3D and 2D labels of the same points."""

import numpy as np

from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import CameraError

FEWEST_POINTS = 8


def fit_camera(points_camera, points_px, width, height):
    """The pinhole Camera under which points fall on their pixels, by least squares.

    Args:
        points_camera: camera optical frame, any unit, (..., 3); NaN where unknown.
        points_px: (..., 2), pixel (0, 0) at the centre of the top-left pixel.
        width, height: size of the image [px].

    Raises:
        CameraError: too few points, or points that do not fix a camera.
    """
    points, pixels = np.reshape(points_camera, (-1, 3)).astype(float), np.reshape(points_px, (-1, 2)).astype(float)
    known = np.isfinite(points).all(1) & np.isfinite(pixels).all(1) & (points[:, 2] > 0)
    points, pixels = points[known], pixels[known]
    if len(points) < FEWEST_POINTS:
        raise CameraError(f"{len(points)} labelled points in front of the camera: wanted {FEWEST_POINTS} or more")
    matrix = np.eye(3)
    for axis in range(2):
        slopes = points[:, axis] / points[:, 2]
        design = np.stack([slopes, np.ones_like(slopes)], 1)
        (focal, centre), _, rank, _ = np.linalg.lstsq(design, pixels[:, axis], rcond=1e-9)
        if rank < 2 or focal <= 0:
            raise CameraError(f"the labelled points fix no camera (focal length {focal:g} px)")
        matrix[axis, axis], matrix[axis, 2] = focal, centre
    return Camera(width, height, matrix)
