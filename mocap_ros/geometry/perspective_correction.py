"""Turning what was predicted in a person's own view back to the camera (thesis Sec. 4.1.4, Appendix B.1).

A network that sees a person through a crop, or that answers alike wherever the person stands in the image, speaks in
the frame of a virtual camera: same centre, turned so that its axis goes through the person. Everybody away from the
image's middle comes out turned by the angle between the two axes, the same wrong turn every time, so it is undone
exactly.
"""

import numpy as np

from mocap_ros.geometry.pinhole import rays


def view_from_camera(rays):
    """Smallest rotations that bring each ray to the optical axis.

    Args:
        rays: directions in the camera optical frame, z > 0, (..., 3).

    Returns:
        view_from_camera, (..., 3, 3): `view_from_camera @ ray` is along (0, 0, 1).
    """
    rays = np.asarray(rays, float)
    x, y, z = np.moveaxis(rays / np.sqrt((rays * rays).sum(-1, keepdims=True)), -1, 0)
    shrink = 1 / (1 + z)
    matrices = np.empty(rays.shape + (3,))
    matrices[..., 0, 0], matrices[..., 1, 1] = 1 - x * x * shrink, 1 - y * y * shrink
    matrices[..., 0, 1] = matrices[..., 1, 0] = -x * y * shrink
    matrices[..., 0, 2], matrices[..., 1, 2] = -x, -y
    matrices[..., 2, 0], matrices[..., 2, 1], matrices[..., 2, 2] = x, y, z
    return matrices


def view_rays(keypoints_px, confidence, camera):
    """Direction of each person's virtual view: through the centroid of the keypoints that are seen.

    Args:
        keypoints_px: image points [px], as taken, (..., K, 2); NaN where not seen.
        confidence: (..., K), 0 where not seen.
        camera: Camera.

    Returns:
        Directions in the camera optical frame, scaled to z = 1, (..., 3); NaN for a person without any keypoint.

    Source: Appendix B.1, where the centroid does better than the crop's centre (for which see `pinhole.rays`).
    """
    keypoints_px = np.asarray(keypoints_px, float)
    seen = (np.asarray(confidence) > 0) & np.isfinite(keypoints_px).all(-1)
    count = seen.sum(-1)[..., None]
    centroid = np.where(seen[..., None], keypoints_px, 0).sum(-2) / np.where(count > 0, count, np.nan)
    return rays(centroid, camera)


def correct_perspective(joints_view, view_rays, horizontal_only=False):
    """Joints in camera axes from joints in the axes of each person's virtual view.

    Args:
        joints_view: root-relative joints as a crop's network predicts them [m], (..., J, 3).
        view_rays: where each virtual camera looks, in the camera optical frame, (..., 3); NaN leaves a person as it is.
        horizontal_only: turn about the camera's vertical axis alone, as Appendix B.1 simplifies it; right for networks
            trained on people at the camera's own height.

    Returns:
        Root-relative joints in the camera optical frame [m], (..., J, 3).
    """
    view_rays = np.asarray(view_rays, float)
    view_rays = np.where(np.isfinite(view_rays).all(-1, keepdims=True), view_rays, [0.0, 0.0, 1.0])
    if horizontal_only:
        view_rays = view_rays * [1, 0, 1]
    return np.asarray(joints_view, float) @ view_from_camera(view_rays)  # rows: camera_from_view is the transpose
