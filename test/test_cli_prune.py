"""`mocap prune` and `mocap quantize` write models that answer as before, or nearly, and say what changed."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

import cv2  # noqa: E402

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.nets.export import export_stage_one  # noqa: E402
from mocap_ros.nets.onnx_runtime import OnnxStageOne  # noqa: E402
from mocap_ros.nets.runtime import WEIGHTS  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.training.checkpoint import save_checkpoint  # noqa: E402
from test_nets_pruning import kill, lively  # noqa: E402


@pytest.fixture
def checkpoint(tmp_path):
    """Path of a checkpoint whose network has idle filters, the network, and how many they are."""
    model = lively(StageOne(0.25))
    killed = kill(model, 0.4, bias=-0.5)
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"average": model.state_dict(), "step": 1, "settings": {"width": 0.25}})
    return path, model, killed


def test_a_pruned_checkpoint_is_written_and_reported(checkpoint, tmp_path, capsys):
    path, model, killed = checkpoint
    stale = tmp_path / "pruned" / "stage_one_int8.onnx"
    stale.parent.mkdir()
    stale.write_bytes(b"of the network that was here before")
    assert main(["prune", str(path), "--out", str(tmp_path / "pruned"), "--threads", "1"]) == 0
    assert not stale.exists()
    said = capsys.readouterr().out
    before, after = next(line for line in said.splitlines() if line.startswith("filters")).split()[1:]
    assert 0.8 * killed <= int(before) - int(after) <= killed  # groups keep a few
    assert int(next(line for line in said.splitlines() if line.startswith("parameters")).split()[2]) < 0.7 * sum(
        each.numel() for each in model.parameters())
    export_stage_one(model, tmp_path / "whole.onnx")
    image = np.random.default_rng(1).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    for a, b in zip(*(OnnxStageOne(each, threads=1).infer(image)
                      for each in (tmp_path / "whole.onnx", tmp_path / "pruned" / "stage_one.onnx"))):
        assert np.abs(a - b).max() < 0.02  # both store weights in half precision, one of them with scales folded in


def test_a_scale_that_would_change_the_answers_is_refused(checkpoint, tmp_path, capsys):
    path, _, _ = checkpoint
    assert main(["prune", str(path), "--out", str(tmp_path / "pruned"), "--scale", "0.9"]) == 2
    assert "pruned at scale 0.9, the network answers otherwise" in capsys.readouterr().err
    assert not (tmp_path / "pruned").exists()
    assert main(["prune", str(path), "--out", str(tmp_path / "pruned"), "--stage-two", "absent.onnx"]) == 2
    assert "absent.onnx: no such weights file" in capsys.readouterr().err
    assert main(["prune", str(path), "--out", str(path / "pruned"), "--threads", "1"]) == 2
    assert "pruned: cannot be written (Not a directory)" in capsys.readouterr().err


def test_an_int8_model_is_written_with_its_cost(tmp_path, capsys):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    reader = cv2.VideoCapture(str(WEIGHTS.parents[1] / "demo" / "people.mp4"))
    for number in range(18):
        assert cv2.imwrite(str(pictures / f"{number:02d}.png"), cv2.resize(reader.read()[1], (320, 180)))
    (tmp_path / "int8").mkdir()
    (tmp_path / "int8" / "stage_two.onnx").write_bytes(b"left by another model")
    assert main(["quantize", str(pictures), "--out", str(tmp_path / "int8"), "--count", "9", "--threads", "1"]) == 0
    said = capsys.readouterr().out
    assert "scales from 9 images" in said and "people found in int8" in said
    picture = str(pictures / "00.png")
    out = str(tmp_path / "people.json")
    assert main(["detect", picture, "--json", out, "--weights", str(tmp_path / "int8"), "--device", "cpu",
                 "--set", "estimator.precision=int8"]) == 0
    capsys.readouterr()
    (tmp_path / "int8" / "stage_one.onnx").write_bytes(b"another network")
    assert main(["detect", picture, "--json", out, "--weights", str(tmp_path / "int8"), "--device", "cpu",
                 "--set", "estimator.precision=int8"]) == 2
    assert "stage_one_int8.onnx: not a copy of the stage_one.onnx beside it; `mocap quantize` makes one" \
        in capsys.readouterr().err
    assert main(["quantize", str(pictures), "--out", str(tmp_path / "few"), "--count", "2"]) == 2
    assert "2 calibration images: 8 at least" in capsys.readouterr().err
    assert main(["quantize", str(pictures), "--out", str(tmp_path / "few"), "--count", "0"]) == 2
    assert "--count 0: wanted 1 or more" in capsys.readouterr().err
    assert main(["quantize", str(pictures), "--out", picture, "--count", "9", "--threads", "1"]) == 2
    assert "00.png: cannot be written (File exists)" in capsys.readouterr().err
