"""Where the time of a frame goes."""

from contextlib import contextmanager
import time

import numpy as np


class StageTimer:
    """Seconds spent in each named stage of every frame.

    Only the newest `memory` durations of a stage are kept, so it can run for days.
    """

    def __init__(self, memory=2000):
        self.memory = memory
        self._seconds = {}

    @contextmanager
    def stage(self, name):
        """Times the block and adds it to the stage `name`."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            durations = self._seconds.setdefault(name, [])
            durations.append(time.perf_counter() - begin)
            if len(durations) > 2 * self.memory:
                del durations[:-self.memory]

    def reset(self):
        """Forgets all durations."""
        self._seconds.clear()

    def medians_ms(self):
        """Median milliseconds by stage, in the order in which stages first ran."""
        stages = list(self._seconds.items())  # another thread may add one meanwhile
        return {name: 1e3 * float(np.median(durations[-self.memory:])) for name, durations in stages}


def time_in_turn(functions, repeats, warm_up=2):
    """Seconds that each call of each function took, called in turn so that a slow moment meets them all, (F, repeats).

    Args:
        functions: F functions without arguments.
        repeats: calls of each.
        warm_up: calls of each before those.
    """
    took = np.zeros((warm_up + repeats, len(functions)))
    for row in took:
        for number, function in enumerate(functions):
            begin = time.perf_counter()
            function()
            row[number] = time.perf_counter() - begin
    return took[warm_up:].T
