"""How poses of least energy are found: from the last frame's, and, where that has gone astray, from this frame alone.

A person can go astray in two ways: the fitted joints are far from their 3D prediction, or the body is seen elsewhere
than its keypoints, such as at a wrong depth, where it looks too small or too large. Either starts it anew at once.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import JOINTS, ROOT
from mocap_ros.kinematics import residuals
from mocap_ros.kinematics.chain import forward_kinematics, moved
from mocap_ros.kinematics.energy import Past, Targets, evaluate
from mocap_ros.kinematics.initial_pose import first_angles, first_orientation, first_position, flat_joints
from mocap_ros.kinematics.solver import minimise

FIRST_ITERATIONS, FIRST_TOLERANCE = 30, 1e-3  # for a person's first frame, where no pose is near
OUTLIER = 0.15  # m at the root's depth; keypoints farther from the body pull no harder
NO_TOLERANCE = 1e9  # px; VNect's data terms are plain squares
LOST = 0.1  # share of the height; a joint farther from its prediction has the person started anew, if that is better
SAME_PLACE = 0.3  # of the distance from the camera; nearer than that a new start does not move the person
BETTER_3D, BETTER_2D = 0.9, 0.5  # share of the old misfit below which a new start is kept
ROOT_JOINT = JOINTS.index(ROOT)


class Fresh(NamedTuple):
    """A new start of some people.

    Attributes:
        rows: which people were started anew, indices.
        moved: which of these stand somewhere else now, bool.
        pose, joints: theirs, one row each.
    """

    rows: np.ndarray
    moved: np.ndarray
    pose: tuple
    joints: np.ndarray


def tolerance_px(position, targets, plain):
    """Distance [px], (P, 1), beyond which a keypoint is an outlier for people whose root is at `position`.

    Args:
        position: [m], (P, 3).
        targets: Targets.
        plain: True where no keypoint is to count as one.
    """
    if plain:
        return np.full((len(position), 1), NO_TOLERANCE)
    return OUTLIER * targets.focal.mean() / np.maximum(position[:, 2:], residuals.NEAREST)


def search(pose, targets, past, holds, bone_lengths, config, solve, *limits):
    """Pose and Evaluation of least energy near `pose`; arguments as in energy.evaluate, `solve` one of SOLVERS."""
    tolerance = tolerance_px(pose[0], targets, past is not None and config.energy == "vnect")
    return solve(
        pose, lambda pose: evaluate(pose, targets, tolerance, past, holds, bone_lengths, config), moved, *limits
    )


def pose_anew(targets, bone_lengths, config):
    """Poses from one frame alone: closed form, then the solver."""
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
    return search((position, rotation, angles), targets, None, None, bone_lengths, config, minimise,
                  FIRST_ITERATIONS, FIRST_TOLERANCE)[0]


def distances_3d(joints, targets):
    """Distances of root-relative joints from their prediction [m], (P, J); 0 for those of less than half the weight."""
    error = joints - joints[:, ROOT_JOINT, None] - targets.joints
    trusted = (targets.weights_3d > 0) & (targets.weights_3d >= 0.5 * targets.weights_3d.max(1, keepdims=True))
    return np.sqrt((error * error).sum(-1)) * trusted


def misfit_2d(final, targets, tolerance):
    """Mean energy of the keypoints over that of one at the tolerance, (P,): above 1 most are farther; 0 if unseen."""
    return final.energy_2d / np.maximum(targets.weights_2d.sum(1) * tolerance[:, 0] ** 2, 1e-12)


def start_anew(rows, misfit, joints, targets, past, holds, bone_lengths, config):
    """A Fresh of those of the people `rows` whom a fit from a pose without the past brings nearer to the data.

    Somebody who is seen elsewhere than the body and would stand far from the expected place moves there at once.
    Everybody else stays: what the past says of the place still counts, so that the person does not jump.

    Args:
        rows: indices.
        misfit: misfit_2d of everybody.
        joints: everybody's fitted joints [m], (P, J, 3).
        targets, past, holds, bone_lengths, config: everybody's, as in energy.evaluate.
    """
    own = Targets(*(each[rows] for each in targets[:-1]), targets.focal)
    lengths, misfit = bone_lengths[rows], misfit[rows]
    anew = pose_anew(own, lengths, config)
    expected = past.expected[0][rows]
    away = np.sqrt(((expected - anew[0]) ** 2).sum(1)) > SAME_PLACE * anew[0][:, 2]
    moves = away & (misfit > 1)
    place = np.where(moves[:, None], anew[0], expected)
    own_past = Past((place, *anew[1:]), anew[2], *(each[rows] for each in past[2:]))
    own_past = own_past._replace(depth_known=np.where(moves, 0, own_past.depth_known))
    own_holds = None if holds is None else holds.take(rows).without(moves)
    pose, final = search(anew, own, own_past, own_holds, lengths, config, minimise, FIRST_ITERATIONS)
    nearer = distances_3d(final.joints, own).sum(1) < BETTER_3D * distances_3d(joints[rows], own).sum(1)
    fresh_misfit = misfit_2d(final, own, tolerance_px(anew[0], own, False))
    seen_there = (fresh_misfit < 1) & (fresh_misfit < BETTER_2D * misfit)
    better = np.where(moves, seen_there, nearer)
    return Fresh(rows[better], moves[better], tuple(each[better] for each in pose), final.joints[better])
