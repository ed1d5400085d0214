"""Boxes around people's keypoints."""

import numpy as np


def box_sides(points_px):
    """Width and height of the boxes around people's known points, (P, 2) [px]; -infinity for who has none.

    Args:
        points_px: (P, N, 2) [px]; NaN where not known.
    """
    known = np.isfinite(points_px).all(-1, keepdims=True)
    return np.where(known, points_px, -np.inf).max(1) - np.where(known, points_px, np.inf).min(1)
