"""A first pose in closed form, from one frame's joints and keypoints, so that the solver starts near (ours)."""

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES, BONES, J, JOINTS
from mocap_ros.geometry.alignment import align_rotation
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.bone_lengths import CHILDREN, PARENTS_OF_BONES
from mocap_ros.kinematics.chain import N, POINTS, forward_kinematics
from mocap_ros.kinematics.joint_limits import LIMITS
from mocap_ros.kinematics.rest_pose import AXES, REST_DIRECTIONS

# camera_from_body of a person who stands upright and looks into the camera
FACING = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
FIRST_DEPTH = 3.0  # m, taken where the keypoints do not tell
NEAREST_ROOT = 0.3  # m

_TRUNK = [JOINTS.index(name) for name in ("spine", "neck", "r_shoulder", "l_shoulder", "r_hip", "l_hip")]
_TRUNK_WEIGHTS = np.array([1.0, 1, 1, 1, 3, 3])
_LIMBS = (  # ball joint, hinge, end; the prefix of their angles
    ("r_shoulder", "r_elbow", "r_wrist"), ("l_shoulder", "l_elbow", "l_wrist"),
    ("r_hip", "r_knee", "r_ankle"), ("l_hip", "l_knee", "l_ankle"),
)
_LIMB_JOINTS = np.array([[JOINTS.index(name) for name in limb] for limb in _LIMBS])  # (4, 3)
_BALL = np.array([[k for k, a in enumerate(ANGLES) if a.startswith(ball)] for ball, _, _ in _LIMBS])  # (4, 3)
_HINGE = np.array([ANGLES.index(hinge + "_flexion") for _, hinge, _ in _LIMBS])  # (4,)
_DOWN = np.array([0.0, 0, -1])
_FORWARD_OF_FIRST = np.cross(AXES[_BALL[:, 0]], _DOWN)  # (4, 3) where the first axis moves the hanging limb
_SIGN_OF_SECOND = np.einsum("ij,ij->i", np.cross(AXES[_BALL[:, 1]], _DOWN), AXES[_BALL[:, 0]])  # (4,) +-1
_SIGN_OF_TWIST = AXES[_BALL[:, 2], 2]  # (4,) +-1
_HINGE_FORWARD = np.cross(AXES[_HINGE], _DOWN)[:, 0]  # (4,) +-1: bends to +x or -x
_FEET = np.array([[JOINTS.index(s + "ankle"), JOINTS.index(s + "toe")] for s in ("r_", "l_")])
_FOOT_ANGLES = np.array([ANGLES.index(s + "ankle_flexion") for s in ("r_", "l_")])
_FOOT_REST = np.arctan2(REST_DIRECTIONS[BONES.index("l_toe"), 2], REST_DIRECTIONS[BONES.index("l_toe"), 0])
_BONE_NEAR = np.array([POINTS.index(JOINTS[j]) for j in PARENTS_OF_BONES])
_BONE_FAR = np.array([POINTS.index(JOINTS[j]) for j in CHILDREN])


def first_orientation(joints_relative, weights, bone_lengths):
    """camera_from_body (P, 3, 3) that lays the resting trunk onto the joints; upright and facing where they are NaN."""
    people = len(joints_relative)
    upright = np.eye(3)[None].repeat(people, 0)
    rest = forward_kinematics(np.zeros((people, 3)), upright, np.zeros((people, len(ANGLES))), bone_lengths)
    return align_rotation(
        rest.joints[:, _TRUNK], joints_relative[:, _TRUNK], weights[:, _TRUNK] * _TRUNK_WEIGHTS, FACING, 1e-4
    )


def first_angles(joints_relative, root_rotation):
    """Joint angles (P, 23) that point the limbs as the joints lie; zero where NaN, trunk and head straight."""
    angles = np.zeros((len(joints_relative), len(ANGLES)))
    ball, hinge, end = np.moveaxis(joints_relative[:, _LIMB_JOINTS], 2, 0)  # (P, 4, 3) each
    upper = _directions(hinge - ball) @ root_rotation  # in the body's axes
    lower = _directions(end - hinge) @ root_rotation
    known = np.isfinite(upper).all(-1)
    upper = np.where(known[..., None], upper, _DOWN)
    second = _SIGN_OF_SECOND * np.arcsin(np.clip((upper * AXES[_BALL[:, 0]]).sum(-1), -1, 1))
    first = np.arctan2((upper * _FORWARD_OF_FIRST).sum(-1), -upper[..., 2])
    to_limb = axis_rotation(AXES[_BALL[:, 0]], first) @ axis_rotation(AXES[_BALL[:, 1]], second)

    known = np.isfinite(lower).all(-1)
    bent = np.where(known[..., None], (lower[..., None, :] @ to_limb)[..., 0, :], _DOWN)  # in the untwisted limb's axes
    across = np.hypot(bent[..., 0], bent[..., 1])
    twist = _SIGN_OF_TWIST * np.arctan2(bent[..., 1] * _HINGE_FORWARD, bent[..., 0] * _HINGE_FORWARD)
    angles[:, _BALL] = np.stack([first, second, np.where(across > 0.1, twist, 0)], -1)
    angles[:, _HINGE] = np.arctan2(across, -bent[..., 2])

    to_shank = to_limb @ axis_rotation(AXES[_BALL[:, 2]], angles[:, _BALL[:, 2]]) @ axis_rotation(
        AXES[_HINGE], angles[:, _HINGE]
    )
    feet = _directions(joints_relative[:, _FEET[:, 1]] - joints_relative[:, _FEET[:, 0]]) @ root_rotation
    feet = (feet[..., None, :] @ to_shank[:, 2:])[..., 0, :]
    ankle = np.arctan2(feet[..., 2], feet[..., 0]) - _FOOT_REST
    angles[:, _FOOT_ANGLES] = np.where(np.isfinite(ankle), ankle, 0)
    return np.clip(angles, LIMITS[:, 0], LIMITS[:, 1])


def first_position(points_relative, rays, weights):
    """Root positions (P, 3) [m] from which the points are seen along the rays, by linear least squares.

    Args:
        points_relative: root-relative points in the camera's axes [m], (P, M, 3).
        rays: x / z and y / z of where they are seen, (P, M, 2); finite.
        weights: (P, M), 0 where unseen.
    """
    eye = np.zeros(rays.shape + (3,))  # (P, M, 2, 3)
    eye[..., 0, 0] = eye[..., 1, 1] = 1
    eye[..., 2] = -rays
    wanted = rays * points_relative[..., 2:] - points_relative[..., :2]
    weights = weights[..., None]
    position = np.full((len(rays), 3), [0.0, 0.0, FIRST_DEPTH])
    scale = weights
    for _ in range(4):  # least squares, then three rounds in which far-off keypoints count less
        A = np.einsum("pmci,pmc,pmcj->pij", eye, scale, eye) + 1e-6 * np.eye(3)
        b = np.einsum("pmci,pmc,pmc->pi", eye, scale, wanted) + [0, 0, 1e-6 * FIRST_DEPTH]
        position = np.linalg.solve(A, b[..., None])[..., 0]
        error = np.linalg.norm((eye @ position[:, None, :, None])[..., 0] - wanted, axis=-1, keepdims=True)
        scale = weights * 0.05 / np.maximum(error, 0.05)  # 0.05 m
    near = position[:, 2] < NEAREST_ROOT
    if near.any():
        total = np.maximum(scale.sum(1), 1e-9)
        depth = np.where(near, NEAREST_ROOT, position[:, 2])
        level = (scale * (wanted + rays * depth[:, None, None])).sum(1) / total
        position = np.where(near[:, None], np.concatenate([level, depth[:, None]], 1), position)
    return position


def flat_joints(keypoints, weights, bone_lengths):
    """Root-relative joints (P, J, 3) [m] of people as if they were flat pictures parallel to the image plane.

    Stands in for the 3D prediction of people who have none. NaN where unseen.

    Args:
        keypoints: as the first 20 of POINTS [px], (P, 20, 2).
        weights: (P, 20), 0 where unseen.
        bone_lengths: (P, 20).
    """
    people = len(keypoints)
    points = np.full((people, N, 3), np.nan)
    points[:, :keypoints.shape[1], :2] = np.where(weights[..., None] > 0, keypoints, np.nan)
    points[..., 2] = 0
    length = np.linalg.norm(points[:, _BONE_FAR] - points[:, _BONE_NEAR], axis=-1)
    # [px/m]; bones that are turned away look short
    ratio = np.sort(np.where(np.isfinite(length), length / bone_lengths, -np.inf), 1)
    seen = np.isfinite(length).sum(1)
    scale = ratio[np.arange(people), len(BONES) - 1 - seen // 5]  # near the largest
    scale = np.where((seen > 0) & (scale > 0), scale, np.nan)
    flat = points / scale[:, None, None]
    hips = flat[:, [POINTS.index("r_hip"), POINTS.index("l_hip")]].mean(1)
    root = np.where(np.isfinite(flat[:, POINTS.index("pelvis")]), flat[:, POINTS.index("pelvis")], hips)
    return (flat - root[:, None])[:, N - J:]



def _directions(vectors):
    length = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    return vectors / np.where(length > 1e-9, length, np.nan)
