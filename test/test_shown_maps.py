"""What the refiner is told of Stage I's maps lies where the crop shows it, along the crop's axes."""

import numpy as np
import pytest

from mocap_ros.datatypes.skeleton import K, L, LIMB_INDICES
from mocap_ros.nets.image_crop import Crop
from mocap_ros.nets.model_format import STRIDE
from mocap_ros.nets.refiner_input import CELL_PX, CELLS, CROP_PX
from mocap_ros.nets.shown_maps import FAINT, fainter, MAP_CHANNELS, ShownMaps

ROWS, COLUMNS = 40, 64
BLANK = np.log(FAINT) * 0.5 + 1.5


def maps_with_peak(place, sigma=1.0):
    """Heatmaps with a peak at `place` [cells x, y] in channel 3, and fields that point right in limb 2."""
    x, y = np.arange(COLUMNS) - place[0], np.arange(ROWS)[:, None] - place[1]
    heatmaps, fields = np.zeros((K, ROWS, COLUMNS), np.float32), np.zeros((L, 2, ROWS, COLUMNS), np.float32)
    heatmaps[3] = 0.9 * np.exp(-(x ** 2 + y ** 2) / (2 * sigma ** 2))
    fields[2, 0] = 1
    return heatmaps, fields


def brightest(shown):
    """Cell (x, y) of channel 3's highest value."""
    return np.array(np.unravel_index(shown[3].argmax(), shown[3].shape))[::-1]


@pytest.mark.parametrize("scale, side", [(1.0, 120.0), (0.4, 300.0), (2.0, 60.0), (1.0, 480.0), (1.0, 700.0)])
def test_a_peak_is_where_the_crop_shows_it(scale, side):
    place = np.array([30.0, 18.0])
    in_image = ((place + 0.5) * STRIDE) / scale - 0.5  # centre of the cell as a pixel of the image
    crop = Crop(*(in_image - side * np.array([0.4, 0.6])), side, CROP_PX)
    maps = ShownMaps(*maps_with_peak(place), [scale, scale])
    np.testing.assert_array_equal(maps.values[3], maps_with_peak(place)[0][3])
    shown = maps.around(crop.from_image)
    assert maps.values.shape == (MAP_CHANNELS, ROWS, COLUMNS)
    assert shown.shape == (MAP_CHANNELS, CELLS, CELLS) and shown.dtype == np.float32
    wanted = (crop.to_crop(in_image) + 0.5) / CELL_PX - 0.5
    assert np.abs(brightest(shown) - wanted).max() <= 0.75
    least = 0.5 if side < 400 else 0.2  # far larger crops show means over cells
    assert shown[3].max() > np.log(least) * 0.5 + 1.5
    np.testing.assert_allclose(shown[4], BLANK, atol=1e-5)
    x, y = brightest(shown)
    assert shown[K + 4, y, x] == pytest.approx(1)  # limb 2 along x
    assert not shown[K + 5].any()


def test_fields_turn_with_the_view_and_nothing_is_known_beyond_the_maps():
    angle, zoom = 0.5, 1.3
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([256.0, 160.0])
    view = np.column_stack([linear, (CROP_PX - 1) / 2 - linear @ centre])
    place = np.array([34.0, 17.0])
    shown = ShownMaps(*maps_with_peak(place), [1, 1]).around(view)
    np.testing.assert_allclose(shown[K + 4], np.cos(angle), atol=1e-5)
    np.testing.assert_allclose(shown[K + 5], np.sin(angle), atol=1e-5)
    pixel = linear @ ((place + 0.5) * STRIDE - 0.5) + view[:, 2]
    assert np.abs(brightest(shown) - ((pixel + 0.5) / CELL_PX - 0.5)).max() <= 0.75
    away = ShownMaps(*maps_with_peak(place), [1, 1]).around(Crop(600.0, 0.0, 100.0, CROP_PX).from_image)
    np.testing.assert_allclose(away[:K], BLANK, atol=1e-5)
    assert not away[K:].any()


def test_fainter_maps_are_what_a_less_certain_stage_one_would_have_shown():
    heatmaps, fields = maps_with_peak((30.0, 18.0))
    heatmaps[5] = 1.5 * FAINT
    gains = np.linspace(0.2, 1, K)
    gains[5] = 0.1
    view = Crop(150.0, 60.0, 200.0, CROP_PX).from_image
    limbs = gains[LIMB_INDICES].min(1)
    wanted = ShownMaps(heatmaps * gains[:, None, None], fields * limbs[:, None, None, None], [1, 1]).around(view)
    shown = ShownMaps(heatmaps, fields, [1, 1]).around(view)
    kept = shown.copy()
    faint = fainter(shown, gains)
    assert faint.dtype == np.float32
    known = wanted[:K] > BLANK + 1e-4  # where a heatmap was below FAINT nobody knows by how much
    np.testing.assert_allclose(faint[:K][known], wanted[:K][known], atol=1e-5)
    np.testing.assert_allclose(faint[5], BLANK, atol=1e-5)
    np.testing.assert_allclose(faint[K:], wanted[K:], atol=1e-6)
    np.testing.assert_array_equal(shown, kept)
