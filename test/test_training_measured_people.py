"""People in training get the errors that a real detector made of the measured person in the nearest pose."""

import numpy as np
import pytest
from training_scenes import standing_joints

from mocap_ros.datatypes.errors import ConfigError, SkeletonError
from mocap_ros.datatypes.skeleton import J, JOINT_MIRROR, JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS, ROOT
from mocap_ros.geometry.rotation import rotvec_to_matrix
from mocap_ros.nets.person_frame import standing_height
from mocap_ros.training.detector_noise import FORMS, detect, measured_detectors
from mocap_ros.training.lift_views import Views
from mocap_ros.training.measured_people import (
    MeasuredPeople, load_people, nearest_people, poses_seen_straight, save_people, some_of, with_mirror_images,
)

DISTANCE = 4.0  # m


def turned_people(count, seed=1):
    """Joints of people who are turned and lean each their own way, at different places before the camera, (B, J, 3)."""
    generator = np.random.default_rng(seed)
    joints = standing_joints() @ rotvec_to_matrix(generator.normal(0, 0.8, (count, 3)))
    return joints + np.append(generator.normal(0, 0.5, (count, 2)), np.full((count, 1), DISTANCE), 1)[:, None]


def measured(joints, seed=2):
    """MeasuredPeople in given poses, with errors and confidences of their own."""
    generator = np.random.default_rng(seed)
    count = len(joints)
    return MeasuredPeople(poses_seen_straight(joints), generator.normal(0, 0.02, (count, K, 2)),
                          generator.uniform(0.3, 1, (count, K)))


def views_of(joints):
    """Views of whole people, nothing of them hidden, whose keypoints lie anywhere in the image."""
    count = len(joints)
    plane = np.random.default_rng(3).uniform(-0.3, 0.3, (count, K, 2))
    everything = np.ones((count, K), bool)
    return Views(joints, plane, everything, ~everything, standing_height(joints) / DISTANCE, np.ones((count, 2)))


def test_the_nearest_person_is_the_one_in_the_same_pose():
    joints = turned_people(50)
    people = measured(joints)
    order = np.random.default_rng(4).permutation(50)
    np.testing.assert_array_equal(nearest_people(people, joints[order]), order)
    # Taller, farther away and elsewhere in the image is the same pose.
    np.testing.assert_array_equal(nearest_people(people, 1.3 * joints[order]), order)


def test_a_pose_is_the_same_wherever_it_is_seen():
    joints = turned_people(5)
    turn = rotvec_to_matrix(np.array([0.0, 0.3, 0.0]))  # about the camera's centre, along the image's row of the root
    root = JOINTS.index(ROOT)
    joints -= joints[:, root, None] * [0, 1, 0]
    np.testing.assert_allclose(poses_seen_straight(joints @ turn.T), poses_seen_straight(joints), atol=1e-9)  # m
    assert not poses_seen_straight(joints)[:, root].any()


def test_the_mirror_image_of_a_person_has_mirrored_errors():
    joints = turned_people(20)
    joints[..., 0] -= joints[:, JOINTS.index(ROOT), None, 0]  # straight ahead, so that the mirror leaves them in place
    both = with_mirror_images(measured(joints))
    mirrored = joints[:, JOINT_MIRROR] * [-1, 1, 1]
    np.testing.assert_array_equal(nearest_people(both, mirrored), np.arange(20, 40))
    left, right = KEYPOINTS.index("l_wrist"), KEYPOINTS.index("r_wrist")
    np.testing.assert_allclose(both.error[20:, left], both.error[:20, right] * [-1, 1])
    np.testing.assert_array_equal(both.confidence[20:], both.confidence[:20][:, KEYPOINT_MIRROR])


def test_everybody_gets_the_errors_of_the_person_in_the_nearest_pose():
    joints = turned_people(30)
    people, views = measured(joints), views_of(joints)
    generator, form = np.random.default_rng(5), FORMS.index("all")
    found = detect(views, measured_detectors()["blazepose"], form, generator, False, people)
    error = (found.plane - views.plane) / views.size[:, None, None]
    np.testing.assert_allclose(error, people.error, atol=1e-6)  # of the size, float32
    np.testing.assert_allclose(found.confidence, people.confidence, atol=1e-6)


def test_missed_stays_missed_and_what_nothing_is_known_of_is_drawn():
    joints = turned_people(400)
    all_known = measured(joints)
    confidence = all_known.confidence.copy()
    wrist, knee = KEYPOINTS.index("r_wrist"), KEYPOINTS.index("l_knee")
    confidence[:, wrist], confidence[:, knee] = 0, np.nan
    people = MeasuredPeople(all_known.joints, all_known.error, confidence)
    views = views_of(joints)
    generator, form = np.random.default_rng(6), FORMS.index("all")
    found = detect(views, measured_detectors()["blazepose"], form, generator, False, people)
    assert not found.confidence[:, wrist].any()
    seen = found.confidence[:, knee] > 0
    assert 0.9 < seen.mean() < 1  # the drawn misses of a knee: 3 %
    error = np.linalg.norm(found.plane - views.plane, axis=-1)[seen, knee] / views.size[seen]
    assert 0.01 < np.median(error) < 0.08  # drawn: 2 % of the size usually, offset included


def test_errors_beyond_the_border_are_drawn_not_measured():
    joints = turned_people(10)
    views = views_of(joints)
    ankle = KEYPOINTS.index("r_ankle")
    inside = views.inside.copy()
    inside[:, ankle] = False
    people = measured(joints)
    found = detect(views._replace(inside=inside), measured_detectors()["blazepose"], FORMS.index("all"),
                   np.random.default_rng(7), False, people)
    error = (found.plane - views.plane) / views.size[:, None, None]
    seen = found.confidence[:, ankle] > 0
    assert (np.abs(error[seen, ankle] - people.error[seen, ankle]) > 1e-4).any(-1).all()


def test_stored_people_come_back_and_wrong_files_are_named(tmp_path):
    path, people = tmp_path / "people.npz", measured(turned_people(5))
    save_people(path, people)
    again = load_people(path)
    np.testing.assert_allclose(again.joints, people.joints, atol=1e-3)  # m, half precision
    np.testing.assert_allclose(again.error, people.error, atol=1e-4)
    path.write_text("nothing")
    with pytest.raises(ConfigError, match="people.npz: not measured people"):
        load_people(path)
    with pytest.raises(SkeletonError, match="error of shape"):
        MeasuredPeople(np.zeros((2, J, 3)), np.zeros((3, K, 2)), np.zeros((2, K)))


def test_the_shipped_people_are_many_and_plausible():
    people = load_people()
    assert len(people) > 5000
    assert np.abs(people.joints).max() < 2  # m from the root, at a height of 1.7 m
    known = np.isfinite(people.confidence)
    assert known.mean() > 0.75  # all but the head's top, and what other things hide
    assert np.isfinite(people.error[known]).all() and not np.isfinite(people.error[~known]).any()
    seen = people.confidence > 0
    assert 0.01 < np.median(np.linalg.norm(people.error[seen], axis=-1)) < 0.05  # of the size
    fewer = some_of(people, 100, np.random.default_rng(8))
    assert len(fewer) == 100 and len(some_of(fewer, 1000, np.random.default_rng(8))) == 100
