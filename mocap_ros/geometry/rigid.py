"""Rigid transforms as 4 x 4 matrices, target_from_source, any leading batch shape."""

import numpy as np

from mocap_ros.geometry.rotation import (
    matrix_to_quaternion, matrix_to_rotvec, quaternion_to_matrix, rotvec_to_matrix)


def transform(rotation, translation):
    """target_from_source of a rotation (..., 3, 3) and the source's origin in the target frame [m], (..., 3)."""
    rotation, translation = np.asarray(rotation, float), np.asarray(translation, float)
    batch = np.broadcast_shapes(rotation.shape[:-2], translation.shape[:-1])
    matrix = np.zeros(batch + (4, 4))
    matrix[..., :3, :3] = rotation
    matrix[..., :3, 3] = translation
    matrix[..., 3, 3] = 1
    return matrix


def inverse(target_from_source):
    """source_from_target, (..., 4, 4)."""
    rotation = np.swapaxes(target_from_source[..., :3, :3], -1, -2)
    return transform(rotation, -(rotation @ target_from_source[..., :3, 3:])[..., 0])


def apply(target_from_source, points):
    """Points (..., N, 3) of the source frame in the target frame, (..., N, 3)."""
    return points @ np.swapaxes(target_from_source[..., :3, :3], -1, -2) + target_from_source[..., None, :3, 3]


def between(first, second, share):
    """The transform a `share` of the way from one (4, 4) to another, turning evenly about one axis."""
    turn = matrix_to_rotvec(first[:3, :3].T @ second[:3, :3])
    return transform(first[:3, :3] @ rotvec_to_matrix(share * turn), (1 - share) * first[:3, 3] + share * second[:3, 3])


def from_quaternion(quaternion, translation):
    """target_from_source of an xyzw quaternion (..., 4) and a translation [m], (..., 3)."""
    return transform(quaternion_to_matrix(quaternion), translation)


def to_quaternion(target_from_source):
    """xyzw quaternion (..., 4) and translation [m] (..., 3) of transforms (..., 4, 4)."""
    return matrix_to_quaternion(target_from_source[..., :3, :3]), target_from_source[..., :3, 3]
