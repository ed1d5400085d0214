"""Pixels go into the networks' input and come back exactly."""

import numpy as np
import pytest

from mocap_ros.nets.image_input import MULTIPLE, PADDING, fit_letterbox, letterbox_image

SIZES = [(1280, 720), (640, 480), (480, 640), (512, 320), (333, 501), (37, 23), (4000, 300), (16, 16)]
INPUT = 512, 320


@pytest.mark.parametrize("size", SIZES)
def test_to_image_undoes_to_network(size):
    letterbox = fit_letterbox(*size, INPUT)
    pixels = np.random.default_rng(1).uniform(-50, 2000, (40, 2))
    # Float64 rounding of numbers up to 2000 px.
    np.testing.assert_allclose(letterbox.to_image(letterbox.to_network(pixels)), pixels, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_input_fits_the_area_and_its_sides_are_multiples(size):
    letterbox = fit_letterbox(*size, INPUT)
    assert letterbox.width % MULTIPLE == 0 and letterbox.height % MULTIPLE == 0
    assert letterbox.resized_width <= letterbox.width < letterbox.resized_width + MULTIPLE
    assert letterbox.resized_height <= letterbox.height < letterbox.resized_height + MULTIPLE
    # The shorter side of an extreme panorama may not fall below one multiple.
    assert letterbox.width * letterbox.height <= max(INPUT[0] * INPUT[1], MULTIPLE * letterbox.width)


def test_an_image_of_the_input_size_passes_unchanged():
    image = np.random.default_rng(2).integers(0, 256, (320, 512, 3), dtype=np.uint8)
    resized, letterbox = letterbox_image(image, INPUT)
    np.testing.assert_array_equal(resized, image)
    np.testing.assert_array_equal(letterbox.to_network([[3.0, 4.0]]), [[3.0, 4.0]])


def test_corner_pixels_map_by_their_edges():
    """A 1024 x 640 image is halved: its first pixel centre is a quarter of an input pixel left of the input's first."""
    letterbox = fit_letterbox(1024, 640, INPUT)
    np.testing.assert_allclose(letterbox.to_network([[0.0, 0.0], [1023.0, 639.0]]), [[-0.25, -0.25], [511.25, 319.25]])


@pytest.mark.parametrize("size", [(1280, 720), (1000, 800), (300, 200)])
def test_a_blob_is_found_where_to_network_says(size):
    """The resized image's centre of brightness agrees with the map to a twentieth of a pixel: area means are linear."""
    width, height = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    centre = np.array([0.37 * width, 0.61 * height])
    blob = 200 * np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * (0.04 * width) ** 2))
    resized, letterbox = letterbox_image(np.repeat(blob[..., None], 3, 2).astype(np.uint8), INPUT)
    seen = resized[:letterbox.resized_height, :letterbox.resized_width, 0].astype(float)
    rows, columns = np.indices(seen.shape)
    found = np.array([(seen * columns).sum(), (seen * rows).sum()]) / seen.sum()
    np.testing.assert_allclose(found, letterbox.to_network(centre), atol=0.05)


def test_what_shrinks_much_is_averaged_not_skipped():
    """A chessboard of single pixels has no place in a smaller image: what is left of it is grey."""
    for width, height in ((1280, 720), (1920, 1080), (3840, 2160), (1283, 721)):
        board = np.indices((height, width)).sum(0) % 2 * 255
        resized, letterbox = letterbox_image(np.repeat(board[..., None], 3, 2).astype(np.uint8), INPUT)
        seen = resized[:letterbox.resized_height, :letterbox.resized_width].astype(float)
        assert np.abs(seen - 127.5).max() < 40  # grey levels; areas of odd images hold one pixel more of one colour


def test_padding_is_grey_and_at_the_right_and_below():
    resized, letterbox = letterbox_image(np.zeros((23, 37, 3), np.uint8), INPUT)
    assert (resized[letterbox.resized_height:] == PADDING).all()
    assert (resized[:, letterbox.resized_width:] == PADDING).all()
    assert not resized[:letterbox.resized_height, :letterbox.resized_width].any()


def test_unseen_keypoints_stay_nan():
    letterbox = fit_letterbox(640, 480, INPUT)
    assert np.isnan(letterbox.to_image(np.full((1, 2), np.nan))).all()
