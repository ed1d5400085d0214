"""`mocap export`, as a user calls it."""

import numpy as np
import pytest

from mocap_ros.cli.main import main
from mocap_ros.datatypes.camera import Camera
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.motion_export.bvh import read_bvh
from mocap_ros.motion_export.people_files import PARQUET_TABLE, SCENE, TABLE
from mocap_ros.motion_export.results import ResultsFolder
from people_scenes import HEIGHT, RATE, walk, WIDTH

CAMERA = Camera(WIDTH, HEIGHT, [[500, 0, 320], [0, 500, 240], [0, 0, 1]])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What `mocap run` leaves."""
    folder = tmp_path_factory.mktemp("results") / "walk"
    with ResultsFolder(folder, RATE) as results:
        for number in range(60):
            results.add(np.zeros((HEIGHT, WIDTH, 3), np.uint8), walk(number), CAMERA)
    return folder


def test_every_format_is_written_and_said(results, tmp_path, capsys):
    out = tmp_path / "new" / "files"
    assert main(["export", str(results), "--out", str(out), "--bvh", "--csv", "--parquet", "--gltf"]) == 0
    names = {TABLE, PARQUET_TABLE, SCENE, "aaaaa.bvh", "bbbbb.bvh"}
    assert {path.name for path in out.iterdir()} == names
    said = capsys.readouterr().out
    assert "/mocap/persons: 60 frames, 2 people" in said and all(name in said for name in names)


def test_what_is_exported_later_equals_what_the_run_wrote(results, tmp_path):
    assert main(["export", str(results / "bag"), "--out", str(tmp_path), "--bvh", "--csv"]) == 0
    for path in tmp_path.glob("*.bvh"):
        ours, theirs = read_bvh(path), read_bvh(results / path.name)
        assert np.abs(ours.angles - theirs.angles).max() < 1e-6  # rad: messages hold float32
        assert np.array_equal(ours.root_position, theirs.root_position)
    assert (tmp_path / TABLE).read_text().count("\n") == (results / TABLE).read_text().count("\n")


def test_a_floor_lifts_the_people_above_zero(results, tmp_path):
    assert main(["export", str(results), "--out", str(tmp_path), "--bvh", "--ground-height", "1.2"]) == 0
    level, lifted = read_bvh(results / "aaaaa.bvh"), read_bvh(tmp_path / "aaaaa.bvh")
    assert np.abs(level.root_position - lifted.root_position - [0, 1.2, 0]).max() < 1e-6  # m; read without the floor


def test_a_rolled_camera_is_put_upright(results, tmp_path):
    height, tilt, roll = 1.2, 0.3, 0.4
    assert main(["export", str(results), "--out", str(tmp_path), "--bvh", "--ground-height", str(height),
                 "--ground-tilt", str(tilt), "--ground-roll", str(roll)]) == 0
    true, written = read_bvh(results / "aaaaa.bvh"), read_bvh(tmp_path / "aaaaa.bvh", level_ground(height, tilt, roll))
    assert np.abs(true.root_position - written.root_position).max() < 1e-5  # m: what stands on the floor, seen from it


@pytest.mark.parametrize("arguments, words", [
    (("BAG",), "nothing to write: name at least one of --csv, --parquet, --bvh, --gltf"),
    (("nowhere", "--csv"), "nowhere: no such file or folder"),
    (("BAG", "--csv", "--topic", "/other"), "no people on /other. Available: /mocap/persons"),
    (("BAG", "--csv", "--rate", "0"), "--rate 0: wanted 0.1 to 1000 Hz"),
    (("BAG", "--csv", "--ground-height", "-1"), "ground_height"),
])
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(results, tmp_path, capsys, arguments, words):
    given = [str(results) if each == "BAG" else each for each in arguments]
    assert main(["export", *given, "--out", str(tmp_path / "out")]) == 2
    line, = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("mocap: ") and words in line
    assert not (tmp_path / "out").exists()


def test_a_failed_export_leaves_the_earlier_files(results, tmp_path, capsys):
    (tmp_path / TABLE).write_text("earlier")
    (tmp_path / "bag").mkdir()
    data = bytearray((results / "bag" / "bag.mcap").read_bytes())
    (tmp_path / "bag" / "bag.mcap").write_bytes(data[:3000])
    assert main(["export", str(tmp_path / "bag"), "--out", str(tmp_path), "--csv"]) == 2
    assert (tmp_path / TABLE).read_text() == "earlier" and "no topic" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {TABLE, "bag"}
