"""What the capture node adds to the network: `.venv/bin/python benchmarks/node_overhead.py [--frames N] [--pause S]`.

Sends images of 1280 x 720 from the demo clip to the node, which runs as a process of its own; each image only after the
answer to the last, so that it finds the node idle, as a camera does that is slower than the node. One of the clip's
five people is covered, which leaves four. Counted are, for each image, in the node's process:

- latency: from the moment when the camera's call of publish has returned (all bytes are on their way) to the moment
  when the node's call of publish for `persons` has returned: transport, conversion, resize, decoding, lifting,
  identity, fitting, messages and TF. The network's own time (Stage I's `infer`) is taken off. The camera's serialising
  and the listener's deserialising are not the node's and not in it.
- processor: seconds of all threads of the node's process, middleware and executor included, from one answer to the
  next, less those of the network. It holds also where other processes keep the cores busy, which latency does not.
- the network's thread: its processor time for an image beside the network and beside decoding.
- memory: the most that the node's process has held.

Needs a workspace with the messages (`make env`).
"""

import argparse
import json
from pathlib import Path
import resource
import signal
import statistics
import subprocess
import sys
import time

import cv2

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]


def parse_options():
    """The command line, before ROS is needed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=60, help="images that are counted (default: 60)")
    parser.add_argument("--pause", type=float, default=0.03,
                        help="from an answer to the next image [s] (default: 0.03)")
    parser.add_argument("--threads", type=int, default=0, help="of the network; 0 uses every core (default: 0)")
    return parser.parse_args()


OPTIONS = parse_options() if "--node" not in sys.argv else None
if OPTIONS is not None:
    import conftest  # noqa: F401  (a graph of its own, on 127.0.0.1, for this process and the node)
try:
    import rclpy  # noqa: E402
except ImportError:
    sys.exit("node_overhead.py: needs ROS 2 and this package's messages: `make env`, then run it by .venv/bin/python")
from ros_driver import NAMESPACE, RELIABLE_IMAGES, Driver  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

from mocap_ros.motion_export.people_messages import seconds_of  # noqa: E402
from mocap_ros.ros.capture_node import CaptureNode  # noqa: E402
from mocap_ros.ros.image_conversions import image_from_bgr  # noqa: E402
from mocap_ros.ros.running import run_node  # noqa: E402

WIDTH, HEIGHT = 1280, 720
WARM_UP = 15
COVERED, GREY = 430, 114  # px from the left, where one person stands for most of the clip; grey level


class WatchedNode(CaptureNode):
    """The capture node, which also notes what it spends; the notes go to standard output as JSON when it ends."""

    notes, threads = [], {}

    def load(self):
        super().load()
        stage_one, decode = self.core.estimator.front_end.stage_one, self.core.timer.stage
        infer = stage_one.infer
        self._decode = 0.0

        def watched_infer(images):
            begin = _clocks()
            maps = infer(images)
            self._network = [after - before for after, before in zip(_clocks(), begin)]
            return maps

        refiner = self.core.estimator.refiner
        look_again = refiner.infer

        def watched_look(*crops):
            begin = _clocks()
            answers = look_again(*crops)
            self._network = [before + after - start for before, after, start in zip(self._network, _clocks(), begin)]
            return answers

        class Stage:
            """A stage whose processor time is noted too where it is decoding."""

            def __init__(stage, name):
                stage.inner, stage.name = decode(name), name

            def __enter__(stage):
                stage.begin = time.thread_time()
                return stage.inner.__enter__()

            def __exit__(stage, *error):
                if stage.name == "decode":
                    self._decode = time.thread_time() - stage.begin
                return stage.inner.__exit__(*error)

        stage_one.infer, refiner.infer = watched_infer, watched_look
        self.core.timer.stage = Stage

    def start(self):
        super().start()
        self._last = time.process_time()
        use = self._work._slot._work

        def watched_use(message):
            begin = time.thread_time()
            result = use(message)
            self.threads[seconds_of(message.header.stamp)] = (
                time.thread_time() - begin - self._network[2] - self._decode)
            return result

        self._work._slot._work = watched_use

    def _finish(self, result, header):
        network = self._network
        super()._finish(result, header)
        now, processor = time.monotonic(), time.process_time()
        stamp = seconds_of(header.stamp)
        self.notes.append({"stamp": stamp, "published": now, "network": network[0],
                           "processor": processor - self._last - network[1]})
        self._last = processor


def _clocks():
    """Seconds of the wall, of the process and of the thread."""
    return time.monotonic(), time.process_time(), time.thread_time()


def watch_node(arguments):
    """Runs the node until it is interrupted; prints its notes."""
    status = run_node(WatchedNode, arguments)
    notes = [{**note, "thread": WatchedNode.threads.get(note["stamp"])} for note in WatchedNode.notes]
    print(json.dumps({"notes": notes, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** 10}))
    return status


def main():
    """Prints medians in milliseconds."""
    options = OPTIONS
    reader = cv2.VideoCapture(str(ROOT / "demo" / "people.mp4"))
    images = [cv2.resize(reader.read()[1], (WIDTH, HEIGHT)) for _ in range(options.frames + WARM_UP)]
    for image in images:
        image[:, :COVERED] = GREY
    rclpy.init()
    process = subprocess.Popen(
        [sys.executable, __file__, "--node", "--ros-args", "-r", f"__ns:={NAMESPACE}", "-p", RELIABLE_IMAGES,
         "-p", f"estimator.threads:={options.threads}"], stdout=subprocess.PIPE, text=True)
    driver, sent, people = Driver(), {}, []
    try:
        driver.wait_for(lambda: driver.images.get_subscription_count() > 0, "node")
        for number, image in enumerate(images):
            stamp = driver.get_clock().now().to_msg()
            message = image_from_bgr(image, Header(stamp=stamp, frame_id="camera"))
            driver.images.publish(message)
            sent[seconds_of(stamp)] = time.monotonic()
            key = stamp.sec, stamp.nanosec
            driver.wait_for(lambda: key in driver.persons, f"answer to image {number}")
            people.append(len(driver.persons[key].people))
            time.sleep(options.pause)
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        rclpy.try_shutdown()
    noted = json.loads(output.splitlines()[-1])
    notes = noted["notes"][WARM_UP:]
    network = [note["network"] for note in notes]
    latency = [note["published"] - sent[note["stamp"]] - note["network"] for note in notes]
    print(f"{len(notes)} images of {WIDTH} x {HEIGHT}, {statistics.mean(people[WARM_UP:]):.1f} people on average; "
          "medians (and the quickest tenth)")
    for name, seconds in (("the networks", network), ("latency beside the networks", latency),
                          ("processor beside the networks, all threads", [note["processor"] for note in notes]),
                          ("the network's thread beside networks and decoding", [note["thread"] for note in notes])):
        fast = sorted(seconds)[len(seconds) // 10]
        print(f"    {name}: {1e3 * statistics.median(seconds):.1f} ms ({1e3 * fast:.1f})")
    print(f"    peak memory: {noted['memory']:.0f} MB")


if __name__ == "__main__":
    sys.exit(watch_node(sys.argv[2:]) if sys.argv[1:2] == ["--node"] else main())
