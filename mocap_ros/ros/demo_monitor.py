"""What the demo sees of its own graph: persons and diagnostics."""

from collections import Counter
import time

from diagnostic_msgs.msg import DiagnosticArray
from mocap_ros.msg import PersonArray
from rclpy.node import Node

from mocap_ros.ros.topics import RESULTS


class DemoMonitor(Node):
    """Counts what comes on persons, and keeps each node's newest diagnostics.

    Attributes:
        frames: images whose persons came.
        people: Counter of the number of people in an image.
        ids: Counter of images by person id.
        newest_people: number of people in the newest image.
        first, last: when the first and the newest persons came, monotonic clock [s].
        status: node name -> dict of diagnostic values.
    """

    def __init__(self):
        super().__init__("demo_monitor", namespace="mocap")
        self.frames = self.newest_people = 0
        self.people, self.ids = Counter(), Counter()
        self.first = self.last = None
        self.status = {}
        self.create_subscription(PersonArray, "persons", self._on_persons, RESULTS)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, RESULTS)

    def value(self, node, name, default=""):
        """One diagnostic value of a node, as text."""
        return self.status.get(node, {}).get(name, default)

    def _on_persons(self, message):
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.frames += 1
        self.newest_people = len(message.people)
        self.people[len(message.people)] += 1
        self.ids.update(person.id for person in message.people)

    def _on_diagnostics(self, message):
        for status in message.status:
            self.status[status.name.rsplit("/", 1)[-1]] = {each.key: each.value for each in status.values}


def summary(monitor, source, pace, folder):
    """summary.txt's text: what came in, what came out, how long it took and on what.

    Args:
        monitor: DemoMonitor at the end.
        source, pace: what was shown, and how (VideoConfig).
        folder: pathlib.Path with the results.
    """
    capture, video = monitor.status.get("capture", {}), monitor.status.get("video_source", {})
    seconds = monitor.last - monitor.first if monitor.frames > 1 else 0.0
    persons = sum(count * number for count, number in monitor.people.items())
    lines = [
        ("source", source),
        ("frames in", video.get("images sent", "unknown")),
        ("frames processed", capture.get("frames processed", "unknown")),
        ("frames dropped", capture.get("frames dropped", "unknown")),
        ("frames rejected", capture.get("frames rejected", "unknown")),
        ("frames per second", f"{(monitor.frames - 1) / seconds:.1f}" if seconds else "unknown"),
        ("people per frame", f"{persons / max(1, monitor.frames):.2f} on average, {max(monitor.people, default=0)} at most"),
        ("frames with people", f"{monitor.frames - monitor.people[0]} of {monitor.frames}"),
        ("people", f"{len(monitor.ids)}" + "".join(f"\n    {name}: {n} frames" for name, n in monitor.ids.most_common())),
        ("engine", capture.get("engine", "unknown")),
        ("camera", capture.get("calibration", "unknown")),
    ]
    if pace == "clock":  # images that wait for answers do not bear the time at which they are sent
        lines.append(("latency [ms]", f"{capture.get('latency [ms]', 'unknown')} (image taken to persons sent; median)"))
    lines.append(("milliseconds per frame", capture.get("processing [ms]", "unknown") + " (median)"))
    counted = {"latency [ms]", "processing [ms]"}
    lines += [(f"    {name[:-5]}", value) for name, value in capture.items()
              if name.endswith(" [ms]") and name not in counted]
    lines.append(("files", "".join(f"\n    {path.name}" for path in sorted(folder.iterdir()))))
    return "\n".join(f"{name}: {value}" for name, value in lines) + "\n"
