"""An image looked at several times gives everybody once, each keypoint by those who agree on it."""

import cv2
import numpy as np
import pytest

from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS, L
from mocap_ros.decoding.keypoint_similarity import expected_ranks, similarities, usual_pixel
from mocap_ros.decoding.several_looks import (
    closer_crop, merge_looks, near_ones, NEAR_PX, NEAR_RESOLUTIONS, PERSON_PX, RESOLUTIONS, SMALLEST_PERSON_PX,
    VIEW_PX)
from mocap_ros.front_ends.xnect import XNectFrontEnd
from mocap_ros.nets.stage_one_maps import StageOneMaps
from mocap_ros.pipeline.timing import StageTimer

PIXEL = usual_pixel((640, 480))
STRIDE = 8
WRIST, ANKLE = KEYPOINTS.index("l_wrist"), KEYPOINTS.index("r_ankle")


def person(x, y, height, seed=1):
    """Keypoints of somebody in a box `height` px high whose top left is (x, y), (K, 2)."""
    return np.array([x, y]) + np.random.default_rng(seed).uniform(0, 1, (K, 2)) * [height / 2, height]


def finding(people, confidence=0.6, unseen=(), score=0.6, encoding=0.1):
    """Detections of `people`, (P, K, 2), that do not show the keypoints `unseen`."""
    points, certain = np.array(people, float).reshape(-1, K, 2), np.full((len(people), K), float(confidence))
    points[:, list(unseen)], certain[:, list(unseen)] = np.nan, 0
    seen = certain[..., None, None] > 0
    return Detections(points, certain, np.full(len(points), score), np.where(seen, encoding, 0) * np.ones((K, J, 3)))


def merge(*found, most=32):
    return merge_looks(found, [PIXEL / times for times in RESOLUTIONS], most)


def test_everybody_comes_once_and_whoever_was_found_once_stays():
    near, far = person(100, 50, 300), person(500, 200, 40, seed=2)
    merged = merge(finding([near]), finding([near + 2]), finding([near - 2, far]))
    assert len(merged) == 2
    assert np.abs(merged.keypoints_px[0] - near).max() < 3 and np.abs(merged.keypoints_px[1] - far).max() < 1e-3


def test_two_people_side_by_side_stay_two():
    people = [person(100, 50, 300), person(290, 50, 300)]
    assert len(merge(finding(people), finding(people), finding(people))) == 2


def test_places_are_means_that_weigh_confidence_and_leave_out_what_lies_elsewhere():
    truth = person(100, 50, 300)
    astray = truth + 4.0
    astray[WRIST] += [90, 0]
    merged = merge(nobody(True), finding([truth], 0.9, score=0.9), finding([astray], 0.3, score=0.3))
    assert len(merged) == 1
    offset = merged.keypoints_px[0] - truth
    others = np.delete(np.arange(K), WRIST)
    assert (0.1 < offset[others]).all() and (offset[others] < 2).all()
    assert np.abs(offset[WRIST]).max() < 1e-3  # 94 px away, a third of the person: not averaged


def test_what_the_best_finding_lacks_is_taken_from_another_and_what_nobody_shows_stays_unseen():
    truth, other = person(100, 50, 300), person(450, 50, 280, seed=3)
    # Findings in this order: another person, who shows the ankle, is the very first of all.
    merged = merge(finding([other]), finding([truth], 0.9, (WRIST, ANKLE), 0.9), finding([truth], 0.4, (ANKLE,), 0.4))
    assert len(merged) == 2
    row = int(np.argmin(np.abs(np.nanmean(merged.keypoints_px, 1)[:, 0] - truth[:, 0].mean())))
    assert np.abs(merged.keypoints_px[row, WRIST] - truth[WRIST]).max() < 1e-3
    assert np.isclose(merged.confidence[row, WRIST], 0.4)
    assert merged.confidence[row, ANKLE] == 0 and np.isnan(merged.keypoints_px[row, ANKLE]).all()
    assert (merged.encodings[row, ANKLE] == 0).all() and np.allclose(merged.encodings[row, WRIST], 0.1)


def test_encodings_are_means_with_the_weights_of_the_places():
    truth = person(100, 50, 300)
    merged = merge(nobody(True), finding([truth], 0.9, score=0.9, encoding=0.2),
                   finding([truth], 0.3, score=0.3, encoding=0.0))
    assert (merged.encodings > 0.12).all() and (merged.encodings < 0.2).all()


def test_the_best_people_are_kept_and_nobody_is_nobody():
    people = [person(20 + 150 * n, 50, 200, seed=n) for n in range(4)]
    confidence = np.array([0.3, 0.9, 0.6, 0.8])
    found = finding(people)
    found = Detections(found.keypoints_px, np.repeat(confidence[:, None], K, 1), confidence, found.encodings)
    kept = merge(found, nobody(True), nobody(True), most=2)
    assert np.allclose(kept.scores, [0.9, 0.8])
    empty = merge(nobody(True), nobody(True), nobody(True))
    assert len(empty) == 0 and empty.encodings.shape == (0, K, J, 3)


def test_people_whose_rank_is_nothing_keep_their_places():
    tiny = person(100, 50, 2)  # px
    without_coco = [KEYPOINTS.index(name) for name in KEYPOINTS if name not in ("neck", "pelvis", "head_top")]
    for found in (finding([tiny]), finding([person(300, 50, 200)], unseen=without_coco)):
        kept = merge(nobody(True), found, nobody(True))
        assert len(kept) == 1
        np.testing.assert_allclose(kept.keypoints_px, found.keypoints_px, atol=1e-3)


def test_similarity_is_one_with_oneself_alike_both_ways_and_falls_with_distance():
    base = person(100, 50, 200)
    points = np.stack([base, base + 5, base + 20, np.full((K, 2), np.nan)])
    alike = similarities(points, points)
    assert np.allclose(np.diag(alike)[:3], 1) and np.allclose(alike, alike.T)
    assert 1 > alike[0, 1] > alike[0, 2] > 0 and (alike[3] == 0).all()


def test_a_larger_person_and_a_finer_look_rank_higher():
    people = np.stack([person(0, 0, 60), person(0, 0, 240)])
    ranks = {times: expected_ranks(np.ones(2), people, np.ones((2, K)), PIXEL / times) for times in RESOLUTIONS}
    assert all(small < large for small, large in ranks.values())
    assert ranks[0.7][0] < ranks[1.0][0] < ranks[2.0][0]


class Looks:
    """A Stage I that sees nobody and remembers the sizes of its inputs."""

    input_size, stride, description = (512, 320), STRIDE, "counts"

    def __init__(self):
        self.sizes = []

    def infer(self, images):
        rows, columns = images.shape[1] // STRIDE, images.shape[2] // STRIDE
        self.sizes.append(images.shape[2::-1][:2])
        return StageOneMaps(np.zeros((1, K, rows, columns), np.float32), np.zeros((1, L, 2, rows, columns), np.float32),
                            np.zeros((1, J, 3, rows, columns), np.float32))


@pytest.mark.parametrize(("setting", "resolutions"), [
    ("several_resolutions", RESOLUTIONS), ("near_look", NEAR_RESOLUTIONS)])
def test_a_stream_is_looked_at_once_and_at_several_resolutions_when_asked(setting, resolutions):
    stage_one, image = Looks(), np.zeros((320, 512, 3), np.uint8)
    front_end = XNectFrontEnd(stage_one, MocapConfig(), StageTimer())
    assert len(front_end.detect(image)) == 0 and len(stage_one.sizes) == 1
    stage_one.sizes.clear()
    front_end.config = with_settings(MocapConfig(), {f"estimator.{setting}": True})
    found = front_end.detect(image)
    assert found.encodings.shape == (0, K, J, 3)
    widths = np.array([width for _, width in stage_one.sizes]) / stage_one.sizes[resolutions.index(1.0)][1]
    assert np.allclose(widths, resolutions, atol=0.05)  # multiples of 16 px



def test_only_near_people_are_taken_from_the_near_look():
    pixel = usual_pixel((1280, 720)) / NEAR_RESOLUTIONS[0]
    near, far = (person(50, 50, height * NEAR_PX * pixel) for height in (1.3, 0.8))  # both are cut out of their boxes
    kept = near_ones(finding([near, far]), pixel)
    np.testing.assert_allclose(kept.keypoints_px, near[None])
    assert len(near_ones(nobody(with_encodings=True), pixel)) == 0


def test_a_closer_look_shows_somebody_in_the_middle_at_one_size():
    for height in (20, 300, 900):
        shown = closer_crop(person(-30, 50, height)).to_crop(person(-30, 50, height))
        low, high = shown.min(0), shown.max(0)
        assert np.isclose((high - low).max(), PERSON_PX, rtol=1e-6)
        np.testing.assert_allclose((low + high) / 2, (VIEW_PX - 1) / 2, atol=0.5 * VIEW_PX / height)  # half an image px
    dot = np.full((K, 2), np.nan)
    dot[3] = 70, 80
    assert closer_crop(dot).side == SMALLEST_PERSON_PX * VIEW_PX / PERSON_PX  # px


class Painted(XNectFrontEnd):
    """A front end that finds people where the image is white, and where it is grey if it looks at the whole image."""

    def __init__(self, **settings):
        changes = {f"estimator.{name}": value for name, value in settings.items()}
        super().__init__(Looks(), with_settings(MocapConfig(), changes), StageTimer())
        self.views = []

    def _look(self, image, input_size, maps=None, boxes=None):
        self.views.append(image.shape[:2])
        level = 200 if image.shape[0] == VIEW_PX else 100
        count, _, boxes, _ = cv2.connectedComponentsWithStats((image[..., 0] > level).astype(np.uint8))
        corners, sides = boxes[1:, :2], boxes[1:, 2:4]
        points = corners[:, None] + np.linspace(0, 1, K)[:, None] * (sides[:, None] - 1)
        return Detections(points, np.full((count - 1, K), 0.7), np.full(count - 1, 0.7), np.zeros((count - 1, K, J, 3)))


def painted(**people):
    """An image of 640 x 480 px with a box of that grey level for each (level, x, y, width, height)."""
    image = np.zeros((480, 640, 3), np.uint8)
    for level, x, y, width, height in people.values():
        image[y:y + height, x:x + width] = level
    return image


def test_the_largest_people_are_looked_at_closer_and_who_is_not_seen_again_is_left_out():
    image = painted(near=(255, 50, 60, 90, 300), far=(255, 300, 100, 30, 80), ghost=(150, 450, 60, 80, 200),
                    small_ghost=(150, 400, 400, 10, 30))
    everybody = Painted().detect(image)
    assert len(everybody) == 4
    front_end = Painted(closer_looks=3)
    found = front_end.detect(image)
    assert front_end.views == [(480, 640)] + [(VIEW_PX, VIEW_PX)] * 3
    first, last = found.keypoints_px[np.argsort(found.keypoints_px[:, 0, 0])][:, [0, -1]].transpose(1, 0, 2)
    assert len(found) == 3  # nobody looked at the small ghost; one pixel of the first crop is 2.1 px of the image
    np.testing.assert_allclose(first, [[50, 60], [300, 100], [400, 400]], atol=2.5)  # px
    np.testing.assert_allclose(last, [[139, 359], [329, 179], [409, 429]], atol=2.5)  # px


def test_a_network_for_closer_looks_takes_them_when_there_is_one():
    front_end = Painted(closer_looks=8)
    front_end.closer_look = Looks()
    image = painted(near=(255, 50, 60, 90, 300))
    assert len(front_end.detect(image)) == 0  # it sees nobody
    assert front_end.closer_look.sizes == [(VIEW_PX, VIEW_PX)] and front_end.views == [(480, 640)]
    assert "closer look" in front_end.timer.medians_ms()


def test_closer_looks_join_several_resolutions_and_nobody_needs_none():
    image = painted(near=(255, 50, 60, 90, 300), ghost=(150, 450, 60, 80, 200))
    front_end = Painted(closer_looks=8, several_resolutions=True)
    assert len(front_end.detect(image)) == 2  # the ghost is seen at every resolution
    assert len(front_end.views) == len(RESOLUTIONS) + 2
    front_end.views.clear()
    assert len(front_end.detect(painted())) == 0 and len(front_end.views) == len(RESOLUTIONS)
