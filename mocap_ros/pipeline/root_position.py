"""Where each person's pelvis is, from one image's 2D and root-relative 3D (thesis Sec. 8.2.1)."""

import numpy as np

from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT
from mocap_ros.geometry.pinhole import rays
from mocap_ros.kinematics.initial_pose import first_position

SHARED = np.flatnonzero(JOINT_OF_KEYPOINT >= 0)  # keypoints that are joints too
FEWEST_JOINTS = 3  # two points leave the depth to noise


def locate_roots(joints_relative, keypoints_px, confidence, camera):
    """Pelvis positions from which the joints are seen at their keypoints, weighted by confidence.

    Args:
        joints_relative: root-relative joints [m], (P, J, 3); NaN where unknown.
        keypoints_px: (P, K, 2) [px], distorted as taken; NaN where not seen.
        confidence: (P, K).
        camera: Camera.

    Returns:
        Root positions in the camera optical frame [m], (P, 3); NaN where fewer than FEWEST_JOINTS joints are seen.
    """
    directions = rays(keypoints_px[:, SHARED], camera)[..., :2]  # (P, S, 2)
    joints = np.asarray(joints_relative, float)[:, JOINT_OF_KEYPOINT[SHARED]]  # (P, S, 3)
    known = np.isfinite(directions).all(-1) & np.isfinite(joints).all(-1)
    weights = np.where(known, np.asarray(confidence)[:, SHARED], 0)
    roots = first_position(np.where(known[..., None], joints, 0), np.where(known[..., None], directions, 0), weights)
    roots[(weights > 0).sum(-1) < FEWEST_JOINTS] = np.nan
    return roots
