"""Other software's people in 2D as points by joint name, without a graph."""

from types import SimpleNamespace

import numpy as np
import pytest

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import COCO_17, KEYPOINTS
from mocap_ros.ros.people_2d import from_skeletons, from_vision, from_yolo


def hypothesis(name, x, y, score=0.7, old=False):
    """One hypothesis of vision_msgs 3 and 4, or of the older ones."""
    pose = SimpleNamespace(pose=SimpleNamespace(position=SimpleNamespace(x=x, y=y)))
    if old:
        return SimpleNamespace(id=name, score=score, pose=pose)
    return SimpleNamespace(hypothesis=SimpleNamespace(class_id=name, score=score), pose=pose)


def detection_array(*people):
    return SimpleNamespace(detections=[SimpleNamespace(results=list(results)) for results in people])


@pytest.mark.parametrize("old", [False, True])
def test_hypotheses_of_a_detection_are_its_joints(old):
    people = from_vision(detection_array(
        [hypothesis("person", 1, 1, 0.95, old), hypothesis("left_wrist", 10, 20, 0.6, old),
         hypothesis("nose", 5, 6, 0.8, old)],
        [hypothesis("r_hip", 30, 40, 0.5, old)], []))
    at = {name: people.points_px[:, k].tolist() for k, name in enumerate(people.names)}
    assert at["l_wrist"][0] == [10, 20] and at["nose"][0] == [5, 6] and at["r_hip"][1] == [30, 40]
    assert np.isnan(at["l_wrist"][1]).all() and "neck" not in people.names
    assert people.scores.tolist() == [0.95, 0.5, 0.0]
    assert (people.confidence > 0).sum(1).tolist() == [2, 1, 0]


@pytest.mark.parametrize("results, text", [
    ([hypothesis("left_tail", 1, 1)], "class_id 'l_tail': wanted person or a joint"),
    ([hypothesis("nose", 1, 1), hypothesis("nose", 2, 2)], "two joints 'nose'"),
])
def test_hypotheses_that_are_no_joints_are_said(results, text):
    with pytest.raises(SkeletonError, match=text):
        from_vision(detection_array(results))


def yolo(*numbers):
    data = [SimpleNamespace(id=number, point=SimpleNamespace(x=10.0 * number, y=1.0), score=0.9) for number in numbers]
    return SimpleNamespace(detections=[SimpleNamespace(score=0.8, keypoints=SimpleNamespace(data=data)),
                                       SimpleNamespace(score=0.8, keypoints=SimpleNamespace(data=[]))])


def test_yolo_ros_counts_joints_from_one_and_leaves_out_what_is_not_seen():
    people = from_yolo(yolo(1, 10, 17), COCO_17)
    assert people.points_px.shape == (1, 17, 2) and np.flatnonzero(people.confidence[0]).tolist() == [0, 9, 16]
    assert COCO_17[9] == "l_wrist" and people.points_px[0, 9].tolist() == [100, 1]


@pytest.mark.parametrize("numbers, text", [((0,), "id 0: wanted 1 to 17"), ((18,), "id 18: wanted 1 to 17"),
                                           ((3, 3), "only 1 ids differ")])
def test_joint_numbers_that_do_not_exist_are_said(numbers, text):
    with pytest.raises(SkeletonError, match=text):
        from_yolo(yolo(*numbers), COCO_17)


def test_skeletons_are_shares_of_the_image_with_the_left_eye_first():
    points = [SimpleNamespace(x=(10.0 * k + 0.5) / 640, y=0.5, c=0.9 if k != 4 else 0.0) for k in range(18)]
    people = from_skeletons([SimpleNamespace(skeleton=points)], 640, 480)
    np.testing.assert_allclose(people.points_px[0, :, 0], 10.0 * np.arange(18), atol=1e-9)  # px
    assert people.points_px[0, 0, 1] == 239.5
    assert (people.names[14:], people.names) == (("l_eye", "r_eye", "l_ear", "r_ear"), KEYPOINTS[:18])
    assert people.confidence[0, 4] == 0
    assert from_skeletons([], 640, 480).points_px.shape == (0, 18, 2)
    with pytest.raises(SkeletonError, match="Skeleton2D of 17 points: wanted REP-155's 18"):
        from_skeletons([SimpleNamespace(skeleton=points[:17])], 640, 480)
