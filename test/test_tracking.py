"""The life of a track, image by image."""

import numpy as np
import pytest

from mocap_ros.datatypes.config import TrackingConfig
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import HISTOGRAM_BINS, Observation
from mocap_ros.datatypes.person import NEW, OCCLUDED, TRACKED
from mocap_ros.datatypes.skeleton import J, K
from mocap_ros.tracking.appearance import histogram_distance, torso_histograms
from mocap_ros.tracking.association import assign, distance_2d, person_size
from mocap_ros.tracking.tracker import Tracker

SHAPE = np.random.default_rng(0).uniform([-20, -80], [20, 80], (K, 2))
RED, BLUE = 3, 600


def observation(*people):
    """Observation of people given as (x, y, appearance bin)."""
    keypoints = np.array([SHAPE + person[:2] for person in people]).reshape(-1, K, 2)
    appearance = np.zeros((len(people), HISTOGRAM_BINS ** 2))
    for row, person in enumerate(people):
        appearance[row, person[2]] = 1
    detections = Detections(keypoints, np.ones((len(people), K)), np.ones(len(people)))
    return Observation(detections, np.zeros((len(people), J, 3)), appearance, 640, 480)


def tracker(**changes):
    return Tracker(TrackingConfig(**changes), np.random.default_rng(1))


def test_a_person_is_published_from_the_second_image_on_and_keeps_the_id():
    people = tracker()
    assert people.update(observation((100, 200, RED)), 0.0) == []
    first, = people.update(observation((103, 200, RED)), 0.04)
    name = first.id
    assert first.state == NEW and len(name) == 5 and name.isalpha() and name.islower()
    for step in range(2, 50):
        same, = people.update(observation((100 + 3 * step, 200, RED)), 0.04 * step)
        assert same.id == name and same.state == TRACKED


def test_a_false_alarm_of_one_image_is_never_published():
    people = tracker()
    people.update(observation((100, 200, RED)), 0.0)
    assert people.update(observation(), 0.04) == []
    assert people.tracks == []


def test_a_lost_person_is_occluded_then_hidden_then_known_again():
    people = tracker(shown_while_lost=0.5, memory=3.0)
    for step in range(3):
        shown = people.update(observation((100, 200, RED)), 0.1 * step)
    name = shown[0].id
    assert [(t.id, t.state) for t in people.update(observation(), 0.4)] == [(name, OCCLUDED)]
    assert people.update(observation(), 1.5) == []
    back, = people.update(observation((110, 200, RED)), 2.5)
    assert back.id == name


def test_a_person_gone_longer_than_the_memory_comes_back_as_somebody_new():
    people = tracker(memory=1.0, frames_to_confirm=1)
    name = people.update(observation((100, 200, RED)), 0.0)[0].id
    people.update(observation(), 1.5)
    assert people.update(observation((100, 200, RED)), 1.6)[0].id != name


def test_two_people_who_cross_keep_their_ids():
    people = tracker()
    names = None
    for step in range(60):
        left, right = 100 + 5 * step, 400 - 5 * step
        shown = people.update(observation((left, 200, RED), (right, 204, BLUE)), 0.04 * step)
        if step == 1:
            names = [track.id for track in shown]
        if step > 1:
            assert {track.id: track.detection for track in shown} == {names[0]: 0, names[1]: 1}


def test_looks_decide_after_an_absence():
    people = tracker(frames_to_confirm=1, shown_while_lost=0.2, memory=5.0)
    shown = people.update(observation((100, 200, RED), (260, 200, BLUE)), 0.0)
    red, blue = [track.id for track in shown]
    people.update(observation(), 1.0)
    shown = people.update(observation((120, 200, BLUE), (240, 200, RED)), 2.5)
    assert {track.detection: track.id for track in shown} == {0: blue, 1: red}


def test_ids_are_never_given_twice():
    people = tracker(memory=1.0, frames_to_confirm=1)
    names = [people.update(observation((100, 200, RED)), 10.0 * step)[0].id for step in range(300)]
    assert len(set(names)) == 300


def test_histogram_is_taken_anew_after_its_time():
    people = tracker(frames_to_confirm=1, histogram_refresh=30.0)
    people.update(observation((100, 200, RED)), 0.0)
    for time in np.arange(0.5, 30.0, 0.5):
        track, = people.update(observation((100, 200, BLUE)), float(time))
        assert track.appearance[RED] == 1
    track, = people.update(observation((100, 200, BLUE)), 30.0)
    assert track.appearance[BLUE] == 1


def test_a_nearer_stranger_does_not_take_the_place_of_a_known_person():
    cost = np.array([[0.1, 0.9], [0.2, 5.0]])
    found, known = assign(cost, 1.0)
    # Both detections match somebody only this way; greedy matching would leave one out.
    assert dict(zip(found, known)) == {0: 1, 1: 0}


@pytest.mark.parametrize("gate, pairs", [(0.05, {}), (0.15, {0: 0}), (1.0, {0: 0})])
def test_no_pair_costs_more_than_the_gate(gate, pairs):
    assert dict(zip(*assign(np.array([[0.1, 9.0], [np.inf, 9.0]]), gate))) == pairs


def test_distance_of_people_without_a_common_keypoint_is_infinite():
    a, b = np.full((1, K, 2), np.nan), np.full((1, K, 2), np.nan)
    a[0, :5], b[0, 5:] = 1.0, 2.0
    assert np.isinf(distance_2d(a, b, person_size(b))).all()


def test_torso_histogram_tells_colours_apart_and_knows_what_it_cannot_see():
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :320] = (20, 20, 220)
    image[:, 320:] = (220, 60, 20)
    people = observation((100, 200, RED), (150, 220, RED), (500, 200, BLUE), (5000, 200, BLUE)).detections.keypoints_px
    histograms = torso_histograms(image, people)
    distance = histogram_distance(histograms[:3], histograms[:3])
    assert distance[0, 1] < 1e-3 and distance[0, 2] > 0.999
    assert np.isnan(histograms[3]).all()
    assert np.allclose(histograms[:3].sum(-1), 1, atol=1e-6)
