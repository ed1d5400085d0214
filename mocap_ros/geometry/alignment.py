"""Best rigid or similarity fit of one point set onto another."""

import numpy as np


def align_rotation(source, target, weights, prior=None, prior_weight=0.0):
    """Rotations that turn `source` vectors onto `target` vectors with the least weighted squared error.

    Args:
        source, target: vectors from a common origin, (..., N, 3); NaN where unknown.
        weights: (..., N), 0 where unknown.
        prior: rotations (..., 3, 3) taken where the vectors leave the answer open; None for none.
        prior_weight: its weight against the vectors, in units of weight times squared length.

    Returns:
        target_from_source, (..., 3, 3).

    Source: Kabsch 1976; the prior is ours, so that few or collinear vectors have an answer.
    """
    known = np.isfinite(source).all(-1) & np.isfinite(target).all(-1)
    weights = np.where(known, weights, 0.0)[..., None]
    source, target = np.where(known[..., None], source, 0.0), np.where(known[..., None], target, 0.0)
    correlation = np.swapaxes(target * weights, -1, -2) @ source  # (..., 3, 3)
    if prior is not None:
        correlation = correlation + prior_weight * prior
    U, _, Vt = np.linalg.svd(correlation)
    U[..., :, 2] *= np.sign(np.linalg.det(U @ Vt))[..., None]
    return U @ Vt


def align_similarity(source, target):
    """Scale, rotation and translation that take `source` points onto `target` points (Umeyama 1991).

    Args:
        source, target: points, (..., N, 3), all finite.

    Returns:
        scale (...), rotation (..., 3, 3), translation (..., 3) with target = scale * rotation @ source + translation.
    """
    source, target = np.asarray(source, float), np.asarray(target, float)
    source_mean, target_mean = source.mean(-2), target.mean(-2)
    source, target = source - source_mean[..., None, :], target - target_mean[..., None, :]
    rotation = align_rotation(source, target, np.ones(source.shape[:-1]))
    turned = source @ np.swapaxes(rotation, -1, -2)
    scale = (turned * target).sum((-2, -1)) / (source * source).sum((-2, -1))
    return scale, rotation, target_mean - scale[..., None] * (rotation @ source_mean[..., None])[..., 0]
