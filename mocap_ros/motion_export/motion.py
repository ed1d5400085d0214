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
            array = np.array(getattr(self, each.name), float)
            array.setflags(write=False)
            object.__setattr__(self, each.name, array)

    def __len__(self):
        return len(self.times)


def at_even_times(motion, rate=None):
    """The motion at evenly spaced times, as BVH wants it; gaps are bridged on the shortest way.

    Args:
        motion: Motion.
        rate: frames a second; None for the motion's own median rate.

    Returns:
        Motion. One that is evenly spaced already comes back as it is.
    """
    steps = np.diff(motion.times)
    if len(steps) == 0:
        return motion
    step = float(np.median(steps)) if rate is None else 1 / rate
    if np.abs(steps - step).max() < 1e-6 * step:
        return motion
    times = motion.times[0] + step * np.arange(int((motion.times[-1] - motion.times[0]) / step + 1e-6) + 1)
    after = np.clip(np.searchsorted(motion.times, times), 1, len(motion) - 1)
    share = (times - motion.times[after - 1]) / steps[after - 1]
    share = np.clip(share, 0, 1)
    between = [(1 - share[:, None]) * values[after - 1] + share[:, None] * values[after]
               for values in (motion.root_position, np.unwrap(motion.angles, axis=0))]
    orientation = slerp(motion.root_orientation[after - 1], motion.root_orientation[after], share)
    return replace(motion, times=times, root_position=between[0], root_orientation=orientation, angles=between[1])
