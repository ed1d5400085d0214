"""Which two keypoints make a limb: line integrals over the part affinity fields (Cao et al. 2017, Sec. 2.3)."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import K, LIMB_INDICES

SAMPLES = 10  # points along a limb
ALONG = np.linspace(0, 1, SAMPLES)
FIRST_LOOK = [0, 2, 4, 7, 9]  # of the samples, taken before the others
SECOND_LOOK = [n for n in range(SAMPLES) if n not in FIRST_LOOK]
COINCIDENT_WORTH = 0.5  # of their score, which says less than a limb's
COINCIDENT = 0.5  # cells; nearer keypoints give a limb no direction


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
    sampler = _Sampler(part_affinity, peaks.cells)
    # Most pairs join two people and fail at once: whoever fails too many of a few samples is not looked at again.
    first = sampler.agreement(limb, start, end, ALONG[FIRST_LOOK])
    failures = (first <= sample_threshold).sum(0)
    length = sampler.length(start, end)
    promising = np.flatnonzero((failures <= (1 - fraction) * SAMPLES + 1e-6) | (length < COINCIDENT))
    limb, start, end, length = limb[promising], start[promising], end[promising], length[promising]
    second = sampler.agreement(limb, start, end, ALONG[SECOND_LOOK])
    agreement = np.concatenate([first[:, promising], second])  # (S, M)

    too_long = np.minimum(0.5 * part_affinity.shape[2] / np.maximum(length, 1e-6) - 1, 0)
    score = agreement.mean(0) + too_long
    accepted = ((agreement > sample_threshold).mean(0) >= fraction - 1e-6) & (score > 0)
    # Two keypoints in one cell have no direction; they belong together where the field is strong there.
    coincident = length < COINCIDENT
    strength = sampler.strength(limb, start)
    score = np.where(coincident, COINCIDENT_WORTH * strength, score)
    accepted = np.where(coincident, strength > sample_threshold, accepted)
    return Connections(limb[accepted], start[accepted], end[accepted], score[accepted])


class _Sampler:
    """Part affinity along limbs, x and y apart in flat arrays: ten times faster in numpy than (..., 2) arrays."""

    def __init__(self, part_affinity, cells):
        limbs, _, rows, self._columns = part_affinity.shape
        self._cells = rows * self._columns
        fields = np.asarray(part_affinity, np.float32).reshape(limbs, 2, self._cells)
        self._x, self._y = np.ascontiguousarray(fields[:, 0]).ravel(), np.ascontiguousarray(fields[:, 1]).ravel()
        self._column, self._row = np.ascontiguousarray(cells.T, np.float32)

    def length(self, start, end):
        """Length of each limb [cells], (M,)."""
        across, down = self._column[end] - self._column[start], self._row[end] - self._row[start]
        return np.sqrt(across * across + down * down)  # three times as fast as hypot

    def strength(self, limb, peak):
        """Length of the field's vector at each peak, (M,)."""
        cell = self._cell(limb, self._column[peak], self._row[peak])
        return np.hypot(self._x[cell], self._y[cell])

    def agreement(self, limb, start, end, along):
        """Field along each limb's direction in the cells at shares `along` (S,) of its length, (S, M)."""
        column, row = self._column[start], self._row[start]
        across, down = self._column[end] - column, self._row[end] - row
        length = np.maximum(np.sqrt(across * across + down * down), np.float32(1e-6))
        unit_x, unit_y = across / length, down / length
        agreement = np.empty((len(along), len(limb)), np.float32)
        for result, share in zip(agreement, along.astype(np.float32)):
            cell = self._cell(limb, column + share * across, row + share * down)
            result[:] = self._x[cell] * unit_x + self._y[cell] * unit_y
        return agreement

    def _cell(self, limb, column, row):
        """Index of the nearest cell; peaks lie inside the map, and so does all between them."""
        return np.rint(row).astype(np.intp) * self._columns + np.rint(column).astype(np.intp) + limb * self._cells


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
