"""Each evaluation leaves a line a set, and a picture of what was found."""

import csv

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.training.evaluation_log import EvaluationLog  # noqa: E402
from training_scenes import people_sample  # noqa: E402


def test_sets_are_scored_apart_and_pictures_kept(tmp_path, capsys):
    people = [people_sample([[x, 0.0, 4.0]], generator=np.random.default_rng(1)) for x in (-0.5, 0.5)]
    log = EvaluationLog({"held-out": people, "photographs": people[:1]}, tmp_path)
    torch.manual_seed(1)
    model = StageOne(0.125).eval()
    log(model, 10)
    log(model, 20)
    with (tmp_path / "validation.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["step"], row["set"]) for row in rows] == [
        ("10", "held-out"), ("10", "photographs"), ("20", "held-out"), ("20", "photographs")]
    assert all(0 <= float(row["average_precision"]) <= 1 for row in rows)
    said = capsys.readouterr().out
    assert "step 10, held-out: average_precision" in said and "step 20, photographs: " in said
    picture = cv2.imread(str(tmp_path / "examples.jpg"))
    assert picture.shape[1] == 1024 and picture.std() > 1
