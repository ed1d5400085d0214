"""The life of a track, image by image."""

import cv2
import numpy as np
import pytest

from mocap_ros.datatypes.config import TrackingConfig
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import APPEARANCE_BINS, BODY_PARTS, HUES, Observation, PART_BINS, SATURATIONS
from mocap_ros.datatypes.person import NEW, OCCLUDED, TRACKED
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS
from mocap_ros.tracking.appearance import body_histograms, evidence_of_looks, torsos_in_the_way
from mocap_ros.tracking.association import assign, distance_2d, person_size, place_and_scale, shares_of_boxes
from mocap_ros.tracking.looks import HISTOGRAMS
from mocap_ros.tracking.recognition import LOOKS, WAIT
from mocap_ros.tracking.tracker import COVERED_WAIT, ID_LETTERS, IDS, Tracker

SHAPE = np.random.default_rng(0).uniform([-20, -80], [20, 80], (K, 2))
RED, BLUE = 3, 30


def observation(*people):
    """Observation of people given as (x, y, appearance bin or None[, size[, x of the 3D joints]])."""
    keypoints = np.array([SHAPE * (person[3:] or (1,))[0] + person[:2] for person in people]).reshape(-1, K, 2)
    appearance = np.zeros((len(people), len(BODY_PARTS), PART_BINS))
    joints = np.zeros((len(people), J, 3))
    for row, person in enumerate(people):
        appearance[row, :, person[2] or 0] = 1
        if person[2] is None:
            appearance[row] = np.nan
        joints[row, :, 0] = (person[4:] or (0,))[0]
    detections = Detections(keypoints, np.ones((len(people), K)), np.ones(len(people)))
    return Observation(detections, joints, appearance.reshape(-1, APPEARANCE_BINS), 640, 480)


def watched(people, steps, rate=25.0, start=0.0):
    """Tracks published for the last of some images; steps(number) gives the people of an image."""
    for number, present in enumerate(steps):
        shown = people.update(observation(*present), start + number / rate)
    return shown


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
    name = watched(people, [[(100, 200, RED)]] * 10)[0].id
    assert [(t.id, t.state) for t in people.update(observation(), 0.4)] == [(name, OCCLUDED)]
    assert people.update(observation(), 1.5) == []
    back, = watched(people, [[(110, 200, RED)]] * LOOKS, start=2.5)
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
    people = tracker(memory=5.0)
    red, blue = (track.id for track in watched(people, [[(100, 200, RED), (260, 200, BLUE)]] * 10))
    people.update(observation(), 1.0)
    shown = watched(people, [[(120, 200, BLUE), (240, 200, RED)]] * LOOKS, start=2.5)
    assert {track.detection: track.id for track in shown} == {0: blue, 1: red}


def test_ids_are_never_given_twice():
    people = tracker(memory=1.0, frames_to_confirm=1)
    names = [people.update(observation((100, 200, RED)), 10.0 * step)[0].id for step in range(300)]
    assert len(set(names)) == 300


def test_the_first_histograms_are_averaged_then_kept_and_taken_anew_after_their_time():
    people = tracker(frames_to_confirm=1, histogram_refresh=30.0, shown_while_lost=0.5)
    for number in range(HISTOGRAMS):
        people.update(observation((100, 200, RED)), number * 0.005)
    for time in np.arange(0.5, 30.0, 0.5):
        track, = people.update(observation((100, 200, BLUE)), float(time))
        assert track.looks.mean[RED] == 1
    track, = people.update(observation((100, 200, BLUE)), 30.0)
    assert track.looks.mean[BLUE] == 1


def test_histograms_of_people_in_each_others_way_are_not_learned():
    people = tracker(frames_to_confirm=1)
    for number in range(5):
        left, right = people.update(observation((100, 200, RED), (124, 200, BLUE)), 0.04 * number)
    assert left.looks.sightings == right.looks.sightings == 0
    assert torsos_in_the_way(observation((100, 200, RED), (124, 200, RED), (300, 200, RED))
                             .detections.keypoints_px).tolist() == [True, True, False]


def test_a_false_alarm_uses_up_no_id():
    people = tracker()
    for number in range(50):
        people.update(observation((100 + 10 * number % 500, 200, RED)) if number % 2 else observation(), 0.5 * number)
    assert people._ids_given == 0


def test_a_second_detection_of_the_same_person_begins_nobody():
    people = tracker(frames_to_confirm=1)
    for number in range(30):
        shown = people.update(observation((100 + number, 200, RED), (104 + number, 203, RED)), 0.04 * number)
        assert len(shown) == len(people.tracks) == 1


def test_two_people_in_the_same_clothes_cross_behind_each_other_and_keep_their_ids():
    people = tracker()
    names = {}
    for step in range(60):
        left, right = 100 + 5 * step, 400 - 5 * step
        hidden = abs(left - right) < 60  # the second is behind the first
        present = [(left, 200, RED), (right, 204, RED)][:1 if hidden else 2]
        for track in people.update(observation(*present), 0.04 * step):
            if track.detection is not None:
                assert names.setdefault(track.detection, track.id) == track.id
    assert len(names) == 2


@pytest.mark.parametrize("stranger, is_let_in", [
    ((330, 200, RED), True), ((330, 200, BLUE), False), ((330, 200, RED, 2.0), False), ((330, 420, RED), False),
    ((330, 200, RED, 1.0, 2.0), False)],
    ids=["the same again", "other clothes", "other size", "other place", "other pose"])
def test_a_stranger_near_a_lost_persons_place_is_stopped_by_every_cue(stranger, is_let_in):
    people = tracker(frames_to_confirm=1, reidentify=99.0)
    name = watched(people, [[(100 + 5 * step, 200, RED)] for step in range(40)])[0].id  # ends at x 295, 125 px/s
    shown = watched(people, [[stranger]] * 20, start=39 / 25 + 0.3)
    track, = (track for track in shown if track.detection is not None)
    assert (track.id == name) == is_let_in


def test_people_exchanged_while_in_each_others_way_get_their_own_ids_back():
    people = tracker()
    apart = [(100, 200, RED), (300, 200, BLUE)]
    names = {track.detection: track.id for track in watched(people, [apart] * 15)}
    # They come together unseen in detail, and part with their places exchanged: motion alone takes each for the other.
    together = [[(100 + 5 * step, 200, None), (300 - 5 * step, 200, None)] for step in range(20)]
    back = [[(200 - 5 * step, 200, None), (200 + 5 * step, 200, None)] for step in range(1, 10)]
    watched(people, together + back, start=0.6)
    parted = [[(150 - 5 * step, 200, BLUE), (250 + 5 * step, 200, RED)] for step in range(LOOKS + 5)]
    shown = watched(people, parted, start=0.6 + 29 / 25)
    assert {track.detection: track.id for track in shown} == {0: names[1], 1: names[0]}


def test_a_stranger_who_enters_where_somebody_left_is_parted_from_the_id_once_seen_well():
    people = tracker()
    name = watched(people, [[(100 + 5 * step, 200, RED)] for step in range(40)])[0].id
    gap = 40 / 25
    shown = watched(people, [[]] * 3 + [[(320, 200, None)]] * 2 + [[(320, 200, BLUE)]] * 10, start=gap)
    assert name not in {track.id for track in shown if track.detection is not None}
    shown = watched(people, [[(320, 200, BLUE), (330, 420, RED)]] * 15, start=gap + 3.0)
    assert name in {track.id for track in shown if track.detection == 1}


def test_who_comes_back_elsewhere_is_known_by_the_looks_and_a_stranger_with_other_hair_is_not():
    head = slice(PART_BINS, 2 * PART_BINS)
    for hair, known_again in ((RED, True), (BLUE, False)):
        people = tracker()
        names = {track.detection: track.id for track in watched(people, [[(100, 200, RED), (500, 200, BLUE)]] * 15)}
        watched(people, [[(500, 200, BLUE)]] * 100, start=0.6)
        for step in range(20):
            seen = observation((500, 200, BLUE), (300, 200, RED))
            appearance = seen.appearance.copy()
            appearance[1, head] = 0
            appearance[1, PART_BINS + hair] = 1
            seen = Observation(seen.detections, seen.joints_relative, appearance, 640, 480)
            shown = people.update(seen, 4.6 + step / 25)
        after = {track.detection: track.id for track in shown}
        assert after[0] == names[1] and (after[1] == names[0]) == known_again


def test_somebody_new_waits_while_it_is_not_clear_whether_it_is_somebody_who_is_lost():
    newcomer = (300, 200, None)
    assert len(watched(tracker(), [[newcomer]] * 2)) == 1
    people = tracker()
    watched(people, [[(100, 200, RED)]] * 15 + [[]] * 10)
    shown = [len(watched(people, [[newcomer]], start=1.0 + step / 25)) for step in range(25)]
    assert np.argmax(shown) == int(np.ceil(WAIT * 25)) and shown[-1] == 1  # images, at 25 a second


def test_a_plain_stranger_does_not_wait():
    people = tracker()
    watched(people, [[(100, 200, RED)]] * 15 + [[]] * 10)
    shown = [len(watched(people, [[(300, 200, BLUE)]], start=1.0 + step / 25)) for step in range(LOOKS)]
    assert shown == [0] * (LOOKS - 1) + [1]


def test_two_lost_people_of_the_same_looks_are_given_to_two_arrivals():
    people = tracker()
    names = {track.id for track in watched(people, [[(100, 200, RED), (500, 200, RED)]] * 15)}
    watched(people, [[]] * 50, start=0.6)
    shown = watched(people, [[(110, 200, RED), (490, 200, RED)]] * 25, start=2.6)
    assert {track.id for track in shown} == names


def test_faint_detections_of_few_keypoints_take_longer_to_get_an_id():
    def first_shown(keypoints, confidence):
        people = tracker()
        whole = observation((100, 200, RED))
        confidences = np.where(np.arange(K) < keypoints, confidence, 0)[None]
        found = Detections(whole.detections.keypoints_px, confidences, [0.4])
        seen = Observation(found, whole.joints_relative, whole.appearance, 640, 480)
        return next(n for n in range(100) if people.update(seen, n / 25)) + 1
    assert first_shown(20, 0.7) == 2  # images: 2 x 0.7 is more than 0.9
    assert first_shown(8, 0.4) == 6  # 6 x 0.16


def test_a_second_detection_inside_somebody_must_stay_to_be_somebody():
    people = tracker()
    inside = (100, 225, RED, 0.5)
    shown = [len(watched(people, [[(100, 200, RED), inside]], start=step / 25)) for step in range(25)]
    assert max(shown[:int(COVERED_WAIT * 25)]) == 1 and shown[-1] == 2


def test_an_id_seen_briefly_is_forgotten_early():
    people = tracker()
    watched(people, [[(100, 200, RED)]] * 4)  # 0.12 s
    watched(people, [[]], start=2.0)
    assert len(people.tracks) == 1
    watched(people, [[]], start=2.5)
    assert people.tracks == []


def test_ids_are_five_letters_and_all_different_without_remembering_any():
    people = tracker()
    names = [people._draw_id() for _ in range(20000)]
    assert len(set(names)) == 20000 and all(len(n) == ID_LETTERS and n.isalpha() and n.islower() for n in names)
    assert np.gcd(int(people._step), IDS) == 1


def test_share_of_a_box_covered():
    inner, outer = np.array([[[2.0, 2.0], [4.0, 6.0]]]), np.array([[[0.0, 0.0], [3.0, 10.0]]])
    assert shares_of_boxes(inner, outer)[0, 0] == pytest.approx(0.5)
    assert shares_of_boxes(inner, outer + 100)[0, 0] == 0


def test_place_and_scale_bear_a_third_of_wrong_keypoints():
    known = (SHAPE + [100, 200])[None]
    found = known + 3.0
    found[0, :6] += 400
    size = person_size(known)
    place, scale = place_and_scale(found, known, size)
    assert place[0, 0] == pytest.approx(3 * np.sqrt(2) / size[0])
    assert place_and_scale(100 + 2 * known, known, size)[1][0, 0] == pytest.approx(np.log(2))


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


def test_histograms_tell_colours_apart_and_know_what_they_cannot_see():
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :320] = (20, 20, 220)
    image[:, 320:] = (220, 60, 20)
    people = observation((100, 200, RED), (150, 220, RED), (500, 200, BLUE), (5000, 200, BLUE)).detections.keypoints_px
    histograms = body_histograms(image, people)
    evidence = evidence_of_looks(histograms, histograms)
    assert evidence[0, 1] > 3 and evidence[0, 2] < -10 and evidence[0, 3] == 0
    assert np.isnan(histograms[3]).all()
    sums = histograms[:3].reshape(3, len(BODY_PARTS), PART_BINS).sum(-1)
    np.testing.assert_allclose(sums, 1, atol=1e-6)  # float32 shares


def test_each_part_is_looked_at_where_it_is():
    keypoints = np.full((1, K, 2), np.nan)
    places = {"neck": (100, 50), "head_top": (100, 20), "pelvis": (100, 110), "r_hip": (90, 112), "r_knee": (88, 150),
              "r_ankle": (86, 190)}
    for name, place in places.items():
        keypoints[0, KEYPOINTS.index(name)] = place
    image = np.zeros((240, 200, 3), np.uint8)
    for top, hue in ((0, 0), (52, 45), (113, 90), (151, 135)):  # head red, torso green, thighs cyan, shins violet
        image[top:] = cv2.cvtColor(np.array([[[hue, 255, 255]]], np.uint8), cv2.COLOR_HSV2BGR)[0, 0]
    parts = body_histograms(image, keypoints).reshape(len(BODY_PARTS), PART_BINS)[:, :HUES * SATURATIONS]
    found = dict(zip(BODY_PARTS, np.argmax(parts.reshape(len(BODY_PARTS), HUES, SATURATIONS).sum(-1), -1)))
    assert found == {"torso": 3, "head": 0, "thighs": 6, "shins": 9}
    image[:] = 255
    parts = body_histograms(image, keypoints).reshape(len(BODY_PARTS), PART_BINS)
    assert (parts[:, :HUES * SATURATIONS] == 0).all() and (parts[:, -1] == 1).all()  # white has no hue
