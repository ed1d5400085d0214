"""What TF tells of the robot, image by image: the floor, and where the camera has moved to."""

from mocap_ros.ros.camera_motion import CameraMotion
from mocap_ros.ros.ground_watch import GroundWatch
from mocap_ros.ros.transform_tree import TransformTree


class RobotFrames:
    """Follows the frames that the settings name, through one tree of transforms; nothing is listened to without any.

    Args:
        node: rclpy Node.
        settings: InputConfig, for its ground_frame and odometry_frame.

    Attributes:
        ground: GroundWatch of the named frame; None where none is named.
    """

    def __init__(self, node, settings):
        ground, odometry = settings.ground_frame, settings.odometry_frame
        self._transforms = TransformTree(node) if ground or odometry else None
        self.ground = GroundWatch(node, ground, self._transforms) if ground else None
        self._motion = CameraMotion(node, odometry, self._transforms) if odometry else None

    def tell(self, fitter, header):
        """Sets a Fitter's floor and camera motion for an image, as far as their frames are named."""
        if self.ground is not None:
            fitter.plane = self.ground.plane(header)
        if self._motion is not None:
            fitter.fixed_from_camera = self._motion.place(header)

    def close(self):
        """Stops listening to TF."""
        if self._transforms is not None:
            self._transforms.close()
