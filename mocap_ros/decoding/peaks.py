"""Keypoint candidates: the local maxima of the heatmaps, to a fraction of a cell (thesis Sec. 6.3.1)."""

from typing import NamedTuple

import numpy as np

FLOOR = 1e-4  # heatmap value below which the logarithm is not taken


class Peaks(NamedTuple):
    """Candidates of all keypoints together, N of them, ordered by keypoint and then by falling score.

    Attributes:
        keypoint: index into KEYPOINTS, (N,) int.
        cells: position (column, row) in map cells; cell centres are whole numbers, (N, 2).
        score: heatmap value, (N,).
    """

    keypoint: np.ndarray
    cells: np.ndarray
    score: np.ndarray


def find_peaks(heatmaps, threshold, most=64):
    """Local maxima of every heatmap above a threshold, refined below one cell.

    Args:
        heatmaps: (K, h, w) float.
        threshold: smallest value of a peak.
        most: most peaks of one keypoint; the highest are kept.

    Returns:
        Peaks.

    Source: Cao et al. 2017 for the maxima. The refinement is ours: a parabola through the logarithms of three
    neighbours, which is exact for the Gaussians that the network is trained on.
    """
    heatmaps = np.asarray(heatmaps, np.float32)
    keypoints, rows, columns = heatmaps.shape
    padded = np.full((keypoints, rows + 2, columns + 2), -np.inf, np.float32)
    padded[:, 1:-1, 1:-1] = heatmaps
    flat, width = padded.ravel(), columns + 2
    # Few cells pass the threshold and their own row; only those are held against the rows above and below.
    here = flat[1:-1]
    cell = 1 + np.flatnonzero((here > threshold) & (here >= flat[:-2]) & (here > flat[2:]))
    score = flat.take(cell)
    highest = np.ones(len(cell), bool)
    for step in (-1, 0, 1):
        # On a plateau only the last cell in reading order is a peak.
        highest &= (score >= flat.take(cell - width + step)) & (score > flat.take(cell + width + step))
    cell, score = cell[highest], score[highest]
    keypoint = cell // ((rows + 2) * width)

    order = np.lexsort((-score, keypoint))
    keypoint = keypoint[order]
    rank = np.arange(len(keypoint)) - np.searchsorted(keypoint, keypoint)
    order = order[rank < most]
    keypoint, cell, score = keypoint[rank < most], cell[order], score[order]

    row, column = np.divmod(cell - keypoint * (rows + 2) * width, width)  # of the padded map
    before, after = flat.take([cell - 1, cell - width]), flat.take([cell + 1, cell + width])
    cells = np.stack([column - 1, row - 1], -1) + _offset(before, score, after).T
    return Peaks(keypoint, cells, score)


def _offset(before, here, after):
    """Where the parabola through three log values has its top, within half a cell of the middle; 0 at the border."""
    known = np.isfinite(before) & np.isfinite(after)
    a, b, c = (np.log(np.maximum(np.where(known, v, 1.0), FLOOR)) for v in (before, here, after))
    curvature = a - 2 * b + c
    safe = np.where(curvature < 0, curvature, -1.0)
    return np.where(known & (curvature < 0), np.clip((a - c) / (2 * safe), -0.5, 0.5), 0.0)
