"""What `mocap bench` measures is what it says."""

import json

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")

from mocap_ros.cli import bench  # noqa: E402
from mocap_ros.cli.core_times import compare_cores  # noqa: E402
from mocap_ros.cli.drawn_people import DrawnRefiner, DrawnStageOne  # noqa: E402
from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datatypes.camera import assumed_camera  # noqa: E402
from mocap_ros.datatypes.config import DecodingConfig, EstimatorConfig  # noqa: E402
from mocap_ros.decoding.people import decode_people  # noqa: E402
from mocap_ros.nets.runtime import load_refiner  # noqa: E402
from mocap_ros.nets.shown_maps import Shown  # noqa: E402


class Counting:
    input_size, stride, description = (512, 320), 8, "counting"
    calls = 0

    def infer(self, images):
        self.calls += 1


@pytest.mark.parametrize("count", [1, 10, 20])
def test_as_many_people_are_decoded_as_were_drawn_and_the_network_works_each_time(count):
    network = Counting()
    engine = DrawnStageOne(network, count, assumed_camera(1280, 720, 0.94), (512, 288), frames=3)
    for _ in range(4):
        maps = engine.infer(np.zeros((1, 288, 512, 3), np.uint8))
        found = decode_people(*(each[0] for each in maps), 8, DecodingConfig())
        assert len(found) == count
    assert network.calls == 4


def test_the_refiner_works_and_changes_nobody_who_was_drawn(monkeypatch):
    refiner = load_refiner(EstimatorConfig(device="cpu", threads=1))
    crops, infer = [], refiner.infer
    monkeypatch.setattr(refiner, "infer", lambda *told: crops.append(len(told[0])) or infer(*told))
    camera, image, drawn = assumed_camera(640, 480, 0.94), np.zeros((480, 640, 3), np.uint8), DrawnRefiner(refiner)
    maps = DrawnStageOne(Counting(), 3, camera, (512, 384)).infer(np.zeros((1, 384, 512, 3), np.uint8))
    found = decode_people(*(each[0] for each in maps), 8, DecodingConfig())
    people, _, kept = drawn.refine(image, found, camera, 2)
    assert people is found and kept.all()
    shown = Shown(None, np.array([[10.0, 10, 90, 200], [300, 50, 360, 220]]), np.array([0.9, 0.8]))
    others, joints = drawn.look_into(image, shown, camera)
    assert len(others) == len(joints) == 0 and crops == [2, 2]


def test_cores_are_compared_with_the_reference_in_turn():
    milliseconds, ratios = compare_cores(("selecsls", "resnet50"), threads=1, repeats=3, width=0.125)
    assert ratios["resnet50"] == (1.0, 1.0)
    assert all(0 < each for name in milliseconds for each in milliseconds[name])
    assert all(each > 0 for each in ratios["selecsls"])


def test_the_figures_go_to_a_file(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "_cores", lambda threads: {"selecsls_over_resnet50": 0.5})
    assert main(["bench", "--json", str(tmp_path / "figures.json"), "--frames", "10", "--threads", "1"]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["selecsls_over_resnet50"] == 0.5 and figures["people_found"] == 10
    assert figures["frames_per_second"] == pytest.approx(1e3 / figures["milliseconds_10_people"])
    # Of a process of its own: far less than this one has, into which other tests have loaded much.
    assert 50 < figures["peak_memory_mb"] < 600 and figures["seconds_to_first_result"] > 0
    assert "frames_per_second" in capsys.readouterr().out


def test_bad_options_are_named(capsys, tmp_path):
    assert main(["bench", "--frames", "3"]) == 2
    assert "--frames 3: 10 at least" in capsys.readouterr().err
    assert main(["bench", "--front-end", "blazepose"]) == 2
    assert "measures our own networks" in capsys.readouterr().err
