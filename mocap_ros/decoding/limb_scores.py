"""Which two keypoints make a limb: line integrals over the part affinity fields (Cao et al. 2017, Sec. 2.3)."""

from copy import copy
from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import K, LIMB_INDICES

SAMPLES = 10  # points along a limb
ALONG = np.linspace(0, 1, SAMPLES)
LOOKS = [2, 5, 7], [1, 4, 8], [0, 3, 6, 9]  # at which samples first, and at which of those pairs that are left
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
    pairs = _Pairs(part_affinity, peaks.cells, *_candidate_pairs(peaks.keypoint))
    # Most pairs join two people and fail at once: whoever fails too many samples is not looked at again.
    agreement = np.empty((0, len(pairs.limb)), np.float32)  # (S, M)
    for number, look in enumerate(LOOKS):
        if number:
            failures = (agreement <= sample_threshold).sum(0)
            promising = np.flatnonzero((failures <= (1 - fraction) * SAMPLES + 1e-6) | (pairs.length < COINCIDENT))
            pairs, agreement = pairs.take(promising), agreement[:, promising]
        agreement = np.concatenate([agreement, pairs.agreement(ALONG[look])])
    limb, start, end, length = pairs.limb, pairs.start, pairs.end, pairs.length

    too_long = np.minimum(0.5 * part_affinity.shape[2] / np.maximum(length, 1e-6) - 1, 0)
    score = agreement.sum(0) / SAMPLES + too_long
    accepted = ((agreement > sample_threshold).sum(0) >= (fraction - 1e-6) * SAMPLES) & (score > 0)
    # Two keypoints in one cell have no direction; they belong together where the field is strong there.
    coincident = length < COINCIDENT
    strength = pairs.strength()
    score = np.where(coincident, COINCIDENT_WORTH * strength, score)
    accepted = np.where(coincident, strength > sample_threshold, accepted)
    return Connections(limb[accepted], start[accepted], end[accepted], score[accepted])


class _Pairs:
    """Possible limbs and the part affinity along them, x and y apart: ten times faster than (..., 2) arrays."""

    def __init__(self, part_affinity, cells, limb, start, end):
        limbs, _, rows, columns = part_affinity.shape
        fields = np.ascontiguousarray(part_affinity, np.float32).ravel()
        self._x, self._y, self._columns = fields, fields[rows * columns:], columns  # read at the same index
        kind = np.float32 if fields.size < 2 ** 24 else np.float64  # which holds every index exactly
        column, row = np.ascontiguousarray(cells.T, kind)
        self.limb, self.start, self.end = limb, start, end
        self._first = (limb * (2 * rows * columns)).astype(kind)  # index of the limb's field
        self._column, self._row = column.take(start), row.take(start)
        self._across, self._down = column.take(end) - self._column, row.take(end) - self._row
        self.length = np.sqrt(self._across * self._across + self._down * self._down)  # three times as fast as hypot

    def take(self, chosen):
        """The pairs with these indices."""
        pairs = copy(self)
        for name in ("limb", "start", "end", "_first", "_column", "_row", "_across", "_down", "length"):
            setattr(pairs, name, getattr(self, name).take(chosen))
        return pairs

    def strength(self):
        """Length of the field's vector at each start, (M,)."""
        cell = self._cell(self._column, self._row)
        return np.hypot(self._x.take(cell), self._y.take(cell))

    def agreement(self, along):
        """Field along each limb's direction in the cells at shares `along` (S,) of its length, (S, M)."""
        agreement = np.empty((len(along), len(self.limb)), np.float32)
        for result, share in zip(agreement, along.tolist()):
            cell = self._cell(self._column + share * self._across, self._row + share * self._down)
            np.multiply(self._x.take(cell), self._across, out=result)
            result += self._y.take(cell) * self._down
        return agreement / np.maximum(self.length, 1e-6)

    def _cell(self, column, row):
        """Index of the nearest cell; peaks lie inside the map, and so does all between them."""
        return (np.rint(row) * self._columns + np.rint(column) + self._first).astype(np.intp)


def _candidate_pairs(keypoint):
    """All pairs (limb, start peak, end peak) of peaks whose keypoints a limb joins; `keypoint` is sorted."""
    bounds = np.searchsorted(keypoint, np.arange(K + 1))
    count = np.diff(bounds)
    first, last = LIMB_INDICES.T
    limb, start = _ranges(bounds[first], count[first])  # one row for each start, repeated for each of its ends
    row, end = _ranges(bounds[last][limb], count[last][limb])
    return limb[row], start[row], end


def _ranges(begin, count):
    """Number of the range and value of each of the integers from begin[n] to begin[n] + count[n] - 1, over all n."""
    number = np.repeat(np.arange(len(count)), count)
    return number, np.arange(len(number)) + (begin - np.cumsum(count) + count)[number]
