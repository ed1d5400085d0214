"""What the capture and the fitter node publish of a PeopleFrame: persons, skeleton_model, /tf and REP-155."""

from mocap_ros.msg import PersonArray, SkeletonModel
from tf2_msgs.msg import TFMessage

from mocap_ros.motion_export.messages import skeleton_model_message
from mocap_ros.ros.person_bytes import PersonBytes
from mocap_ros.ros.person_conversions import TYPES
from mocap_ros.ros.topics import LATCHED, RESULTS
from mocap_ros.ros.transform_bytes import TransformBytes


class PeopleOutput:
    """Publishers of everything about people.

    Args:
        node: rclpy Node.
        settings: OutputConfig.

    Raises:
        ConfigError: REP-155 is wanted and hri_msgs is not there.
    """

    def __init__(self, node, settings):
        self._node = node
        self._rep155 = None
        if settings.rep155:
            from mocap_ros.ros.rep155 import HumansPublisher  # imports hri_msgs, which few machines have
            self._rep155 = HumansPublisher(node)
        self._persons = node.create_publisher(PersonArray, "persons", RESULTS)
        self._model = node.create_publisher(SkeletonModel, "skeleton_model", LATCHED)
        self._model.publish(skeleton_model_message(TYPES))
        self._transforms, self._people = TransformBytes(), PersonBytes()
        self._tf = node.create_publisher(TFMessage, "/tf", RESULTS) if settings.tf else None

    def publish(self, frame, header):
        """Publishes a PeopleFrame under the stamp and frame of its image's `header`; TF first, so that it is there."""
        if self._tf is not None and frame.people and self._has_frame(header):
            self._tf.publish(self._transforms.serialised(frame, header))
        if self._rep155 is not None:
            self._rep155.publish(frame, header)
        self._persons.publish(self._people.serialised(frame, header))

    def _has_frame(self, header):
        """False, with a warning, where the image names no frame below which people could stand."""
        if not header.frame_id:
            self._node.get_logger().warning("images without frame_id: no TF", once=True)
        return bool(header.frame_id)

    def subscriptions(self):
        """How many listen to persons."""
        return self._persons.get_subscription_count()

    def close(self):
        """Destroys the publishers."""
        for publisher in (self._persons, self._model, self._tf):
            if publisher is not None:
                self._node.destroy_publisher(publisher)
        if self._rep155 is not None:
            self._rep155.close()
