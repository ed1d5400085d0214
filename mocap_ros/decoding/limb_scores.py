"""Which two keypoints make a limb: line integrals over the part affinity fields (Cao et al. 2017, Sec. 2.3)."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import K, LIMB_INDICES

SAMPLES = 10  # points along a limb


class Connections(NamedTuple):
    """Pairs of peaks that agree with the part affinity fields, M of them.

    Attributes:
        limb: index into LIMBS, (M,) int.
        start, end: indices into the Peaks, (M,) int each.
        score: mean agreement along the limb, at most 1, (M,).
    """

    limb: np.ndarray
    start: np.ndarray
    end: np.ndarray
    score: np.ndarray


def score_limbs(part_affinity, peaks, sample_threshold, fraction):
    """Agreement of every possible limb with its part affinity field.

    Args:
        part_affinity: unit vectors from a limb's first keypoint to its second, (L, 2, h, w).
        peaks: Peaks.
        sample_threshold: smallest agreement of one sample.
        fraction: share of the samples that must reach it.

    Returns:
        Connections. Limbs longer than half the map lose score, as in Cao et al.'s implementation.
    """
    limb, start, end = _candidate_pairs(peaks.keypoint)
    _, _, rows, columns = part_affinity.shape
    origin = peaks.cells[start]  # (M, 2)
    step = peaks.cells[end] - origin
    length = np.sqrt((step ** 2).sum(-1))
    direction = step / np.maximum(length, 1e-6)[:, None]

    along = np.linspace(0, 1, SAMPLES)
    cells = np.rint(origin[:, None] + along[:, None] * step[:, None]).astype(np.intp)  # (M, S, 2)
    x = np.clip(cells[..., 0], 0, columns - 1)
    y = np.clip(cells[..., 1], 0, rows - 1)
    flat = np.asarray(part_affinity).reshape(-1)
    first = (limb[:, None] * 2 * rows + y) * columns + x
    agreement = flat[first] * direction[:, :1] + flat[first + rows * columns] * direction[:, 1:]  # (M, S)

    too_long = np.minimum(0.5 * rows / np.maximum(length, 1e-6) - 1, 0)
    score = agreement.mean(-1) + too_long
    accepted = ((agreement > sample_threshold).mean(-1) >= fraction) & (score > 0)
    # Two keypoints in one cell have no direction; they belong together where the field is strong there.
    coincident = length < 0.5
    strength = np.hypot(flat[first[:, 0]], flat[first[:, 0] + rows * columns])
    score = np.where(coincident, strength, score)
    accepted = np.where(coincident, strength > sample_threshold, accepted)
    return Connections(limb[accepted], start[accepted], end[accepted], score[accepted])


def _candidate_pairs(keypoint):
    """All pairs (limb, start peak, end peak) of peaks whose keypoints a limb joins; `keypoint` is sorted."""
    bounds = np.searchsorted(keypoint, np.arange(K + 1))
    first, last = LIMB_INDICES.T
    count_a = bounds[first + 1] - bounds[first]
    count_b = bounds[last + 1] - bounds[last]
    pairs = count_a * count_b
    limb = np.repeat(np.arange(len(pairs)), pairs)
    within = np.arange(pairs.sum()) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    width = np.maximum(count_b, 1)[limb]
    return limb, bounds[first][limb] + within // width, bounds[last][limb] + within % width
