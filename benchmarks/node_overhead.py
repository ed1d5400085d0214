"""What the capture node adds to the network: `.venv/bin/python benchmarks/node_overhead.py [--frames N] [--rate HZ]`.

Sends images of 1280 x 720 from the demo clip to the node in a process of its own and waits for each answer. The
network's time is what the node's diagnostics say of "stage one"; what is left of the way from publishing the image to
receiving the people is transport, conversion, decoding, lifting, identity, fitting and messages. Needs a workspace
with the messages (`make env`).
"""

import argparse
from pathlib import Path
import statistics
import sys
import time

import cv2

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

import conftest  # noqa: E402, F401  (a graph of its own, on 127.0.0.1)
import rclpy  # noqa: E402
from ros_driver import Driver, end, RELIABLE_IMAGES, start  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

from mocap_ros.ros.image_conversions import image_from_bgr  # noqa: E402

WIDTH, HEIGHT = 1280, 720
WARM_UP = 10


def main():
    """Prints medians in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rate", type=float, default=10.0, help="images a second (default: 10)")
    options = parser.parse_args()
    reader = cv2.VideoCapture(str(ROOT / "demo" / "people.mp4"))
    images = [cv2.resize(reader.read()[1], (WIDTH, HEIGHT)) for _ in range(options.frames + WARM_UP)]
    rclpy.init()
    process, driver = start("capture_node", RELIABLE_IMAGES), Driver()
    try:
        driver.wait_for(lambda: driver.images.get_subscription_count() > 0, "node")
        took, inside, people = [], [], []
        for number, image in enumerate(images):
            begin = time.perf_counter()
            stamp = driver.get_clock().now().to_msg()
            message = image_from_bgr(image, Header(stamp=stamp, frame_id="camera"))
            sent = time.perf_counter()
            driver.images.publish(message)
            key = stamp.sec, stamp.nanosec
            driver.wait_for(lambda: key in driver.persons, f"answer to image {number}")
            if number >= WARM_UP:
                answer = driver.persons[key]
                took.append(1e3 * (time.perf_counter() - sent))
                inside.append(1e3 * answer.processing_seconds)
                people.append(len(answer.people))
            driver.spin_for(max(0.0, 1 / options.rate - (time.perf_counter() - begin)))
        driver.spin_for(1.5)  # diagnostics come once a second
        (values,) = [each for name, each in driver.diagnostics.items() if "stage one [ms]" in each]
    finally:
        end(process)
        rclpy.try_shutdown()
    stages = {name: float(value) for name, value in values.items() if name.endswith("[ms]")}
    network, decode = stages.pop("stage one [ms]"), stages.get("decode [ms]", 0.0)
    whole = statistics.median(took)
    print(f"{len(took)} images of {WIDTH} x {HEIGHT}, {statistics.mean(people):.1f} people on average")
    print(f"from publishing the image to receiving the people: {whole:.1f} ms")
    print(f"    network: {network:.1f} ms;  beside it: {whole - network:.1f} ms")
    print(f"    inside the pipeline: {statistics.median(inside):.1f} ms, of it beside network and decoding: "
          f"{statistics.median(inside) - network - decode:.1f} ms")
    for name, value in sorted(stages.items()):
        print(f"    {name}: {value:.1f}")


if __name__ == "__main__":
    main()
