"""Stage III: one articulated body a person, fitted to its 2D and 3D predictions, everybody at once (thesis Sec. 8.3.3).

XNect's energy (Eq. 8.3) or VNect's (Eq. 8.1), as set. A person's state is one row of a FitState. The caller keeps the
rows, takes those of the people that it sees and appends those of new people; a person without data is predicted: its
rates die away, its limbs drift to rest, and how unsure that is grows.
"""

from dataclasses import dataclass, fields

import numpy as np

from mocap_ros.datatypes.skeleton import J, JOINTS, ROOT
from mocap_ros.geometry.rotation import matrix_to_quaternion, matrix_to_rotvec
from mocap_ros.kinematics import foot_planting, residuals, uncertainty
from mocap_ros.kinematics.bone_lengths import retarget
from mocap_ros.kinematics.chain import D, forward_kinematics, moved
from mocap_ros.kinematics.energy import Past, Targets, evaluate, targets_of, with_vnect_weights
from mocap_ros.kinematics.initial_pose import first_angles, first_orientation, first_position, flat_joints
from mocap_ros.kinematics.rest_pose import standing_height
from mocap_ros.kinematics.solver import SOLVERS, minimise

FIRST_ITERATIONS, FIRST_TOLERANCE = 30, 1e-3  # for a person's first frame, where no pose is near
DEPTH_RATE_TIME = 0.25  # s over which the root's speed along the optical axis is averaged: one camera hardly sees it
RATE_MEMORY = 0.3  # s in which the rates of what is not seen fall to 1/e
REST_TIME = 2.0  # s in which a limb that is not seen drifts to rest by 1 - 1/e
UNSEEN = 1e-5  # curvature of the data terms [1/rad^2] of an angle that is half unseen: a joint 3 mm off its axis
OUTLIER = 0.15  # m at the root's depth; keypoints farther from the body pull no harder
LOST = 0.1  # share of the height; a joint farther from its prediction has the person started anew, if that is better
SAME_PLACE = 0.3  # of the distance from the camera; who is started anew farther from the expected place has moved there
PATIENCE = 5  # frames before a person whom it did not help is started anew again
NO_TOLERANCE = 1e9  # px; VNect's data terms are plain squares
_ROOT_RIDGE = 1e-9 * np.eye(3)
ROOT_JOINT = JOINTS.index(ROOT)


@dataclass(frozen=True, eq=False)
class FitState:
    """Where P people were in their last frame.

    Attributes:
        position: of the root in the camera frame [m], (P, 3).
        rotation: camera_from_body, (P, 3, 3).
        angles: ANGLES order [rad], (P, 23).
        rate: of the 29 degrees of freedom [1/s], (P, 29).
        unseen: share of each angle that was left open by the data, 0 to 1, (P, 23).
        patience: frames before the person may be started anew, (P,) int.
        joints: JOINTS order [m], (P, J, 3); NaN before the first fit.
        joint_rate: their velocity [m/s], (P, J, 3).
        variance: of the 29 degrees of freedom, (P, 29).
        feet: foot_planting.Feet.
    """

    position: np.ndarray
    rotation: np.ndarray
    angles: np.ndarray
    rate: np.ndarray
    unseen: np.ndarray
    patience: np.ndarray
    joints: np.ndarray
    joint_rate: np.ndarray
    variance: np.ndarray
    feet: foot_planting.Feet

    def __len__(self):
        return len(self.position)

    def take(self, rows):
        """The states of some people, in the order of `rows` (indices or a mask)."""
        return FitState(*(_rows(getattr(self, each.name), rows) for each in fields(self)))


def _rows(value, rows):
    return type(value)(*(each[rows] for each in value)) if isinstance(value, tuple) else value[rows]


def unfitted_state(people):
    """Rows that hold a place for people who were never fitted; initial_state gives them a pose."""
    pose = np.zeros((people, 3)), np.tile(np.eye(3), (people, 1, 1)), np.zeros((people, D - 6))
    return _at_rest(pose)


def _at_rest(pose):
    people = len(pose[0])
    return FitState(
        *pose, np.zeros((people, D)), np.zeros((people, D - 6)), np.zeros(people, int), np.full((people, J, 3), np.nan),
        np.zeros((people, J, 3)), uncertainty.ignorance(people), foot_planting.fresh_feet(people),
    )


def concatenate(states):
    """One FitState of the rows of several, in order."""
    return FitState(*(_joined([getattr(state, each.name) for state in states]) for each in fields(FitState)))


def _joined(values):
    if isinstance(values[0], tuple):
        return type(values[0])(*(np.concatenate(each) for each in zip(*values)))
    return np.concatenate(values)


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
    return _at_rest(_pose_anew(targets, bone_lengths, config))


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
    if config.energy == "vnect":
        joints_relative = retarget(np.asarray(joints_relative, float), bone_lengths)
    targets = targets_of(joints_relative, joint_confidence, keypoints_px, confidence, camera, config)
    confident = np.asarray(joint_confidence)[:, foot_planting.CONTACT_JOINTS] >= foot_planting.CONFIDENT
    confident = confident & (targets.weights_3d[:, foot_planting.CONTACT_JOINTS] > 0)
    if config.energy == "vnect":
        targets = with_vnect_weights(targets, state.position[:, 2], height, config)
    elapsed = np.broadcast_to(np.maximum(elapsed, 1e-3), (len(state),))[:, None]
    last = (state.position, state.rotation, state.angles)
    past = _past(state, last, elapsed, bone_lengths)
    holds = None
    if config.weight_feet > 0:
        holds = foot_planting.holds_of(
            state.feet, past.expected[0], targets, confident, height, floor, config.weight_feet
        )
    pose, final = _minimise(last, targets, past, holds, bone_lengths, config, SOLVERS[config.solver], config.iterations)
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
    rate[:, 2:3] += DEPTH_RATE_TIME / (DEPTH_RATE_TIME + elapsed) * (state.rate[:, 2:3] - rate[:, 2:3])
    rate *= seen + (1 - seen) * np.exp(-elapsed / RATE_MEMORY)
    covariance = uncertainty.propagate(state.variance, final, targets, elapsed)
    lost = (state.patience == 0) & (_distances_3d(joints, targets).max(1) > LOST * height)
    patience = np.maximum(state.patience - 1, 0)
    if lost.any():
        pose, rate, joints, better = _with_fresh_starts(
            lost, pose, rate, joints, targets, past, holds, bone_lengths, config
        )
        patience[lost & ~better] = PATIENCE
    joint_rate = (joints - past.joints) / elapsed[..., None]
    joint_rate *= np.where(targets.weights_3d > 0, 1, np.exp(-elapsed / RATE_MEMORY))[..., None]
    return FitResult(
        pose[0], matrix_to_quaternion(pose[1]), pose[2], joints, rate[:, :3],
        uncertainty.root_covariance(covariance, pose[0], height_deviation),
        uncertainty.joint_deviations(covariance, final.derivatives), feet.age > 0, final.energy,
        FitState(*pose, rate, UNSEEN / (curvature[:, 6:] + UNSEEN), patience, joints, joint_rate,
                 np.einsum("pdd->pd", covariance), feet),
    )


def _past(state, last, elapsed, bone_lengths):
    """What the last frame leads to; people without one have stood where their state is."""
    joints, new = state.joints, np.isnan(state.joints[:, ROOT_JOINT, 0])
    if new.any():
        joints = joints.copy()
        joints[new] = forward_kinematics(*(each[new] for each in last), bone_lengths[new]).joints
    resting = state.angles * (1 - state.unseen * -np.expm1(-elapsed / REST_TIME))
    return Past(
        moved(*last, state.rate * elapsed), resting, state.unseen, joints,
        joints + state.joint_rate * elapsed[..., None], elapsed,
    )


def _minimise(pose, targets, past, holds, bone_lengths, config, solve, *limits):
    tolerance = OUTLIER * targets.focal.mean() / np.maximum(pose[0][:, 2:], residuals.NEAREST)
    if past is not None and config.energy == "vnect":
        tolerance = np.full_like(tolerance, NO_TOLERANCE)
    return solve(
        pose, lambda pose: evaluate(pose, targets, tolerance, past, holds, bone_lengths, config), moved, *limits
    )


def _pose_anew(targets, bone_lengths, config):
    """A pose from one frame alone: closed form, then the solver."""
    joints = np.where(targets.weights_3d[..., None] > 0, targets.joints, np.nan)
    flat = flat_joints(targets.keypoints, targets.weights_2d, bone_lengths)
    joints = np.where((targets.weights_3d > 0).any(1)[:, None, None], joints, flat)
    weights = np.where((targets.weights_3d > 0).any(1)[:, None], targets.weights_3d, 1.0)
    rotation = first_orientation(joints, weights, bone_lengths)
    angles = first_angles(joints, rotation)
    posed = forward_kinematics(np.zeros((len(rotation), 3)), rotation, angles, bone_lengths)
    seen = posed.points[:, :residuals.SEEN_POINTS]
    confidence = targets.weights_2d / max(config.weight_2d, 1e-12)
    position = first_position(seen, targets.keypoints / targets.focal, confidence)
    return _minimise((position, rotation, angles), targets, None, None, bone_lengths, config, minimise,
                     FIRST_ITERATIONS, FIRST_TOLERANCE)[0]


def _distances_3d(joints, targets):
    """Distances of root-relative joints from their prediction [m], (P, J); 0 for those of less than half the weight."""
    error = joints - joints[:, ROOT_JOINT, None] - targets.joints
    trusted = (targets.weights_3d > 0) & (targets.weights_3d >= 0.5 * targets.weights_3d.max(1, keepdims=True))
    return np.sqrt((error * error).sum(-1)) * trusted


def _with_fresh_starts(lost, pose, rate, joints, targets, past, holds, bone_lengths, config):
    """Poses, rates and joints, those of lost people replaced where a fit from a pose without the past comes nearer.

    The pose is new, the place is not, unless it is far away: what the past says of it still counts, so that the person
    does not jump. Also returns who was replaced.
    """
    rows = np.flatnonzero(lost)
    own, lengths = Targets(*(each[rows] for each in targets[:-1]), targets.focal), bone_lengths[rows]
    anew = _pose_anew(own, lengths, config)
    step = past.expected[0][rows] - anew[0]
    near = np.sqrt((step * step).sum(1, keepdims=True)) < SAME_PLACE * anew[0][:, 2:]
    own_past = Past(
        (np.where(near, past.expected[0][rows], anew[0]), *anew[1:]), anew[2], past.unseen[rows], past.joints[rows],
        past.expected_joints[rows], past.elapsed[rows],
    )
    own_holds = None if holds is None else holds.take(rows)
    fresh, final = _minimise(anew, own, own_past, own_holds, lengths, config, minimise, FIRST_ITERATIONS)
    fresh_joints = final.joints
    better = _distances_3d(fresh_joints, own).sum(1) < 0.9 * _distances_3d(joints[rows], own).sum(1)
    rows = rows[better]
    replaced = np.zeros(len(lost), bool)
    replaced[rows] = True
    pose, rate, joints = tuple(each.copy() for each in pose), rate.copy(), joints.copy()
    for old, new in zip(pose, fresh):
        old[rows] = new[better]
    rate[rows] = 0
    joints[rows] = fresh_joints[better]
    return pose, rate, joints, replaced
