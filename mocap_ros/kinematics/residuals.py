"""The five terms of the fitting energy with closed-form derivatives (thesis Eq. 8.3 to 8.7), and a pull to rest.

Each term is a Quadratic of the step along the 29 degrees of freedom: its energy, its gradient, and the Gauss-Newton
approximation of its Hessian, weights included. Energies are sums of squares, so gradient and Hessian carry a factor 2.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.rotation import left_jacobian_inverse, matrix_to_rotvec
from mocap_ros.kinematics.chain import D, N, ROOT_POINT
from mocap_ros.kinematics.joint_limits import limit_excess

SEEN_POINTS = 20  # the first POINTS of the chain are FACE and the fourteen evaluation joints and the pelvis: keypoints
NEAREST = 0.1  # m; depths below are taken for this one, so that the projection stays finite


class Quadratic(NamedTuple):
    """Energy (P,), gradient (P, D) and Hessian, (P, D, D) or its diagonal (P, D)."""

    energy: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray


def agreement_3d(points, derivatives, joints_relative, weights):
    """E3D, Eq. 8.4: distance of the root-relative joints from their prediction.

    Args:
        points: of the chain [m], (P, N, 3).
        derivatives: by the 26 rotations, (P, 26, 3, N).
        joints_relative: prediction in JOINTS order [m], (P, J, 3); finite everywhere.
        weights: w3D times confidence, (P, J); 0 where unseen.
    """
    people = len(points)
    error = points[:, N - J:] - points[:, ROOT_POINT, None] - joints_relative
    weighted = weights[..., None] * error
    rows = derivatives[..., N - J:].reshape(people, D - 3, -1)
    heavy = (derivatives[..., N - J:] * weights[:, None, None]).reshape(people, D - 3, -1)
    gradient, hessian = np.zeros((people, D)), np.zeros((people, D, D))
    gradient[:, 3:] = 2 * (rows @ np.swapaxes(weighted, 1, 2).reshape(people, -1, 1))[..., 0]
    hessian[:, 3:, 3:] = 2 * heavy @ np.swapaxes(rows, 1, 2)
    return Quadratic((weighted * error).sum((1, 2)), gradient, hessian)


def agreement_2d(points, derivatives, keypoints, weights, focal, tolerance):
    """E2D, Eq. 8.5: distance of the projected points from the keypoints, in pixels of the network's image.

    Beyond `tolerance` the energy grows with the distance and not with its square (Huber; ours), so that one wrong
    keypoint does not outweigh the rest.

    Args:
        points: of the chain in the camera frame [m], (P, N, 3).
        derivatives: by the 26 rotations, (P, 26, 3, N).
        keypoints: as the first SEEN_POINTS points of the chain, relative to the principal point [px], (P, 20, 2); finite.
        weights: w2D times confidence, (P, 20); 0 where unseen.
        focal: fx, fy [px], (2,).
        tolerance: [px], (P, 1).
    """
    people = len(points)
    seen = points[:, :SEEN_POINTS]
    inverse_depth = 1 / np.maximum(seen[..., 2], NEAREST)  # (P, 20)
    slope = seen[..., :2] * inverse_depth[..., None]  # (P, 20, 2)
    error = slope * focal - keypoints
    distance = np.sqrt((error * error).sum(-1))
    far = distance > tolerance
    discount = np.where(far, tolerance / np.where(far, distance, 1), 1.0)  # of the weight of a far keypoint
    energy = weights * np.where(far, tolerance * (2 * distance - tolerance), distance ** 2)
    weights = weights * discount

    root = np.sqrt(weights)[:, None] * focal[:, None]  # (P, 2, 20)
    scale = root * inverse_depth[:, None]
    slope = np.swapaxes(slope, 1, 2) * (seen[:, None, :, 2] > NEAREST)
    rows = np.empty((people, D, 2, SEEN_POINTS))
    rows[:, 0, 0], rows[:, 0, 1] = scale[:, 0], 0
    rows[:, 1, 0], rows[:, 1, 1] = 0, scale[:, 1]
    rows[:, 2] = -scale * slope
    by_rotation = derivatives[..., :SEEN_POINTS]
    rows[:, 3:] = (by_rotation[:, :, :2] - by_rotation[:, :, 2:] * slope[:, None]) * scale[:, None]
    rows = rows.reshape(people, D, -1)
    residual = np.swapaxes(error, 1, 2) * np.sqrt(weights)[:, None]
    gradient = 2 * (rows @ residual.reshape(people, -1, 1))[..., 0]
    return Quadratic(energy.sum(-1), gradient, 2 * rows @ np.swapaxes(rows, 1, 2))


def inside_limits(angles, weight):
    """Elim, Eq. 8.6: squared excess of the angles over their limits; the Hessian is diagonal, (P, D).

    Args:
        angles: [rad], (P, 23).
        weight: wlim.
    """
    excess = limit_excess(angles)
    gradient, hessian = np.zeros((len(angles), D)), np.zeros((len(angles), D))
    gradient[:, 6:] = 2 * weight * excess
    hessian[:, 6:] = np.where(excess, 2 * weight, 0)
    return Quadratic(weight * (excess * excess).sum(-1), gradient, hessian)


def steady_rate(displacement, elapsed, rate, weight):
    """Etemp, Eq. 8.7: the parameters' rate of change stays what it was; the Hessian has one block for the rotation.

    Rates are per second, so that the term means the same at every frame rate; the thesis leaves their unit open.

    Args:
        displacement: of the parameters since the last frame, rotation as a rotation vector, (P, D).
        elapsed: since the last frame [s], (P, 1).
        rate: of the last frame [1/s], (P, D).
        weight: wtemp.

    Returns:
        Quadratic with the Hessian (P, D, D).
    """
    change = displacement / elapsed - rate
    gradient = 2 * weight / elapsed * change
    hessian = np.zeros((len(change), D, D))
    hessian[:, range(D), range(D)] = 2 * weight / elapsed ** 2
    turn = left_jacobian_inverse(displacement[:, 3:6])
    gradient[:, 3:6] = (np.swapaxes(turn, 1, 2) @ gradient[:, 3:6, None])[..., 0]
    hessian[:, 3:6, 3:6] = np.swapaxes(turn, 1, 2) @ turn * hessian[:, 0, 0, None, None]
    return Quadratic(weight * (change * change).sum(-1), gradient, hessian)


def steady_depth(displacement, elapsed, weight):
    """Edepth, Sec. 8.3.3: the root's velocity along the optical axis stays small; the Hessian is diagonal, (P, D).

    Args:
        displacement, elapsed: as in steady_rate.
        weight: wdepth.
    """
    velocity = displacement[:, 2] / elapsed[:, 0]
    gradient, hessian = np.zeros((len(velocity), D)), np.zeros((len(velocity), D))
    gradient[:, 2] = 2 * weight * velocity / elapsed[:, 0]
    hessian[:, 2] = 2 * weight / elapsed[:, 0] ** 2
    return Quadratic(weight * velocity ** 2, gradient, hessian)


def rest(angles, weight):
    """A weak pull of every angle to the rest pose; the Hessian is diagonal, (P, D).

    Source: ours; it gives limbs that are not seen a place to go, and the twist of a straight limb a value.

    Args:
        angles: [rad], (P, 23).
        weight: (P, 1) or a number.
    """
    gradient, hessian = np.zeros((len(angles), D)), np.zeros((len(angles), D))
    gradient[:, 6:] = 2 * weight * angles
    hessian[:, 6:] = 2 * weight
    return Quadratic((weight * angles * angles).sum(-1), gradient, hessian)


def displacement_since(position, rotation, angles, last_position, last_rotation, last_angles):
    """Parameters now less those of the last frame, (P, D); the rotation as a rotation vector in the camera's axes."""
    turn = matrix_to_rotvec(rotation @ np.swapaxes(last_rotation, 1, 2))
    return np.concatenate([position - last_position, turn, angles - last_angles], 1)
