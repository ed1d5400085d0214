"""A user's own model: every usual kind finds dots where they are; what does not fit is named before the first image."""

from collections import Counter
import json

import cv2
import numpy as np
import pytest
from tiny_models import dots, RADIUS, standing, write_constant_model, write_heatmap_model, write_simcc_model, write_yaml
import yaml

from mocap_ros.cli.main import main
from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.errors import ConfigError, MocapError, WeightsError
from mocap_ros.datatypes.skeleton import COCO_17, KEYPOINTS, index_map
from mocap_ros.front_ends.model_output import read_heatmaps
from mocap_ros.front_ends.onnx_front_end import OnnxFrontEnd
from mocap_ros.pipeline.timing import StageTimer

WIDTH, HEIGHT = 640, 360
ORDER = index_map(KEYPOINTS, COCO_17)
SIZE = {"width": 192, "height": 256}


def front_end(description, **settings):
    changes = {"front_end.kind": "onnx", "front_end.model": str(description), "estimator.device": "cpu",
               "estimator.threads": 1, **{f"front_end.{name}": value for name, value in settings.items()}}
    return OnnxFrontEnd(with_settings(MocapConfig(), changes), StageTimer())


def boxes_of(people, margin=15.0):
    """Rows of a person detector: corners, score, class."""
    return [[*(person.min(0) - margin), *(person.max(0) + margin), 0.9 - 0.1 * k, 0] for k, person in enumerate(people)]


def with_detector(folder, description, people):
    """The YAML of a top-down model with a person detector that sees `people` in a WIDTH x HEIGHT image."""
    write_constant_model(folder / "people.onnx", {"boxes": [boxes_of(people)]}, WIDTH, HEIGHT)
    content = yaml.safe_load(description.read_text())
    content["people"] = {"file": "people.onnx", "input": {"width": WIDTH, "height": HEIGHT},
                         "output": {"kind": "boxes"}}
    return write_yaml(description, content)


@pytest.mark.parametrize("write", [write_heatmap_model, write_simcc_model])
def test_top_down_finds_everybody_by_a_detectors_boxes(tmp_path, write):
    people = [standing(80, 60, 24), standing(380, 70, 22)]
    image = dots(people, WIDTH, HEIGHT)
    found = front_end(with_detector(tmp_path, write(tmp_path, 192, 256, radius=6), people)).detect(image)
    assert len(found) == 2 and found.encodings is None
    order = np.argsort(found.keypoints_px[:, 0, 0])
    # The crop is about 1.4 image pixels an input pixel; dots are found to about one input pixel.
    np.testing.assert_allclose(found.keypoints_px[order][:, ORDER], people, atol=2.0)
    assert (found.confidence[:, ORDER] > 0.3).all()


def test_neck_and_pelvis_are_put_half_way_and_the_head_top_stays_unseen(tmp_path):
    people = [standing(80, 60, 24)]
    found = front_end(with_detector(tmp_path, write_heatmap_model(tmp_path, 192, 256, 6), people)
                      ).detect(dots(people, WIDTH, HEIGHT))
    at = {name: found.keypoints_px[0, k] for k, name in enumerate(KEYPOINTS)}
    np.testing.assert_allclose(at["neck"], (at["l_shoulder"] + at["r_shoulder"]) / 2, atol=1e-4)  # px, float32
    np.testing.assert_allclose(at["pelvis"], (at["l_hip"] + at["r_hip"]) / 2, atol=1e-4)
    assert np.isnan(at["head_top"]).all() and found.confidence[0, KEYPOINTS.index("head_top")] == 0


def test_left_and_right_keep_their_names(tmp_path):
    people = [standing(80, 60, 24)]
    found = front_end(with_detector(tmp_path, write_heatmap_model(tmp_path, 192, 256, 6), people)
                      ).detect(dots(people, WIDTH, HEIGHT, skip=("l_wrist", "l_elbow")))
    assert found.confidence[0, KEYPOINTS.index("l_wrist")] == 0
    assert np.isnan(found.keypoints_px[0, KEYPOINTS.index("l_elbow")]).all()
    assert found.confidence[0, KEYPOINTS.index("r_wrist")] > 0.3


def test_without_a_detector_the_whole_image_is_first_and_the_box_follows_the_person(tmp_path):
    person, width, height = standing(60, 60, 24), 400, 340
    follower = front_end(write_heatmap_model(tmp_path, 192, 256, radius=6), detection_interval=1000,
                         minimum_confidence=0.1, minimum_score=0.1)
    errors = []
    for step in range(20):
        moved = person + [8 * step, 0]
        found = follower.detect(dots([moved], width, height))
        assert len(found) == 1, step
        errors.append(np.abs(found.keypoints_px[0, ORDER] - moved).max())
    # In the whole image an input pixel is 2.6 px and neighbouring dots flow together; in the person's region 1.7 px.
    assert errors[0] < 4.0 and max(errors[2:]) < 2.0
    assert len(follower.detect(np.zeros((height, width, 3), np.uint8))) == 0


def test_a_batch_of_one_is_enough(tmp_path):
    people = [standing(80, 60, 24), standing(380, 70, 22)]
    description = write_heatmap_model(tmp_path, 192, 256, radius=6, batch=1)
    assert len(front_end(with_detector(tmp_path, description, people)).detect(dots(people, WIDTH, HEIGHT))) == 2


def yolo_rows(people, scores, classes=1):
    """(candidates, 4 + classes + 51): centre, size, class scores and joints with confidence 0.8."""
    rows = []
    for person, score in zip(people, scores):
        low, high = person.min(0), person.max(0)
        joints = np.concatenate([person, np.full((17, 1), 0.8)], 1).ravel()
        rows.append([*((low + high) / 2), *(high - low), score, *[0.99] * (classes - 1), *joints])
    return np.array(rows)


@pytest.mark.parametrize("transposed", [True, False])
@pytest.mark.parametrize("classes", [1, 3])
def test_one_stage_suppresses_doubles_and_maps_through_the_letterbox(tmp_path, transposed, classes):
    people = [standing(20, 40, 12), standing(200, 60, 14)]  # in the input's pixels, 320 x 320
    rows = yolo_rows([people[0], people[0] + 1, people[1], people[1]], [0.6, 0.9, 0.8, 0.1], classes)
    rows = np.concatenate([rows, np.zeros((200, rows.shape[1]))])  # a head has far more candidates than numbers a row
    write_constant_model(tmp_path / "one.onnx", {"output0": [rows.T if transposed else rows]}, 320, 320)
    description = write_yaml(tmp_path / "one.yaml", {
        "kind": "one_stage", "file": "one.onnx", "joints": "coco_17", "input": {"width": 320, "height": 320},
        "output": {"kind": "yolo"}})
    found = front_end(description).detect(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    assert found.scores.tolist() == pytest.approx([0.9, 0.8])
    # 640 x 360 fits 320 x 320 at half size, 70 grey rows above: image = (input + 0.5) 2 - 0.5, less 140 rows.
    wanted = (np.array([people[0] + 1, people[1]]) + 0.5) * 2 - 0.5 - [0, 140]
    inside = ((wanted >= -0.5) & (wanted <= [WIDTH - 0.5, HEIGHT - 0.5])).all(-1)
    assert 0.5 < inside.mean() < 1  # some joints lie above the image
    np.testing.assert_allclose(found.keypoints_px[:, ORDER][inside], wanted[inside], atol=0.01)  # px, float32
    assert np.isnan(found.keypoints_px[:, ORDER][~inside]).all()


def test_a_head_that_suppresses_by_itself_is_read_too(tmp_path):
    person = standing(50, 110, 12)
    triples = np.concatenate([person, np.full((17, 1), 0.7)], 1).ravel()
    row = [*person.min(0), *person.max(0), 0.9, 0, *triples]
    other = [*person.min(0), *person.max(0), 0.9, 16, *triples]  # a dog
    write_constant_model(tmp_path / "one.onnx", {"out": [[row, other, [0] * len(row)]]}, 320, 320)
    description = write_yaml(tmp_path / "one.yaml", {
        "kind": "one_stage", "file": "one.onnx", "joints": "coco_17", "input": {"width": 320, "height": 320},
        "output": {"kind": "yolo_end_to_end"}})
    found = front_end(description).detect(np.zeros((320, 320, 3), np.uint8))
    np.testing.assert_allclose(found.keypoints_px[:, ORDER], [person], atol=0.01)


def test_nan_is_counted_and_the_others_stay(tmp_path):
    people = [standing(20, 40, 12), standing(200, 60, 14)]
    rows = np.concatenate([yolo_rows(people, [0.9, 0.8]), np.full((1, 56), np.nan), np.zeros((200, 56))])
    rows[0, 5] = np.nan  # the first person's nose
    rows[1, 5:7] = 4000  # the second one's nose is far outside
    write_constant_model(tmp_path / "one.onnx", {"output0": [rows]}, 320, 320)
    description = write_yaml(tmp_path / "one.yaml", {
        "kind": "one_stage", "file": "one.onnx", "joints": "coco_17", "input": {"width": 320, "height": 320},
        "output": {"kind": "yolo"}})
    source = front_end(description)
    found = source.detect(np.zeros((320, 320, 3), np.uint8))
    assert len(found) == 2 and found.confidence[:, KEYPOINTS.index("nose")].tolist() == [0, 0]
    assert source.problems == Counter({"people whose score is NaN": 1, "keypoints that are NaN or infinite": 1,
                                       "keypoints outside the image": 1})


def test_a_maximum_between_two_cells_is_found_there():
    rows, columns = np.mgrid[:20, :16]
    centre = np.array([7.3, 11.8])
    heatmaps = np.exp(-((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2) / 8)[None, None]
    points, confidence = read_heatmaps(heatmaps, (64, 80), 1.5)
    np.testing.assert_allclose(points[0, 0], centre * 4 + 1.5, atol=0.15)  # px; a parabola is not quite a Gaussian
    assert confidence[0, 0] == pytest.approx(heatmaps.max())


@pytest.mark.parametrize("change, error, text", [
    ({"kind": "bottom_up"}, ConfigError, "kind = 'bottom_up': wanted one of top_down, one_stage"),
    ({"joints": "coco_18"}, ConfigError, "joint name 'coco_18': wanted one of coco_17, rep155_18, mocap_20"),
    ({"joints": ["nose", "l_sholder"]}, ConfigError, "joint name 'l_sholder'"),
    ({"joints": ["nose", "nose"]}, ConfigError, "'nose' comes twice"),
    ({"joints": list(COCO_17[:16])}, WeightsError, "answers with 17 joints, its description names 16"),
    ({"input": {"width": 192}}, ConfigError, "no entry 'input.height'"),
    ({"input": {**SIZE, "colour": "hsv"}}, ConfigError, "input.colour = 'hsv': wanted one of rgb, bgr"),
    ({"input": {**SIZE, "mean": [1, 2]}}, ConfigError, "input.mean = [1, 2]: wanted three numbers"),
    ({"input": {**SIZE, "deviation": 0}}, ConfigError, "all must be positive"),
    ({"input": {**SIZE, "widht": 192}}, ConfigError, "unknown entry 'input.widht'. Known: width, height"),
    ({"input": {"width": 256, "height": 192}}, WeightsError, "description says nchw of 256 x 192 px"),
    ({"input": {**SIZE, "layout": "nhwc"}}, WeightsError, "description says nhwc"),
    ({"output": {"kind": "heatmaps", "names": ["maps"]}}, WeightsError, "no output 'maps'. Available: heatmaps"),
    ({"output": {"kind": "simcc"}}, WeightsError, "has 1 outputs (heatmaps), kind simcc wants 2"),
    ({"output": {"kind": "yolo"}}, ConfigError, "output.kind = 'yolo': wanted one of heatmaps, simcc"),
    ({"file": "missing.onnx"}, WeightsError, "missing.onnx: no such weights file"),
    ({"file": "pose.yaml"}, WeightsError, "pose.yaml: damaged weights file"),
    ({"people": {"file": "pose.onnx", "input": SIZE, "output": {"kind": "boxes"}}}, WeightsError, "boxes have"),
])
def test_what_does_not_fit_is_named_before_the_first_image(tmp_path, change, error, text):
    description = write_heatmap_model(tmp_path, 192, 256, **change)
    with pytest.raises(error) as raised:
        front_end(description)
    assert text in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("content, text", [
    ("", "wanted entries 'name: value'"), ("- a", "wanted entries"), ("a: [", "not a YAML"),
    ("kind: top_down", "'file'"),
])
def test_a_file_that_is_no_description_is_named(tmp_path, content, text):
    path = tmp_path / "pose.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError) as raised:
        front_end(path)
    assert text in str(raised.value) and "\n" not in str(raised.value)


def test_the_description_is_asked_for(tmp_path):
    with pytest.raises(ConfigError, match="needs front_end.model"):
        front_end("")
    with pytest.raises(MocapError, match="no such file; wanted a YAML"):
        front_end(tmp_path / "no.yaml")


def test_the_command_line_takes_a_model(tmp_path, capsys):
    people = [standing(80, 60, 24), standing(380, 70, 22)]
    description = with_detector(tmp_path, write_heatmap_model(tmp_path, 192, 256, 6), people)
    (tmp_path / "images").mkdir()
    for number in range(6):
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), dots(people, WIDTH, HEIGHT))
    front = ["--front-end", "onnx", "--front-end-model", str(description), "--device", "cpu"]
    assert main(["detect", str(tmp_path / "images" / "0.png"), "--json", str(tmp_path / "out.json"), *front]) == 0
    record, = json.loads((tmp_path / "out.json").read_text())
    assert len(record["persons"]) == 2 and np.abs(record["persons"][0]["joints"]).max() > 0.3  # m: 3D from keypoints
    assert main(["run", str(tmp_path / "images"), "--out", str(tmp_path / "out"), *front]) == 0
    assert len(list((tmp_path / "out").glob("*.bvh"))) == 2
    capsys.readouterr()
    assert main(["run", str(tmp_path / "images"), "--out", str(tmp_path / "more"), *front[:2]]) == 2
    assert "needs front_end.model" in capsys.readouterr().err


def test_dots_are_small_enough_to_be_apart():
    person = standing(0, 0, 22)
    distance = np.linalg.norm(person[:, None] - person[None], axis=-1) + 1e3 * np.eye(17)
    assert distance.min() > 2 * RADIUS
