"""The floor, the camera's height, tilt and roll from boards and from three points."""

import numpy as np
import pytest

from board_scenes import render_board, view_directions
from mocap_ros.calibration.board import Board, CHARUCO, find_board
from mocap_ros.calibration.drawing import AXIS_LINES, draw_ground, GRID_LINES
from mocap_ros.calibration.floor import ambiguity, floor_from_boards, floor_from_points, floor_settings
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.errors import CameraError
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import transform
from mocap_ros.pipeline.fitter import Fitter

MATRIX = [[520, 0, 322.0], [0, 522, 238.0], [0, 0, 1]]
CAMERAS = [Camera(640, 480, MATRIX, [-0.25, 0.08, 0.001, -0.001, 0]),
           Camera(640, 480, MATRIX, [-0.02, 0.01, 0, 0], fisheye=True)]
PLANES = [level_ground(1.4, 0.45, 0.05), level_ground(0.7, 0.3, -0.1), level_ground(2.6, 0.7, 0.0)]


def on_floor(plane, places):
    """Camera-frame points [m] of places (right, ahead) on the floor, (N, 2)."""
    ahead = np.array([0, 0, 1.0]) - plane.up[2] * plane.up
    ahead /= np.linalg.norm(ahead)
    return -plane.height * plane.up + np.asarray(places, float) @ np.stack([np.cross(ahead, plane.up), ahead])


def board_on_floor(plane, ahead_of_camera, turn):
    """camera_from_board of a board that lies on the floor, print up."""
    ahead = np.array([0, 0, 1.0]) - plane.up[2] * plane.up
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, plane.up)
    x = np.cos(turn) * right + np.sin(turn) * ahead
    y = np.cross(-plane.up, x)  # OpenCV's boards have z into the board
    return transform(np.stack([x, y, -plane.up], 1), on_floor(plane, [[-0.3, ahead_of_camera]])[0])


def assert_same(plane, other, degrees, share):
    assert np.degrees(np.arccos(np.clip(plane.up @ other.up, -1, 1))) < degrees
    assert abs(plane.height / other.height - 1) < share


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("board", [Board(square=0.1), Board(CHARUCO, 8, 6, 0.1, 0.075)])
def test_a_board_on_the_floor_gives_height_tilt_and_roll(board, camera):
    plane, generator = PLANES[0], np.random.default_rng(0)
    directions = view_directions(camera)
    images = [render_board(board, board_on_floor(plane, 1.9, turn), directions, generator) for turn in (0.0, 0.25)]
    views = [view for view in (find_board(image, board) for image in images) if view is not None]
    assert views
    fit = floor_from_boards(views, board, camera)
    assert_same(fit.plane, plane, degrees=1.0, share=0.015)  # a corner's 0.1 px over a board of 150 px
    assert abs(fit.plane.tilt - plane.tilt) < 0.02 and abs(fit.plane.roll - plane.roll) < 0.02  # rad
    assert fit.error < 0.01  # m


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("plane", PLANES)
def test_three_points_with_their_distances_give_the_floor(plane, camera):
    points = on_floor(plane, [[-0.5, 1.8], [0.7, 2.0], [0.1, 3.0]])
    pixels = project(points, camera)
    sides = [np.linalg.norm(points[a] - points[b]) for a, b in ((0, 1), (1, 2), (2, 0))]
    fit = floor_from_points(pixels, sides, camera)
    assert_same(fit.plane, plane, degrees=0.01, share=1e-4)
    in_tiles = floor_from_points(pixels, np.array(sides) / 0.3, camera, camera_height=plane.height)
    assert_same(in_tiles.plane, plane, degrees=0.01, share=1e-9)
    # Clicks half a pixel off, and sides known to 5 mm: what a careful user does.
    generator = np.random.default_rng(1)
    tilts, heights = [], []
    for _ in range(20):
        clicked, measured = pixels + generator.normal(0, 0.5, (3, 2)), sides + generator.normal(0, 0.005, 3)
        rough = floor_from_points(clicked, measured, camera)
        tilts.append(rough.plane.tilt - plane.tilt)
        heights.append(rough.plane.height / plane.height - 1)
    assert np.median(np.abs(tilts)) < 0.03 and np.median(np.abs(heights)) < 0.03  # rad, share


def test_another_floor_that_fits_is_said():
    """Among random triangles some have two nearly level answers; whatever is chosen, the true one is among them."""
    generator = np.random.default_rng(2)
    plane, camera = PLANES[1], CAMERAS[0]
    right, said = 0, 0
    for _ in range(60):
        points = on_floor(plane, generator.uniform([-0.6, 1.2], [0.6, 3.5], (3, 2)))
        sides = [np.linalg.norm(points[a] - points[b]) for a, b in ((0, 1), (1, 2), (2, 0))]
        if 2 * max(sides) > 0.97 * sum(sides):
            continue  # nearly a line
        fit = floor_from_points(project(points, camera), sides, camera)
        candidates = [fit.plane, *fit.rivals]
        assert min(np.linalg.norm(each.up - plane.up) for each in candidates) < 1e-3
        good = np.linalg.norm(fit.plane.up - plane.up) < 1e-3
        right += good
        said += not good and bool(ambiguity(fit))
        assert good or len(fit.rivals)
    assert right > 30


@pytest.mark.parametrize("pixels, sides, problem", [
    ([[1, 2], [3, 4]], [1, 1, 1], "wanted three"),
    ([[100, 300], [300, 300], [200, 400]], [1, 1, 3], "wanted the three sides of a triangle"),
    ([[100, 300], [300, 300], [200, 400]], [0, 1, 1], "wanted the three sides of a triangle"),
])
def test_points_that_fix_no_floor_are_refused(pixels, sides, problem):
    with pytest.raises(CameraError, match=problem):
        floor_from_points(pixels, sides, CAMERAS[0])


def test_no_board_is_said():
    with pytest.raises(CameraError, match="no image shows the board on the floor"):
        floor_from_boards([], Board(), CAMERAS[0])


@pytest.mark.parametrize("plane", PLANES)
def test_the_pipeline_gets_the_floor_that_was_measured(plane):
    fitter = Fitter(with_settings(MocapConfig(), floor_settings(plane)))
    assert_same(fitter.plane, plane, degrees=0.001, share=1e-4)


def test_the_grid_is_drawn_on_the_floor_and_not_above_the_horizon():
    plane = level_ground(1.5, 0.0)
    camera = Camera(640, 480, MATRIX)
    drawn = draw_ground(np.zeros((480, 640, 3), np.uint8), plane, camera)
    assert not drawn[:238].any()
    x, y = np.round(project(on_floor(plane, [[1.0, 4.0]]), camera)[0]).astype(int)
    assert (drawn[y - 1:y + 2, x - 1:x + 2] == GRID_LINES).all(-1).any()
    assert (np.abs(drawn[305:, 322].astype(int) - AXIS_LINES).max(-1) < 40).mean() > 0.8  # less the lines across it
