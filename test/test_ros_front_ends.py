"""The installed capture node with a stranger's model in front, as a process: people, counts, and what does not fit."""

import importlib.util

import numpy as np
import pytest
from ros_driver import end, refusal, RELIABLE_IMAGES, start
from standing_model import CAMERA, HEIGHT, standing_people, WIDTH
from tiny_models import write_constant_model, write_heatmap_model, write_yaml

from mocap_ros.datatypes.skeleton import COCO_17, index_map, KEYPOINTS

ROOTS = np.array([[-0.6, 0.1, 3.5], [0.7, 0.1, 4.0]])  # m, camera frame
NEAR = 0.6  # m; depth comes from a body of assumed height and a network's guess of the pose
CPU = "estimator.device:=cpu"
KIND = "front_end.kind:=onnx"


def standing_rows():
    """A one-stage model's rows of two people who stand in CAMERA, one candidate of NaN, and many of nobody."""
    people = standing_people(ROOTS)[0][:, index_map(KEYPOINTS, COCO_17)]
    rows = np.zeros((100, 56))
    for row, person in zip(rows, people):
        low, high = person.min(0), person.max(0)
        row[:5] = *((low + high) / 2), *(high - low), 0.9
        row[5:] = np.concatenate([person, np.full((17, 1), 0.9)], 1).ravel()
    rows[0, 5 + 2] = np.nan  # the first person's nose has no confidence
    rows[2] = np.nan
    return rows


def test_a_strangers_model_gives_people_and_its_nonsense_is_counted(driver, tmp_path):
    write_constant_model(tmp_path / "one.onnx", {"output0": [standing_rows()]}, WIDTH, HEIGHT)
    description = write_yaml(tmp_path / "one.yaml", {
        "kind": "one_stage", "file": "one.onnx", "joints": "coco_17", "input": {"width": WIDTH, "height": HEIGHT},
        "output": {"kind": "yolo"}})
    capture = start("capture_node", KIND, f"front_end.model:={description}", CPU, RELIABLE_IMAGES)
    try:
        driver.wait_for(lambda: driver.images.get_subscription_count() and driver.models, "capture node")
        for _ in range(8):
            message = driver.show()
        found = sorted((each.root.position.x, each.root.position.y, each.root.position.z) for each in message.people)
        np.testing.assert_allclose(found, ROOTS, atol=NEAR)
        driver.wait_for(lambda: int(driver.value("capture", "people whose score is NaN") or 0) >= 8, "counts")
        assert int(driver.value("capture", "keypoints whose confidence is not 0 to 1")) >= 8
        assert "one.onnx" in driver.value("capture", "engine")
    finally:
        end(capture)


@pytest.mark.parametrize("parameters, problem", [
    ((KIND,), "needs front_end.model"),
    ((KIND, "front_end.model:=/no/such.yaml"), "/no/such.yaml': no such file"),
    ((KIND, "front_end.model:=YAML"), "answers with 17 joints, its description names 16"),
    (("front_end.kind:=openpose",), "wanted one of xnect, blazepose, onnx"),
    pytest.param(("front_end.kind:=blazepose",), 'mediapipe is not installed here', marks=pytest.mark.skipif(
        importlib.util.find_spec("mediapipe") is not None, reason="mediapipe is installed")),
])
def test_what_the_user_can_mend_is_one_line_and_status_2(tmp_path, parameters, problem):
    description = write_heatmap_model(tmp_path, 64, 96, joints=list(COCO_17[:16]))
    assert problem in refusal("capture_node", *(each.replace("YAML", str(description)) for each in parameters), CPU)


def test_the_camera_of_these_tests_is_the_assumed_one():
    assert (CAMERA.width, CAMERA.height) == (WIDTH, HEIGHT) and not CAMERA.calibrated
