"""Scores by hand: the perfect detector, the blind one, the one that sees ghosts, the one that swaps sides."""

import numpy as np
import pytest

pytest.importorskip("torch")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.datasets.sample import OUTSIDE, Sample  # noqa: E402
from mocap_ros.datatypes.detections import Detections, nobody  # noqa: E402
from mocap_ros.datatypes.skeleton import J, K, KEYPOINT_MIRROR  # noqa: E402
from mocap_ros.training.train_stage_two import collect_people  # noqa: E402
from mocap_ros.training.validation import pair_up, pose_scores, score_detector  # noqa: E402

SAMPLES = [people_sample([(-0.9, 0.1, 4.0), (1.0, 0.15, 4.6)]), people_sample([(0.0, 0.1, 4.0)])]


def saying(points):
    points = np.asarray(points, float).reshape(-1, K, 2)
    return Detections(points, np.ones(points.shape[:2]), np.ones(len(points)), np.zeros((len(points), K, J, 3)))


def detector(answers):
    """A detector that gives the n-th answer on its n-th image."""
    queue = iter(answers)
    return lambda image: next(queue)


def test_the_perfect_detector_scores_full():
    scores = score_detector(detector([saying(s.keypoints_px) for s in SAMPLES]), SAMPLES)
    assert scores.average_precision == pytest.approx(1.0) and scores.found == 1.0
    assert scores.placed == 1.0 and scores.swapped == 0.0 and scores.false_people == 0.0


def test_the_blind_detector_scores_nothing():
    scores = score_detector(detector([nobody(True)] * 2), SAMPLES)
    assert scores == (0, 0, 0, 0, 0, 0)


def test_a_ghost_that_ranks_last_costs_no_precision_but_is_counted():
    ghosted = [np.concatenate([SAMPLES[0].keypoints_px, SAMPLES[0].keypoints_px[:1] + 500]), SAMPLES[1].keypoints_px]
    answers = [saying(points) for points in ghosted]
    low = Detections(answers[0].keypoints_px, answers[0].confidence, [1, 1, 0.1], answers[0].encodings)
    scores = score_detector(detector([low, answers[1]]), SAMPLES)
    assert scores.average_precision == pytest.approx(1.0) and scores.false_people == 0.5


def test_swapped_sides_are_seen_as_swapped():
    scores = score_detector(detector([saying(s.keypoints_px[:, KEYPOINT_MIRROR]) for s in SAMPLES]), SAMPLES)
    assert scores.swapped > 0.3 and scores.placed + scores.swapped == pytest.approx(1.0)
    assert scores.average_precision < 0.5


def test_average_precision_by_hand():
    """Right, wrong, right of two people: precision 1 up to recall 1/2, then 2/3; 51 and 50 of the 101 levels."""
    first, second = SAMPLES[0].keypoints_px[:1], SAMPLES[0].keypoints_px[1:]
    points = np.concatenate([first, first + 500, second])
    found = saying(points)
    ranked = Detections(found.keypoints_px, found.confidence, [0.9, 0.8, 0.7], found.encodings)
    scores = score_detector(detector([ranked]), SAMPLES[:1])
    assert scores.average_precision == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)
    assert scores.found == 1.0 and scores.false_people == 1.0


def test_people_pair_up_with_themselves():
    sample = SAMPLES[0]
    order = [1, 0]
    detections, people = pair_up(saying(sample.keypoints_px[order] + 1.0), sample)
    assert sorted(zip(detections.tolist(), people.tolist())) == [(0, 1), (1, 0)]
    assert len(pair_up(saying(sample.keypoints_px + 300), sample)[0]) == 0
    assert len(pair_up(nobody(True), sample)[0]) == 0


def test_people_without_labels_pair_with_nobody():
    sample = SAMPLES[0]
    blank = Sample(sample.image, np.full_like(sample.keypoints_px, np.nan), np.full((2, K), OUTSIDE),
                   sample.joints_camera, sample.camera_matrix)
    assert len(pair_up(saying(sample.keypoints_px), blank)[0]) == 0


def test_collected_people_carry_the_pose_of_the_person_they_are():
    """Both people stand alike, so their poses in their own view frames differ by the view's turn alone."""
    answers = [saying(SAMPLES[0].keypoints_px)]
    keypoints_px, _, encodings, joints = collect_people(detector(answers), SAMPLES, [0])
    assert keypoints_px.shape == (2, K, 2) and encodings.shape == (2, K, J, 3)
    lengths = np.linalg.norm(joints, axis=-1)
    np.testing.assert_allclose(lengths[0], lengths[1], atol=1e-4)
    assert np.abs(joints[0] - joints[1]).max() > 0.05


def test_pose_scores_by_hand():
    truth = np.zeros((1, J, 3))
    predicted = np.zeros((1, J, 3))
    predicted[0, :7, 1] = 0.2  # half of the 14 evaluation joints, which come first, are 20 cm off
    assert pose_scores(predicted, truth) == pytest.approx((0.5, 0.1))
