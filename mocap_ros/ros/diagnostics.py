"""/diagnostics: rate, latency, drops, device and calibration state of a node, once a second."""

import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.duration import Duration

SILENCE = 3.0  # s without an image before the input counts as stale
DROP_SHARE = 0.5  # share of dropped images above which the node counts as too slow
PERIOD = 1.0  # s
LAST_WORD = Duration(seconds=1)


class Diagnostics:
    """Publishes a status once a second.

    Args:
        node: rclpy Node.
        report: called without arguments, returns (level, message, dict of values).
    """

    def __init__(self, node, report):
        self._node = node
        self._report = report
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._timer = node.create_timer(PERIOD, self.publish)

    def publish(self):
        """Publishes the status of this moment."""
        level, message, values = self._report()
        status = DiagnosticStatus(level=level, name=self._node.get_fully_qualified_name().lstrip("/"), message=message,
                                  hardware_id="", values=[KeyValue(key=k, value=str(v)) for k, v in values.items()])
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)

    def close(self):
        """Publishes a last status, waits a moment for it to arrive, and stops."""
        self.publish()
        self._publisher.wait_for_all_acked(LAST_WORD)
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)


def report(counts, dropped, camera_problem, further):
    """What Diagnostics asks for, of a node that works on images or on the people in them.

    Args:
        counts, dropped, camera_problem: as for judge; FrameCounts that count on the clock time.monotonic.
        further: dict of further figures by name.
    """
    level, message = judge(counts, dropped, time.monotonic(), camera_problem)
    return level, message, {**values_of(counts, dropped, camera_problem), **further}


def judge(counts, dropped, now, camera_problem):
    """Level and one-line message of a node that works on images.

    Args:
        counts: FrameCounts.
        dropped: frames that a newer one replaced.
        now: time on the clock that counted the frames [s].
        camera_problem: why the intrinsics are assumed, "" where they are known.
    """
    if counts.failed:
        return DiagnosticStatus.ERROR, f"failed on {counts.failed} images: {counts.last_problem}"
    if counts.last_received is None:
        return DiagnosticStatus.STALE, "no image yet"
    if now - counts.last_received > SILENCE:
        return DiagnosticStatus.STALE, f"no image for {now - counts.last_received:.0f} s"
    if counts.rejected and counts.processed == 0:
        return DiagnosticStatus.ERROR, f"no usable image: {counts.last_problem}"
    if camera_problem:
        return DiagnosticStatus.WARN, f"uncalibrated: {camera_problem}"
    if counts.rejected:
        return DiagnosticStatus.WARN, f"rejected {counts.rejected} images: {counts.last_problem}"
    if dropped > DROP_SHARE * counts.received:
        return DiagnosticStatus.WARN, f"too slow: {dropped} of {counts.received} images dropped"
    return DiagnosticStatus.OK, "running"


def values_of(counts, dropped, camera_problem):
    """The figures of a node that works on images, by name."""
    return {
        "frames received": counts.received,
        "frames processed": counts.processed,
        "frames dropped": dropped,
        "frames rejected": counts.rejected,
        "frames failed": counts.failed,
        "rate [Hz]": f"{counts.rate():.1f}",
        "latency [ms]": f"{counts.latency_ms():.1f}",
        "processing [ms]": f"{counts.processing_ms():.1f}",
        "calibration": f"assumed: {camera_problem}" if camera_problem else "camera_info",
        "last problem": counts.last_problem,
    }


def values_of_stages(timer):
    """The median milliseconds of a StageTimer's stages, by name."""
    return {f"{name} [ms]": f"{value:.1f}" for name, value in timer.medians_ms().items()}
