import numpy as np

from mocap_ros.geometry import rigid
from mocap_ros.geometry.alignment import align_rotation, align_similarity
from mocap_ros.geometry.rotation import rotvec_to_matrix

ROUNDING = 1e-12  # m; float64 on metres


def some_transforms(generator, count):
    return rigid.transform(rotvec_to_matrix(generator.normal(size=(count, 3))), generator.normal(size=(count, 3)))


def test_inverse_undoes_a_transform():
    generator = np.random.default_rng(0)
    world_from_camera = some_transforms(generator, 6)
    points_camera = generator.normal(size=(6, 9, 3))
    points_world = rigid.apply(world_from_camera, points_camera)
    assert np.abs(rigid.apply(rigid.inverse(world_from_camera), points_world) - points_camera).max() < ROUNDING


def test_transforms_compose_by_matrix_product():
    generator = np.random.default_rng(1)
    world_from_camera, camera_from_body = some_transforms(generator, 2)
    points_body = generator.normal(size=(4, 3))
    there = rigid.apply(world_from_camera, rigid.apply(camera_from_body, points_body))
    assert np.abs(rigid.apply(world_from_camera @ camera_from_body, points_body) - there).max() < ROUNDING


def test_between_two_transforms_lie_even_steps():
    first, second = some_transforms(np.random.default_rng(5), 2)
    third = rigid.between(first, second, 1 / 3)
    step = rigid.inverse(first) @ third
    assert np.abs(step[:3, :3] @ step[:3, :3] @ step[:3, :3] - first[:3, :3].T @ second[:3, :3]).max() < 1e-9
    assert np.abs(third[:3, 3] - (2 * first[:3, 3] + second[:3, 3]) / 3).max() < 1e-12
    for share, end in ((0.0, first), (1.0, second)):
        assert np.abs(rigid.between(first, second, share) - end).max() < 1e-9


def test_quaternion_and_translation_come_back():
    transforms = some_transforms(np.random.default_rng(2), 5)
    assert np.abs(rigid.from_quaternion(*rigid.to_quaternion(transforms)) - transforms).max() < ROUNDING


def test_alignment_recovers_a_rotation_and_ignores_what_has_no_weight():
    generator = np.random.default_rng(3)
    source = generator.normal(size=(4, 6, 3))
    rotation = rotvec_to_matrix(generator.normal(size=(4, 3)))
    target = source @ rotation.swapaxes(1, 2)
    target[:, 1], target[:, 2] = np.nan, 50.0
    weights = np.array([1, 1, 0, 1, 1, 1.0]) * np.ones((4, 1))
    assert np.abs(align_rotation(source, target, weights) - rotation).max() < ROUNDING


def test_alignment_without_data_is_the_prior_and_never_a_reflection():
    prior = rotvec_to_matrix([0.3, -0.2, 0.1])
    nothing = np.full((1, 3, 3), np.nan)
    assert np.abs(align_rotation(nothing, nothing, np.ones((1, 3)), prior, 1.0) - prior).max() < ROUNDING
    flat = np.array([[[1.0, 0, 0], [0, 1, 0], [-1, 0, 0]]])
    rotation = align_rotation(flat, flat * [1, -1, 1], np.ones((1, 3)))
    assert abs(np.linalg.det(rotation[0]) - 1) < ROUNDING


def test_similarity_recovers_scale_rotation_and_translation():
    generator = np.random.default_rng(4)
    source = generator.normal(size=(14, 3))
    rotation, translation = rotvec_to_matrix([0.5, 1.0, -2.0]), np.array([1.0, 2, 3])
    found = align_similarity(source, 1.7 * source @ rotation.T + translation)
    for value, wanted in zip(found, (1.7, rotation, translation)):
        assert np.abs(value - wanted).max() < ROUNDING
