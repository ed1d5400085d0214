"""`mocap calibrate` as a user calls it: pictures of boards in, files out, and what goes wrong in one line."""

import cv2
import numpy as np
import pytest

from board_scenes import poses_all_over, render_board, view_directions
from mocap_ros.calibration import clicking
from mocap_ros.calibration.board import Board, CHARUCO, find_board
from mocap_ros.cli.main import main
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config_yaml import read_settings, write_settings
from mocap_ros.datatypes.errors import ConfigError, DeviceError
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.pinhole import project
from mocap_ros.pipeline.camera_file import read_camera, write_camera

CAMERA = Camera(480, 360, [[390, 0, 244.7], [0, 392, 177.6], [0, 0, 1]], [-0.2, 0.05, 0, 0, 0])
BOARD = Board(CHARUCO, 9, 7, 0.03, 0.023)
OPTIONS = ["--pattern", "charuco", "--size", "9x7", "--square", "0.03", "--marker", "0.023"]
PLANE = level_ground(1.3, 0.5, 0.04)
SIDES = 1.2, 1.5, 1.3  # m


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder with pictures of a board in many places."""
    folder = tmp_path_factory.mktemp("boards")
    generator, directions = np.random.default_rng(0), view_directions(CAMERA)
    for number, pose in enumerate(poses_all_over(BOARD, CAMERA, generator, 9)):
        cv2.imwrite(str(folder / f"{number}.png"), render_board(BOARD, pose, directions, generator))
    return folder


@pytest.fixture
def camera_info(tmp_path):
    write_camera(tmp_path / "camera.yaml", CAMERA)
    return tmp_path / "camera.yaml"


def clicked_points():
    """Pixels of a triangle on the floor with SIDES."""
    ahead = np.array([0, 0, 1.0]) - PLANE.up[2] * PLANE.up
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, PLANE.up)
    a = -PLANE.height * PLANE.up + 1.6 * ahead - 0.6 * right
    x = (SIDES[0] ** 2 + SIDES[2] ** 2 - SIDES[1] ** 2) / (2 * SIDES[0])
    return project(np.stack([a, a + SIDES[0] * right, a + x * right + np.sqrt(SIDES[2] ** 2 - x ** 2) * ahead]), CAMERA)


def test_a_folder_of_boards_becomes_a_camera_file(pictures, tmp_path, capsys):
    out, picture = tmp_path / "camera.yaml", tmp_path / "coverage.png"
    assert main(["calibrate", "camera", str(pictures), *OPTIONS, "--out", str(out), "--picture", str(picture),
                 "--name", "left"]) == 0
    printed = capsys.readouterr().out
    assert "reprojection error" in printed and "missing: none near" in printed and "9 images" in printed
    assert np.abs(read_camera(out).matrix[[0, 1], [0, 1]] / [390, 392] - 1).max() < 0.02
    assert "camera_name: left" in out.read_text() and cv2.imread(str(picture)).shape == (360, 480, 3)


def test_a_board_in_the_picture_is_the_floor(pictures, camera_info, tmp_path, capsys):
    assert main(["calibrate", "ground", str(pictures / "4.png"), *OPTIONS, "--camera-info", str(camera_info),
                 "--out", str(tmp_path / "ground.yaml"), "--picture", str(tmp_path / "floor.png")]) == 0
    assert "above the floor, tilted" in capsys.readouterr().out
    settings = read_settings(tmp_path / "ground.yaml")
    assert settings["camera.ground_height"] > 0 and (tmp_path / "floor.png").is_file()


def test_three_points_give_the_floor_that_the_pipeline_uses(pictures, camera_info, tmp_path, capsys):
    points = [f"{x:.2f},{y:.2f}" for x, y in clicked_points()]
    ground = tmp_path / "ground.yaml"
    call = ["calibrate", "ground", str(pictures), "--camera-info", str(camera_info), "--out", str(ground),
            "--ground-points", *points]
    assert main([*call, "--ground-sides", *map(str, SIDES)]) == 0
    assert "camera 1.300 m above the floor, tilted 28.6 degrees down, rolled 2.3 degrees" in capsys.readouterr().out
    assert main([*call, "--ground-sides", *(str(4 * side) for side in SIDES), "--camera-height", "1.3"]) == 0
    settings = read_settings(ground)
    assert settings["camera.ground_height"] == pytest.approx(1.3, abs=1e-3)
    assert settings["camera.ground_roll"] == pytest.approx(0.04, abs=1e-3)
    assert main(call) == 2
    assert "three points alone fix no floor" in capsys.readouterr().err


def test_settings_come_from_a_file_and_options_win(tmp_path):
    import argparse

    file = tmp_path / "ground.yaml"
    write_settings(file, {"camera.ground_height": 1.5, "tracking.memory": 7.0, "estimator.device": "cpu",
                          "input.transport": "compressed"}, "A test.")
    parser = argparse.ArgumentParser()
    add_estimator_options(parser)
    config = config_from(parser.parse_args(["--params-file", str(file), "--set", "tracking.memory=9"]))
    assert (config.camera.ground_height, config.tracking.memory, config.estimator.device) == (1.5, 9.0, "cpu")


@pytest.mark.parametrize("text, problem", [
    (None, "cannot be read"), ("- a list", "not a ROS 2 parameter file"), ("a: {b: 1}", "not a ROS 2 parameter file"),
    ("/**: {ros__parameters: {camera: {hight: 1.0}}}", "no setting 'camera.hight'"),
])
def test_a_bad_parameter_file_is_one_line(tmp_path, text, problem):
    if text is not None:
        (tmp_path / "file.yaml").write_text(text)
    with pytest.raises(ConfigError, match=problem):
        read_settings(tmp_path / "file.yaml")


@pytest.mark.parametrize("arguments, problem", [
    (["camera", "/no/such/folder", "--out", "x.yaml"], "no such file or folder"),
    (["ground", "PICTURES", "--camera-info", "/no/such.yaml", "--out", "x.yaml"], "no such file"),
    (["board", "--pattern", "charuco", "--marker", "0.5", "--out", "x.png"], "wanted less than the squares'"),
    (["board", "--out", "/no/such/folder/board.png"], "cannot be written as a picture"),
    (["ground", "PICTURES", "--camera-info", "CAMERA", "--out", "x.yaml"], "no image shows the board on the floor"),
    (["ground", "PICTURES", "--camera-info", "CAMERA", "--ground-points", "1,1", "2,2", "3,3", "--ground-sides", "1",
      "1", "5", "--out", "x.yaml"], "wanted the three sides of a triangle"),
])
def test_what_the_user_can_mend_is_one_line_and_status_2(arguments, problem, pictures, camera_info, capsys):
    names = {"PICTURES": str(pictures / "0.png"), "CAMERA": str(camera_info)}
    assert main(["calibrate", *(names.get(word, word) for word in arguments)]) == 2
    error = capsys.readouterr().err
    assert problem in error and error.count("\n") == 1


def test_the_printed_board_is_found_in_its_own_picture(tmp_path, capsys):
    assert main(["calibrate", "board", *OPTIONS, "--out", str(tmp_path / "board.png")]) == 0
    assert "300 x 240 mm" in capsys.readouterr().out
    assert len(find_board(cv2.imread(str(tmp_path / "board.png")), BOARD).numbers) == 48


def test_clicks_in_a_window_are_points(monkeypatch):
    """A window that answers like one of OpenCV's; where there is none, the way out is said."""
    events = [("click", 10, 20), ("click", 1, 1), ("key", 8), ("click", 30, 40), ("click", 50, 60), ("key", 13)]
    mouse = []

    def wait_key(milliseconds):
        kind, *what = events.pop(0)
        if kind == "key":
            return what[0]
        mouse[0](cv2.EVENT_LBUTTONDOWN, *what, 0, None)
        return -1

    monkeypatch.setattr(clicking.cv2, "namedWindow", lambda *each: None)
    monkeypatch.setattr(clicking.cv2, "setMouseCallback", lambda window, callback: mouse.append(callback))
    monkeypatch.setattr(clicking.cv2, "imshow", lambda window, image: None)
    monkeypatch.setattr(clicking.cv2, "waitKey", wait_key)
    monkeypatch.setattr(clicking.cv2, "destroyWindow", lambda window: None)
    points = clicking.click_points(np.zeros((100, 100, 3), np.uint8))
    assert points.tolist() == [[10, 20], [30, 40], [50, 60]]

    def no_window(*each):
        raise cv2.error("The function is not implemented")

    monkeypatch.setattr(clicking.cv2, "namedWindow", no_window)
    with pytest.raises(DeviceError, match="give the points with --ground-points"):
        clicking.click_points(np.zeros((100, 100, 3), np.uint8))
