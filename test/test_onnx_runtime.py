"""What is exported answers as the network does, and a file that is not right is named."""

from dataclasses import replace
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mocap_ros.datatypes.camera import assumed_camera  # noqa: E402
from mocap_ros.datatypes.config import EstimatorConfig  # noqa: E402
from mocap_ros.datatypes.detections import Detections, nobody  # noqa: E402
from mocap_ros.datatypes.errors import DeviceError, WeightsError  # noqa: E402
from mocap_ros.datatypes.skeleton import J, JOINT_MIRROR, K, KEYPOINT_MIRROR  # noqa: E402
from mocap_ros.nets import model_format, runtime  # noqa: E402
from mocap_ros.nets.export import export_stage_one, export_stage_two  # noqa: E402
from mocap_ros.nets.mean_lift import FEWEST_SEEN  # noqa: E402
from mocap_ros.nets.onnx_runtime import OnnxStageOne, OnnxStageTwo  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.nets.stage_two import StageTwo, symmetric_stage_two  # noqa: E402
from mocap_ros.nets.stage_two_input import stage_two_input  # noqa: E402

CAMERA = assumed_camera(640, 480, 0.94)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Folder of an exported model, and its networks with statistics that are not the initial ones."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(1)
    one, two = StageOne(0.125), StageTwo(32)
    with torch.no_grad():
        for module in list(one.modules()) + list(two.modules()):
            if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d)):
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.5, 2)
        one.branch_2d.head.weight.mul_(20)
    export_stage_one(one, folder / model_format.STAGE_ONE_FILE, half_storage=False)
    export_stage_two(two, folder / model_format.STAGE_TWO_FILE, half_storage=False)
    return folder, one.eval(), two.eval()


def some_people(people, seed=1):
    generator = np.random.default_rng(seed)
    seen = generator.random((people, K)) < 0.8
    return Detections(
        np.where(seen[..., None], generator.uniform(0, 400, (people, K, 2)), np.nan),
        np.where(seen, generator.uniform(0.2, 1, (people, K)), 0), np.ones(people),
        generator.normal(0, 0.2, (people, K, J, 3)) * seen[..., None, None],
    )


@pytest.mark.parametrize("size", [(64, 96), (160, 112)])
@pytest.mark.parametrize("batch", [1, 3])
def test_onnx_stage_one_answers_as_torch_at_two_sizes(model, size, batch):
    folder, one, _ = model
    images = np.random.default_rng(2).integers(0, 256, (batch, *size, 3), dtype=np.uint8)
    maps = OnnxStageOne(folder / model_format.STAGE_ONE_FILE).infer(images)
    with torch.no_grad():
        wanted = one(torch.from_numpy(images))
    rows, columns = size[0] // 8, size[1] // 8
    assert maps.heatmaps.shape == (batch, K, rows, columns)
    # Float32 sums of some thousand products, in another order.
    np.testing.assert_allclose(maps.heatmaps, torch.sigmoid(wanted.heatmap_logits), atol=2e-5)
    np.testing.assert_allclose(maps.part_affinity, wanted.part_affinity, atol=2e-4)
    np.testing.assert_allclose(maps.encodings, wanted.encodings, atol=2e-5)


def test_the_mirror_image_of_a_person_gets_the_mirror_image_of_stage_two(model):
    found = some_people(4)
    mirrored = Detections(found.keypoints_px[:, KEYPOINT_MIRROR] * [-1, 1], found.confidence[:, KEYPOINT_MIRROR],
                          found.scores, found.encodings[:, KEYPOINT_MIRROR][:, :, JOINT_MIRROR] * [-1, 1, 1])


    def asymmetry(two):
        with torch.no_grad():
            here, there = (two(torch.from_numpy(stage_two_input(each))).numpy() for each in (found, mirrored))
        return np.abs(there - here[:, JOINT_MIRROR] * [-1, 1, 1]).max()  # m

    assert asymmetry(symmetric_stage_two(model[2])) < 1e-6 < 1e-3 < asymmetry(model[2])


@pytest.mark.parametrize("people", [1, 5])
def test_onnx_stage_two_answers_as_torch_in_camera_axes(model, people):
    folder, _, two = model
    found = some_people(people)
    joints = OnnxStageTwo(folder / model_format.STAGE_TWO_FILE).infer(found, CAMERA)
    with torch.no_grad():
        wanted = symmetric_stage_two(two)(torch.from_numpy(stage_two_input(found))).numpy()
    assert joints.shape == (people, J, 3)
    # Turning does not change distances from the root; float32.
    np.testing.assert_allclose(np.linalg.norm(joints, axis=-1), np.linalg.norm(wanted, axis=-1), atol=1e-5)


def test_a_person_on_the_optical_axis_is_not_turned(model):
    folder, _, two = model
    found = some_people(1)
    points = np.nan_to_num(found.keypoints_px, nan=100.0)
    points = points + CAMERA.matrix[:2, 2] - points[:, 1:2]  # the neck onto the axis
    confidence = np.maximum(found.confidence, 0.1)
    found = Detections(points, confidence, found.scores, found.encodings)
    joints = OnnxStageTwo(folder / model_format.STAGE_TWO_FILE).infer(found, CAMERA)
    with torch.no_grad():
        wanted = symmetric_stage_two(two)(torch.from_numpy(stage_two_input(found))).numpy()
    np.testing.assert_allclose(joints, wanted, atol=1e-5)


def test_nobody_gives_no_joints_and_no_encodings_gives_nan(model):
    two = OnnxStageTwo(model[0] / model_format.STAGE_TWO_FILE)
    assert two.infer(nobody(with_encodings=True), CAMERA).shape == (0, J, 3)
    found = some_people(2)
    blind = Detections(found.keypoints_px, found.confidence, found.scores)
    assert np.isnan(two.infer(blind, CAMERA)).all()


def test_half_storage_is_smaller_and_nearly_the_same(model, tmp_path):
    folder, one, _ = model
    whole, half = folder / model_format.STAGE_ONE_FILE, tmp_path / "half.onnx"
    export_stage_one(one, half)
    assert half.stat().st_size < 0.75 * whole.stat().st_size  # the tiny test model is half graph
    images = np.random.default_rng(2).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    maps = [OnnxStageOne(path).infer(images).heatmaps for path in (whole, half)]
    # Float16 keeps 11 bits of each weight.
    np.testing.assert_allclose(*maps, atol=0.02)


def test_stage_two_input_ignores_place_and_size():
    found = some_people(3)
    moved = Detections(found.keypoints_px * 2.5 + [40, -7], found.confidence, found.scores, found.encodings)
    np.testing.assert_allclose(stage_two_input(moved), stage_two_input(found), atol=1e-5)


def test_stage_two_input_is_zero_where_nothing_is_seen():
    found = some_people(4)
    rows = stage_two_input(found).reshape(4, K, 3 + 3 * J)
    assert not rows[found.confidence == 0].any()
    empty = Detections(np.full((1, K, 2), np.nan), np.zeros((1, K)), np.zeros(1), np.zeros((1, K, J, 3)))
    assert not stage_two_input(empty).any()


def test_a_missing_a_truncated_and_a_foreign_file_are_named(model, tmp_path):
    folder = model[0]
    with pytest.raises(WeightsError, match="no such weights file"):
        OnnxStageOne(tmp_path / "absent.onnx")
    whole = (folder / model_format.STAGE_ONE_FILE).read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 10):
        path = tmp_path / "short.onnx"
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match="short.onnx"):
            OnnxStageOne(path)
    with pytest.raises(WeightsError, match="its stage is not"):
        OnnxStageOne(folder / model_format.STAGE_TWO_FILE)


def test_a_file_of_another_version_is_named(model, tmp_path, monkeypatch):
    monkeypatch.setattr(model_format, "FORMAT_VERSION", 7)
    with pytest.raises(WeightsError, match="format version 1, this program reads 7"):
        OnnxStageOne(model[0] / model_format.STAGE_ONE_FILE)


def test_a_file_with_other_joints_is_named(model, monkeypatch):
    monkeypatch.setattr(model_format, "JOINTS", model_format.JOINTS[::-1])
    with pytest.raises(WeightsError, match="its joints is not"):
        OnnxStageTwo(model[0] / model_format.STAGE_TWO_FILE)


def test_the_engine_says_what_it_runs_on_and_unknown_weights_are_named(model):
    one, _ = runtime.load_estimator(EstimatorConfig(weights=str(model[0]), device="cpu", threads=1))
    assert one.description.startswith("ONNX Runtime on the CPU, 1 thread, fp32 (as asked)")
    assert one.input_size == (512, 320) and one.stride == 8
    with pytest.raises(WeightsError, match="weights 'nowhere': no such folder"):
        runtime.load_estimator(EstimatorConfig(weights="nowhere"))


def test_lift_counts_half_for_people_who_are_seen_nearly_whole(model):
    settings = EstimatorConfig(weights=str(model[0]), device="cpu", threads=1)
    together = runtime.load_estimator(settings)[1]
    alone = runtime.load_estimator(replace(settings, mean_with_lift=False))[1]
    found = some_people(3)
    seen = np.arange(K) < np.array([[FEWEST_SEEN - 1], [FEWEST_SEEN], [K]])
    found = Detections(np.where(seen[..., None], np.nan_to_num(found.keypoints_px, nan=50.0), np.nan),
                       np.where(seen, 0.5, 0), found.scores, found.encodings * seen[..., None, None])
    joints, one, other = (each.infer(found, CAMERA) for each in (together, alone, runtime.load_lift(settings)))
    np.testing.assert_array_equal(joints[0], one[0])
    np.testing.assert_allclose(joints[1:], (one[1:] + other[1:]) / 2, atol=1e-6)  # m, float32
    assert np.isnan(together.infer(Detections(found.keypoints_px, found.confidence, found.scores), CAMERA)).all()
    assert together.infer(nobody(with_encodings=True), CAMERA).shape == (0, J, 3)


def test_a_model_may_bring_a_network_for_closer_looks(model, tmp_path):
    folder = shutil.copytree(model[0], tmp_path / "model")
    settings = EstimatorConfig(weights=str(folder), device="cpu", threads=1)
    assert runtime.load_closer_look(settings) is None
    shutil.copyfile(folder / model_format.STAGE_ONE_FILE, folder / model_format.CLOSER_LOOK_FILE)
    for precision in ("auto", "int8"):  # int8 is made of Stage I alone
        closer = runtime.load_closer_look(replace(settings, precision=precision))
        assert closer.infer(np.zeros((1, 64, 64, 3), np.uint8)).heatmaps.shape == (1, K, 8, 8)


def test_a_named_device_that_is_missing_is_an_error_and_auto_is_not(model, monkeypatch):
    monkeypatch.setattr(runtime.onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    for device in ("cuda", "tensorrt"):
        with pytest.raises(DeviceError, match=f"device '{device}': "):
            runtime.load_estimator(EstimatorConfig(weights=str(model[0]), device=device))
    one, _ = runtime.load_estimator(EstimatorConfig(weights=str(model[0]), device="auto"))
    assert "auto: " in one.description
