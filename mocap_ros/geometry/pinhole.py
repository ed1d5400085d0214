"""Points to pixels and back (thesis Sec. 3.2, 8.2.1). Pixel (0, 0) is the centre of the top-left pixel."""

import cv2
import numpy as np

from mocap_ros.datatypes.errors import SkeletonError

FISHEYE_STEPS = 20  # of Newton's method; OpenCV's own inverse gives up on lenses wider than 150 degrees


def project(points_camera, camera):
    """Pixels at which a camera sees points.

    Args:
        points_camera: camera optical frame [m], (..., 3).
        camera: Camera; its distortion is applied.

    Returns:
        Image points [px], (..., 2); NaN for points on or behind the image plane (z <= 0) and for NaN points.

    Raises:
        SkeletonError: the last axis of `points_camera` is not 3.
    """
    points = _with_last_axis(points_camera, 3)
    in_front = points[..., 2] > 0
    depth = np.where(in_front, points[..., 2], np.nan)
    if camera.distortion.size == 0:
        return points[..., :2] / depth[..., None] * camera.matrix[[0, 1], [0, 1]] + camera.matrix[:2, 2]
    pixels = np.full(points.shape[:-1] + (2,), np.nan)
    in_front &= np.isfinite(points).all(-1)
    if in_front.any():
        map_points = cv2.fisheye.projectPoints if camera.fisheye else cv2.projectPoints
        seen, _ = map_points(points[in_front][:, None], np.zeros(3), np.zeros(3), camera.matrix, camera.distortion)
        pixels[in_front] = seen[:, 0]
    return pixels


def undistort_pixels(pixels, camera):
    """Where an ideal pinhole camera with the same K would see what is seen at `pixels`.

    Args:
        pixels: image points [px], (..., 2); NaN stays NaN.
        camera: Camera.

    Returns:
        Image points [px], (..., 2); NaN where a fisheye looks 90 degrees or more off its axis.

    Raises:
        SkeletonError: the last axis of `pixels` is not 2.
    """
    pixels = _with_last_axis(pixels, 2)
    if camera.distortion.size == 0:
        return pixels
    ideal = np.full(pixels.shape, np.nan)
    known = np.isfinite(pixels).all(-1)
    if known.any() and camera.fisheye:
        ideal[known] = _undistort_fisheye(pixels[known], camera)
    elif known.any():
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-9)
        ideal[known] = cv2.undistortPointsIter(
            pixels[known][:, None], camera.matrix, camera.distortion, None, camera.matrix, criteria
        )[:, 0]
    return ideal


def _undistort_fisheye(pixels, camera):
    """`undistort_pixels` of (N, 2) finite pixels of a fisheye: r = f (a + k1 a^3 + ...) solved for the angle a."""
    focal, centre, k = camera.matrix[[0, 1], [0, 1]], camera.matrix[:2, 2], camera.distortion
    bent = (pixels - centre) / focal
    radius = np.linalg.norm(bent, axis=1)
    angle = np.minimum(radius, np.pi / 2)
    for _ in range(FISHEYE_STEPS):  # Newton
        square = angle * angle
        value = angle * (1 + square * (k[0] + square * (k[1] + square * (k[2] + square * k[3]))))
        slope = 1 + square * (3 * k[0] + square * (5 * k[1] + square * (7 * k[2] + square * 9 * k[3])))
        angle = angle - (value - radius) / np.where(np.abs(slope) > 1e-6, slope, 1e-6)
    square = angle * angle
    value = angle * (1 + square * (k[0] + square * (k[1] + square * (k[2] + square * k[3]))))
    ahead = (np.abs(value - radius) < 1e-9) & (angle >= 0) & (angle < np.pi / 2)
    stretch = np.where(radius > 1e-12, np.tan(np.where(ahead, angle, 0)) / np.maximum(radius, 1e-12), 1.0)
    return np.where(ahead[:, None], bent * stretch[:, None] * focal + centre, np.nan)


def rays(pixels, camera):
    """View directions through pixels, scaled to z = 1, in the camera optical frame.

    Args:
        pixels: image points [px], (..., 2), distorted as taken; NaN stays NaN.
        camera: Camera.

    Returns:
        Directions, (..., 3).
    """
    ideal = undistort_pixels(pixels, camera)
    directions = np.ones(ideal.shape[:-1] + (3,))
    directions[..., :2] = (ideal - camera.matrix[:2, 2]) / camera.matrix[[0, 1], [0, 1]]
    return directions


def unproject(pixels, depth, camera):
    """Camera-frame points seen at `pixels` at known depth.

    Args:
        pixels: image points [px], (..., 2), distorted as taken.
        depth: distance along the optical axis [m], (...).
        camera: Camera.

    Returns:
        Points in the camera optical frame [m], (..., 3).
    """
    return rays(pixels, camera) * np.asarray(depth)[..., None]


def _with_last_axis(array, size):
    array = np.asarray(array, float)
    if array.shape[-1:] != (size,):
        raise SkeletonError(f"array of shape {array.shape}: wanted {size} numbers on the last axis")
    return array
