"""The terms of the fitting energies with closed-form derivatives (thesis Eq. 8.2, 8.4 to 8.7), and three of ours.

Each term is a Quadratic of the step along the 29 degrees of freedom: its energy, half of its gradient, and half of the
Gauss-Newton approximation of its Hessian, weights included (energies are sums of squares: the halves are J'r and J'J).
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.rotation import cross_vector
from mocap_ros.kinematics.chain import D, N, ROOT_POINT
from mocap_ros.kinematics.joint_limits import limit_excess

SEEN_POINTS = 20  # the first POINTS of the chain are FACE and the fourteen evaluation joints and the pelvis: keypoints
NEAREST = 0.1  # m; depths below are taken for this one, so that the projection stays finite


class Quadratic(NamedTuple):
    """Energy (P,), half its gradient (P, D) and half its Hessian, (P, D, D) or its diagonal (P, D)."""

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
    root = np.sqrt(weights)
    error = points[:, N - J:] - points[:, ROOT_POINT, None]
    error -= joints_relative
    error *= root[..., None]
    rows = (derivatives[..., N - J:] * root[:, None, None]).reshape(people, D - 3, 3 * J)
    gradient, hessian = np.zeros((people, D)), np.zeros((people, D, D))
    gradient[:, 3:] = (rows @ error.swapaxes(1, 2).reshape(people, 3 * J, 1))[..., 0]
    hessian[:, 3:, 3:] = rows @ rows.swapaxes(1, 2)
    return Quadratic((error * error).sum((1, 2)), gradient, hessian)


def agreement_2d(points, derivatives, keypoints, weights, focal, tolerance):
    """E2D, Eq. 8.5: distance of the projected points from the keypoints, in pixels of the network's image.

    Beyond `tolerance` the energy grows with the distance and not with its square (Huber; ours), so that one wrong
    keypoint does not outweigh the rest.

    Args:
        points: of the chain in the camera frame [m], (P, N, 3).
        derivatives: by the 26 rotations, (P, 26, 3, N).
        keypoints: as the first SEEN_POINTS points of the chain, from the principal point [px], (P, 20, 2); finite.
        weights: w2D times confidence, (P, 20); 0 where unseen.
        focal: fx, fy [px], (2,).
        tolerance: [px], (P, 1).
    """
    people = len(points)
    depth = points[:, None, :SEEN_POINTS, 2]  # (P, 1, 20)
    inverse = 1 / np.maximum(depth, NEAREST)
    slope = points[:, :SEEN_POINTS, :2].swapaxes(1, 2) * inverse  # (P, 2, 20)
    error = slope * focal[:, None] - keypoints.swapaxes(1, 2)
    squared = (error * error).sum(1)
    distance = np.maximum(np.sqrt(squared), tolerance)  # (P, 20)
    discount = tolerance / distance  # 1 within the tolerance
    energy = weights * np.where(squared > tolerance * tolerance, tolerance * (2 * distance - tolerance), squared)

    root = np.sqrt(weights * discount)[:, None]
    error *= root
    scale = inverse * root * focal[:, None]  # (P, 2, 20)
    slope *= depth > NEAREST
    rows = np.zeros((people, D, 2, SEEN_POINTS))
    rows[:, 0, 0], rows[:, 1, 1], rows[:, 2] = scale[:, 0], scale[:, 1], -scale * slope
    by_rotation = derivatives[..., :SEEN_POINTS]
    np.multiply(by_rotation[:, :, 2:], -slope[:, None], out=rows[:, 3:])
    rows[:, 3:] += by_rotation[:, :, :2]
    rows[:, 3:] *= scale[:, None]
    rows = rows.reshape(people, D, 2 * SEEN_POINTS)
    gradient = (rows @ error.reshape(people, 2 * SEEN_POINTS, 1))[..., 0]
    return Quadratic(energy.sum(-1), gradient, rows @ rows.swapaxes(1, 2))


def held_points(points, derivatives, rows, targets, weights):
    """Squared distance of some of the chain's points from places in the camera frame.

    VNect's smoothness and depth terms (Eq. 8.2) are of this kind, and so is a planted foot.

    Args:
        points: of the chain in the camera frame [m], (P, N, 3).
        derivatives: by the 26 rotations, (P, 26, 3, N).
        rows: which points, M indices or a slice.
        targets: [m], (P, M, 3); finite.
        weights: per coordinate, (P, M, 3) or one that broadcasts to it.
    """
    people = len(points)
    error = points[:, rows] - targets
    root = np.empty_like(error)
    root[...] = np.sqrt(weights)
    error, root = (error * root).swapaxes(1, 2), root.swapaxes(1, 2)  # (P, 3, M)
    lever = np.zeros((people, D, 3, error.shape[2]))
    for axis in range(3):
        lever[:, axis, axis] = root[:, axis]
    np.multiply(derivatives[..., rows], root[:, None], out=lever[:, 3:])
    lever = lever.reshape(people, D, -1)
    gradient = (lever @ error.reshape(people, -1, 1))[..., 0]
    return Quadratic((error * error).sum((1, 2)), gradient, lever @ lever.swapaxes(1, 2))


def above_floor(points, derivatives, rows, up, depth, weight):
    """Squared depth of some of the chain's points below the floor.

    Args:
        points, derivatives, rows: as in held_points.
        up: unit vector away from the floor in the camera frame, (3,).
        depth: of the points below the lowest that they may be [m], (P, M); negative above.
        weight: a number.

    Source: ours (Sec. 9.1.4).
    """
    sunk = np.maximum(depth, 0)
    lever = np.empty((len(points), D, depth.shape[1]))
    lever[:, :3] = up[:, None]
    lever[:, 3:] = np.einsum("c,pdcm->pdm", up, derivatives[..., rows])
    lever *= (sunk > 0)[:, None]
    gradient = -weight * (lever @ sunk[..., None])[..., 0]
    return Quadratic(weight * (sunk * sunk).sum(-1), gradient, weight * (lever @ lever.swapaxes(1, 2)))


def inside_limits(angles, weight):
    """Elim, Eq. 8.6: squared excess of the angles over their limits; the Hessian is diagonal, (P, D).

    Args:
        angles: [rad], (P, 23).
        weight: wlim.
    """
    excess = limit_excess(angles)
    gradient, hessian = np.zeros((len(angles), D)), np.zeros((len(angles), D))
    gradient[:, 6:] = weight * excess
    hessian[:, 6:] = weight * (excess != 0)
    return Quadratic(weight * (excess * excess).sum(-1), gradient, hessian)


def steady_rate(pose, expected, elapsed, weight):
    """Etemp, Eq. 8.7: the parameters' rate of change stays what it was, so the pose is what the last rates lead to.

    Rates are per second, so that the term means the same at every frame rate; the thesis leaves their unit open. The
    rotation's departure is measured by the vector of its antisymmetric part, axis times sine, which is its rotation
    vector to second order; the Hessian takes sine for angle, which bounds it from above. It is diagonal, (P, D).

    Args:
        pose, expected: root position (P, 3), camera_from_body (P, 3, 3), angles (P, 23); `expected` by the last rates.
        elapsed: since the last frame [s], (P, 1).
        weight: wtemp.
    """
    stiffness = weight / (elapsed * elapsed)
    turn = pose[1] @ expected[1].swapaxes(1, 2)
    departure = np.empty((len(elapsed), D))
    departure[:, :3] = pose[0] - expected[0]
    departure[:, 3:6] = sine = cross_vector(turn)
    departure[:, 6:] = pose[2] - expected[2]
    energy = stiffness[:, 0] * (departure * departure).sum(-1)
    # half (trace - turn') sine, the derivative of half sine'sine by a turn from the left
    trace = turn[:, 0, 0] + turn[:, 1, 1] + turn[:, 2, 2]
    departure[:, 3:6] = 0.5 * (trace[:, None] * sine - (sine[:, None] @ turn.swapaxes(1, 2))[:, 0])
    return Quadratic(energy, stiffness * departure, stiffness.repeat(D, 1))


def steady_depth(depth, expected_depth, weight):
    """Edepth, Sec. 8.3.3: the root's speed along the optical axis does not jump; the Hessian is diagonal, (P, D).

    The thesis holds the depth itself to the last frame's. With rates per second, as in steady_rate, that drags a person
    who walks towards the camera behind by more the farther away it is, so ours holds it to where the last speed leads.

    Args:
        depth, expected_depth: of the root [m], (P,); expected by the last rates.
        weight: (P,).
    """
    change = depth - expected_depth
    gradient, hessian = np.zeros((len(depth), D)), np.zeros((len(depth), D))
    gradient[:, 2] = weight * change
    hessian[:, 2] = weight
    return Quadratic(weight * change * change, gradient, hessian)


def pull(angles, target, weight):
    """Pull of every angle to a target; the Hessian is diagonal, (P, D).

    Source: ours; it decides what the data leave open, such as the twist of a straight limb or a limb that is not seen.

    Args:
        angles, target: [rad], (P, 23).
        weight: (P, 1) or a number.
    """
    change = angles - target
    gradient, hessian = np.zeros((len(angles), D)), np.zeros((len(angles), D))
    gradient[:, 6:] = weight * change
    hessian[:, 6:] = weight
    return Quadratic((weight * change * change).sum(-1), gradient, hessian)
