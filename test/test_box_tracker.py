"""VNect's box tracker and the single-person mode: the box's arithmetic, exact ways back, following and losing."""

from collections import Counter

import numpy as np
import pytest

from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.skeleton import K
from mocap_ros.nets.image_crop import Crop
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.pipeline.single_person import SinglePersonFrontEnd
from mocap_ros.tracking.box_tracker import Box, CROP_PX, box_of, crop_around, follow

SHAPE = np.random.default_rng(0).uniform([-30, -90], [30, 90], (K, 2))


def test_box_has_room_of_the_height_and_width_around_the_centroid():
    keypoints = np.full((K, 2), np.nan)
    keypoints[:4] = [[100, 50], [140, 50], [100, 250], [120, 150]]
    box = box_of(keypoints)
    assert (box.top, box.bottom) == (50 - 0.1 * 200, 250 + 0.1 * 200)
    middle = (100 + 140 + 100 + 120) / 4
    assert (box.left, box.right) == (pytest.approx(middle - 0.7 * 40), pytest.approx(middle + 0.7 * 40))


def test_corners_keep_three_quarters_of_the_last_box():
    box = Box(0.0, 0.0, 100.0, 200.0)
    keypoints = SHAPE + [300, 200]
    new = box_of(keypoints)
    moved = follow(box, keypoints)
    for side in ("left", "top", "right", "bottom"):
        assert getattr(moved, side) == pytest.approx(0.75 * getattr(box, side) + 0.25 * getattr(new, side))
    assert follow(None, keypoints) == new


def test_crop_holds_the_whole_box_at_one_scale():
    crop = crop_around(Box(10.0, 20.0, 110.0, 320.0))
    assert crop == Crop(-90.0, 20.0, 300.0, CROP_PX) and crop.scale == CROP_PX / 300


def test_ways_into_a_crop_and_back_cancel():
    crop = Crop(-37.3, 12.8, 211.7, CROP_PX)
    pixels = np.random.default_rng(1).uniform(-500, 900, (50, 2))
    assert np.allclose(crop.to_image(crop.to_crop(pixels)), pixels, atol=1e-9)  # px
    assert np.isnan(crop.to_image([np.nan, 3.0])).any()


@pytest.mark.parametrize("side", [90.0, 368.0, 500.3, 1500.0])
def test_a_crops_pixels_show_the_image_where_the_way_back_says(side):
    rows, columns = 900, 1000
    ramps = np.stack(np.broadcast_arrays(np.arange(columns) * 0.25, np.arange(rows)[:, None] * 0.25, 7.0), -1)
    crop = Crop(-20.4, 30.7, side, 64)
    cut = crop.cut(np.round(ramps).astype(np.uint8))
    places = crop.to_image(np.stack(np.meshgrid(np.arange(64), np.arange(64)), -1))
    margin = 2 / crop.scale  # px, where the interpolation reaches beyond the border
    inside = ((places > margin) & (places < np.array([columns, rows]) - margin)).all(-1)
    # Grey levels: 0.5 from the ramp's rounding and 0.5 from the crop's, a little from 5-bit interpolation.
    assert np.abs(cut[..., :2] - 0.25 * places)[inside].max() < 1.2
    outside = ((places < -margin) | (places > np.array([columns, rows]) + margin)).any(-1)
    assert outside.any() and (cut[outside] == 114).all()


class StageOne:
    """What a front end tells of its network."""

    input_size = 512, 320


class Painted:
    """A front end that finds one person where the image is brightest, and records what it was given."""

    description, problems = "painted", Counter()

    def __init__(self):
        self.stage_one, self.config, self.sizes = StageOne(), None, []

    def forget(self):
        self.sizes.append("forgot")

    def detect(self, image):
        size = [self.config.estimator.resolution * side for side in self.stage_one.input_size]
        resized, _ = letterbox_image(image, size)
        self.sizes.append(resized.shape[:2])
        lit = np.argwhere(image[..., 0] > 200)
        if not len(lit):
            return nobody()
        (top, left), (bottom, right) = lit.min(0), lit.max(0)
        keypoints = np.linspace([left, top], [right, bottom], K)
        return Detections(keypoints[None], np.full((1, K), 0.8), np.full(1, 0.8))


def picture(x, y, width=40, height=120):
    image = np.zeros((720, 1280, 3), np.uint8)
    image[y:y + height, x:x + width] = 255
    return image


def test_the_person_is_followed_in_crops_of_368_px_and_comes_back_in_image_pixels():
    inner = Painted()
    view = SinglePersonFrontEnd(inner, MocapConfig())
    for step in range(20):
        found = view.detect(picture(300 + 6 * step, 200 + 2 * step))
        ends = found.keypoints_px[0][[0, -1]]
        wanted = [[300 + 6 * step, 200 + 2 * step], [339 + 6 * step, 319 + 2 * step]]
        # A crop's pixel is 0.5 px of the image; the border of the painted box is blurred over two.
        assert np.abs(ends - wanted).max() < 1.0  # px
    assert view.whole_images == 1
    assert inner.sizes[0] == "forgot" and set(inner.sizes[2:]) == {(CROP_PX, CROP_PX)}


def test_a_lost_person_is_looked_for_in_the_whole_of_the_same_image():
    view = SinglePersonFrontEnd(Painted(), MocapConfig())
    view.detect(picture(100, 100))
    found = view.detect(picture(900, 500))
    assert view.whole_images == 2 and abs(found.keypoints_px[0, 0, 0] - 900) < 1.5  # px
    assert len(view.detect(np.zeros((720, 1280, 3), np.uint8))) == 0
    view.detect(picture(400, 300))
    assert view.whole_images == 4


def test_another_image_size_or_recording_begins_with_a_whole_image():
    view = SinglePersonFrontEnd(Painted(), MocapConfig())
    view.detect(picture(100, 100))
    view.detect(picture(100, 100)[:600])
    assert view.whole_images == 2
    view.forget()
    view.detect(picture(100, 100)[:600])
    assert view.whole_images == 3


def test_settings_reach_the_front_end_and_scale_the_crop():
    inner = Painted()
    view = SinglePersonFrontEnd(inner, MocapConfig())
    view.config = with_settings(MocapConfig(), {"estimator.resolution": 2.0})
    view.detect(picture(300, 200))
    view.detect(picture(302, 200))
    assert inner.sizes[-1] == (2 * CROP_PX, 2 * CROP_PX) and inner.config.estimator.resolution == 2.0
