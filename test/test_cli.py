"""The command line, as a stranger uses it: what is wrong is said in one line with exit status 2."""

import argparse
import json
from pathlib import Path
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mocap_ros.cli.detect import coco_results, image_id
from mocap_ros.cli.main import main
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS
from mocap_ros.nets.runtime import weights_folder
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.pipeline.single_image import Bodies


def said(capsys, *arguments):
    """Exit status and error lines of one command."""
    status = main(list(map(str, arguments)))
    return status, capsys.readouterr().err.strip().splitlines()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "000123.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (120, 200, 3), np.uint8))
    return path


@pytest.mark.parametrize("arguments, text", [
    (("run", "missing.mp4", "--out", "OUT"), "missing.mp4: no such file"),
    (("run", "TEXT", "--out", "OUT"), "cannot be opened as a video"),
    (("run", "PHOTO", "--out", "OUT", "--set", "tracking.memory"), "wanted SECTION.NAME=VALUE"),
    (("run", "PHOTO", "--out", "OUT", "--set", "tracking.memori=3"), "no setting 'tracking.memori'. Available:"),
    (("run", "PHOTO", "--out", "OUT", "--set", "tracking.memory=-3"), "wanted 0.1 to 3600"),
    (("run", "PHOTO", "--out", "OUT", "--set", "tracking.memory=long"), "wanted float"),
    (("run", "PHOTO", "--out", "OUT", "--weights", "huge"), "weights 'huge'"),
    (("run", "PHOTO", "--out", "OUT", "--camera-info", "TEXT"), "not a camera_info YAML"),
    (("run", "PHOTO", "--out", "TEXT/below"), "cannot be written"),
    (("detect", "missing.jpg", "--json", "OUT.json"), "missing.jpg: no such file"),
    (("detect", "TEXT", "--json", "OUT.json"), "not an image"),
    (("detect", "PHOTO", "--json", "nowhere/OUT.json"), "its folder does not exist"),
    (("detect", "NAMELESS", "--json", "OUT.json", "--format", "coco"), "no digits in the file name"),
])
def test_what_is_wrong_is_said_in_one_line(tmp_path, monkeypatch, capsys, photo, arguments, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("neither a video nor a photograph")
    (tmp_path / "nameless.png").write_bytes(photo.read_bytes())
    names = {"TEXT": "text.txt", "PHOTO": photo, "OUT": "out", "OUT.json": "out.json", "NAMELESS": "nameless.png",
             "TEXT/below": "text.txt/below"}
    status, lines = said(capsys, *(names.get(each, each) for each in arguments))
    assert status == 2
    assert len(lines) == 1 and lines[0].startswith("mocap: ") and text in lines[0]


def test_truncated_weights_are_named(tmp_path, capsys, photo):
    shipped = weights_folder("small")
    for name in ("stage_one.onnx", "stage_two.onnx"):
        (tmp_path / name).write_bytes((shipped / name).read_bytes()[:5000])
    status, lines = said(capsys, "detect", photo, "--json", tmp_path / "out.json", "--weights", tmp_path)
    assert status == 2 and len(lines) == 1 and "stage_one.onnx: damaged" in lines[0]


def test_detect_writes_what_the_readme_says(tmp_path, photo):
    assert main(["detect", str(photo), "--json", str(tmp_path / "out.json")]) == 0
    record, = json.loads((tmp_path / "out.json").read_text())
    assert (record["width"], record["height"]) == (200, 120)
    assert set(record) == {"image", "width", "height", "persons"}
    for person in record["persons"]:
        assert np.shape(person["keypoints"]) == (20, 3) and np.shape(person["joints"]) == (21, 3)


def test_coco_results_have_their_order_and_their_left_and_right():
    keypoints = np.full((1, K, 2), np.nan)
    confidence = np.zeros((1, K))
    for column, name in enumerate(("nose", "l_shoulder", "r_ankle")):
        keypoints[0, KEYPOINTS.index(name)] = (10 + column, 20 + column)
        confidence[0, KEYPOINTS.index(name)] = 0.5
    observation = Observation(Detections(keypoints, confidence, [0.8]), np.zeros((1, J, 3)),
                              np.full((1, APPEARANCE_BINS), np.nan), 200, 120)
    bodies = Bodies(np.zeros((1, 3)), np.stack([np.arange(K), 100 + np.arange(K)], -1)[None].astype(float))
    result, = coco_results(Path("COCO_000000000042.jpg"), observation, bodies)
    assert result["image_id"] == 42 and len(result["keypoints"]) == 51
    points = np.reshape(result["keypoints"], (17, 3))
    assert points[0].tolist() == [10.5, 20.5, 0.5]  # COCO: 0 nose, 5 left shoulder, 16 right ankle; corner-based pixels
    assert points[5].tolist() == [11.5, 21.5, 0.5] and points[16].tolist() == [12.5, 22.5, 0.5]
    assert points[6].tolist() == [2.5, 102.5, 0]  # the fitted body's right shoulder, which is not seen


def test_image_id_needs_digits(tmp_path):
    assert image_id(tmp_path / "a7_000000581929.jpg") == 581929
    with pytest.raises(ImageError, match="no digits"):
        image_id(tmp_path / "photo.jpg")


def test_running_without_ros_imports_no_ros_and_no_torch():
    code = ("import sys; sys.argv = ['mocap']; from mocap_ros.cli import main\n"
            "bad = [name for name in ('rclpy', 'torch', 'sensor_msgs') if name in sys.modules]; assert not bad, bad")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_reader_that_stops_reading_ends_the_command_without_a_word():
    """As in `mocap datasets list | head -1`."""
    command = subprocess.Popen([sys.executable, "-m", "mocap_ros.cli.main", "datasets", "list"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, cwd=Path(__file__).resolve().parents[1])
    command.stdout.close()
    assert command.stderr.read() == b"" and command.wait() == 141  # 128 and SIGPIPE, as a shell counts


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert all(command in text for command in ("run", "detect", "demo", "synth", "train"))


def test_what_a_command_usually_sets_gives_way_to_the_users_words(tmp_path):
    parser = argparse.ArgumentParser()
    add_estimator_options(parser)
    usual = {"estimator.several_resolutions": True, "estimator.weights": "base"}
    file = tmp_path / "settings.yaml"
    file.write_text("/**:\n  ros__parameters:\n    estimator:\n      several_resolutions: false\n")
    for words, wanted in (([], True), (["--set", "estimator.several_resolutions=false"], False),
                          (["--params-file", str(file)], False),
                          (["--params-file", str(file), "--set", "estimator.several_resolutions=true"], True)):
        assert config_from(parser.parse_args(words), usual).estimator.several_resolutions is wanted
    assert config_from(parser.parse_args([])).estimator.several_resolutions is False
    for words, wanted in (([], "base"), (["--weights", "small"], "small"),
                          (["--set", "estimator.weights=small"], "small")):
        assert config_from(parser.parse_args(words), usual).estimator.weights == wanted
