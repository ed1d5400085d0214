"""Node `video_source`: a file, folder, webcam or stream as Image and CameraInfo."""

import sys
import threading
import time

from diagnostic_msgs.msg import DiagnosticStatus
from mocap_ros.msg import PersonArray
import numpy as np
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.config import CameraConfig
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.motion_export.messages import camera_info_message
from mocap_ros.pipeline.camera_file import read_camera
from mocap_ros.pipeline.frames import Frames
from mocap_ros.ros.diagnostics import Diagnostics
from mocap_ros.ros.image_conversions import image_from_bgr
from mocap_ros.ros.managed_node import ManagedNode
from mocap_ros.ros.parameters import declare_settings
from mocap_ros.ros.person_conversions import TYPES
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import IMAGES, RESULTS

POLL = 0.05  # s


class VideoSourceNode(ManagedNode):
    """Publishes `image` and `camera_info`; K = 0 where no calibration is given.

    Attributes:
        published: images sent.
        unanswered: images whose persons did not come back in time (pace answered).
    """

    def __init__(self):
        super().__init__("video_source")
        self.settings = declare_settings(self, NodeConfig()).video
        self.published = self.unanswered = 0
        self._frames = None
        self._persons = None
        self._thread = None
        self._stop = threading.Event()
        self._answered = threading.Event()
        self._awaited = None  # stamp whose persons are waited for

    def load(self):
        self._camera = read_camera(self.settings.camera_info) if self.settings.camera_info else None
        self._frames = frames = Frames(self.settings.source)
        self.get_logger().info(f"{self.settings.source}: {frames.width} x {frames.height}, {frames.rate:g} images/s"
                               + (f", {frames.count} images" if frames.count else ""))

    def start(self):
        self._images = self.create_publisher(Image, "image", IMAGES)
        self._camera_infos = self.create_publisher(CameraInfo, "camera_info", RESULTS)
        if self.settings.pace == "answered":
            self._persons = self.create_subscription(PersonArray, "persons", self._on_persons, RESULTS)
        self._diagnostics = Diagnostics(self, self._report)
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="video", daemon=True)
        self._thread.start()

    def stop(self):
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join(self.settings.answer_timeout + 1)
        self._thread = None
        self._diagnostics.close()
        self.destroy_publisher(self._images)
        self.destroy_publisher(self._camera_infos)
        if self._persons is not None:
            self.destroy_subscription(self._persons)

    def unload(self):
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _run(self):
        """Sends every image of the source, once or in a loop."""
        try:
            self._wait_for_subscribers()
            begin = self.get_clock().now().nanoseconds
            steady = time.monotonic()
            while not self._stop.is_set():
                last = self._send_all(begin, steady)
                if not self.settings.loop or self._frames.live:
                    break
                begin += int(1e9 * last)  # a looped file's time goes on
                steady += last
                self._frames.close()
                self._frames = Frames(self.settings.source)
        except Exception as error:  # the thread's only way to be heard
            self.get_logger().error(f"{self.settings.source}: {error}")
            self.exit_status = 2
        self.get_logger().info(f"end of {self.settings.source}: {self.published} images sent"
                               + (f", {self.unanswered} without an answer" if self.unanswered else ""))
        self.finished = True

    def _wait_for_subscribers(self):
        publishers = self._images, self._camera_infos
        while not self._stop.is_set() and any(
                each.get_subscription_count() < self.settings.subscribers for each in publishers):
            time.sleep(POLL)

    def _send_all(self, begin, steady):
        """Sends the source's images; returns its duration [s].

        Args:
            begin: time of the first image on the node's clock [ns].
            steady: the same moment on the monotonic clock [s].
        """
        duration = 0.0
        for frame in self._frames:
            if self._stop.is_set():
                break
            nanoseconds = int(1e9 * frame.time) + (0 if self._frames.live else begin)
            duration = frame.time + 1 / self._frames.rate
            if self.settings.pace == "clock" and not self._frames.live:
                self._stop.wait(max(0.0, steady + frame.time - time.monotonic()))
            self._send(frame.image, nanoseconds)
        return duration

    def _send(self, image, nanoseconds):
        """Publishes one image with its camera_info, and waits for its persons where the pace says so."""
        header = Header(stamp=Time(nanoseconds=nanoseconds).to_msg(), frame_id=self.settings.frame_id)
        height, width = image.shape[:2]
        self._awaited = (header.stamp.sec, header.stamp.nanosec)
        self._answered.clear()
        camera = self._camera or assumed_camera(width, height, CameraConfig().vertical_field_of_view)
        self._camera_infos.publish(camera_info_message(camera, header, TYPES))
        self._images.publish(image_from_bgr(np.asarray(image), header))
        self.published += 1
        if self.settings.pace == "answered" and not self._wait_for_answer():
            self.unanswered += 1
            self.get_logger().warning(f"no persons for image {self.published} in {self.settings.answer_timeout:g} s",
                                      throttle_duration_sec=5.0)

    def _wait_for_answer(self):
        until = time.monotonic() + self.settings.answer_timeout
        while not self._stop.is_set() and time.monotonic() < until:
            if self._answered.wait(POLL):
                return True
        return False

    def _on_persons(self, message):
        if (message.header.stamp.sec, message.header.stamp.nanosec) == self._awaited:
            self._answered.set()

    def _report(self):
        level = DiagnosticStatus.WARN if self.unanswered else DiagnosticStatus.OK
        values = {"source": self.settings.source, "images sent": self.published, "images unanswered": self.unanswered}
        return level, "ended" if self.finished else "sending", values


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(VideoSourceNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
