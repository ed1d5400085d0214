"""Where a moving camera is, from TF: its place in a frame that stays while the robot drives, such as odom."""

from mocap_ros.motion_export.people_messages import seconds_of


class CameraMotion:
    """Follows the camera through a frame that does not move.

    Args:
        node: rclpy Node.
        frame: such as odom; one that does not jump, so map is the worse choice.
        transforms: TransformTree.
    """

    def __init__(self, node, frame, transforms):
        self.frame = frame
        self._node = node
        self._warned = False
        self._transforms = transforms

    def place(self, header):
        """fixed_from_camera (4, 4) of an image's header; None, with a warning, where TF has none."""
        place = self._transforms.lookup(self.frame, header.frame_id, seconds_of(header.stamp))
        if place is None and not self._warned:
            self._node.get_logger().warning(f"TF does not connect '{self.frame}' with the images' '{header.frame_id}': "
                                            "the camera is taken to be at rest")
        self._warned = place is None
        return place
