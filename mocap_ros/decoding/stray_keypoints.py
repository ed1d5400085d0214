"""Keypoints that grouping took from somebody else: in a crowd a face or a foot can land on the neighbour's body.

Ours: greedy grouping looks at one connection at a time; the size of the whole person is known only afterwards.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import K, LIMB_INDICES, LIMB_PROPORTIONS
from mocap_ros.decoding.grouping import BLUR, LONGEST, SHORT_LIMB

DOUBLINGS = 5  # 2^5 limbs in a row are more than any two keypoints of a body are apart

_PROPORTIONS = np.array(LIMB_PROPORTIONS)


def find_strays(cells, present):
    """Keypoints that only limbs too long for the person tie to the largest part of the body.

    Args:
        cells: keypoint positions in map cells, (P, K, 2), any number where not present.
        present: (P, K) bool.

    Returns:
        (P, K) bool, True only where present. A person's size is the median of what the long limbs show, or of all
        where there is no long one.
    """
    start, end = LIMB_INDICES.T
    length = np.linalg.norm(cells[:, start] - cells[:, end], axis=-1)  # (P, L)
    whole = present[:, start] & present[:, end]
    long_limbs = whole & (_PROPORTIONS >= SHORT_LIMB)
    size = _median(length / _PROPORTIONS, np.where(long_limbs.any(1)[:, None], long_limbs, whole))
    too_long = whole & (length > LONGEST * _PROPORTIONS * size[:, None] + BLUR)
    if not too_long.any():
        return np.zeros(present.shape, bool)

    together = np.zeros((len(present), K, K), bool)
    together[:, start, end] = together[:, end, start] = whole & ~too_long
    together |= np.eye(K, dtype=bool)
    for _ in range(DOUBLINGS):
        together = np.matmul(together.astype(np.float32), together.astype(np.float32)) > 0
    part_sizes = (together & present[:, None]).sum(-1) * present
    body = together[np.arange(len(together)), part_sizes.argmax(1)]  # (P, K)

    torn = np.zeros(present.shape, bool)
    person, limb = np.nonzero(too_long)
    torn[person, start[limb]] = torn[person, end[limb]] = True
    return present & ~body & (together & torn[:, None]).any(-1)


def _median(values, counted):
    """Median of the counted values of each row, (P,); infinity where none is."""
    ordered = np.sort(np.where(counted, values, np.inf), axis=1)
    middle = np.maximum(counted.sum(1) - 1, 0) // 2
    return ordered[np.arange(len(ordered)), middle]
