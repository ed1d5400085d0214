"""Boxes around people's keypoints."""

import numpy as np


def box_sides(points_px):
    """Width and height of the boxes around people's known points, (P, 2) [px]; -infinity for who has none.

    Args:
        points_px: (P, N, 2) [px]; NaN where not known.
    """
    known = np.isfinite(points_px).all(-1, keepdims=True)
    return np.where(known, points_px, -np.inf).max(1) - np.where(known, points_px, np.inf).min(1)


def boxes_of(points_px):
    """Boxes around people's known points: left, top, right, bottom [px], (P, 4).

    Args:
        points_px: (P, N, 2) [px]; NaN where not known, one at least is.
    """
    return np.concatenate([np.nanmin(points_px, axis=1), np.nanmax(points_px, axis=1)], 1)


def overlaps(some, others):
    """Intersection over union of boxes (left, top, right, bottom), (M, 4) and (N, 4), as (M, N), 0 to 1."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(-1)
    areas = [(each[:, 2:] - each[:, :2]).prod(-1) for each in (some, others)]
    return shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-9)


def keep_distinct(same, scores):
    """Rows that remain when each group of equals keeps its best, best first.

    Args:
        same: (N, N) bool, symmetric: True where two rows mean the same person.
        scores: (N,).
    """
    kept = []
    for row in np.argsort(-np.asarray(scores), kind="stable"):
        if not same[row, kept].any():
            kept.append(int(row))
    return np.array(kept, int)
