"""What the demo sees of its own graph: persons and diagnostics."""

from collections import Counter
import time

from diagnostic_msgs.msg import DiagnosticArray
from mocap_ros.msg import PersonArray
from rclpy.node import Node

from mocap_ros.motion_export.summary import Summary
from mocap_ros.ros.topics import RESULTS


class DemoMonitor(Node):
    """Counts what comes on persons, and keeps each node's newest diagnostics.

    Attributes:
        frames: images whose persons came.
        people: Counter of the number of people in an image.
        ids: Counter of images by person id.
        newest_people: number of people in the newest image.
        processing_seconds: spent on each image [s].
        calibrated: False where the newest image's intrinsics were assumed.
        first, last: when the first and the newest persons came, monotonic clock [s].
        status: node name -> dict of diagnostic values.
    """

    def __init__(self):
        super().__init__("demo_monitor", namespace="mocap")
        self.frames = self.newest_people = 0
        self.people, self.ids = Counter(), Counter()
        self.processing_seconds = []
        self.calibrated = False
        self.first = self.last = None
        self.status = {}
        self.create_subscription(PersonArray, "persons", self._on_persons, RESULTS)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, RESULTS)

    def value(self, node, name, default=""):
        """One diagnostic value of a node, as text."""
        return self.status.get(node, {}).get(name, default)

    def count(self, node, name):
        """One diagnostic count of a node; -1 before it came."""
        return int(self.value(node, name, "-1"))

    def _on_persons(self, message):
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.frames += 1
        self.newest_people = len(message.people)
        self.calibrated = message.calibrated
        self.processing_seconds.append(message.processing_seconds)
        self.people[len(message.people)] += 1
        self.ids.update(person.id for person in message.people)

    def _on_diagnostics(self, message):
        for status in message.status:
            self.status[status.name.rsplit("/", 1)[-1]] = {each.key: each.value for each in status.values}


def summary_of(monitor, source, pace):
    """The Summary of a recording.

    Args:
        monitor: DemoMonitor at the end.
        source, pace: what was shown, and how (VideoConfig).
    """
    capture = monitor.status.get("capture", {})
    figures = {name: float(value) for name, value in capture.items() if name.endswith(" [ms]")}
    latency = figures.pop("latency [ms]", None)
    figures.pop("processing [ms]", None)
    rejected = int(capture.get("frames rejected", 0)) + int(capture.get("frames failed", 0))
    sent = int(monitor.value("video_source", "images sent", 0))
    return Summary(
        source=source, engine=capture.get("engine", "unknown"), received=sent,
        people=monitor.people, ids=monitor.ids, seconds=monitor.last - monitor.first if monitor.frames > 1 else 0.0,
        processing_seconds=monitor.processing_seconds,
        stages_ms={name.removesuffix(" [ms]"): value for name, value in figures.items()}, calibrated=monitor.calibrated,
        dropped=max(0, sent - monitor.frames - rejected),  # replaced by a newer one, or lost on the way
        rejected=Counter({capture["last problem"]: rejected} if rejected else {}),
        latency_ms=latency if pace == "clock" else None,  # images that wait for answers do not bear their sending time
    )
