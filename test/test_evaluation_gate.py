"""The regression gate: a pipeline that is right passes, and each fault that is planted in it is found and named."""

from dataclasses import replace
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

from evaluation_scenes import labelled_sequence, LIVELY  # noqa: E402
from standing_model import ALONE, write_standing_model  # noqa: E402

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datatypes.config import MocapConfig, with_settings  # noqa: E402
from mocap_ros.datatypes.detections import Detections  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINT_MIRROR, KEYPOINT_MIRROR  # noqa: E402
from mocap_ros.evaluation import estimation  # noqa: E402
from mocap_ros.evaluation.estimation import Piece, predict  # noqa: E402
from mocap_ros.evaluation.gate import broken_limits, EXACT, TRAINED  # noqa: E402
from mocap_ros.evaluation.protocols import protocol_of  # noqa: E402
from mocap_ros.evaluation.scored_people import score_sequence  # noqa: E402
from mocap_ros.evaluation.signed_statistics import signed_statistics  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINTS  # noqa: E402
from mocap_ros.pipeline.estimator import Estimator  # noqa: E402

ROOTS = [[0.25, 0.1, 3.4]]  # m
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("standing")
    write_standing_model(folder, ROOTS, LIVELY)
    return folder


def broken(weights, stage=2, limits=EXACT):
    """Names of the limits that the pipeline breaks on the standing person."""
    estimation._estimator.cache_clear()
    config = with_settings(MocapConfig(), {"estimator.weights": str(weights), "estimator.threads": 1, **ALONE})
    sequence = labelled_sequence(3, roots=ROOTS)
    predictions = predict(Piece(sequence, 0, 3, stage, config))
    people = score_sequence(sequence, {each.frame: each for each in predictions}, JOINTS, protocol_of("synthetic"))
    lines = broken_limits(signed_statistics(people), limits)
    return {line.split()[0] for line in lines}


def detections_changed(monkeypatch, change):
    """Lets every detection go through `change`."""
    original = Estimator.detect
    monkeypatch.setattr(Estimator, "detect", lambda self, image: change(original(self, image)))


def joints_changed(monkeypatch, change):
    """Lets every Stage II answer go through `change`, joints (P, J, 3)."""
    original = Estimator.lift

    def lift(self, detections, image, camera):
        observation = original(self, detections, image, camera)
        return replace(observation, joints_relative=change(np.array(observation.joints_relative)))

    monkeypatch.setattr(Estimator, "lift", lift)


def moved(detections, offset):
    return Detections(detections.keypoints_px + np.float32(offset), detections.confidence, detections.scores,
                      detections.encodings)


def swapped(detections):
    return Detections(detections.keypoints_px[:, KEYPOINT_MIRROR], detections.confidence[:, KEYPOINT_MIRROR],
                      detections.scores, detections.encodings[:, KEYPOINT_MIRROR])


@pytest.mark.parametrize("stage", [2, 3])
def test_a_right_pipeline_passes(weights, stage):
    assert broken(weights, stage) == set()


@pytest.mark.parametrize("offset", [(0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5)])
def test_half_a_pixel_of_the_image_is_found(weights, monkeypatch, offset):
    detections_changed(monkeypatch, lambda found: moved(found, offset))
    assert broken(weights) == {"offset_x_px" if offset[0] else "offset_y_px"}


def test_pixels_scaled_without_their_centres_are_found(weights, monkeypatch):
    """u' = scale u instead of (u + 1/2) scale - 1/2: half a pixel at twice the network's size."""
    monkeypatch.setattr("mocap_ros.nets.image_input.Letterbox.to_image",
                        lambda self, pixels: np.asarray(pixels, float) / self.scale)
    assert broken(weights) == {"offset_x_px", "offset_y_px"}


def test_sides_exchanged_in_the_image_are_found(weights, monkeypatch):
    detections_changed(monkeypatch, swapped)
    for limits in (EXACT, TRAINED):
        assert "sides_2d" in broken(weights, limits=limits)


def test_sides_exchanged_in_3d_are_found(weights, monkeypatch):
    joints_changed(monkeypatch, lambda joints: joints[:, JOINT_MIRROR])
    for limits in (EXACT, TRAINED):
        assert "sides_3d" in broken(weights, limits=limits)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_flipped_axis_is_found(weights, monkeypatch, axis):
    sign = np.where(np.array(["x", "y", "z"]) == axis, -1, 1).astype(np.float32)
    joints_changed(monkeypatch, lambda joints: joints * sign)
    for limits in (EXACT, TRAINED):
        assert f"correlation_{axis}" in broken(weights, limits=limits)


def test_exchanged_axes_are_found(weights, monkeypatch):
    joints_changed(monkeypatch, lambda joints: joints[..., [0, 2, 1]])
    assert {"correlation_y", "correlation_z"} <= broken(weights, limits=TRAINED)


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_millimetres_are_found(weights, monkeypatch, factor):
    joints_changed(monkeypatch, lambda joints: joints * np.float32(factor))
    for limits in (EXACT, TRAINED):
        assert "size_ratio" in broken(weights, limits=limits)


def test_a_place_in_millimetres_is_found(weights, monkeypatch):
    original = estimation.fit_alone

    def in_millimetres(observation, camera, config):
        bodies = original(observation, camera, config)
        return bodies._replace(roots=bodies.roots * 1000)

    monkeypatch.setattr(estimation, "fit_alone", in_millimetres)
    assert broken(weights) == {"distance_ratio"}


def test_a_pipeline_that_sees_nobody_passes_nothing(weights, monkeypatch):
    empty = Detections(np.zeros((0, 20, 2)), np.zeros((0, 20)), np.zeros(0), np.zeros((0, 20, 21, 3)))
    detections_changed(monkeypatch, lambda found: empty)
    assert len(broken(weights)) == len(EXACT)


def test_the_shipped_weights_pass_on_the_demo_clip(tmp_path, capsys):
    """The small form of `mocap evaluate --dataset synthetic`: real networks, real command, 12 images."""
    assert main(["evaluate", "--dataset", "synthetic", "--root", str(ROOT / "demo"), "--every", "7", "--limit", "12",
                 "--processes", "1", "--no-plots", "--out", str(tmp_path)]) == 0
    assert "Passed." in capsys.readouterr().out
    scores = json.loads((tmp_path / "scores.json").read_text())["systems"]["xnect-small, stage 2"]
    assert scores["gate"] == [] and scores["images"] == 12
    assert scores["pose"]["pck"] > 50 and scores["coco"]["ap50"] > 0.4  # %, 0 to 1; far below what they reach
