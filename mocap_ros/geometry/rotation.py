"""Maps between rotation vectors, matrices and quaternions, any leading batch shape (thesis Sec. 8.3.3).

A rotation vector is axis times angle [rad], (..., 3). Quaternions are xyzw, (..., 4). Matrices act on columns,
(..., 3, 3). Every map is smooth at the zero rotation and right at half a turn.
"""

import numpy as np

# Levi-Civita symbol as a linear map: vector @ CROSS gives the nine entries of its cross-product matrix.
CROSS = np.array([
    [0, 0, 0, 0, 0, -1, 0, 1, 0],
    [0, 0, 1, 0, 0, 0, -1, 0, 0],
    [0, -1, 0, 1, 0, 0, 0, 0, 0],
], float)
CROSS.setflags(write=False)


def cross_matrix(vectors):
    """Matrices that take the cross product with `vectors` (..., 3) from the left, (..., 3, 3)."""
    vectors = np.asarray(vectors, float)
    return (vectors @ CROSS).reshape(vectors.shape + (3,))


def rotvec_to_matrix(rotvec):
    """Rotation matrices of rotation vectors (Rodrigues' formula)."""
    rotvec = np.asarray(rotvec, float)
    angle = np.sqrt((rotvec * rotvec).sum(-1))[..., None, None]
    K = cross_matrix(rotvec)
    return np.eye(3) + np.sinc(angle / np.pi) * K + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * (K @ K)


def rotvec_to_quaternion(rotvec):
    """Unit quaternions of rotation vectors."""
    rotvec = np.asarray(rotvec, float)
    angle = np.sqrt((rotvec * rotvec).sum(-1, keepdims=True))
    return np.concatenate([0.5 * np.sinc(angle / (2 * np.pi)) * rotvec, np.cos(angle / 2)], -1)


def quaternion_to_rotvec(quaternion):
    """Rotation vectors of quaternions of any length and sign; their norm is at most pi."""
    quaternion = np.asarray(quaternion, float)
    quaternion = np.where(quaternion[..., 3:] < 0, -quaternion, quaternion)
    vector, scalar = quaternion[..., :3], quaternion[..., 3:]
    sine = np.sqrt((vector * vector).sum(-1, keepdims=True))
    small = sine < 1e-12 * np.abs(scalar)
    half = np.arctan2(sine, scalar)
    return vector * np.where(small, 2 / np.where(small, scalar, 1), 2 * half / np.where(small, 1, sine))


def quaternion_to_matrix(quaternion):
    """Rotation matrices of quaternions of any length."""
    quaternion = np.asarray(quaternion, float)
    quaternion = quaternion / np.sqrt((quaternion * quaternion).sum(-1, keepdims=True))
    K = cross_matrix(quaternion[..., :3])
    return np.eye(3) + 2 * quaternion[..., 3, None, None] * K + 2 * (K @ K)


def matrix_to_quaternion(matrix):
    """Unit quaternions of rotation matrices, with w >= 0.

    Source: Shepperd 1978; all four of its cases are formed and the one with the largest divisor is taken.
    """
    matrix = np.asarray(matrix, float)
    (a, b, c), (d, e, f), (g, h, i) = np.moveaxis(matrix, (-2, -1), (0, 1))
    candidates = np.stack([
        np.stack([1 + a - e - i, b + d, c + g, h - f], -1),
        np.stack([b + d, 1 - a + e - i, f + h, c - g], -1),
        np.stack([c + g, f + h, 1 - a - e + i, d - b], -1),
        np.stack([h - f, c - g, d - b, 1 + a + e + i], -1),
    ], -2)  # (..., 4, 4), each row a multiple of the quaternion
    best = np.diagonal(candidates, axis1=-2, axis2=-1).argmax(-1)[..., None, None]
    quaternion = np.take_along_axis(candidates, best, -2)[..., 0, :]
    quaternion = quaternion / np.sqrt((quaternion * quaternion).sum(-1, keepdims=True))
    return np.where(quaternion[..., 3:] < 0, -quaternion, quaternion)


def matrix_to_rotvec(matrix):
    """Rotation vectors of rotation matrices; their norm is at most pi."""
    return quaternion_to_rotvec(matrix_to_quaternion(matrix))


def axis_rotation(axis, angle):
    """Rotation matrices about unit `axis` (..., 3) by `angle` (...) [rad]."""
    return rotvec_to_matrix(np.asarray(axis, float) * np.asarray(angle, float)[..., None])


def left_jacobian_inverse(rotvec):
    """How the rotation vector r of exp(r) changes when exp(r) is turned further from the left, (..., 3, 3).

    log(exp(d) exp(r)) = r + left_jacobian_inverse(r) d + O(d^2), for |r| < 2 pi.

    Source: Sola, Deray, Atchuthan 2018, "A micro Lie theory for state estimation in robotics", eq. 146.
    """
    rotvec = np.asarray(rotvec, float)
    angle = np.sqrt((rotvec * rotvec).sum(-1))[..., None, None]
    half = angle / 2
    small = half < 1e-3
    half = np.where(small, 1.0, half)
    factor = np.where(small, 1 / 12 + angle ** 2 / 720, (1 - half / np.tan(half)) / (4 * half ** 2))
    K = cross_matrix(rotvec)
    return np.eye(3) - 0.5 * K + factor * (K @ K)


def angles_to_matrix(angles, axes):
    """Product of rotations about three orthogonal axes, the first axis outermost.

    Args:
        angles: [rad], (..., 3).
        axes: orthonormal rows of either handedness, (3, 3).
    """
    angles = np.asarray(angles, float)
    first, second, third = (axis_rotation(axes[k], angles[..., k]) for k in range(3))
    return first @ second @ third


def matrix_to_angles(matrix, axes):
    """The inverse of angles_to_matrix; the middle angle is within a quarter turn.

    Where the middle angle is a quarter turn (gimbal lock) the last angle is set to zero.
    """
    axes = np.array(axes, float)
    hand = np.sign(np.linalg.det(axes))
    axes[2] *= hand
    turned = axes @ np.asarray(matrix, float) @ axes.T  # now first, second, third are x, y, z
    sine = np.clip(turned[..., 0, 2], -1, 1)
    locked = np.hypot(turned[..., 0, 0], turned[..., 0, 1]) < 1e-9
    first = np.where(
        locked, np.arctan2(turned[..., 2, 1], turned[..., 1, 1]), np.arctan2(-turned[..., 1, 2], turned[..., 2, 2])
    )
    third = np.where(locked, 0.0, np.arctan2(-turned[..., 0, 1], turned[..., 0, 0]))
    return np.stack([first, np.arctan2(sine, np.hypot(turned[..., 0, 0], turned[..., 0, 1])), hand * third], -1)


def slerp(first, second, fraction):
    """Quaternions on the shorter way from `first` to `second` (..., 4) at `fraction` (...) in [0, 1]."""
    relative = quaternion_to_matrix(second) @ np.swapaxes(quaternion_to_matrix(first), -1, -2)
    step = matrix_to_rotvec(relative) * np.asarray(fraction, float)[..., None]
    return matrix_to_quaternion(rotvec_to_matrix(step) @ quaternion_to_matrix(first))
