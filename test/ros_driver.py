"""A node that plays camera and listener for nodes under test, which run as processes of their own."""

import atexit
from pathlib import Path
import signal
import subprocess
import sys
import time

import cv2
from diagnostic_msgs.msg import DiagnosticArray
from mocap_ros.msg import PersonArray, SkeletonModel
import numpy as np
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from mocap_ros.ros.image_conversions import image_from_bgr
from mocap_ros.ros.topics import LATCHED, RESULTS
from standing_model import HEIGHT, WIDTH

EXECUTABLES = Path(sys.prefix) / "lib" / "mocap_ros"  # what colcon has installed
LIMIT = 60.0  # s; everything waited for takes well below one
NAMESPACE = "/test"
FRAME = "test_camera"
# A burst of images overruns the kernel's socket buffer; a test must know which images have arrived.
RELIABLE_IMAGES = f"qos_overrides.{NAMESPACE}/image.subscription.reliability:=reliable"


def start(name, *parameters, remap=()):
    """The process of an installed node in NAMESPACE; parameters are "name:=value", remap "topic:=topic"."""
    options = [("-p", each) for each in parameters] + [("-r", each) for each in remap]
    given = [word for option in options for word in option]
    command = [sys.executable, str(EXECUTABLES / name), "--ros-args", "-r", f"__ns:={NAMESPACE}", *given]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    atexit.register(process.kill)  # of a test that failed before it ended the node
    return process


def end(process):
    """Interrupts a node, which has to end with status 0 and without a traceback; its output."""
    process.send_signal(signal.SIGINT)
    return _output(process, 0)


def refusal(name, *parameters):
    """Output of a node that has to end by itself with status 2 and without a traceback."""
    return _output(start(name, *parameters), 2)


def _output(process, status):
    try:
        output, _ = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == status and "Traceback" not in output, output
    return output


class Driver(Node):
    """Publishes images and keeps what comes back.

    Attributes:
        persons: PersonArray by (sec, nanosec) of its stamp, in order of arrival.
        models, transforms: SkeletonModel and TFMessage received.
        diagnostics: values of the newest status of each node, by the node's name; "level" and "message" among them.
    """

    def __init__(self):
        super().__init__("driver", namespace=NAMESPACE)
        self.persons, self.models, self.transforms, self.diagnostics = {}, [], [], {}
        self.second = 1000
        self.images = self.create_publisher(Image, "image", RESULTS)  # see RELIABLE_IMAGES
        self.compressed = self.create_publisher(CompressedImage, "image/compressed", qos_profile_sensor_data)
        self.camera_infos = self.create_publisher(CameraInfo, "camera_info", qos_profile_sensor_data)
        self.create_subscription(PersonArray, "persons", self._on_persons, RESULTS)
        self.create_subscription(SkeletonModel, "skeleton_model", self.models.append, LATCHED)
        self.create_subscription(TFMessage, "/tf", self.transforms.append, RESULTS)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, RESULTS)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)

    def wait_for(self, condition, what):
        """Spins until condition() is true."""
        until = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < until, f"no {what} within {LIMIT:g} s; diagnostics: {self.diagnostics}"
            self._executor.spin_once(timeout_sec=0.05)

    def spin_for(self, seconds):
        """Spins for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._executor.spin_once(timeout_sec=0.05)

    def call(self, future):
        """The result of a future."""
        self.wait_for(future.done, "answer to a service call")
        return future.result()

    def header(self, advance=0.04):
        """A Header `advance` [s] after the last one's."""
        self.second += advance
        header = Header(frame_id=FRAME)
        header.stamp.sec, header.stamp.nanosec = int(self.second), int(self.second % 1 * 1e9)
        return header

    def show(self, image=None, advance=0.04, compressed=False):
        """Sends an image (bright if None) and returns the persons that come back for it."""
        image = np.full((HEIGHT, WIDTH, 3), 120, np.uint8) if image is None else image
        header = self.header(advance)
        key = header.stamp.sec, header.stamp.nanosec
        if compressed:
            data = cv2.imencode(".jpg", image)[1].tobytes()
            self.compressed.publish(CompressedImage(header=header, format="jpeg", data=data))
        else:
            self.images.publish(image_from_bgr(image, header))
        self.wait_for(lambda: key in self.persons, "persons for an image")
        return self.persons[key]

    def value(self, node, name):
        """A diagnostic value of a node, as text; "" before it came."""
        return self.diagnostics.get(node, {}).get(name, "")

    def close(self):
        self._executor.shutdown()
        self.destroy_node()

    def _on_persons(self, message):
        self.persons[message.header.stamp.sec, message.header.stamp.nanosec] = message

    def _on_diagnostics(self, message):
        for status in message.status:
            values = {each.key: each.value for each in status.values}
            self.diagnostics[status.name.rsplit("/", 1)[-1]] = {
                **values, "level": status.level, "message": status.message}
