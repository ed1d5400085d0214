"""How sure the fit is: covariance of the degrees of freedom from frame to frame, and that of every joint (ours).

A frame's normal equations are information on the pose; what was known before fades by a random walk, as in a Kalman
filter whose memory between frames is a variance for each degree of freedom. What no data touch is thus less sure from
frame to frame, until nothing but the range of the joint is known.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import J
from mocap_ros.kinematics.chain import D, N
from mocap_ros.kinematics.joint_limits import LIMITS

LEAST_VARIANCE = 1e-5  # of a residual of unit weight: one pixel of noise at the default w2D
# A network's errors go together over joints and frames, which their spread about the fit does not show; chosen on clips
# with truth (benchmarks/fitting_clips.py).
TOGETHER = 2.5
# How fast old knowledge fades [m^2/s, rad^2/s], and the variances of complete ignorance [m^2, rad^2]: root position,
# root rotation, angles (spread evenly over their range).
_WALK = np.repeat([0.25, 0.5, 0.5], [3, 3, D - 6])
_IGNORANCE = np.concatenate([3 * [25.0], 3 * [1.0], (LIMITS[:, 1] - LIMITS[:, 0]) ** 2 / 12])


def ignorance(people):
    """Variances (P, D) of people of whom nothing was seen."""
    return np.tile(_IGNORANCE, (people, 1))


def propagate(variance, final, targets, elapsed):
    """Covariance of the degrees of freedom after one frame, (P, D, D).

    The spread of the keypoints and of the 3D prediction about the fit, each on its own, says how much they are worth.

    Args:
        variance: of them after the last frame, (P, D).
        final: Evaluation of the fit.
        targets: its Targets.
        elapsed: since the last frame [s], (P, 1).
    """
    count_2d, count_3d = 2 * (targets.weights_2d > 0).sum(1), 3 * (targets.weights_3d > 0).sum(1)
    free = np.maximum(1 - D / np.maximum(count_2d + count_3d, 1), 0.1)  # share of the numbers that is not fitted away
    before = np.minimum(variance + _WALK * elapsed, _IGNORANCE)
    information = final.hessian_2d / _unit_variance(final.energy_2d, free * count_2d)
    information += final.hessian_3d / _unit_variance(final.energy_3d, free * count_3d)
    information.reshape(len(free), D * D)[:, ::D + 1] += 1 / before
    return np.linalg.inv(information)


def _unit_variance(energy, count):
    return np.maximum(TOGETHER * energy / np.maximum(count, 1), LEAST_VARIANCE)[:, None, None]


def joint_deviations(covariance, derivatives):
    """Root mean square distance of every root-relative joint from the truth [m], (P, J).

    Args:
        covariance: of the degrees of freedom, (P, D, D).
        derivatives: of the points by the 26 rotations, (P, 26, 3, N).
    """
    people = len(covariance)
    levers = derivatives[..., N - J:].reshape(people, D - 3, 3 * J)
    squares = (levers * (covariance[:, 3:, 3:] @ levers)).sum(1).reshape(people, 3, J)
    return np.sqrt(np.maximum(squares.sum(1), 0))


def root_covariance(covariance, position, height_deviation):
    """Covariance of the root's position [m^2], (P, 3, 3), with that of the height along the view ray.

    Args:
        covariance: of the degrees of freedom, (P, D, D).
        position: of the root [m], (P, 3).
        height_deviation: relative standard deviation of the heights, a number or (P,).
    """
    ray = position * np.reshape(height_deviation, (-1, 1))
    return covariance[:, :3, :3] + ray[:, :, None] * ray[:, None]
