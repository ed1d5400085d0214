"""The floor below a robot, from TF: the plane z = 0 of a frame that stands on it (thesis Sec. 8.3.2)."""

from mocap_ros.datatypes.errors import CameraError
from mocap_ros.geometry.ground_plane import ground_below
from mocap_ros.motion_export.people_messages import seconds_of


class GroundWatch:
    """Follows the floor as a camera sees it that moves on a robot.

    Args:
        node: rclpy Node.
        frame: that stands on the floor, such as base_footprint.
        transforms: TransformTree.

    Attributes:
        problem: why no floor is known, "" where one is.
    """

    def __init__(self, node, frame, transforms):
        self.frame = frame
        self.problem = "no image yet"
        self._node = node
        self._warned = ""
        self._transforms = transforms

    def plane(self, header):
        """GroundPlane in the frame and at the time of an image's header; None, with a warning, where TF has none."""
        camera_from_base = self._transforms.lookup(header.frame_id, self.frame, seconds_of(header.stamp))
        plane, self.problem = None, ""
        if camera_from_base is None:
            self.problem = f"TF does not connect '{self.frame}' with the images' '{header.frame_id}'"
        else:
            try:
                plane = ground_below(camera_from_base)
            except CameraError as error:
                self.problem = f"the camera is not above '{self.frame}': {error}"
        if self.problem and self.problem != self._warned:
            self._node.get_logger().warning(f"{self.problem}: without a floor, heights are assumed")
        self._warned = self.problem
        return plane
