"""A data set's own points laid into our orders by name, and the states of their visibility."""

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OTHER, OUTSIDE
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS, LIMB_INDICES, MIDPOINTS, index_map, select

BODY_RADIUS = 0.09  # m, of an average limb or half a trunk with clothes; for telling who hides whom (ours)
IN_FRONT = 0.25  # m by which a hiding limb must be nearer


def lay_out_keypoints(points, visibility, names):
    """Points and visibility in KEYPOINTS order.

    Args:
        points: (..., N, C) pixels or metres; NaN where unknown.
        visibility: codes of datasets.sample, (..., N).
        names: the N names; neck and pelvis are made from shoulders and hips where they are missing.

    Returns:
        (..., K, C) float, NaN where unknown, and (..., K) uint8, OUTSIDE there.
    """
    laid = select(np.asarray(points, float), names, KEYPOINTS)
    state = select(np.asarray(visibility)[..., None], names, KEYPOINTS, fill=OUTSIDE)[..., 0]
    for middle, (a, b) in MIDPOINTS.items():
        if middle not in names and a in names and b in names:
            m, a, b = (KEYPOINTS.index(name) for name in (middle, a, b))
            laid[..., m, :] = (laid[..., a, :] + laid[..., b, :]) / 2
            state[..., m] = np.where((state[..., a] == OUTSIDE) | (state[..., b] == OUTSIDE), OUTSIDE,
                                     np.minimum(state[..., a], state[..., b]))
    unknown = ~np.isfinite(laid).all(-1) | (state == OUTSIDE)
    laid[unknown] = np.nan
    return laid, np.where(unknown, OUTSIDE, state).astype(np.uint8)


def lay_out_joints(points, names):
    """Points [m] in JOINTS order, (..., J, 3); NaN where the set has no such joint."""
    return select(np.asarray(points, float), names, JOINTS)


def labelled_keypoints(names):
    """Which KEYPOINTS a set with these names labels, those in the middle of two included, (K,) bool."""
    labelled = index_map(names, KEYPOINTS) >= 0
    for middle, (a, b) in MIDPOINTS.items():
        labelled[KEYPOINTS.index(middle)] |= a in names and b in names
    return labelled


def outside_image(points_px, visibility, width, height):
    """`visibility` with OUTSIDE for points that are not on the image."""
    inside = ((points_px > -0.5) & (points_px < [width - 0.5, height - 0.5])).all(-1)
    return np.where(inside, visibility, OUTSIDE).astype(np.uint8)


def hidden_by_others(keypoints_camera, visibility):
    """`visibility` with HIDDEN_BY_OTHER where somebody's limb stands between the camera and a keypoint.

    An estimate for sets that know everybody's place and say nothing of occlusion: limbs are taken as round, of one
    thickness.

    Args:
        keypoints_camera: KEYPOINTS order, camera optical frame [m], (P, K, 3); NaN where unknown.
        visibility: (P, K).

    Source: ours.
    """
    people = len(keypoints_camera)
    if people < 2:
        return visibility
    share = np.linspace(0, 1, 6)[:, None]
    start, end = (keypoints_camera[:, LIMB_INDICES[:, n], None] for n in (0, 1))  # (P, L, 1, 3)
    balls = np.nan_to_num((start * (1 - share) + end * share).reshape(people, -1, 3), nan=-1e3)  # (P, S, 3)
    distance = np.linalg.norm(keypoints_camera, axis=-1)  # (P, K)
    rays = keypoints_camera / distance[..., None]
    along = np.einsum("pkc,qsc->pkqs", np.nan_to_num(rays), balls)
    aside = np.sqrt(np.maximum((balls ** 2).sum(-1)[None, None] - along ** 2, 0))
    covers = (aside < BODY_RADIUS) & (along > 0) & (along < (distance - IN_FRONT)[..., None, None])
    covers[np.arange(people), :, np.arange(people)] = False
    return np.where(covers.any((2, 3)) & (visibility != OUTSIDE), HIDDEN_BY_OTHER, visibility).astype(np.uint8)
