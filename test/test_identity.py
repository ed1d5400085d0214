"""Identity scores against cases counted by hand."""

import numpy as np
import pytest

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import K
from mocap_ros.evaluation.identity import IdentityFrame, keypoint_frame, root_frame, score_identity

SHAPE = np.random.default_rng(0).uniform([-20, -80], [20, 80], (K, 2))


def video(names, optional=(), absent=(), gap=()):
    """Two people who stand 200 px apart in ten images, found under the ids of `names[image]`."""
    for number in range(10):
        truth = np.array([SHAPE + [100, 200], SHAPE + [300, 200]])
        present = [person for person in (0, 1) if (number, person) not in absent]
        found = [person for person in present if (number, person) not in gap]
        hidden = [(number, person) in optional for person in present]
        yield keypoint_frame(truth[present], present, truth[found] + 1.0, [names[number][each] for each in found],
                             hidden)


def test_perfect_ids_score_one():
    score = score_identity([video(["ab"] * 10)])
    assert (score.idf1, score.mota, score.switches, score.transfers, score.fragments) == (1, 1, 0, 0, 0)
    assert (score.frames, score.people, score.ids, score.sightings) == (10, 2, 2, 20)


def test_a_swap_is_two_switches_and_halves_the_score():
    score = score_identity([video(["ab"] * 5 + ["ba"] * 5)])
    # The best one-to-one map of people to ids explains 10 of 20 sightings and 10 of 20 found people.
    assert (score.idf1, score.switches, score.transfers, score.ids) == (0.5, 2, 2, 2)


def test_a_new_id_after_an_absence_is_one_switch_and_no_transfer():
    names = ["ab"] * 4 + ["ac"] * 6
    score = score_identity([video(names, absent={(4, 1), (5, 1)})])
    # Person 1 is seen in 4 + 4 images: the map keeps 10 + 4 of 18 sightings.
    assert score.switches == 1 and score.transfers == 0 and score.ids == 3 and score.fragments == 0
    assert score.idf1 == pytest.approx(14 / 18)


def test_a_gap_with_the_same_id_is_a_fragment_and_a_miss_but_no_switch():
    score = score_identity([video(["ab"] * 10, gap={(4, 1)})])
    assert (score.fragments, score.misses, score.switches, score.false_alarms) == (1, 1, 0, 0)


def test_hidden_people_may_be_found_or_not():
    hidden = {(4, 1), (5, 1)}
    for gap in (set(), hidden):
        score = score_identity([video(["ab"] * 10, optional=hidden, gap=gap)])
        assert (score.idf1, score.misses, score.false_alarms, score.sightings) == (1, 0, 0, 18)


def test_a_person_found_elsewhere_is_a_miss_and_a_false_alarm():
    truth = (SHAPE + [100, 200])[None]
    size = np.hypot(*np.ptp(SHAPE, axis=0))
    near, far = (keypoint_frame(truth, ["p"], truth + [share * size, 0], ["a"]) for share in (0.19, 0.21))
    assert score_identity([[near]]).misses == 0
    score = score_identity([[far]])
    assert (score.misses, score.false_alarms, score.idf1) == (1, 1, 0)


def test_roots_are_compared_in_metres():
    frame = root_frame([[0, 0, 3], [1, 0, 3]], [1, 2], [[0.6, 0, 3]], ["x"])
    score = score_identity([[frame]])
    assert frame.distance == pytest.approx(np.array([[1.2], [0.8]])) and score.misses == 1


def test_ids_of_two_videos_are_kept_apart():
    score = score_identity([video(["ab"] * 10), video(["ba"] * 10)])
    assert (score.idf1, score.switches, score.people, score.frames) == (1, 0, 4, 20)


def test_nobody_at_all_is_no_error():
    empty = keypoint_frame(np.zeros((0, K, 2)), [], np.zeros((0, K, 2)), [])
    score = score_identity([[empty]])
    assert score.sightings == 0 and np.isnan(score.idf1) and score.frames == 1


def test_shapes_that_disagree_are_refused():
    with pytest.raises(SkeletonError, match=r"distance of shape \(1, 2\): wanted \(2, 1\)"):
        IdentityFrame((1, 2), ("a",), np.zeros((1, 2)), np.zeros(2, bool))
