"""Which frames of a recording are worth training on."""

import numpy as np


def distinct_frames(joints, distance):
    """Indices of frames in which some joint has moved by `distance` since the last frame taken; the first is taken.

    Args:
        joints: (N, J, 3) [m]; NaN where unknown.
        distance: [m].

    Source: Sec. 4.1.1 (200 mm for MPI-INF-3DHP); Human3.6M's subset H80K likewise with 100 mm.
    """
    taken = []
    for index in range(len(joints)):
        if not taken or np.nan_to_num(np.linalg.norm(joints[index] - joints[taken[-1]], axis=-1)).max() > distance:
            taken.append(index)
    return np.array(taken, int)
