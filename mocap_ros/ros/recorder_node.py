"""Node `recorder`: persons, skeleton_model, /tf and camera_info into a rosbag2, the overlay into a video, BVH files.

Where ROS has `ros2 bag` that records as well; this one needs no more than the library rosbags.
"""

from pathlib import Path
import sys
import time

from mocap_ros.msg import PersonArray, SkeletonModel
from rclpy.serialization import deserialize_message
from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

from mocap_ros.datatypes.config import MocapConfig
from mocap_ros.datatypes.errors import ImageError, SkeletonError, writing
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.geometry.ground_plane import ground_of_settings
from mocap_ros.motion_export.people_files import BVH, CSV, PeopleFiles
from mocap_ros.motion_export.people_messages import people_from_message, seconds_of
from mocap_ros.motion_export.recording import BAG
from mocap_ros.motion_export.results import OVERLAY
from mocap_ros.motion_export.rosbag import BagWriter, message_types
from mocap_ros.motion_export.video import VideoFile
from mocap_ros.ros.image_conversions import image_to_bgr
from mocap_ros.ros.managed_node import ManagedNode
from mocap_ros.ros.parameters import declare_settings, follow_settings
from mocap_ros.ros.robot_frames import RobotFrames
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import LATCHED, RESULTS

TOPICS = (  # topic, type, its name in a bag, whether it is latched
    ("persons", PersonArray, "mocap_ros/msg/PersonArray", False),
    ("skeleton_model", SkeletonModel, "mocap_ros/msg/SkeletonModel", True),
    ("/tf", TFMessage, "tf2_msgs/msg/TFMessage", False),
    ("camera_info", CameraInfo, "sensor_msgs/msg/CameraInfo", False),
)
SETTLED = 1.0  # s without a message after which everything sent has come
FOREVER = QosTime(2147483647, 4294967295)


class RecorderNode(ManagedNode):
    """Writes bag/, overlay.mp4, persons.csv and <id>.bvh into the folder of the setting recorder.folder.

    Attributes:
        counts: messages recorded, by topic.
    """

    def __init__(self):
        super().__init__("recorder")
        self.config = declare_settings(self, MocapConfig())
        given = declare_settings(self, NodeConfig())
        self.settings, self._input = given.recorder, given.input
        self.counts = {}
        self._bag = self._video = self._files = self._frames = None
        self._recorded = []
        self._newest = time.monotonic()
        follow_settings(self, self.config, self._change)

    def load(self):
        folder = Path(self.settings.folder)
        with writing(folder, ImageError):
            folder.mkdir(parents=True, exist_ok=True)
        self._bag = BagWriter(folder / BAG, message_types())
        if self.settings.bvh:
            self._files = PeopleFiles(folder, (CSV, BVH), ground_of_settings(self.config.camera))
        if self.settings.overlay:
            self._video = VideoFile(folder / OVERLAY, self.settings.rate)

    def start(self):
        if self._files is not None:
            self._frames = RobotFrames(self, self._input)
        for topic, kind, type_name, latched in TOPICS:
            name = self.resolve_topic_name(topic)
            self._recorded.append(self.create_subscription(
                kind, topic, self._writer(name, type_name, latched), LATCHED if latched else RESULTS, raw=True))
        if self._video is not None:
            self._recorded.append(self.create_subscription(Image, "overlay", self._on_overlay, RESULTS))

    def stop(self):
        for subscription in self._recorded:
            self.destroy_subscription(subscription)
        self._recorded.clear()
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def unload(self):
        if self._bag is None:
            return
        self._bag.close()  # first: it is what the others can be made from
        if self._video is not None:
            self._video.close()
        written = []
        if self._files is not None:
            self._files.close()
            written = [path.name for path in self._files.written]
        self._bag = self._video = self._files = None
        what = ", ".join(f"{count} {topic}" for topic, count in self.counts.items()) or "nothing"
        self.get_logger().info(f"{self.settings.folder}: {what}, {len(written)} files for other programs")

    def unfinished_work(self):
        return time.monotonic() - self._newest < SETTLED

    def _change(self, config):
        """Takes the floor of settings that were changed while the node runs."""
        self.config = config
        if self._files is not None:
            self._files.plane = ground_of_settings(config.camera)

    def _writer(self, topic, type_name, latched):
        """The callback that records one topic's serialised messages."""
        qos = [bag_qos(latched)]

        def write(data):
            self._count(topic)
            try:
                self._bag.write(topic, type_name, self.get_clock().now().nanoseconds, data, qos)
                if type_name == TOPICS[0][2] and self._files is not None:
                    self._add(deserialize_message(data, PersonArray))
            except OSError as error:
                self.get_logger().error(f"{self.settings.folder}: cannot be written ({error.strerror})")
                self.finished, self.exit_status = True, 2
            except SkeletonError as error:
                self.get_logger().warning(f"not in the tables: {error}", throttle_duration_sec=5.0)

        return write

    def _add(self, message):
        """Takes a PersonArray into the files for other programs, and the floor of its moment where TF tells it."""
        self._files.add(people_from_message(message))
        plane = self._frames.ground.plane(message.header) if self._frames.ground is not None else None
        if plane is not None:
            self._files.plane = plane

    def _on_overlay(self, message):
        self._count("overlay")
        try:
            self._video.write(image_to_bgr(message), seconds_of(message.header.stamp))
        except ImageError as error:
            self.get_logger().warning(f"not in the video: {error}", throttle_duration_sec=5.0)

    def _count(self, topic):
        self._newest = time.monotonic()
        self.counts[topic] = self.counts.get(topic, 0) + 1


def bag_qos(latched):
    """The quality of service that a player of the bag should offer."""
    durability = QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE
    return Qos(QosHistory.KEEP_LAST, 1 if latched else 100, QosReliability.RELIABLE, durability, FOREVER, FOREVER,
               QosLiveliness.AUTOMATIC, FOREVER, False)


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(RecorderNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
