"""sensor_msgs/CameraInfo to Camera; the way back is motion_export/messages.py."""

import numpy as np

from mocap_ros.datatypes.camera import Camera, DISTORTION_MODELS, EQUIDISTANT
from mocap_ros.datatypes.errors import CameraError


def camera_from_info(message, width, height):
    """The Camera of images of width x height, None where K[0] is 0: uncalibrated by sensor_msgs' convention.

    Binning and the region of interest are taken into account, and a camera_info of another size with the same aspect
    is scaled.

    Args:
        message: CameraInfo.
        width, height: size of the images at hand [px].

    Raises:
        CameraError: NaN, a distortion model that is not in DISTORTION_MODELS, or an aspect that is not the images'.
    """
    matrix = np.array(message.k, float).reshape(3, 3)
    if matrix[0, 0] == 0:
        return None
    if message.distortion_model not in ("", *DISTORTION_MODELS):
        raise CameraError(f"distortion model '{message.distortion_model}': "
                          f"wanted one of {', '.join(DISTORTION_MODELS)}")
    if not np.isfinite(matrix).all():
        raise CameraError("camera_info's K holds NaN or infinity")
    full_width, full_height = message.width, message.height
    region = message.roi
    if region.width and region.height:
        matrix[:2, 2] -= region.x_offset, region.y_offset
        full_width, full_height = region.width, region.height
    if not (full_width and full_height):
        full_width, full_height = width, height
    scale = np.array([width / full_width, height / full_height])  # binning is a scale below 1
    if abs(scale[0] / scale[1] - 1) > 0.02:  # binning may round a side by a pixel
        raise CameraError(f"camera_info is for {full_width} x {full_height} images, the images are {width} x {height}")
    matrix[:2, :2] *= scale[:, None]
    matrix[:2, 2] = (matrix[:2, 2] + 0.5) * scale - 0.5  # (0, 0) is a pixel's centre
    return Camera(width, height, matrix, np.array(message.d, float), fisheye=message.distortion_model == EQUIDISTANT)
