"""What every front end shares: joints by name, what counts as seen, regions that follow people, and the choice."""

from collections import Counter
import importlib.util
import sys

import numpy as np
import pytest

from mocap_ros.datatypes.config import FrontEndConfig, MocapConfig, with_settings
from mocap_ros.datatypes.errors import ConfigError, SkeletonError
from mocap_ros.datatypes.skeleton import COCO_17, K, KEYPOINTS
from mocap_ros.front_ends.joint_names import joint_order, JOINT_SETS
from mocap_ros.front_ends.loading import load_front_end
from mocap_ros.front_ends.people import detections_of
from mocap_ros.front_ends.regions import keep_new, no_regions, overlap, Regions, upright_regions
from mocap_ros.front_ends.search_areas import regions_from_marks, search_areas
from mocap_ros.front_ends.top_down import Poses, same_pose, TopDown
from mocap_ros.pipeline.timing import StageTimer

SETTINGS = FrontEndConfig()


def named(names, scale=1.0):
    """One person whose n-th keypoint of KEYPOINTS is at (10 n, 5 n), in the order `names`."""
    return np.array([[(10.0 * KEYPOINTS.index(name), 5.0 * KEYPOINTS.index(name)) if name in KEYPOINTS else (1.0, 1.0)
                      for name in names]]) * scale


def seen(points, names, confidence=None, width=640, height=480, scores=None, **settings):
    problems = Counter()
    confidence = np.full(np.shape(points)[:2], 0.8) if confidence is None else confidence
    found = detections_of(points, confidence, np.ones(len(points)) if scores is None else scores, names, width, height,
                          with_settings(MocapConfig(), {f"front_end.{k}": v for k, v in settings.items()}).front_end,
                          problems)
    return found, problems


@pytest.mark.parametrize("names", [*JOINT_SETS.values(), tuple(reversed(KEYPOINTS)),
                                   ("-", "nose", "-", "r_hip", "l_knee")])
def test_every_joint_lands_at_its_name_whatever_the_order(names):
    found, problems = seen(named(names), names)
    for k, name in enumerate(KEYPOINTS):
        if name in names:
            assert found.keypoints_px[0, k].tolist() == [10 * k, 5 * k]
            assert found.confidence[0, k] == np.float32(0.8)
    assert not problems


def test_missing_joints_are_absent_and_the_middles_are_not():
    found, _ = seen(named(COCO_17), COCO_17)
    missing = {name for k, name in enumerate(KEYPOINTS) if found.confidence[0, k] == 0}
    assert missing == {"head_top"} and np.isnan(found.keypoints_px[0, KEYPOINTS.index("head_top")]).all()
    confidence = np.full((1, 17), 0.8)
    confidence[0, COCO_17.index("l_shoulder")] = 0.0
    confidence[0, COCO_17.index("r_hip")] = 0.5
    found, _ = seen(named(COCO_17), COCO_17, confidence)
    assert found.confidence[0, KEYPOINTS.index("neck")] == 0
    assert found.confidence[0, KEYPOINTS.index("pelvis")] == 0.5  # of the less sure hip


def test_a_detector_with_a_neck_of_its_own_keeps_it():
    points = named(KEYPOINTS)
    found, _ = seen(points, KEYPOINTS)
    assert found.keypoints_px[0, KEYPOINTS.index("neck")].tolist() == [10, 5]


@pytest.mark.parametrize("point, confidence, reason", [
    ((np.nan, 5), 0.8, "keypoints that are NaN or infinite"), ((5, np.inf), 0.8, "keypoints that are NaN or infinite"),
    ((-1, 5), 0.8, "keypoints outside the image"), ((5, 480), 0.8, "keypoints outside the image"),
    ((5, 5), np.nan, "keypoints whose confidence is not 0 to 1"),
    ((5, 5), -1, "keypoints whose confidence is not 0 to 1"),
    ((5, 5), 1.5, "keypoints whose confidence is not 0 to 1"), ((0, 0), 0.0, None), ((np.nan, np.nan), 0.0, None),
    ((5, 5), 0.1, None),
])
def test_what_cannot_be_is_not_seen_and_counted(point, confidence, reason):
    points, trust = named(COCO_17), np.full((1, 17), 0.8)
    points[0, 0], trust[0, 0] = point, confidence
    found, problems = seen(points, COCO_17, trust)
    assert found.confidence[0, KEYPOINTS.index("nose")] == 0 and (found.confidence[0] > 0).sum() == 18
    assert problems == (Counter({reason: 1}) if reason else Counter())


def test_the_images_border_is_inside():
    points = named(COCO_17)
    points[0, 0] = 639.5, 479.5
    assert seen(points, COCO_17)[0].confidence[0, 0] == np.float32(0.8)


def test_wrong_counts_are_said():
    with pytest.raises(SkeletonError, match="16 joints a person, wanted 17: nose, l_eye"):
        seen(named(COCO_17)[:, :16], COCO_17)
    with pytest.raises(SkeletonError, match="wanted 17"):
        seen(named(COCO_17), COCO_17, np.ones((1, 16)))


def test_people_of_two_keypoints_are_nobody_and_unsure_ones_are_left_out():
    points = np.concatenate([named(COCO_17)] * 3)
    confidence = np.full((3, 17), 0.8)
    confidence[0, 2:] = 0
    found, problems = seen(points, COCO_17, confidence, scores=[0.9, 0.1, np.nan])
    assert len(found) == 0 and problems == Counter({"people with fewer than 3 keypoints": 1})
    assert len(seen(np.zeros((0, 17, 2)), COCO_17)[0]) == 0


@pytest.mark.parametrize("given, text", [
    ("coco17", "'coco17': wanted one of coco_17, rep155_18, mocap_20"), (["nose", "tail"], "'tail'"),
    ("nose, neck, nose", "'nose' comes twice"), (["-"], "none of them is used"), (17, "wanted one of"),
    (["nose", 3], "wanted"),
])
def test_names_that_do_not_exist_are_said(given, text):
    with pytest.raises(SkeletonError) as error:
        joint_order(given)
    assert text in str(error.value)


def test_names_may_be_given_with_commas():
    assert joint_order("nose, l_eye,-,r_eye") == ("nose", "l_eye", "-", "r_eye")


def test_overlap_of_boxes_by_hand():
    a = upright_regions(np.array([[0.0, 0], [0, 0]]), np.array([[2.0, 2], [4, 4]]), np.ones(2))
    b = upright_regions(np.array([[1.0, 0], [10, 10]]), np.array([[3.0, 2], [11, 11]]), np.ones(2))
    np.testing.assert_allclose(overlap(a, b), [[1 / 3, 0], [4 / 16, 0]])


def test_new_people_are_those_that_nobody_stands_for_yet():
    known = upright_regions(np.array([[0.0, 0]]), np.array([[10.0, 10]]), np.ones(1))
    corners = np.array([[0.5, 0], [20, 0], [20.4, 0], [6, 0]])
    found = upright_regions(corners, corners + 10, np.array([0.9, 0.5, 0.8, 0.3]))
    new = keep_new(known, found, 0.7)
    assert sorted(new.centre_px[:, 0].tolist()) == [11.0, 25.4]  # the neighbour, and the better of the two that agree


def test_regions_stand_upright_on_the_person():
    marks = np.array([[[100.0, 200], [100, 100]], [[100, 200], [200, 200]]])  # upright; head to the right
    regions = regions_from_marks(marks, np.ones(2))
    np.testing.assert_allclose(regions.size_px, 250)  # px: twice the mark's distance, with a quarter more
    np.testing.assert_allclose(regions.rotation, [0, np.pi / 2], atol=1e-9)


def test_the_search_covers_the_image_with_squares():
    assert search_areas(640, 480, 1) == [(0, 0, 640, 480)]
    areas = search_areas(640, 480, 3)
    covered = np.zeros((480, 640), int)
    for left, top, right, bottom in areas[1:]:
        assert 0 <= left < right <= 640 and 0 <= top < bottom <= 480 and right - left == bottom - top
        covered[top:bottom, left:right] += 1
    assert covered.min() >= 2  # once by the large squares, once by the small ones
    assert len(search_areas(480, 640, 3)) == len(areas)


def walking(people, turns_seen, searched):
    """A TopDown whose search finds `people` [px centres] in its first turn only, and whose poses walk 5 px an image."""
    def search(image, turn, turns):
        turns_seen.append((turn, turns))
        searched.append(turn)
        return regions_at(people) if turn == 0 else no_regions()

    def read(image, regions):
        centres = regions.centre_px + [5, 0]
        points = centres[:, None] + [[0, -40], [-20, 0], [20, 40]]
        return Poses(points, np.full((len(regions), 3), 0.9), np.full(len(regions), 0.9), regions_at(centres))

    return TopDown(search, read)


def regions_at(centres):
    centres = np.asarray(centres, float).reshape(-1, 2)
    return Regions(centres, np.full((len(centres), 2), 100.0), np.zeros(len(centres)), np.full(len(centres), 0.9))


def test_people_are_followed_between_searches_and_nobody_twice():
    turns, image = [], np.zeros((480, 640, 3), np.uint8)
    follower = walking([[100, 100], [300, 100]], turns, [])
    for step in range(12):
        poses = follower.find(image, SETTINGS, 32)
        assert len(poses.scores) >= 2
        assert sorted(poses.points_px[:, :, 0].mean(1))[0] <= 105 + 5 * step
    assert turns[:7] == [(0, 1), (1, 5), (2, 5), (3, 5), (4, 5), (0, 5), (1, 5)]  # all of the first, then in turn
    follower.find(np.zeros((240, 320, 3), np.uint8), SETTINGS, 32)
    assert turns[-1] == (0, 1)  # another size: everybody is searched anew
    follower.forget()
    follower.find(np.zeros((240, 320, 3), np.uint8), SETTINGS, 32)
    assert turns[-1] == (0, 1)


def test_two_poses_on_one_person_are_one():
    base = np.array([[0.0, 0], [50, 0], [20, 100]])
    poses = Poses(np.stack([base, base + 2, base + 60]), np.ones((3, 3)), np.ones(3), regions_at(np.zeros((3, 2))))
    np.testing.assert_array_equal(same_pose(poses), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert same_pose(poses.take(slice(0, 0))).shape == (0, 0)


@pytest.mark.skipif(importlib.util.find_spec("mediapipe") is not None, reason="mediapipe is installed")
def test_blazepose_without_mediapipe_is_one_line_with_the_way_to_install_it():
    with pytest.raises(ConfigError, match=r"mediapipe is not installed here .*; pip install 'mocap_ros\[blazepose\]'"):
        load_front_end(with_settings(MocapConfig(), {"front_end.kind": "blazepose"}), StageTimer())
    assert "mocap_ros.front_ends.blazepose" not in sys.modules


def test_a_model_without_its_kind_is_said():
    with pytest.raises(ConfigError, match="a model description is for kind onnx"):
        load_front_end(with_settings(MocapConfig(), {"front_end.model": "pose.yaml"}), StageTimer())


def test_our_own_weights_are_the_default():
    front_end, _ = load_front_end(MocapConfig(), StageTimer())
    found = front_end.detect(np.zeros((320, 512, 3), np.uint8))
    assert MocapConfig().front_end.kind == "xnect" and found.encodings is not None
    assert found.keypoints_px.shape[1] == K
