"""Stage III: one articulated body a person, fitted to its 2D and 3D predictions, everybody at once (thesis Sec. 8.3.3).

XNect's energy (Eq. 8.3) or VNect's (Eq. 8.1), as set. A person's state is one row of a FitState. The caller keeps the
rows, takes those of the people that it sees and appends those of new people; a person without data is predicted: its
rates die away, its limbs drift to rest, and how unsure that is grows.
"""

from dataclasses import dataclass

import numpy as np

from mocap_ros.geometry.rotation import matrix_to_quaternion, matrix_to_rotvec
from mocap_ros.kinematics import foot_planting, pose_search, uncertainty
from mocap_ros.kinematics.bone_lengths import retarget
from mocap_ros.kinematics.chain import forward_kinematics, moved
from mocap_ros.kinematics.energy import Past, targets_of, with_vnect_weights
from mocap_ros.kinematics.fit_state import FitState, at_rest, with_height
from mocap_ros.kinematics.pose_search import LOST, ROOT_JOINT
from mocap_ros.kinematics.rest_pose import standing_height
from mocap_ros.kinematics.solver import SOLVERS

DEPTH_RATE_TIME = 0.25  # s over which the root's speed along the optical axis is averaged: one camera hardly sees it
RATE_MEMORY = 0.3  # s in which the rates of what is not seen fall to 1/e
REST_TIME = 2.0  # s in which a limb that is not seen drifts to rest by 1 - 1/e
UNSEEN = 1e-5  # curvature of the data terms [1/rad^2] of an angle that is half unseen: a joint 3 mm off its axis
PATIENCE = 5  # frames before a person whom it did not help is started anew again
_ROOT_RIDGE = 1e-9 * np.eye(3)


@dataclass(frozen=True, eq=False)
class FitResult:
    """P people in one frame.

    Attributes:
        root_position: mid-hip in the camera frame [m], (P, 3).
        root_orientation: camera_from_body, xyzw, (P, 4).
        angles: ANGLES order [rad], (P, 23).
        joints_camera: JOINTS order [m], (P, J, 3).
        root_velocity: [m/s], (P, 3).
        root_covariance: of root_position [m^2], (P, 3, 3).
        joint_deviation: root mean square distance of each root-relative joint from the truth that is expected [m],
            (P, J).
        planted: which of foot_planting.CONTACTS stand, (P, 4) bool.
        energy: Eq. 8.3 or 8.1, (P,).
        state: FitState for the next frame.
    """

    root_position: np.ndarray
    root_orientation: np.ndarray
    angles: np.ndarray
    joints_camera: np.ndarray
    root_velocity: np.ndarray
    root_covariance: np.ndarray
    joint_deviation: np.ndarray
    planted: np.ndarray
    energy: np.ndarray
    state: FitState


def initial_state(joints_relative, joint_confidence, keypoints_px, confidence, bone_lengths, camera, config):
    """A FitState from one frame alone, at rest, by XNect's energy. Arguments as in fit."""
    targets = targets_of(joints_relative, joint_confidence, keypoints_px, confidence, camera, config)
    return at_rest(pose_search.pose_anew(targets, bone_lengths, config))


def fit(state, joints_relative, joint_confidence, keypoints_px, confidence, bone_lengths, camera, config, elapsed,
        height_deviation=0.0, floor=None):
    """Everybody's pose of least energy in this frame.

    Args:
        state: FitState of these P people in their last frame.
        joints_relative: 3D prediction in JOINTS order, root-relative, camera axes, scaled to each person's height [m],
            (P, J, 3); NaN where unseen, all NaN where there is none.
        joint_confidence: (P, J), 0 where unseen.
        keypoints_px: KEYPOINTS order, undistorted [px], (P, K, 2); NaN where unseen.
        confidence: (P, K), 0 where unseen.
        bone_lengths: BONES order [m], (P, 20).
        camera: Camera.
        config: FittingConfig.
        elapsed: time since each person's last frame [s], a number or (P,).
        height_deviation: relative standard deviation of the heights, a number or (P,); goes into the covariance.
        floor: GroundPlane, or None where it is not known.

    Returns:
        FitResult.
    """
    height = standing_height(bone_lengths)
    state = with_height(state, height)
    if config.energy == "vnect":
        joints_relative = retarget(np.asarray(joints_relative, float), bone_lengths)
    targets = targets_of(joints_relative, joint_confidence, keypoints_px, confidence, camera, config)
    confident = np.asarray(joint_confidence)[:, foot_planting.CONTACT_JOINTS] >= foot_planting.CONFIDENT
    confident = confident & (targets.weights_3d[:, foot_planting.CONTACT_JOINTS] > 0)
    if config.energy == "vnect":
        targets = with_vnect_weights(targets, state.position[:, 2], height, config)
    elapsed = np.maximum(elapsed, np.full(len(state), 1e-3))[:, None]
    last = (state.position, state.rotation, state.angles)
    depth_weight = config.weight_depth / elapsed ** 2 + 1e-12
    past = _past(state, last, elapsed, bone_lengths)
    holds = None
    if config.weight_feet > 0:
        holds = foot_planting.holds_of(
            state.feet, past.expected[0], targets, confident, height, floor, config.weight_feet
        )
    pose, final = pose_search.search(
        last, targets, past, holds, bone_lengths, config, SOLVERS[config.solver], config.iterations
    )
    joints, feet = final.joints, state.feet
    if config.weight_feet > 0:
        offset = -np.linalg.solve(final.hessian_2d[:, :3, :3] + _ROOT_RIDGE, final.root_gradient[..., None])[..., 0]
        counted = targets.weights_3d.sum(1)
        spread = np.sqrt(final.energy_3d / np.where(counted > 0, 3 * counted, np.nan))
        feet = foot_planting.step(feet, final.points, offset, spread, targets, confident, height, floor, elapsed)
    turn = matrix_to_rotvec(pose[1] @ last[1].swapaxes(1, 2))
    rate = np.concatenate([pose[0] - last[0], turn, pose[2] - last[2]], 1) / elapsed
    curvature = final.curvature
    seen = curvature / (curvature + config.weight_temporal / elapsed ** 2 + 1e-12)
    fresh_share = elapsed / (DEPTH_RATE_TIME + elapsed) * np.minimum(state.depth_known[:, None] / depth_weight, 1)
    rate[:, 2:3] = state.rate[:, 2:3] + fresh_share * (rate[:, 2:3] - state.rate[:, 2:3])
    rate *= seen + (1 - seen) * np.exp(-elapsed / RATE_MEMORY)
    covariance = uncertainty.propagate(state.variance, final, targets, elapsed)
    depth_known = state.depth_known + final.hessian_2d[:, 2, 2]
    misfit = pose_search.misfit_2d(final, targets, pose_search.tolerance_px(last[0], targets, False))
    lost = (pose_search.distances_3d(joints, targets).max(1) > LOST * height) | (misfit > 1)
    lost &= state.patience == 0
    patience = np.maximum(state.patience - 1, 0)
    if lost.any():
        rows = np.flatnonzero(lost)
        fresh = pose_search.start_anew(rows, misfit, joints, targets, past, holds, bone_lengths, config)
        fitted, again = (*pose, joints), (*fresh.pose, fresh.joints)
        *pose, joints = (_replaced(old, fresh.rows, new) for old, new in zip(fitted, again))
        patience[rows] = PATIENCE
        patience[fresh.rows], rate[fresh.rows] = 0, 0
        gone = fresh.rows[fresh.moved]
        depth_known[gone] = 0
        feet = foot_planting.forgotten(feet, gone)
    joint_rate = (joints - past.joints) / elapsed[..., None]
    joint_rate *= np.where(targets.weights_3d > 0, 1, np.exp(-elapsed / RATE_MEMORY))[..., None]
    return FitResult(
        pose[0], matrix_to_quaternion(pose[1]), pose[2], joints, rate[:, :3],
        uncertainty.root_covariance(covariance, pose[0], height_deviation),
        uncertainty.joint_deviations(covariance, final.derivatives), feet.age > 0, final.energy,
        FitState(*pose, rate, UNSEEN / (curvature[:, 6:] + UNSEEN), patience, joints, joint_rate,
                 depth_known, state.height, np.einsum("pdd->pd", covariance), feet),
    )


def _replaced(values, rows, new):
    values = values.copy()
    values[rows] = new
    return values


def _past(state, last, elapsed, bone_lengths):
    """What the last frame leads to; people without one have stood where their state is."""
    joints, new = state.joints, np.isnan(state.joints[:, ROOT_JOINT, 0])
    if new.any():
        joints = joints.copy()
        joints[new] = forward_kinematics(*(each[new] for each in last), bone_lengths[new]).joints
    resting = state.angles * (1 - state.unseen * -np.expm1(-elapsed / REST_TIME))
    return Past(
        moved(*last, state.rate * elapsed), resting, state.unseen, joints,
        joints + state.joint_rate * elapsed[..., None], elapsed, state.depth_known,
    )
