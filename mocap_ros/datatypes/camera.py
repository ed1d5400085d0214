"""The camera's intrinsics as plain numbers."""

from dataclasses import dataclass, field
import math

import numpy as np

from mocap_ros.datatypes.errors import CameraError

PLUMB_BOB, RATIONAL, EQUIDISTANT = "plumb_bob", "rational_polynomial", "equidistant"
DISTORTION_MODELS = (PLUMB_BOB, RATIONAL, EQUIDISTANT)  # sensor_msgs/CameraInfo's names


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera with OpenCV's plumb_bob, rational or fisheye distortion, for one image size.

    Pixel (0, 0) is the centre of the top-left pixel. Camera frame: REP-103 optical (x right, y down, z forward).

    Attributes:
        width, height: image size [px].
        matrix: intrinsics K [px], (3, 3).
        distortion: OpenCV's coefficients, (0,), (4,), (5,), (8,), (12,) or (14,); empty means none.
        calibrated: False where the intrinsics were assumed.
        fisheye: True where the four coefficients are those of OpenCV's fisheye model, which ROS calls equidistant.

    Raises:
        CameraError: a size below one pixel, a focal length that is not positive, or a number that is not finite.
    """

    width: int
    height: int
    matrix: np.ndarray
    distortion: np.ndarray = field(default_factory=lambda: np.zeros(0))
    calibrated: bool = True
    fisheye: bool = False

    def __post_init__(self):
        matrix = np.array(self.matrix, float)
        distortion = np.array(self.distortion, float).ravel()
        if self.width < 1 or self.height < 1:
            raise CameraError(f"image size {self.width} x {self.height}: both must be at least 1 pixel")
        if matrix.shape != (3, 3):
            raise CameraError(f"K of shape {matrix.shape}: wanted (3, 3)")
        if not (np.isfinite(matrix).all() and np.isfinite(distortion).all()):
            raise CameraError("K or the distortion holds NaN or infinity")
        if not (matrix[0, 0] > 0 and matrix[1, 1] > 0):
            raise CameraError(f"focal lengths {matrix[0, 0]:g}, {matrix[1, 1]:g}: both must be positive")
        if distortion.size not in (0, 4, 5, 8, 12, 14):
            raise CameraError(f"{distortion.size} distortion coefficients: wanted 0, 4, 5, 8, 12 or 14")
        if self.fisheye:
            if distortion.size not in (0, 4):
                raise CameraError(f"{distortion.size} distortion coefficients of a fisheye: wanted 4")
            distortion = distortion if distortion.size else np.zeros(4)
        elif not distortion.any():
            distortion = np.zeros(0)
        matrix.setflags(write=False)
        distortion.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "distortion", distortion)

    @property
    def distortion_model(self):
        """One of DISTORTION_MODELS."""
        return EQUIDISTANT if self.fisheye else RATIONAL if self.distortion.size > 5 else PLUMB_BOB

    @property
    def padded_distortion(self):
        """The coefficients as ROS writes them, never fewer than plumb_bob's five, (N,); four of a fisheye."""
        return self.distortion if self.fisheye else np.pad(self.distortion, (0, max(0, 5 - self.distortion.size)))

    @property
    def vertical_field_of_view(self):
        """Angle between the top and the bottom edge of the image [rad]."""
        return 2 * math.atan(self.height / 2 / self.matrix[1, 1])


def assumed_camera(width, height, vertical_field_of_view):
    """An uncalibrated camera: square pixels, centred, of the given vertical field of view [rad] (Sec. 8.2.1)."""
    focal = height / 2 / math.tan(vertical_field_of_view / 2)
    matrix = [[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]]
    return Camera(width, height, matrix, calibrated=False)
