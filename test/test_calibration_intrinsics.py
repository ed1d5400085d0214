"""Cameras are found again from boards that the test renders through their lenses."""

import numpy as np
import pytest

from board_scenes import poses_all_over, render_board, view_directions
from mocap_ros.calibration.board import Board, BoardView, CHARUCO, CHECKERBOARD, find_board
from mocap_ros.calibration.intrinsics import calibrate_intrinsics, FEWEST_VIEWS
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import CameraError
from mocap_ros.geometry.alignment import align_rotation
from mocap_ros.geometry.pinhole import project, rays
from mocap_ros.geometry.rigid import apply

WIDTH, HEIGHT = 480, 360
MATRIX = [[390, 0, 244.7], [0, 392, 177.6], [0, 0, 1]]
CAMERAS = {
    "plumb_bob": Camera(WIDTH, HEIGHT, MATRIX, [-0.28, 0.09, 0.001, -0.0008, 0]),
    "rational_polynomial": Camera(WIDTH, HEIGHT, MATRIX, [0.5, -0.2, 0.0005, -0.0004, 0.02, 0.85, -0.15, 0.03]),
    "equidistant": Camera(WIDTH, HEIGHT, [[195, 0, 242.0], [0, 196, 178.5], [0, 0, 1]], [-0.01, 0.004, -0.002, 0.0003],
                          fisheye=True),
}
CHECKERS, SQUARES = Board(CHECKERBOARD, 8, 6, 0.03), Board(CHARUCO, 9, 7, 0.03, 0.023)


def rendered_views(board, camera, number, seed=0):
    """BoardViews found in rendered images, and where every corner truly is [px]."""
    generator, directions = np.random.default_rng(seed), view_directions(camera)
    views, true = [], []
    for pose in poses_all_over(board, camera, generator, number):
        view = find_board(render_board(board, pose, directions, generator), board)
        if view is not None:
            views.append(view)
            true.append(project(apply(pose, board.points), camera))
    return views, true


def projected_views(board, camera, number, noise, seed=0):
    """BoardViews of corners projected with `noise` [px], not rendered."""
    generator = np.random.default_rng(seed)
    views = []
    for pose in poses_all_over(board, camera, generator, number):
        pixels = project(apply(pose, board.points), camera) + noise * generator.normal(size=(len(board.points), 2))
        inside = ((pixels >= 0) & (pixels < [WIDTH, HEIGHT])).all(1)
        if inside.sum() > 10:
            views.append(BoardView(np.flatnonzero(inside), pixels[inside]))
    return views


def lens_difference(camera, other, views):
    """Mean angle between two cameras' rays where boards were seen, as pixels of the focal length.

    A turn of the whole camera is taken out first: a shift of the principal point is nearly one, and boards cannot tell.
    """
    pixels = np.concatenate([view.pixels for view in views])
    directions = [rays(pixels, each) for each in (camera, other)]
    directions = [each / np.linalg.norm(each, axis=-1, keepdims=True) for each in directions]
    turn = align_rotation(directions[1], directions[0], np.ones(len(pixels)))
    return float(np.linalg.norm(directions[0] - directions[1] @ turn.T, axis=-1).mean() * camera.matrix[0, 0])


@pytest.mark.parametrize("board, model", [(CHECKERS, "plumb_bob"), (SQUARES, "plumb_bob"),
                                          (SQUARES, "rational_polynomial"), (SQUARES, "equidistant")])
def test_a_camera_is_found_again_from_rendered_boards(board, model):
    camera = CAMERAS[model]
    views, _ = rendered_views(board, camera, 16)
    assert len(views) >= 10
    found = calibrate_intrinsics(views, board, WIDTH, HEIGHT, model)
    assert found.camera.distortion_model == model
    focal = found.camera.matrix[[0, 1], [0, 1]] / camera.matrix[[0, 1], [0, 1]] - 1
    centre = found.camera.matrix[:2, 2] - camera.matrix[:2, 2]
    # A corner is found to 0.2 px; 16 views then leave 0.2 % of the focal length and 1.4 px of the principal point, as
    # the standard deviations say; two and a half of them are allowed.
    assert np.abs(focal).max() < 0.005 and np.abs(centre).max() < 3.5
    assert lens_difference(camera, found.camera, views) < 0.5  # px, lens and all
    assert 0.01 < found.error_px < 0.4
    if model == "plumb_bob":
        assert np.abs(found.camera.distortion[:2] - camera.distortion[:2]).max() < 0.08


@pytest.mark.parametrize("board", [CHECKERS, SQUARES])
def test_corners_are_found_where_they_are(board):
    views, true = rendered_views(board, CAMERAS["plumb_bob"], 3)
    assert views
    for view, pixels in zip(views, true):
        ends = [np.linalg.norm(view.pixels - each[view.numbers], axis=1) for each in (pixels, pixels[::-1])]
        error = ends[0] if board is SQUARES else min(ends, key=np.mean)  # a checkerboard can be read from both ends
        assert np.median(error) < 0.35  # px; squares of 15 px


@pytest.mark.parametrize("model", CAMERAS)
def test_the_error_is_that_of_the_corners(model):
    views = projected_views(SQUARES, CAMERAS[model], 30, noise=0.3)
    found = calibrate_intrinsics(views, SQUARES, WIDTH, HEIGHT, model)
    assert found.error_px == pytest.approx(0.3 * np.sqrt(2), rel=0.1)  # two coordinates
    assert lens_difference(CAMERAS[model], found.camera, views) < 0.3


def test_a_view_that_does_not_fit_is_left_out():
    camera = CAMERAS["plumb_bob"]
    views = projected_views(SQUARES, camera, 15, noise=0.1)
    broken = BoardView(views[3].numbers, views[3].pixels + np.random.default_rng(1).normal(0, 8, views[3].pixels.shape))
    found = calibrate_intrinsics([*views[:3], broken, *views[4:]], SQUARES, WIDTH, HEIGHT, "plumb_bob")
    assert np.flatnonzero(np.isnan(found.view_errors_px)).tolist() == [3]
    assert found.error_px < 0.2 and np.abs(found.camera.matrix - camera.matrix).max() < 2  # px


def test_deviations_are_those_of_repeated_calibrations():
    camera = CAMERAS["plumb_bob"]
    sets = [projected_views(SQUARES, camera, 12, 0.3, seed) for seed in range(12)]
    results = [calibrate_intrinsics(views, SQUARES, WIDTH, HEIGHT, "plumb_bob") for views in sets]
    spread = np.std([each.camera.matrix[[0, 1, 0, 1], [0, 1, 2, 2]] for each in results], axis=0)
    said = np.median([each.deviations_px for each in results], axis=0)
    assert (0.4 < spread / said).all() and (spread / said < 2.5).all()  # 12 draws know a deviation to a factor of 1.5


def test_too_few_views_and_an_unknown_model_are_refused():
    views = projected_views(CHECKERS, CAMERAS["plumb_bob"], FEWEST_VIEWS - 1, noise=0.1)
    with pytest.raises(CameraError, match="seen in 4 different places: wanted at least 5"):
        calibrate_intrinsics(views, CHECKERS, WIDTH, HEIGHT, "plumb_bob")
    with pytest.raises(CameraError, match="distortion model 'wide': wanted one of plumb_bob"):
        calibrate_intrinsics(views, CHECKERS, WIDTH, HEIGHT, "wide")
