"""Who is who: a gated one-to-one assignment of detections to known people (thesis Sec. 8.3.1)."""

import numpy as np
from scipy.optimize import linear_sum_assignment

FEWEST_FOR_SCALE = 5  # common keypoints; fewer span too little to compare sizes
SMALLEST_SIZE_PX = 16.0  # people smaller than this are measured as if they had this size


def person_size(keypoints_px):
    """Diagonal of the box around each person's keypoints [px], (P,); NaN keypoints are left out.

    Two keypoints close together make a small box, hence the lower bound SMALLEST_SIZE_PX.
    """
    seen = np.isfinite(keypoints_px)
    extent = np.where(seen, keypoints_px, -np.inf).max(1) - np.where(seen, keypoints_px, np.inf).min(1)
    extent = np.where(np.isfinite(extent), extent, 0)  # nobody's who has no keypoint at all
    return np.maximum(np.hypot(extent[:, 0], extent[:, 1]), SMALLEST_SIZE_PX)


def distance_2d(found_px, known_px, known_size):
    """Mean distance of common keypoints over the known person's size, (P, T); infinite where none is common.

    Args:
        found_px: (P, K, 2), known_px: (T, K, 2) [px]; NaN where not seen.
        known_size: (T,) [px].
    """
    if not len(found_px) or not len(known_px):
        return np.zeros((len(found_px), len(known_px)))
    distance = np.linalg.norm(found_px[:, None] - known_px[None], axis=-1)  # (P, T, K)
    common = np.isfinite(distance)
    total = np.where(common, distance, 0).sum(-1)
    count = common.sum(-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.inf) / known_size


def place_and_scale(found_px, known_px, known_size):
    """How far apart people are in the image, and how much larger one is, both robust against a few wrong keypoints.

    Args:
        found_px: (P, K, 2), known_px: (T, K, 2) [px]; NaN where not seen.
        known_size: (T,) [px].

    Returns:
        place: median distance of common keypoints over the known person's size, (P, T); infinite where none is common.
        scale: absolute logarithm of the ratio of the common keypoints' spreads, (P, T); 0 where fewer than
            FEWEST_FOR_SCALE are common.
    """
    if not len(found_px) or not len(known_px):
        return np.zeros((2, len(found_px), len(known_px)))
    apart = found_px[:, None] - known_px[None]
    distance = np.sqrt((apart * apart).sum(-1))  # (P, T, K)
    common = np.isfinite(distance)
    count = common.sum(-1)
    ordered = np.sort(np.where(common, distance, np.inf), axis=-1)
    row, column = np.arange(len(found_px))[:, None], np.arange(len(known_px))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[-1] - 1)
    place = (ordered[row, column, low] + ordered[row, column, high]) / 2 / known_size
    spreads = [_spread(points, common, count) for points in (found_px[:, None], known_px[None])]
    scale = np.abs(np.log(spreads[0] / spreads[1]))
    return place, np.where(count >= FEWEST_FOR_SCALE, scale, 0)


def _spread(points, common, count):
    """Root mean square distance of the common keypoints from their mean, at least a pixel, (P, T)."""
    points = np.where(common[..., None], points, 0)
    count = np.maximum(count, 1)[..., None]
    mean = points.sum(-2) / count
    square = (points ** 2).sum(-2) / count - mean ** 2
    return np.sqrt(np.maximum(square.sum(-1), 1.0))


def shares_of_boxes(found_px, known_px):
    """Share of each found person's box of keypoints that each known person's covers, (P, T).

    Args:
        found_px: (P, K, 2), known_px: (T, K, 2) [px]; NaN where not seen, at least one seen.
    """
    low, high = (np.nanmin(found_px, 1), np.nanmin(known_px, 1)), (np.nanmax(found_px, 1), np.nanmax(known_px, 1))
    shared = np.minimum(high[0][:, None], high[1]) - np.maximum(low[0][:, None], low[1])  # (P, T, 2)
    return np.prod(np.maximum(shared, 0), -1) / np.maximum(np.prod(high[0] - low[0], -1), 1)[:, None]


def distance_3d(found, known):
    """Mean distance of root-relative joints [m], (P, T); 0 where either has no 3D.

    Args:
        found: (P, J, 3), known: (T, J, 3) [m].
    """
    if not len(found) or not len(known):
        return np.zeros((len(found), len(known)))
    distance = np.linalg.norm(found[:, None] - known[None], axis=-1)  # (P, T, J)
    common = np.isfinite(distance)
    return np.where(common, distance, 0).sum(-1) / np.maximum(common.sum(-1), 1)


def assign(cost, gate):
    """Cheapest one-to-one assignment in which no pair costs more than the gate.

    Args:
        cost: (P, T); infinite for a pair that cannot be.
        gate: largest cost of a pair.

    Returns:
        found, known: index arrays of equal length.
    """
    # Refusing a pair costs the gate, so the optimum never trades a good pair for two bad ones.
    bounded = np.where(cost <= gate, cost, 2 * gate + 1)
    found, known = linear_sum_assignment(bounded)
    kept = cost[found, known] <= gate
    return found[kept], known[kept]
