"""What a node has seen and done, and how well it keeps up."""

from collections import deque

import numpy as np

WINDOW = 100  # frames over which rates and latencies are taken


class FrameCounts:
    """Counts and recent durations of one node's frames.

    Attributes:
        received, processed: frames taken from the topic; frames whose result was published.
        rejected: frames that could not be used (bad encoding, time going back ...).
        failed: frames on which the program itself failed.
        last_problem: the newest rejection or failure as one line, "" if none.
    """

    def __init__(self):
        self.received = self.processed = self.rejected = self.failed = 0
        self.last_problem = ""
        self.last_received = None
        self._finished = deque(maxlen=WINDOW)  # (time, latency, processing seconds)

    def receive(self, time):
        """Counts a frame that arrived at `time` [s]."""
        self.received += 1
        self.last_received = time

    def finish(self, time, latency, processing):
        """Counts a published result: at `time`, `latency` after the image was taken, of which `processing` here [s]."""
        self.processed += 1
        self._finished.append((time, latency, processing))

    def reject(self, problem):
        """Counts a frame that cannot be used."""
        self.rejected += 1
        self.last_problem = problem

    def fail(self, problem):
        """Counts a frame on which the program failed."""
        self.failed += 1
        self.last_problem = problem

    def rate(self):
        """Results per second over the window, 0 before the second result."""
        if len(self._finished) < 2:
            return 0.0
        span = self._finished[-1][0] - self._finished[0][0]
        return (len(self._finished) - 1) / span if span > 0 else 0.0

    def latency_ms(self):
        """Median milliseconds from the image's stamp to its result, 0 before the first."""
        return 1e3 * float(np.median([latency for _, latency, _ in self._finished])) if self._finished else 0.0

    def processing_ms(self):
        """Median milliseconds that one image takes here, 0 before the first."""
        return 1e3 * float(np.median([processing for _, _, processing in self._finished])) if self._finished else 0.0
