"""Node `lifter`: people in 2D from any detector's topics become `untracked` people in 3D, which `fitter` tracks."""

from collections import Counter
import sys
import time as clock

from mocap_ros.msg import PersonArray
from rclpy.qos_overriding_options import QoSOverridingOptions

from mocap_ros.datatypes.errors import CameraError, ImageError, MocapError
from mocap_ros.front_ends.joint_names import joint_order
from mocap_ros.front_ends.people import count, detections_of
from mocap_ros.motion_export.people_messages import seconds_of
from mocap_ros.pipeline.lifting import KeypointLifter
from mocap_ros.ros.bodies_watch import BodiesWatch
from mocap_ros.ros.camera_watch import CameraWatch
from mocap_ros.ros.core_node import CoreNode
from mocap_ros.ros.diagnostics import Diagnostics, report, values_of_stages
from mocap_ros.ros.frame_counts import FrameCounts
from mocap_ros.ros.image_work import QUIET, RESTART
from mocap_ros.ros.people_2d import from_persons, from_skeletons, from_vision, from_yolo, message_types
from mocap_ros.ros.person_conversions import observation_to_message
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import RESULTS, sensor_qos, subscribe_camera_info

WITHOUT_SKELETON = "bodies without a skeleton of the same stamp"


class LifterNode(CoreNode):
    """Publishes `untracked` for the 2D people of `people_2d`, or of /humans/bodies; no image is needed."""

    def __init__(self):
        super().__init__("lifter")
        self._diagnostics = None

    def load(self):
        self._types = message_types(self.settings.people_2d)
        self._names = joint_order(self.settings.people_2d.joints)
        self.core = KeypointLifter(self.config)

    def start(self):
        self.counts, self.problems = FrameCounts(), Counter()
        self._last_time = None
        self.camera_watch = CameraWatch(self.config.camera.vertical_field_of_view, self.get_logger().warning)
        self._camera_infos = subscribe_camera_info(self, self.camera_watch.update)
        self._untracked = self.create_publisher(PersonArray, "untracked", RESULTS)
        if self.settings.people_2d.format == "rep155":
            self._bodies = BodiesWatch(self, self._types, self._on_bodies)
        else:
            self._people = self.create_subscription(self._types[0], "people_2d", self._on_people, sensor_qos(),
                                                    qos_overriding_options=QoSOverridingOptions.with_default_policies())
        self._diagnostics = Diagnostics(self, self._report)

    def stop(self):
        if self._diagnostics is None:
            return
        self._diagnostics.close()
        self._diagnostics = None
        if self.settings.people_2d.format == "rep155":
            self._bodies.close()
        else:
            self.destroy_subscription(self._people)
        self.destroy_subscription(self._camera_infos)
        self.destroy_publisher(self._untracked)

    def _on_people(self, message):
        format_, names = self.settings.people_2d.format, self._names
        if format_ == "persons":
            size = message.image_width, message.image_height
            self._use(message.header, lambda width, height: from_persons(message), size)
        elif format_ == "yolo":
            self._use(message.header, lambda width, height: from_yolo(message, names))
        else:
            self._use(message.header, lambda width, height: from_vision(message))

    def _on_bodies(self, header, skeletons, missing):
        count(self.problems, WITHOUT_SKELETON, missing)
        self._use(header, lambda width, height: from_skeletons(skeletons, width, height))

    def _use(self, header, read, size=(0, 0)):
        """Lifts the people whom read(width, height) gives and publishes them under `header`."""
        begin = clock.monotonic()
        self.counts.receive(begin)
        stamp = seconds_of(header.stamp)
        before = self.problems.total()
        try:
            self._check_time(stamp)
            width, height = self._image_size(size)
            people = read(width, height)
            found = detections_of(*people, width, height, self.config.front_end, self.problems)
            camera = self.camera_watch.camera(width, height)
            observation = self.core.lift(found, camera)
        except MocapError as error:
            self.counts.reject(str(error))
            self.get_logger().warning(f"people dropped: {error}", throttle_duration_sec=QUIET)
            return
        if self.problems.total() > before:
            told = ", ".join(f"{number} {reason}" for reason, number in self.problems.items())
            self.get_logger().warning(f"left out so far: {told}", throttle_duration_sec=QUIET)
        self._last_time = stamp
        now = clock.monotonic()
        self._untracked.publish(observation_to_message(observation, header, camera.calibrated, now - begin))
        self.counts.finish(now, 1e-9 * self.get_clock().now().nanoseconds - stamp, now - begin)

    def _check_time(self, stamp):
        """Raises ImageError where people are not newer than the last; a jump back is a recording that started again."""
        if self._last_time is None or stamp > self._last_time:
            return
        if self._last_time - stamp <= RESTART:
            raise ImageError(f"stamped {self._last_time - stamp:.3f} s before the last people")
        self.get_logger().warning(f"time went back by {self._last_time - stamp:.1f} s: starting again")

    def _image_size(self, told):
        """(width, height) of the image [px]: of the parameters, else of the message, else of camera_info.

        Raises:
            CameraError: nobody says it.
        """
        given = self.settings.people_2d.width, self.settings.people_2d.height
        for size in (given, told, self.camera_watch.image_size()):
            if min(size) > 0:
                return size
        raise CameraError("the image's size is not known: no camera_info yet, and people_2d.width and people_2d.height "
                          "are 0")

    def _report(self):
        return report(self.counts, 0, self.camera_watch.problem,
                      {**values_of_stages(self.core.timer), **self.problems})


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(LifterNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
