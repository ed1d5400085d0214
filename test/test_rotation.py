import numpy as np
import pytest
from transforms3d import axangles, euler, quaternions

from mocap_ros.geometry.rotation import (
    angles_to_matrix, axis_rotation, cross_matrix, cross_vector, matrix_to_angles, matrix_to_quaternion,
    matrix_to_rotvec, quaternion_to_matrix, quaternion_to_rotvec, rotvec_to_matrix, rotvec_to_quaternion, slerp,
)

ROUNDING = 1e-12  # float64, a handful of operations on numbers near one


@pytest.fixture
def rotvecs():
    """Rotation vectors of every size, the hard ones too: zero, near zero, half a turn and near it, (700, 3)."""
    generator = np.random.default_rng(0)
    directions = generator.normal(size=(700, 3))
    directions[:30] = np.eye(3)[np.arange(30) % 3]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    sizes = generator.choice([0, 1e-12, 1e-8, 1e-4, 0.5, 2, 3, np.pi - 1e-8, np.pi], 700)
    return directions * sizes[:, None]


def test_matrices_of_rotation_vectors_agree_with_transforms3d(rotvecs):
    for rotvec, matrix in zip(rotvecs, rotvec_to_matrix(rotvecs)):
        angle = np.linalg.norm(rotvec)
        axis = rotvec / angle if angle > 0 else np.array([1.0, 0, 0])
        assert np.abs(matrix - axangles.axangle2mat(axis, angle)).max() < ROUNDING


def test_quaternions_agree_with_transforms3d(rotvecs):
    for matrix, quaternion in zip(rotvec_to_matrix(rotvecs), rotvec_to_quaternion(rotvecs)):
        x, y, z, w = quaternion
        assert np.abs(quaternions.quat2mat([w, x, y, z]) - matrix).max() < ROUNDING


def test_matrix_quaternion_and_rotation_vector_undo_each_other(rotvecs):
    matrices = rotvec_to_matrix(rotvecs)
    assert np.abs(quaternion_to_matrix(matrix_to_quaternion(matrices)) - matrices).max() < ROUNDING
    assert np.abs(rotvec_to_matrix(matrix_to_rotvec(matrices)) - matrices).max() < ROUNDING
    assert np.abs(rotvec_to_matrix(quaternion_to_rotvec(-rotvec_to_quaternion(rotvecs))) - matrices).max() < ROUNDING


def test_small_rotation_vectors_keep_their_digits():
    rotvec = np.array([1e-9, -2e-9, 3e-9])
    # A quaternion holds half of each component as it is, so nothing may be lost but the last digits.
    assert np.abs(quaternion_to_rotvec(rotvec_to_quaternion(rotvec)) / rotvec - 1).max() < 1e-12


def test_quaternions_have_unit_length_and_positive_w(rotvecs):
    quaternion = matrix_to_quaternion(rotvec_to_matrix(rotvecs))
    assert np.abs(np.linalg.norm(quaternion, axis=1) - 1).max() < ROUNDING
    assert (quaternion[:, 3] >= 0).all()


def test_maps_take_any_leading_shape(rotvecs):
    batch = rotvecs[:24].reshape(2, 3, 4, 3)
    assert matrix_to_quaternion(rotvec_to_matrix(batch)).shape == (2, 3, 4, 4)
    assert matrix_to_rotvec(rotvec_to_matrix(batch[0, 0, 0])).shape == (3,)
    assert matrix_to_rotvec(np.zeros((0, 3, 3))).shape == (0, 3)


def test_cross_matrix_is_the_cross_product():
    a, b = np.random.default_rng(1).normal(size=(2, 5, 3))
    assert np.abs((cross_matrix(a) @ b[..., None])[..., 0] - np.cross(a, b)).max() < ROUNDING
    assert np.abs(cross_vector(cross_matrix(a)) - a).max() < ROUNDING


@pytest.mark.parametrize("order", ["xyz", "zxy", "yxz", "xzy"])
def test_angles_about_three_axes_agree_with_transforms3d(order):
    angles = np.random.default_rng(2).uniform(-1.5, 1.5, (50, 3))
    axes = np.eye(3)[["xyz".index(letter) for letter in order]]
    for each, matrix in zip(angles, angles_to_matrix(angles, axes)):
        assert np.abs(euler.euler2mat(*each, "r" + order) - matrix).max() < ROUNDING
    assert np.abs(matrix_to_angles(angles_to_matrix(angles, axes), axes) - angles).max() < 1e-9


def test_angles_about_skew_axes_of_either_hand_come_back():
    generator = np.random.default_rng(3)
    for hand in (1, -1):
        axes = np.linalg.qr(generator.normal(size=(3, 3)))[0]
        axes[2] *= hand * np.sign(np.linalg.det(axes))
        angles = generator.uniform([-3, -1.5, -3], [3, 1.5, 3], (40, 3))
        assert np.abs(matrix_to_angles(angles_to_matrix(angles, axes), axes) - angles).max() < 1e-9


def test_gimbal_lock_keeps_the_rotation():
    for middle in (np.pi / 2, -np.pi / 2):
        matrix = angles_to_matrix([0.7, middle, -0.4], np.eye(3))
        angles = matrix_to_angles(matrix, np.eye(3))
        assert angles[2] == 0
        assert np.abs(angles_to_matrix(angles, np.eye(3)) - matrix).max() < 1e-9


def test_slerp_goes_the_shorter_way_at_an_even_pace():
    axis = np.array([0.0, 0.6, 0.8])
    start, end = rotvec_to_quaternion(0.2 * axis), -rotvec_to_quaternion(1.2 * axis)
    middle = quaternion_to_matrix(slerp(start, end, 0.25))
    assert np.abs(middle - axis_rotation(axis, 0.45)).max() < ROUNDING
