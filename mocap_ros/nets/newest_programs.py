"""The programs (buffers and graphs for one image size) that an engine used last: photographs have hundreds of sizes."""

MOST_PROGRAMS = 12


class NewestPrograms:
    """Programs by what they are for; of more than `most`, the one that was used longest ago is let go.

    Args:
        most: to be kept.
    """

    def __init__(self, most=MOST_PROGRAMS):
        self._most, self._programs = most, {}  # in the order of their last use

    def get(self, key, make):
        """The program of a key, by `make` where there is none; the oldest goes first, so that its memory is free."""
        program = self._programs.pop(key, None)
        if program is None:
            while len(self._programs) >= self._most:
                del self._programs[next(iter(self._programs))]
            program = make()
        self._programs[key] = program
        return program
