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
    # Few cells pass the threshold; only those are held against their neighbours.
    cell = np.flatnonzero(flat > threshold)
    score = flat.take(cell)
    in_row = (score >= flat.take(cell - 1)) & (score > flat.take(cell + 1))
    cell, score = cell[in_row], score[in_row]
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
    around = flat.take(cell + np.array([-1, -width, 0, 1, width])[:, None])
    return Peaks(keypoint, (_offset(around) + [column - 1, row - 1]).T, score)


def _offset(around):
    """Where the parabolas through three log values have their tops, along rows and columns, (2, N).

    Args:
        around: heatmap left of and above each peak, there, right of it and below, (5, N).

    Returns:
        Cells from the peak's, within half a cell; 0 at the map's border.
    """
    logarithms = np.log(np.maximum(around, FLOOR))
    before, here, after = logarithms[:2], logarithms[2], logarithms[3:]
    curvature = before - 2 * here + after
    bent = (around[:2] > -np.inf) & (around[3:] > -np.inf) & (curvature < 0)
    offset = (before - after) / np.where(bent, 2 * curvature, -1.0)
    return np.where(bent, np.minimum(np.maximum(offset, -0.5), 0.5), 0.0)
