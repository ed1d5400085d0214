"""summary.txt: what came in, what came out, how long it took and on what."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Summary:
    """The figures of one recording.

    Attributes:
        source: what was shown.
        engine: what the networks ran on, one line.
        received: images taken from the source.
        dropped: images that were skipped because a newer one had come.
        rejected: number of images that could not be used, by reason.
        people: number of images by the number of people in them.
        ids: number of images by person id.
        seconds: from the first image to the last [s].
        processing_seconds: of each processed image [s].
        latency_ms: median from an image's stamp to its publication [ms]; None where nothing is published.
        stages_ms: median milliseconds by stage.
        calibrated: False where the camera's intrinsics were assumed.
    """

    source: str
    engine: str
    received: int
    people: Counter
    ids: Counter
    seconds: float
    processing_seconds: list
    stages_ms: dict
    calibrated: bool
    dropped: int = 0
    rejected: Counter = field(default_factory=Counter)
    latency_ms: float | None = None


def summary_text(summary):
    """A Summary as the lines of summary.txt."""
    processed = sum(summary.people.values())
    persons = sum(count * number for count, number in summary.people.items())
    median = 1e3 * float(np.median(summary.processing_seconds)) if summary.processing_seconds else float("nan")
    lines = [
        f"source: {summary.source}",
        f"frames in: {summary.received}",
        f"frames processed: {processed}",
        f"frames dropped: {summary.dropped}",
        f"frames rejected: {sum(summary.rejected.values())}",
        *(f"    {reason}: {count}" for reason, count in summary.rejected.most_common()),
        "frames per second: " + (f"{processed / summary.seconds:.1f}" if summary.seconds > 0 else "unknown"),
        f"people per frame: {persons / max(processed, 1):.2f} on average, {max(summary.people, default=0)} at most",
        f"frames with people: {processed - summary.people[0]} of {processed}",
        f"people: {len(summary.ids)}",
        *(f"    {name}: {count} frames" for name, count in summary.ids.most_common()),
        f"engine: {summary.engine}",
        f"camera: {'calibrated' if summary.calibrated else 'assumed field of view'}",
    ]
    if summary.latency_ms is not None:
        lines.append(f"latency: {summary.latency_ms:.1f} ms from the image's stamp to persons published (median)")
    lines.append(f"milliseconds per frame: {median:.1f} (median)")
    lines += [f"    {name}: {milliseconds:.1f}" for name, milliseconds in summary.stages_ms.items()]
    return "\n".join(lines) + "\n"
