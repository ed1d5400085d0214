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
    _, rows, columns = heatmaps.shape
    padded = np.pad(heatmaps, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    centre = padded[:, 1:-1, 1:-1]
    highest = centre > threshold
    for y in range(3):
        for x in range(3):
            if (y, x) == (1, 1):
                continue
            neighbour = padded[:, y:y + rows, x:x + columns]
            # On a plateau only the last cell in reading order is a peak.
            highest &= (centre > neighbour) if (y, x) > (1, 1) else (centre >= neighbour)
    keypoint, row, column = np.nonzero(highest)
    score = heatmaps[keypoint, row, column]

    order = np.lexsort((-score, keypoint))
    keypoint, row, column, score = keypoint[order], row[order], column[order], score[order]
    rank = np.arange(len(keypoint)) - np.searchsorted(keypoint, keypoint)
    kept = rank < most
    keypoint, row, column, score = keypoint[kept], row[kept], column[kept], score[kept]

    cells = np.stack([
        column + _offset(padded[keypoint, row + 1, column], score, padded[keypoint, row + 1, column + 2]),
        row + _offset(padded[keypoint, row, column + 1], score, padded[keypoint, row + 2, column + 1]),
    ], axis=-1)
    return Peaks(keypoint, cells, score)


def _offset(before, here, after):
    """Where the parabola through three log values has its top, within half a cell of the middle; 0 at the border."""
    known = np.isfinite(before) & np.isfinite(after)
    a, b, c = (np.log(np.maximum(np.where(known, v, 1.0), FLOOR)) for v in (before, here, after))
    curvature = a - 2 * b + c
    safe = np.where(curvature < 0, curvature, -1.0)
    return np.where(known & (curvature < 0), np.clip((a - c) / (2 * safe), -0.5, 0.5), 0.0)
