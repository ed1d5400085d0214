"""Views of a labelled image keep image, 2D, 3D and camera in agreement."""

from dataclasses import replace

import numpy as np
import pytest

from training_scenes import people_sample

from mocap_ros.datasets.augmentation import AugmentationConfig, augment, mirror, warp
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE
from mocap_ros.datatypes.skeleton import ANGLES, JOINT_OF_KEYPOINT, JOINTS, KEYPOINTS
from mocap_ros.geometry.rotation import rotvec_to_matrix
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.joint_limits import LIMITS
from mocap_ros.kinematics.rest_pose import default_bone_lengths

ROOTS = [(-0.9, 0.1, 4.0), (1.0, 0.15, 4.6)]
ON_BODY = JOINT_OF_KEYPOINT >= 0


def projected(sample):
    """Body keypoints as the sample's own camera sees its own joints [px]."""
    pixels = sample.joints_camera[:, JOINT_OF_KEYPOINT[ON_BODY]] @ sample.camera_matrix.T
    return pixels[..., :2] / pixels[..., 2:]


def test_two_mirrors_are_none():
    sample = people_sample(ROOTS, generator=np.random.default_rng(1))
    twice = mirror(mirror(sample))
    for name in ("image", "visibility", "ignore"):
        np.testing.assert_array_equal(getattr(twice, name), getattr(sample, name))
    # Float32 labels up to 256 px.
    np.testing.assert_allclose(twice.keypoints_px, sample.keypoints_px, atol=1e-4)
    np.testing.assert_allclose(twice.joints_camera, sample.joints_camera, atol=1e-6)
    np.testing.assert_allclose(twice.camera_matrix, sample.camera_matrix, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_views_camera_sees_the_views_joints_at_the_views_keypoints(seed):
    generator = np.random.default_rng(seed)
    sample = people_sample(ROOTS, generator=generator)
    view = augment(sample, AugmentationConfig(width=96, height=112), generator)
    # Float32 positions of some hundred pixels.
    np.testing.assert_allclose(projected(view), view.keypoints_px[:, ON_BODY], atol=0.02)


def posed_sample(generator):
    """A Sample of two people whose joints are those of the chain, with masks around their pelvises."""
    count = len(ROOTS)
    angles = np.clip(generator.normal(0, 0.3, (count, len(ANGLES))), *LIMITS.T)
    rotations = rotvec_to_matrix(generator.normal(0, 1, (count, 3)))
    bones = default_bone_lengths(np.full(count, 1.7))
    posed = forward_kinematics(np.array(ROOTS), rotations, angles, bones)
    sample = people_sample(ROOTS, generator=generator)
    owners = np.zeros(sample.image.shape[:2], np.uint8)
    pelvis = KEYPOINTS.index("pelvis")
    for number, (x, y) in enumerate(np.rint(sample.keypoints_px[:, pelvis]).astype(int)):
        owners[y - 6:y + 7, x - 6:x + 7] = number + 1
    return replace(
        sample, joints_camera=posed.joints, root_rotations=rotations, angles=angles, owners=owners
    ), bones


@pytest.mark.parametrize("seed", range(6))
def test_angles_and_masks_go_with_the_view(seed):
    generator = np.random.default_rng(seed)
    sample, bones = posed_sample(generator)
    view = augment(sample, AugmentationConfig(width=96, height=112, occluder=0.0), generator)
    joints = view.joints_camera.astype(float)
    chain = forward_kinematics(
        joints[:, JOINTS.index("pelvis")], view.root_rotations.astype(float), view.angles.astype(float), bones
    ).joints
    np.testing.assert_allclose(chain, joints, atol=1e-4)  # m, float32 labels some metres away
    pelvis = KEYPOINTS.index("pelvis")
    for number, (x, y) in enumerate(np.rint(view.keypoints_px[:, pelvis]).astype(int)):
        if view.visibility[number, pelvis] > OUTSIDE:
            assert view.masks[number, y, x]


def test_an_occluder_covers_masks_too():
    sample, _ = posed_sample(np.random.default_rng(0))
    settings = AugmentationConfig(width=256, height=192, occluder=1.0)
    pelvis, covered = KEYPOINTS.index("pelvis"), 0
    for seed in range(30):
        view = augment(sample, settings, np.random.default_rng(seed))
        for number, (x, y) in enumerate(np.rint(view.keypoints_px[:, pelvis]).astype(int)):
            if view.visibility[number, pelvis] == HIDDEN_BY_OBJECT:
                covered += 1
                assert view.owners[y, x] == 0
    assert covered > 3


def test_the_same_generator_gives_the_same_view():
    sample = people_sample(ROOTS, generator=np.random.default_rng(1))
    first, second = (augment(sample, AugmentationConfig(), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.keypoints_px, second.keypoints_px)


def test_warping_by_nothing_changes_nothing():
    sample = people_sample(ROOTS, generator=np.random.default_rng(1))
    same = warp(sample, [[1, 0, 0], [0, 1, 0]], 256, 192)
    np.testing.assert_array_equal(same.image, sample.image)
    np.testing.assert_allclose(same.keypoints_px, sample.keypoints_px, atol=1e-4)


@pytest.mark.parametrize("zoom", [0.3, 0.6, 1.0, 1.7])
def test_a_bright_spot_stays_under_its_keypoint(zoom):
    """Shrinking first and warping then must not shift the image against the labels."""
    sample = people_sample([(0.0, 0.1, 4.0)])
    x, y = np.meshgrid(np.arange(256), np.arange(192))
    spot = sample.keypoints_px[0, 0]
    image = np.repeat((250 * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / 72))[..., None], 3, 2)
    sample = type(sample)(image.astype(np.uint8), sample.keypoints_px, sample.visibility, sample.joints_camera,
                          sample.camera_matrix)
    view = warp(sample, [[0, -zoom, 0.71 * 192], [zoom, 0, 5.3]], 220, 300, border=(0, 0, 0))
    rows, columns = np.indices(view.image.shape[:2])
    weight = view.image[..., 0].astype(float)
    found = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
    # OpenCV interpolates at 1/32 px; the grey levels are whole numbers.
    np.testing.assert_allclose(found, view.keypoints_px[0, 0], atol=0.1)


def test_keypoints_that_left_the_view_are_outside():
    sample = people_sample(ROOTS)
    view = warp(sample, [[1, 0, -128], [0, 1, 0]], 128, 192)
    assert (view.visibility[0] == OUTSIDE).all() and (view.visibility[1] > OUTSIDE).all()


def test_occluders_hide_what_they_cover():
    sample = people_sample(ROOTS, generator=np.random.default_rng(1))
    config = AugmentationConfig(occluder=1.0, mirror=0, blur=0, noise=0, jpeg=0, grey=0)
    views = [augment(sample, config, np.random.default_rng(s)) for s in range(20)]
    assert any((view.visibility == HIDDEN_BY_OBJECT).any() for view in views)
    config = AugmentationConfig(occluder=0.0)
    assert not (augment(sample, config, np.random.default_rng(1)).visibility == HIDDEN_BY_OBJECT).any()


def test_an_image_of_nobody_can_be_viewed():
    nobody = people_sample([], generator=np.random.default_rng(1))
    view = augment(nobody, AugmentationConfig(), np.random.default_rng(1))
    assert view.image.shape == (224, 192, 3) and len(view) == 0
