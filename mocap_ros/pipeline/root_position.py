"""Where each person's pelvis is, from one image's 2D and root-relative 3D (thesis Sec. 4.3, 8.2.1)."""

import numpy as np

from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT
from mocap_ros.geometry.pinhole import rays

SHARED = np.flatnonzero(JOINT_OF_KEYPOINT >= 0)  # keypoints that are joints too
FEWEST_JOINTS = 3  # two points leave the depth to noise


def locate_roots(joints_relative, keypoints_px, confidence, camera):
    """Pelvis positions that project the joints onto their keypoints, by confidence-weighted linear least squares.

    Each seen joint X (root-relative) on the ray (u, v, 1) asks for root_x - u root_z = u X_z - X_x, and the same
    for v: linear in the root, exact for a full perspective camera.

    Args:
        joints_relative: root-relative joints [m], (P, J, 3).
        keypoints_px: (P, K, 2) [px], distorted as taken; NaN where not seen.
        confidence: (P, K).
        camera: Camera.

    Returns:
        Root positions in the camera optical frame [m], (P, 3); NaN where fewer than FEWEST_JOINTS joints are seen or
        the solution lies behind the camera.

    Source: the thesis solves the same problem under weak perspective (Sec. 4.3); the full perspective form is ours,
    because a robot's camera is near its people.
    """
    people = len(joints_relative)
    roots = np.full((people, 3), np.nan)
    if not people:
        return roots
    directions = rays(keypoints_px[:, SHARED], camera)[..., :2]  # (P, S, 2)
    joints = np.asarray(joints_relative, float)[:, JOINT_OF_KEYPOINT[SHARED]]  # (P, S, 3)
    known = np.isfinite(directions).all(-1) & np.isfinite(joints).all(-1)
    weight = np.where(known, confidence[:, SHARED], 0)[..., None]  # (P, S, 1)
    directions = np.where(known[..., None], directions, 0)
    joints = np.where(known[..., None], joints, 0)
    wanted = directions * joints[..., 2:] - joints[..., :2]  # (P, S, 2)

    # Normal equations of [I, -ray] root = wanted, summed over joints: (P, 3, 3) root = (P, 3).
    normal = np.zeros((people, 3, 3))
    normal[:, 0, 0] = normal[:, 1, 1] = weight.sum((1, 2))
    normal[:, :2, 2] = normal[:, 2, :2] = -(weight * directions).sum(1)
    normal[:, 2, 2] = (weight * directions ** 2).sum((1, 2))
    right = np.concatenate([(weight * wanted).sum(1), -(weight * directions * wanted).sum((1, 2))[:, None]], axis=1)
    solvable = (known.sum(-1) >= FEWEST_JOINTS) & (np.linalg.det(normal) > 1e-12)
    if solvable.any():
        roots[solvable] = np.linalg.solve(normal[solvable], right[solvable][..., None])[..., 0]
    roots[~(roots[:, 2] > 0)] = np.nan
    return roots
