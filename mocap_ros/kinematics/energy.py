"""The fitting energies put together from their terms: one frame's data, the past, and their sum at a pose.

XNect's is Eq. 8.3, VNect's Eq. 8.1; `fitting.energy` says which. Both share the skeleton, the data and the solver.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import J, KEYPOINTS
from mocap_ros.kinematics import residuals
from mocap_ros.kinematics.chain import D, N, POINTS, forward_kinematics, rotation_derivatives

NETWORK_WIDTH, NETWORK_HEIGHT = 512, 320  # px; w2D counts pixels of this image, whatever the camera's (Sec. 7.2)
FIRST_PULL = 1.5e-6  # weight of the pull to rest in a person's first frame: just enough to decide what data leave open
# VNect's weights are for lengths in millimetres, pixels of a crop in which a standing person is this high (Sec. 8.2.2:
# 250 to 340 px) and differences from frame to frame at this rate; the thesis names no units, and only with these are
# its two data terms of one size, as are XNect's. Ours.
VNECT_PERSON, VNECT_RATE = 300.0, 30.0  # px, 1/s
SQUARE_MILLIMETRE = 1e-6  # m^2
_KEYPOINT_OF_POINT = np.array([KEYPOINTS.index(name) for name in POINTS[:residuals.SEEN_POINTS]])
_JOINTS = slice(N - J, N)  # of the chain's points


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
        unseen: share of each angle that the data left open, 0 to 1, (P, 23).
        joints, expected_joints: of the last frame, and where their speed leads [m], (P, J, 3).
        elapsed: time since [s], (P, 1).
        depth_known: what the frames so far tell of the root's depth [1/m^2], (P,); holds it no harder than that.
    """

    expected: tuple
    resting: np.ndarray
    unseen: np.ndarray
    joints: np.ndarray
    expected_joints: np.ndarray
    elapsed: np.ndarray
    depth_known: np.ndarray


class Evaluation(NamedTuple):
    """An energy at one pose.

    Attributes:
        energy: (P,).
        gradient, hessian: halves of them, (P, D) and (P, D, D).
        energy_2d, energy_3d: the data terms' shares of it, (P,).
        hessian_2d, hessian_3d: the same of the Hessian, (P, D, D).
        root_gradient: what the keypoints alone say to the root's position, (P, 3).
        points: POINTS order in the camera frame [m], (P, N, 3).
        derivatives: of the points by the 26 rotations, (P, 26, 3, N).
    """

    energy: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    energy_2d: np.ndarray
    energy_3d: np.ndarray
    hessian_2d: np.ndarray
    hessian_3d: np.ndarray
    root_gradient: np.ndarray
    points: np.ndarray
    derivatives: np.ndarray

    @property
    def joints(self):
        """JOINTS order in the camera frame [m], (P, J, 3)."""
        return self.points[:, _JOINTS]

    @property
    def curvature(self):
        """The data terms' share of the Hessian's diagonal, (P, D)."""
        return self.hessian_2d.diagonal(0, 1, 2) + self.hessian_3d.diagonal(0, 1, 2)


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
    return weight * np.where(np.isfinite(values).all(-1) & np.isfinite(confidence), confidence, 0.0)


def with_vnect_weights(targets, depth, height, config):
    """The Targets with VNect's weights: joints and keypoints count where they were seen, whatever their confidence.

    Args:
        targets: Targets.
        depth: of the roots in the last frame [m], (P,).
        height: standing heights [m], (P,).
        config: FittingConfig.
    """
    size = targets.focal.mean() * height / np.maximum(depth, residuals.NEAREST)  # of a standing person [px]
    pixel = config.vnect_projection * SQUARE_MILLIMETRE * (VNECT_PERSON / size) ** 2
    return targets._replace(
        weights_3d=config.vnect_kinematics * (targets.weights_3d > 0),
        weights_2d=pixel[:, None] * (targets.weights_2d > 0),
    )


def evaluate(pose, targets, tolerance, past, feet, bone_lengths, config):
    """The energy with its derivatives at `pose`.

    Args:
        pose: root position (P, 3), camera_from_body (P, 3, 3), angles (P, 23).
        targets: Targets.
        tolerance: of residuals.agreement_2d [px], (P, 1).
        past: Past; None in a person's first frame.
        feet: foot_planting.Holds; None for none.
        bone_lengths: (P, 20).
        config: FittingConfig.

    Returns:
        Evaluation.
    """
    angles = pose[2]
    posed = forward_kinematics(*pose, bone_lengths)
    points, derivatives = posed.points, rotation_derivatives(posed)
    far = residuals.agreement_2d(
        points, derivatives, targets.keypoints, targets.weights_2d, targets.focal, tolerance
    )
    near = residuals.agreement_3d(points, derivatives, targets.joints, targets.weights_3d)
    if past is None:
        priors = [residuals.inside_limits(angles, config.weight_limits), residuals.pull(angles, 0.0, FIRST_PULL)]
    elif config.energy == "xnect":
        priors = _xnect_priors(pose, past, config)
    else:
        priors = _vnect_priors(points, derivatives, angles, past, config)
    if feet is not None:
        priors += feet.terms(points, derivatives)
    energy, gradient, hessian = far.energy + near.energy, far.gradient + near.gradient, far.hessian + near.hessian
    diagonal = hessian.reshape(len(angles), D * D)[:, ::D + 1]  # a view
    for term in priors:
        energy += term.energy
        gradient += term.gradient
        if term.hessian.ndim == 2:
            diagonal += term.hessian
        else:
            hessian += term.hessian
    return Evaluation(
        energy, gradient, hessian, far.energy, near.energy, far.hessian, near.hessian, far.gradient[:, :3], points,
        derivatives,
    )


def _xnect_priors(pose, past, config):
    """Elim, Etemp and Edepth of Eq. 8.3, and ours that holds still what the data leave open."""
    depth = np.minimum(config.weight_depth / past.elapsed[:, 0] ** 2, past.depth_known)
    return [
        residuals.inside_limits(pose[2], config.weight_limits),
        residuals.steady_rate(pose, past.expected, past.elapsed, config.weight_temporal),
        residuals.steady_depth(pose[0][:, 2], past.expected[0][:, 2], depth),
        residuals.pull(pose[2], past.resting, config.weight_still / past.elapsed),
    ]


def _vnect_priors(points, derivatives, angles, past, config):
    """Esmooth and Edepth of Eq. 8.1: the joints' acceleration, and their speed along the optical axis.

    Angles that the data leave open are pulled to rest, and these alone (ours): nothing else would decide them.
    """
    frames = VNECT_RATE * past.elapsed[..., None]  # since the last one, (P, 1, 1)
    smoothness = config.vnect_smoothness / frames ** 4
    depth = config.vnect_depth * np.array([0.0, 0, 1]) / frames ** 2
    return [
        residuals.held_points(points, derivatives, _JOINTS, past.expected_joints, smoothness),
        residuals.held_points(points, derivatives, _JOINTS, past.joints, depth),
        residuals.pull(angles, past.resting, config.weight_still * past.unseen / past.elapsed),
    ]
