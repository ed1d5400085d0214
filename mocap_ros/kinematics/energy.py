"""The fitting energy of Eq. 8.3 put together from its terms: one frame's data, the past, and their sum at a pose."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import KEYPOINTS
from mocap_ros.kinematics import residuals
from mocap_ros.kinematics.chain import D, POINTS, forward_kinematics, rotation_derivatives

NETWORK_WIDTH, NETWORK_HEIGHT = 512, 320  # px; w2D counts pixels of this image, whatever the camera's (Sec. 7.2)
FIRST_PULL = 1.5e-6  # weight of the pull to rest in a person's first frame: just enough to decide what data leave open
_KEYPOINT_OF_POINT = np.array([KEYPOINTS.index(name) for name in POINTS[:residuals.SEEN_POINTS]])


class Targets(NamedTuple):
    """One frame's data, finite everywhere, with weights that are 0 where nothing was seen.

    Attributes:
        joints: prediction, root-relative, JOINTS order [m], (P, J, 3).
        weights_3d: w3D times confidence, (P, J).
        keypoints: as the first 20 of POINTS, from the principal point in pixels of the network's image, (P, 20, 2).
        weights_2d: w2D times confidence, (P, 20).
        focal: fx, fy in the same pixels, (2,).
    """

    joints: np.ndarray
    weights_3d: np.ndarray
    keypoints: np.ndarray
    weights_2d: np.ndarray
    focal: np.ndarray


class Past(NamedTuple):
    """What the last frame leads to.

    Attributes:
        expected: the pose by its rates: root position (P, 3), camera_from_body (P, 3, 3), angles (P, 23).
        resting: its angles, those that were not seen a little nearer to rest, (P, 23).
        elapsed: time since [s], (P, 1).
    """

    expected: tuple
    resting: np.ndarray
    elapsed: np.ndarray


class Evaluation(NamedTuple):
    """Eq. 8.3 at one pose.

    Attributes:
        energy: (P,).
        gradient, hessian: halves of them, (P, D) and (P, D, D).
        curvature: the data terms' share of the Hessian's diagonal, (P, D).
        joints: JOINTS order in the camera frame [m], (P, J, 3).
    """

    energy: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    curvature: np.ndarray
    joints: np.ndarray


def targets_of(joints_relative, joint_confidence, keypoints_px, confidence, camera, config):
    """Targets of one frame; arguments as in fitting.fit."""
    joints = np.asarray(joints_relative, float)
    weights_3d = _weights(joints, joint_confidence, config.weight_3d)
    scale = min(NETWORK_WIDTH / camera.width, NETWORK_HEIGHT / camera.height)
    keypoints = (np.asarray(keypoints_px, float)[:, _KEYPOINT_OF_POINT] - camera.matrix[:2, 2]) * scale
    weights_2d = _weights(keypoints, np.asarray(confidence)[:, _KEYPOINT_OF_POINT], config.weight_2d)
    return Targets(
        np.where(weights_3d[..., None] > 0, joints, 0), weights_3d,
        np.where(weights_2d[..., None] > 0, keypoints, 0), weights_2d, camera.matrix[[0, 1], [0, 1]] * scale,
    )


def _weights(values, confidence, weight):
    return weight * np.where(np.isfinite(values).all(-1), np.nan_to_num(confidence), 0.0)


def evaluate(pose, targets, tolerance, past, bone_lengths, config):
    """Eq. 8.3 with its derivatives at `pose`.

    Args:
        pose: root position (P, 3), camera_from_body (P, 3, 3), angles (P, 23).
        targets: Targets.
        tolerance: of residuals.agreement_2d [px], (P, 1).
        past: Past; None in a person's first frame.
        bone_lengths: (P, 20).
        config: FittingConfig.

    Returns:
        Evaluation.
    """
    angles = pose[2]
    posed = forward_kinematics(*pose, bone_lengths)
    derivatives = rotation_derivatives(posed)
    energy, gradient, hessian = residuals.agreement_2d(
        posed.points, derivatives, targets.keypoints, targets.weights_2d, targets.focal, tolerance
    )
    near = residuals.agreement_3d(posed.points, derivatives, targets.joints, targets.weights_3d)
    hessian += near.hessian
    diagonal = hessian.reshape(len(angles), D * D)[:, ::D + 1]  # a view
    curvature = diagonal.copy()
    terms = [near, residuals.inside_limits(angles, config.weight_limits)]
    if past is None:
        terms.append(residuals.pull(angles, 0.0, FIRST_PULL))
    else:
        steady = residuals.steady_rate(pose, past.expected, past.elapsed, config.weight_temporal)
        hessian += steady.hessian
        terms += [
            steady, residuals.steady_depth(pose[0][:, 2], past.expected[0][:, 2], past.elapsed, config.weight_depth),
            residuals.pull(angles, past.resting, config.weight_still / past.elapsed),
        ]
    for term in terms:
        energy += term.energy
        gradient += term.gradient
        if term.hessian.ndim == 2:
            diagonal += term.hessian
    return Evaluation(energy, gradient, hessian, curvature, posed.joints)
