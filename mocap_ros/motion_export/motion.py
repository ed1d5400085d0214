"""One person's motion over time (thesis Sec. 8.3.4)."""

from dataclasses import dataclass, fields, replace

import numpy as np

from mocap_ros.geometry.rotation import slerp


@dataclass(frozen=True, eq=False)
class Motion:
    """T instants of one person.

    Attributes:
        id: of the person.
        times: growing [s], (T,).
        bone_lengths: BONES order [m], (20,): one skeleton for the whole motion.
        root_position: mid-hip in the camera optical frame [m], (T, 3).
        root_orientation: camera_from_body, xyzw, (T, 4).
        angles: ANGLES order [rad], (T, 23).
    """

    id: str
    times: np.ndarray
    bone_lengths: np.ndarray
    root_position: np.ndarray
    root_orientation: np.ndarray
    angles: np.ndarray

    def __post_init__(self):
        for each in fields(self)[1:]:
            array = np.asarray(getattr(self, each.name), float)
            if array.flags.writeable:  # rows that wait on disk stay there
                array = array.copy()
                array.setflags(write=False)
            object.__setattr__(self, each.name, array)

    def __len__(self):
        return len(self.times)


def even_times(motion, rate=None):
    """Evenly spaced instants over a motion [s], (N,), as BVH wants them: its own where they are even already.

    Args:
        motion: Motion of at least one instant.
        rate: frames a second; None for the motion's own median rate.
    """
    steps = np.diff(motion.times)
    if len(steps) == 0:
        return motion.times
    step = float(np.median(steps)) if rate is None else 1 / rate
    if np.abs(steps - step).max() < 1e-6 * step:
        return motion.times
    return motion.times[0] + step * np.arange(int((motion.times[-1] - motion.times[0]) / step + 1e-6) + 1)


def at_times(motion, times):
    """The motion at other instants `times` (N,) [s] within it; gaps are bridged on the shortest way."""
    if len(motion) == 1:
        return motion
    after = np.clip(np.searchsorted(motion.times, times), 1, len(motion) - 1)
    begin, end = after.min() - 1, after.max() + 1
    after = after - begin
    near = {name: getattr(motion, name)[begin:end] for name in ("times", "root_position", "root_orientation", "angles")}
    share = np.clip((times - near["times"][after - 1]) / (near["times"][after] - near["times"][after - 1]), 0, 1)
    position, angles = near["root_position"], near["angles"]
    position = position[after - 1] + share[:, None] * (position[after] - position[after - 1])
    turn = (angles[after] - angles[after - 1] + np.pi) % (2 * np.pi) - np.pi
    angles = angles[after - 1] + share[:, None] * turn
    orientation = slerp(near["root_orientation"][after - 1], near["root_orientation"][after], share)
    return replace(motion, times=times, root_position=position, root_orientation=orientation, angles=angles)
