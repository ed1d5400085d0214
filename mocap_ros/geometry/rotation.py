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
IDENTITY = np.eye(3)
for _array in (CROSS, IDENTITY):
    _array.setflags(write=False)


def _quaternion_products():
    """Linear map (9, 16) and offset (16,) from a rotation matrix's entries to 4 q q', row by row (Shepperd 1978)."""
    products = np.zeros((3, 3, 4, 4))
    signs = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1], [1, 1, 1]])  # of the diagonal in 4 xx, 4 yy, 4 zz, 4 ww
    for axis in range(4):
        products[range(3), range(3), axis, axis] = signs[axis]
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        for a, b in ((i, j), (j, i)):
            products[i, j, a, b] = products[j, i, a, b] = 1
        for a, b in ((k, 3), (3, k)):
            products[j, i, a, b], products[i, j, a, b] = 1, -1
    return products.reshape(9, 16), np.eye(4).ravel()


_QUATERNION_PRODUCTS, _QUATERNION_OFFSET = _quaternion_products()
_ABOVE, _BELOW = np.array([7, 2, 3]), np.array([5, 6, 1])  # entries whose differences are twice the cross vector


def cross_matrix(vectors):
    """Matrices that take the cross product with `vectors` (..., 3) from the left, (..., 3, 3)."""
    vectors = np.asarray(vectors, float)
    return (vectors @ CROSS).reshape(vectors.shape + (3,))


def cross_vector(matrices):
    """Vectors of the antisymmetric part of matrices (..., 3, 3); of a rotation matrix: axis times sine, (..., 3)."""
    flat = matrices.reshape(matrices.shape[:-2] + (9,))
    return 0.5 * (flat.take(_ABOVE, -1) - flat.take(_BELOW, -1))


def rotvec_to_matrix(rotvec):
    """Rotation matrices of rotation vectors (Rodrigues' formula)."""
    rotvec = np.asarray(rotvec, float)
    half = 0.5 * np.sqrt((rotvec * rotvec).sum(-1))[..., None, None]
    half = np.maximum(half, 1e-20)  # where sin(half) / half is 1; np.sinc takes three times as long
    ratio = np.sin(half) / half
    K = cross_matrix(rotvec)
    return IDENTITY + ratio * np.cos(half) * K + 0.5 * ratio * ratio * (K @ K)


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
    return IDENTITY + 2 * quaternion[..., 3, None, None] * K + 2 * (K @ K)


def matrix_to_quaternion(matrix):
    """Unit quaternions of rotation matrices, with w >= 0.

    Source: Shepperd 1978: of the quaternion's multiples by its own components, the largest is taken.
    """
    matrix = np.asarray(matrix, float)
    flat = matrix.reshape(-1, 9)
    # Four multiples of the quaternion, q times its x, y, z and w, in one linear map of the matrix.
    candidates = (flat @ _QUATERNION_PRODUCTS + _QUATERNION_OFFSET).reshape(-1, 4, 4)
    rows = np.arange(len(flat))
    quaternion = candidates[rows, candidates[:, range(4), range(4)].argmax(1)]
    quaternion *= (np.where(quaternion[:, 3] < 0, -1.0, 1.0) / np.sqrt((quaternion * quaternion).sum(-1)))[:, None]
    return quaternion.reshape(matrix.shape[:-2] + (4,))


def matrix_to_rotvec(matrix):
    """Rotation vectors of rotation matrices; their norm is at most pi."""
    return quaternion_to_rotvec(matrix_to_quaternion(matrix))


def axis_rotation(axis, angle):
    """Rotation matrices about unit `axis` (..., 3) by `angle` (...) [rad]."""
    return rotvec_to_matrix(np.asarray(axis, float) * np.asarray(angle, float)[..., None])


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
