"""Everybody's motion on disk while it is recorded, so that hours of it need no memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES
from mocap_ros.motion_export.motion import Motion

BUFFERED = 2048  # rows in memory, all people together
_PARTS = np.cumsum([1, 3, 4, len(ANGLES)])  # time, root position, root orientation, angles


class MotionStore:
    """Takes PeopleFrames and gives Motions back; `close` removes what it kept on disk.

    Args:
        folder: on whose disk the rows wait, in a hidden folder: 248 bytes a person and frame.

    Attributes:
        begin: the least time of a frame [s]; None before one came.
    """

    def __init__(self, folder):
        self._folder = TemporaryDirectory(prefix=".motions-", dir=folder)
        self._waiting = {}  # id -> rows not on disk yet
        self._count = 0
        self.begin = None
        self._lengths = {}  # id -> the newest bone lengths, those that were averaged longest
        self._newest = {}  # id -> time of the last row [s]

    def add(self, frame):
        """Adds one PeopleFrame. A person at an instant no later than the last, as after a clock's jump, is left out."""
        self.begin = frame.time if self.begin is None else min(self.begin, frame.time)
        for person in frame.people:
            if frame.time <= self._newest.get(person.id, -np.inf):
                continue
            self._waiting.setdefault(person.id, []).append(
                np.concatenate([[frame.time], person.root_position, person.root_orientation, person.angles]))
            self._lengths[person.id], self._newest[person.id] = person.bone_lengths, frame.time
            self._count += 1
        if self._count >= BUFFERED:
            self._flush()

    @property
    def ids(self):
        """Ids of everybody, in order of appearance."""
        return tuple(self._lengths)

    def motions(self):
        """Motions of everybody in order of appearance; their arrays are read from disk where they are used."""
        self._flush()
        for name in self.ids:
            rows = np.memmap(self._path(name), float, "r").reshape(-1, _PARTS[-1])
            time, position, orientation, angles = np.split(rows, _PARTS[:-1], axis=1)
            yield Motion(name, time[:, 0], self._lengths[name], position, orientation, angles)

    def close(self):
        """Forgets everything."""
        self._folder.cleanup()

    def _flush(self):
        for name, rows in self._waiting.items():
            with open(self._path(name), "ab") as file:
                file.write(np.stack(rows).tobytes())
        self._waiting, self._count = {}, 0

    def _path(self, name):
        return Path(self._folder.name) / name
