"""What is missing is said in words, and views that say nothing new are not taken."""

import numpy as np
import pytest

from board_scenes import render_board, view_directions
from mocap_ros.calibration.board import Board, BoardView, CHARUCO
from mocap_ros.calibration.coverage import covered_cells, is_new, missing, placement_of
from mocap_ros.calibration.drawing import draw_coverage, FOUND
from mocap_ros.calibration.view_collection import collect, ENOUGH, ViewCollection
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import apply, transform
from mocap_ros.geometry.rotation import rotvec_to_matrix

WIDTH, HEIGHT = 640, 480
CAMERA = assumed_camera(WIDTH, HEIGHT, np.radians(54))
BOARD = Board()


def pose(x=0.0, y=0.0, distance=0.6, right=0.0, down=0.0):
    """camera_from_board with its middle at (x, y) half image sizes, facing `right` and `down` [degrees]."""
    ray = np.array([x * WIDTH / 2 / CAMERA.matrix[0, 0], y * HEIGHT / 2 / CAMERA.matrix[1, 1], 1.0])
    turn = rotvec_to_matrix(np.radians([down, -right, 0.0]))
    return transform(turn, ray * distance - turn @ BOARD.points.mean(0))


def placed(**how):
    pixels = project(apply(pose(**how), BOARD.points), CAMERA)
    return placement_of(BoardView(np.arange(len(pixels)), pixels), BOARD, WIDTH, HEIGHT)


GOOD = [placed(x=x, y=y, distance=0.75, right=12 * x, down=12 * y) for x in (-0.7, 0, 0.7) for y in (-0.7, 0, 0.7)] + [
    placed(distance=0.27), placed(right=35), placed(right=-35), placed(down=35), placed(down=-35)]


def test_nothing_is_missing_from_a_good_set():
    assert missing(GOOD) == []


@pytest.mark.parametrize("kept, words", [
    (lambda each: each.centre[0] < 0.7, "right"),
    (lambda each: each.centre[1] < 0.7 and each.extent < 0.4, "bottom"),
    (lambda each: each.extent < 0.45, "closer"),
    (lambda each: each.tilt[0] < np.radians(20), "to the right"),
    (lambda each: each.tilt[0] > -np.radians(20), "to the left"),
    (lambda each: each.tilt[1] < np.radians(20), "facing down"),
    (lambda each: each.tilt[1] > -np.radians(20), "facing up"),
])
def test_what_is_left_out_is_missed(kept, words):
    lacks = missing([each for each in GOOD if kept(each)])
    assert len(lacks) >= 1 and any(words in line for line in lacks), lacks


def test_with_nothing_everything_is_missing():
    assert len(missing([])) == 7 and not covered_cells([]).any()


@pytest.mark.parametrize("right, down", [(30, 0), (-30, 0), (0, 30), (0, -30)])
def test_tilts_are_told_apart_wherever_the_board_is(right, down):
    for x, y in ((0, 0), (0.5, 0), (0, -0.5)):
        tilt = np.degrees(placed(x=x, y=y, distance=0.5, right=right, down=down).tilt)
        seen_from = np.degrees(np.arctan([x * WIDTH / 2 / CAMERA.matrix[0, 0], y * HEIGHT / 2 / CAMERA.matrix[1, 1]]))
        assert np.abs(tilt - (np.array([right, down]) + seen_from)).max() < 8  # degrees; sines add, angles nearly


def test_the_same_view_again_is_not_new():
    first = placed()
    assert is_new(first, []) and not is_new(placed(x=0.02), [first])
    assert all(is_new(other, [first]) for other in (placed(x=0.5), placed(distance=1.2), placed(right=30)))


def test_only_boards_that_stand_still_are_taken_from_a_video():
    generator, directions = np.random.default_rng(0), view_directions(CAMERA)
    board = Board(CHARUCO, 9, 7)
    collection = ViewCollection(board, WIDTH, HEIGHT)
    places = [-0.3, -0.1, 0.1, 0.1, 0.1]  # moves, then rests
    taken = []
    for x in places:
        collection = collect(collection, render_board(board, pose(x=x), directions, generator))
        taken.append(len(collection.views))
    assert taken == [0, 0, 0, 1, 1] and collection.found == 5
    collection = collect(collection, np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    assert collection.newest is None and collection.found == 5 and not collection.complete
    folder = ViewCollection(board, WIDTH, HEIGHT)
    for x in places:
        folder = collect(folder, render_board(board, pose(x=x), directions, generator), moving=False)
    assert len(folder.views) >= 2 and ENOUGH > 2


def test_the_picture_shows_corners_and_covered_cells():
    image = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    pixels = project(apply(pose(), BOARD.points), CAMERA)
    drawn = draw_coverage(image, BoardView(np.arange(len(pixels)), pixels), [placed()], ["a line"])
    assert all((drawn[y, x] == FOUND).all() for x, y in np.round(pixels).astype(int))
    assert (drawn[20:60, 600] == 100).all() and (drawn[HEIGHT // 2 + 3, WIDTH // 2 + 3] != 100).any()
    assert (image == 100).all()


@pytest.mark.parametrize("fields, problem", [
    ({"pattern": "dots"}, "wanted one of checkerboard, charuco"),
    ({"columns": 2}, "wanted at least 3 x 3"),
    ({"square": 0.0}, "wanted more than 0"),
    ({"pattern": "charuco", "marker": 0.03}, "wanted less than the squares'"),
    ({"pattern": "charuco", "dictionary": "9X9_1"}, "wanted one of .*4X4_50"),
])
def test_impossible_boards_are_refused(fields, problem):
    with pytest.raises(ConfigError, match=problem):
        Board(**fields)
