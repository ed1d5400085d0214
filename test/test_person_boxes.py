"""Boxes around people of whom Stage I shows too little for a person: how they are read and who looks into them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mocap_ros.datasets.clips import ClipFrames
from mocap_ros.datasets.sample import OUTSIDE, SEEN
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.config import EstimatorConfig, MocapConfig, with_settings
from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.skeleton import J, K, L
from mocap_ros.decoding.person_boxes import (
    distinct, distinct_people, LEAST_CHANCE, overlaps, PersonBoxes, read_boxes, SAME_BOX, unexplained, whom_it_tells_of)
from mocap_ros.decoding.several_looks import VIEW_PX
from mocap_ros.front_ends.xnect import XNectFrontEnd
from mocap_ros.geometry.boxes import boxes_of
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.model_format import STRIDE
from mocap_ros.nets.runtime import load_boxes, load_estimator
from mocap_ros.nets.shown_maps import Shown
from mocap_ros.nets.stage_one_maps import StageOneMaps
from mocap_ros.pipeline.estimator import Estimator
from mocap_ros.pipeline.timing import StageTimer

CLIP = ClipFrames(Path(__file__).resolve().parents[1] / "demo" / "people.mp4")
CPU_ALONE = EstimatorConfig(device="cpu", threads=1)
BOX = np.array([300.0, 80.0, 340.0, 180.0])  # left, top, right, bottom [px]


def people_in(*boxes):
    """Detections of people whose keypoints fill boxes (4,) [px] from corner to corner."""
    points = np.array([np.linspace(box[:2], box[2:], K) for box in boxes]).reshape(-1, K, 2)
    people = len(points)
    return Detections(points, np.full((people, K), 0.7), np.full(people, 0.7), np.zeros((people, K, J, 3)))


def maps_with(*boxes):
    """Chances (40, 64) and boxes (4, 40, 64) that tell of boxes (4,) [px of a 512 x 320 image], the surest first."""
    chances, sides = np.zeros((40, 64), np.float32), np.zeros((4, 40, 64), np.float32)
    for number, box in enumerate(boxes):
        column, row = np.rint(((box[:2] + box[2:]) / 2 + 0.5) / STRIDE - 0.5).astype(int)
        chances[row, column] = 0.9 - 0.1 * number
        sides[:, row, column] = box - (np.array([column, row, column, row]) + 0.5) * STRIDE + 0.5
    return chances, sides


def test_overlap_is_one_with_itself_and_by_hand():
    some = np.array([[0.0, 0, 9, 9], [0, 0, 9, 19], [100, 100, 109, 109]])
    np.testing.assert_allclose(overlaps(some, some), [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    flat = np.array([[5.0, 0, 5, 9]])
    assert overlaps(flat, flat) == 1 and overlaps(some, flat[:0]).shape == (3, 0)


def test_boxes_are_read_where_the_chance_has_a_peak_and_once_each():
    small = np.array([40.0, 200.0, 60.0, 250.0])
    found = read_boxes(*maps_with(BOX, small), STRIDE)
    np.testing.assert_allclose(found.corners, [BOX, small], atol=1e-4)
    np.testing.assert_allclose(found.scores, [0.9, 0.8])
    chances, sides = maps_with(BOX)
    row, column = np.unravel_index(chances.argmax(), chances.shape)
    chances[row + 2, column], sides[:, row + 2, column] = 0.6, BOX - BOX[[0, 1, 0, 1]] - [20, 66, 20, 66]
    assert len(read_boxes(chances, sides, STRIDE).scores) == 1  # a second peak, nearly the same box
    assert len(read_boxes(chances * LEAST_CHANCE, sides, STRIDE).scores) == 0
    nothing = distinct(PersonBoxes(np.zeros((0, 4)), np.zeros(0)))
    assert nothing.corners.shape == (0, 4)


def test_a_box_tells_of_nobody_who_is_known_already():
    other = BOX + [100, 0, 100, 0]
    boxes = PersonBoxes(np.array([BOX, other]), np.array([0.9, 0.8]))
    np.testing.assert_allclose(unexplained(boxes, people_in(BOX + 4)).corners, [other])
    assert len(unexplained(boxes, nobody(with_encodings=True)).scores) == 2
    none = nobody(with_encodings=True)
    assert whom_it_tells_of(BOX, people_in(other, BOX + 3), none) == [1]
    assert whom_it_tells_of(BOX, people_in(other, BOX + 3), people_in(other)) == [1]
    assert whom_it_tells_of(BOX, people_in(other, BOX + 3), people_in(BOX)) == []
    assert whom_it_tells_of(BOX, people_in(other), none) == whom_it_tells_of(BOX, none, none) == []


def test_people_in_boxes_are_told_once_and_only_if_nobody_knows_them():
    other = BOX + [100, 0, 100, 0]
    twice = people_in(BOX, other, BOX + 2)
    twice = Detections(twice.keypoints_px, twice.confidence, [0.3, 0.5, 0.6])
    none = nobody(with_encodings=True)
    np.testing.assert_array_equal(distinct_people(twice, none), [2, 1])
    np.testing.assert_array_equal(distinct_people(twice, people_in(other + 1)), [2])
    assert len(distinct_people(none, twice)) == len(distinct_people(none, none)) == 0


class OneLook(XNectFrontEnd):
    """A front end that sees `known` in the whole image, and in a look into a part whom of `hidden` its middle shows."""

    def __init__(self, known, hidden, boxes, **settings):
        changes = {f"estimator.{name}": value for name, value in settings.items()}
        super().__init__(Nothing(), with_settings(MocapConfig(), changes), StageTimer(), boxes=boxes)
        self.known, self.hidden, self.looks = known, hidden, []

    def _look_into(self, crop, image, look):
        self.looks.append(crop)
        points = crop.to_crop(self.hidden.keypoints_px)
        away = np.linalg.norm(points.mean(1) - (VIEW_PX - 1) / 2, axis=-1)
        return self.hidden.take(away < 10)

    def _look(self, image, input_size, maps=None, boxes=None):
        assert not len(super()._look(image, input_size, maps, boxes))  # the maps are empty
        return self.known


class Nothing:
    """A Stage I whose maps are empty."""

    input_size, stride, description = (512, 320), STRIDE, "nothing"

    def infer(self, images):
        rows, columns = images.shape[1] // STRIDE, images.shape[2] // STRIDE
        return StageOneMaps(*(np.zeros((1, *shape, rows, columns), np.float32) for shape in ((K,), (L, 2), (J, 3))))


class Boxes:
    """A BoxNet that tells of these boxes, whatever it is shown."""

    def __init__(self, *boxes):
        self.boxes, self.asked = boxes, 0

    def infer(self, maps):
        self.asked += 1
        return maps_with(*self.boxes)


def test_who_is_only_in_a_box_is_looked_for_there_and_nobody_else_is_touched():
    known, hidden = np.array([60.0, 60, 120, 260]), BOX
    nowhere = np.array([400.0, 200, 430, 280])
    image = np.zeros((640, 1024, 3), np.uint8)  # twice the network's input
    twice = [2 * np.asarray(each) + 0.5 for each in (known, hidden)]
    for most, found, looks in ((0, 1, 0), (1, 2, 1), (8, 2, 2)):
        boxes = Boxes(hidden, known, nowhere)
        front_end = OneLook(people_in(twice[0]), people_in(twice[1]), boxes, box_looks=most)
        people = front_end.detect(image)
        assert len(people) == found and len(front_end.looks) == looks and boxes.asked == (most > 0)
        np.testing.assert_allclose(boxes_of(people.keypoints_px), twice[:found], atol=1e-3)
        assert ("boxes" in front_end.timer.medians_ms()) == (most > 0)
    whole = people_in(twice[1])
    upper = np.arange(K) < K // 2
    part = Detections(np.where(upper[:, None], whole.keypoints_px, np.nan), whole.confidence * upper, whole.scores,
                      whole.encodings)
    known_better = OneLook(part, whole, Boxes(hidden), box_looks=1).detect(image)  # a part is no other person
    np.testing.assert_allclose(known_better.keypoints_px, whole.keypoints_px, atol=1e-3)
    for most, count in ((32, 2), (1, 1)):  # after closer looks those who are known stay as they are, and others join
        seen_closer = OneLook(people_in(twice[0]), people_in(twice[1], twice[0]), Boxes(hidden), box_looks=1,
                              closer_looks=1)
        seen_closer.config = with_settings(seen_closer.config, {"decoding.maximum_people": most})
        assert len(seen_closer.detect(image)) == count and len(seen_closer.looks) == 2
    full = OneLook(people_in(twice[0]), people_in(twice[1]), Boxes(hidden), box_looks=8)
    full.config = with_settings(full.config, {"decoding.maximum_people": 1})
    assert len(full.detect(image)) == 1
    without = OneLook(people_in(twice[0]), people_in(twice[1]), None, box_looks=8)
    assert len(without.detect(image)) == 1


def test_boxes_that_nobody_fills_go_to_the_refiner_with_the_maps():
    known, hidden, none = np.array([60.0, 60, 120, 260]), BOX, nobody(with_encodings=True)
    image = np.zeros((640, 1024, 3), np.uint8)  # twice the network's input
    twice = [2 * np.asarray(each) + 0.5 for each in (known, hidden)]
    for settings, asked in (({"refined_boxes": 1}, True), ({"refined_boxes": 0}, False),
                            ({"refined_boxes": 1, "refiner": ""}, False)):
        boxes = Boxes(hidden, known)
        front_end = OneLook(people_in(twice[0]), none, boxes, **settings)
        people = front_end.detect(image)
        np.testing.assert_allclose(boxes_of(people.keypoints_px), twice[:1], atol=1e-3)
        np.testing.assert_allclose(people.shown.corners, twice[1:] if asked else np.zeros((0, 4)), atol=1e-3)
        assert boxes.asked == asked == ("boxes" in front_end.timer.medians_ms())
        assert len(people.shown.chances) == asked
        np.testing.assert_allclose(people.shown.maps.scale, [0.5, 0.5])
    assert not len(OneLook(people_in(twice[0]), none, None, refined_boxes=8).detect(image).shown.corners)
    several = OneLook(people_in(twice[0]), none, Boxes(hidden), refined_boxes=8, several_resolutions=True).detect(image)
    assert several.shown.maps.scale[0] == 0.5 and len(several) == 1  # maps of the usual look, boxes of all three
    assert len(several.shown.corners) >= 1


class Refiner:
    """A refiner that finds in every box a person who fills it."""

    def look_into(self, image, shown, camera):
        found = people_in(*shown.corners)
        return found, np.full((len(found), J, 3), 0.5, np.float32)


def test_whom_the_refiner_finds_in_boxes_joins_the_others():
    image, camera = np.zeros((320, 512, 3), np.uint8), assumed_camera(512, 320, 1.0)
    known, others = people_in(BOX), [BOX - 150, BOX + 3, BOX + [90, 0, 90, 0]]
    shown = Shown(None, np.array(others), np.array([0.9, 0.8, 0.7]))
    estimator = Estimator(with_settings(MocapConfig(), {
        "estimator.device": "cpu", "estimator.threads": 1, "estimator.refined_people": 0}))
    for room, boxes in ((32, [0, 2]), (2, [0]), (1, [])):
        estimator.refiner = Refiner()
        estimator.configure(with_settings(estimator.config, {"decoding.maximum_people": room}))
        seen = estimator.lift(replace(known, shown=shown), image, camera)
        np.testing.assert_allclose(boxes_of(seen.detections.keypoints_px), [BOX, *(others[each] for each in boxes)],
                                   atol=1e-3)
        assert len(seen.joints_relative) == len(seen.appearance) == 1 + len(boxes)
        assert (seen.joints_relative[1:] == 0.5).all()
        assert len(seen.detections.encodings) == 1 + len(boxes)
    plain = estimator.lift(known, image, camera)  # nobody knows of boxes
    assert len(plain.detections) == 1
    estimator.refiner = None
    assert len(estimator.lift(replace(known, shown=shown), image, camera).detections) == 1


def test_the_shipped_boxes_tell_of_the_people_in_the_demo():
    stage_one, boxes = load_estimator(CPU_ALONE)[0], load_boxes(CPU_ALONE)
    told, people, said = 0, 0, 0
    for number in range(0, len(CLIP), 6):
        frame = CLIP[number]
        resized, letterbox = letterbox_image(frame.read_image(), stage_one.input_size)
        found = read_boxes(*boxes.infer(stage_one.infer(resized[None])), STRIDE)
        seen = (frame.keypoint_visibility >= SEEN).sum(1) >= 5
        shown = np.where((frame.keypoint_visibility > OUTSIDE)[..., None], frame.keypoints_px, np.nan)[seen]
        same = overlaps(boxes_of(letterbox.to_network(shown)), found.corners) >= SAME_BOX
        told, people, said = told + same.any(1).sum(), people + len(shown), said + len(found.scores)
    assert people > 50 and told > 0.6 * people and said < 2.5 * people
