"""Node `fitter`: untracked people in, tracked people with joint angles out; needs no accelerator."""

import sys
import time as clock

from mocap_ros.msg import PersonArray

from mocap_ros.datatypes.errors import MocapError
from mocap_ros.motion_export.people_messages import seconds_of
from mocap_ros.pipeline.fitter import Fitter
from mocap_ros.ros.camera_watch import CameraWatch
from mocap_ros.ros.core_node import CoreNode
from mocap_ros.ros.diagnostics import Diagnostics, report, values_of_stages
from mocap_ros.ros.frame_counts import FrameCounts
from mocap_ros.ros.image_work import QUIET, RESTART
from mocap_ros.ros.people_output import PeopleOutput
from mocap_ros.ros.person_conversions import observation_from_message
from mocap_ros.ros.robot_frames import RobotFrames
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import RESULTS, subscribe_camera_info


class FitterNode(CoreNode):
    """Publishes persons, skeleton_model, /tf and /diagnostics for the estimator's `untracked`."""

    def __init__(self):
        super().__init__("fitter")
        self._output = self._frames = None

    def load(self):
        self.core = Fitter(self.config)

    def start(self):
        self.core.forget()
        self.counts = FrameCounts()
        self._last_time = None
        self.camera_watch = CameraWatch(self.config.camera.vertical_field_of_view, self.get_logger().warning)
        self._output = PeopleOutput(self, self.settings.output)
        self._frames = RobotFrames(self, self.settings.input)
        self._camera_infos = subscribe_camera_info(self, self.camera_watch.update)
        self._untracked = self.create_subscription(PersonArray, "untracked", self._on_untracked, RESULTS)
        self._diagnostics = Diagnostics(self, self._report)

    def stop(self):
        if self._output is None:
            return
        self._diagnostics.close()
        self.destroy_subscription(self._untracked)
        self.destroy_subscription(self._camera_infos)
        self._output.close()
        self._frames.close()
        self._output = self._frames = None

    def _on_untracked(self, message):
        begin = clock.monotonic()
        self.counts.receive(begin)
        stamp = seconds_of(message.header.stamp)
        size = message.image_width, message.image_height
        if self._last_time is not None and (self._last_time - stamp > RESTART or size != self._last_size):
            self.get_logger().warning("time went back or the images changed their size: forgetting everybody")
            self.core.forget()
        try:
            camera = self.camera_watch.camera(*size)
            self._frames.tell(self.core, message.header)
            frame = self.core.update(observation_from_message(message), camera, stamp, message.processing_seconds)
        except MocapError as error:
            self.counts.reject(str(error))
            self.get_logger().warning(f"persons dropped: {error}", throttle_duration_sec=QUIET)
            return
        self._last_time, self._last_size = stamp, size
        self._output.publish(frame, message.header)
        now = clock.monotonic()
        self.counts.finish(now, 1e-9 * self.get_clock().now().nanoseconds - stamp, now - begin)

    def _report(self):
        return report(self.counts, 0, self.camera_watch.problem, values_of_stages(self.core.timer))


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(FitterNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
