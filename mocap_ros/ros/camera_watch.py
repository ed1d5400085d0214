"""The newest camera_info as a Camera, with the assumed one where there is none (thesis Sec. 8.2.1)."""

import math
import threading

from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.errors import CameraError
from mocap_ros.ros.camera_conversions import camera_from_info


class CameraWatch:
    """Holds the newest CameraInfo.

    Args:
        vertical_field_of_view: of the assumed camera [rad].
        warn: called with one line whenever the reason for assuming changes.

    Attributes:
        problem: why the intrinsics are assumed, "" where camera_info is used.
    """

    def __init__(self, vertical_field_of_view, warn):
        self.vertical_field_of_view = vertical_field_of_view
        self.problem = "no camera_info yet"
        self._warn = warn
        self._warned = None
        self._info = None
        self._known = None, None  # what the last camera was made of, and the camera
        self._came = threading.Event()

    def update(self, info):
        """Takes a CameraInfo message."""
        self._info = info
        self._came.set()

    def wait(self, timeout):
        """Waits up to `timeout` [s] for the first camera_info."""
        self._came.wait(timeout)

    def image_size(self):
        """(width, height) of the images that camera_info tells of [px]; zeros before it comes or where it says none."""
        if self._info is None:
            return 0, 0
        region = self._info.roi if self._info.roi.width and self._info.roi.height else self._info
        return region.width // max(self._info.binning_x, 1), region.height // max(self._info.binning_y, 1)

    def camera(self, width, height):
        """The Camera for images of width x height [px]; warns once where it is assumed."""
        origin, camera = self._known
        now = self._info, width, height, self.vertical_field_of_view
        if origin is None or origin[0] is not now[0] or origin[1:] != now[1:]:
            camera = self._camera(width, height)
            self._known = now, camera
        return camera

    def _camera(self, width, height):
        camera, self.problem = self._known_camera(width, height)
        if camera is not None:
            return camera
        if self.problem != self._warned:
            self._warned = self.problem
            degrees = math.degrees(self.vertical_field_of_view)
            self._warn(f"{self.problem}: assuming {degrees:.0f} degrees vertical field of view; distances are only as "
                       "good as that")
        return assumed_camera(width, height, self.vertical_field_of_view)

    def _known_camera(self, width, height):
        if self._info is None:
            return None, "no camera_info"
        try:
            camera = camera_from_info(self._info, width, height)
        except CameraError as error:
            return None, str(error)
        return camera, "" if camera is not None else "camera_info has K = 0"
