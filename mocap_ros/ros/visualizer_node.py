"""Node `visualizer`: persons as markers for RViz, and drawn onto their image."""

import sys

from diagnostic_msgs.msg import DiagnosticStatus
from mocap_ros.msg import PersonArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.motion_export.overlay import draw_people
from mocap_ros.motion_export.people_messages import people_from_message
from mocap_ros.ros.diagnostics import Diagnostics
from mocap_ros.ros.image_conversions import image_from_bgr
from mocap_ros.ros.managed_node import ManagedNode
from mocap_ros.ros.markers import PeopleMarkers
from mocap_ros.ros.parameters import declare_settings
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import IMAGES, RESULTS, subscribe_images


class VisualizerNode(ManagedNode):
    """Publishes `markers` and `overlay` while somebody looks at them.

    Attributes:
        drawn, undrawn: overlays published; images or persons that waited in vain for each other.
    """

    def __init__(self):
        super().__init__("visualizer")
        settings = declare_settings(self, NodeConfig())
        self.settings, self.transport = settings.visualizer, settings.input.transport
        self._subscriptions_open = []
        self._waiting_images = {}  # stamp -> image message whose persons have not come yet
        self._waiting_persons = {}  # stamp -> persons whose image has not come yet
        self._header = Header()  # of the newest persons
        self._shown = PeopleMarkers(self.settings.trail)
        self.drawn = self.undrawn = 0

    def start(self):
        self._markers = self.create_publisher(MarkerArray, "markers", RESULTS)
        self._overlays = self.create_publisher(Image, "overlay", IMAGES)
        self._subscriptions_open.append(self.create_subscription(PersonArray, "persons", self._on_persons, RESULTS))
        if self.settings.overlay:
            images, self._decode = subscribe_images(self, self.transport, self._on_image)
            self._subscriptions_open.append(images)
        self._diagnostics = Diagnostics(self, self._report)

    def stop(self):
        if not self._subscriptions_open:
            return
        self._diagnostics.close()
        for subscription in self._subscriptions_open:
            self.destroy_subscription(subscription)
        self._subscriptions_open.clear()
        self._waiting_images.clear()
        self._waiting_persons.clear()
        self._markers.publish(self._shown.clear(self._header))
        self.destroy_publisher(self._markers)
        self.destroy_publisher(self._overlays)

    def _on_persons(self, message):
        frame = people_from_message(message)
        self._header = message.header
        if self._markers.get_subscription_count():
            self._markers.publish(self._shown.update(frame, message.header))
        if self.settings.overlay and (self.settings.always or self._overlays.get_subscription_count()):
            self._keep(self._waiting_persons, message.header.stamp, frame)
            self._draw(message.header.stamp)

    def _on_image(self, message):
        if self.settings.always or self._overlays.get_subscription_count():
            self._keep(self._waiting_images, message.header.stamp, message)
            self._draw(message.header.stamp)

    def _keep(self, waiting, stamp, value):
        """Puts `value` under its stamp; the oldest goes when there are too many."""
        waiting[stamp.sec, stamp.nanosec] = value
        while len(waiting) > self.settings.memory:
            del waiting[next(iter(waiting))]
            self.undrawn += 1

    def _draw(self, stamp):
        """Publishes the overlay of one stamp if its image and its persons are both here."""
        key = stamp.sec, stamp.nanosec
        if key not in self._waiting_images or key not in self._waiting_persons:
            return
        message, frame = self._waiting_images.pop(key), self._waiting_persons.pop(key)
        try:
            image = self._decode(message)
        except ImageError as error:
            self.get_logger().warning(f"no overlay: {error}", throttle_duration_sec=5.0)
            return
        self._overlays.publish(image_from_bgr(draw_people(image, frame), message.header))
        self.drawn += 1

    def _report(self):
        values = {"overlays drawn": self.drawn, "overlays undrawn": self.undrawn,
                  "subscriptions of overlay": self._overlays.get_subscription_count()}
        return DiagnosticStatus.OK, "drawing", values


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(VisualizerNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
