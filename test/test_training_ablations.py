"""The ablations of Sec. 6.3.3: what Stage II reads, and which bones an encoding carries."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.datatypes.camera import assumed_camera  # noqa: E402
from mocap_ros.datatypes.detections import Detections  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.datatypes.skeleton import ENCODED_BONES, J, JOINTS, K, KEYPOINTS, PARENT_INDICES  # noqa: E402
from mocap_ros.nets.export import export_stage_two  # noqa: E402
from mocap_ros.nets.onnx_runtime import OnnxStageTwo  # noqa: E402
from mocap_ros.nets.stage_two import StageTwo  # noqa: E402
from mocap_ros.nets.stage_two_input import DENSE, features_of, FEATURES, PARTS, SPARSE, stage_two_input  # noqa: E402
from mocap_ros.training.targets import bone_vectors, make_targets  # noqa: E402
from mocap_ros.training.train_stage_one import StageOneTraining  # noqa: E402
from mocap_ros.training.train_stage_two import StageTwoTraining, stage_two_of, train_stage_two  # noqa: E402

CAMERA = assumed_camera(512, 320, 0.94)


def found(seed=2, people=3):
    generator = np.random.default_rng(seed)
    return Detections(generator.uniform(50, 250, (people, K, 2)), generator.uniform(0.3, 1, (people, K)),
                      np.ones(people), generator.normal(0, 0.2, (people, K, J, 3)))


def changed(detections, part, seed=5):
    """The detections with one part replaced by other numbers."""
    other = found(seed)
    parts = {"2d": detections.keypoints_px, "confidence": detections.confidence, "encodings": detections.encodings}
    parts[part] = {"2d": other.keypoints_px, "confidence": other.confidence, "encodings": other.encodings}[part]
    return Detections(parts["2d"], parts["confidence"], detections.scores, parts["encodings"])


@pytest.mark.parametrize("part", PARTS)
def test_stage_two_reads_its_part_and_those_before_it_and_no_other(part):
    torch.manual_seed(0)
    model = StageTwo(32, part).eval()
    answer = [model(torch.from_numpy(stage_two_input(each))).detach().numpy()
              for each in (found(), *(changed(found(), each) for each in PARTS))]
    for index, each in enumerate(PARTS, 1):
        reads = PARTS.index(each) <= PARTS.index(part)
        assert (np.abs(answer[index] - answer[0]).max() > 1e-4) == reads, each  # m


def test_parts_have_the_thesis_sizes():
    assert [int(features_of(part).sum()) for part in PARTS] == [2 * K, 3 * K, K * (3 + 3 * J)]
    assert FEATURES == K * (3 + 3 * J)


def test_an_exported_ablation_answers_as_it_was_trained(tmp_path):
    torch.manual_seed(1)
    model = StageTwo(32, "confidence").eval()
    export_stage_two(model, tmp_path / "stage_two.onnx", half_storage=False)
    engine = OnnxStageTwo(tmp_path / "stage_two.onnx")
    np.testing.assert_array_equal(engine.infer(found(), CAMERA), engine.infer(changed(found(), "encodings"), CAMERA))
    other = engine.infer(changed(found(), "confidence"), CAMERA)
    assert np.abs(engine.infer(found(), CAMERA) - other).max() > 1e-4  # m


def test_a_dense_model_reads_all_bones_and_a_sparse_one_those_that_meet(tmp_path):
    torch.manual_seed(1)
    model = StageTwo(32).eval()
    wrist, ankle = KEYPOINTS.index("r_wrist"), JOINTS.index("l_ankle")
    assert not ENCODED_BONES[wrist, ankle]
    far = np.array(found().encodings)
    far[:, wrist, ankle] += 1.0
    other = Detections(found().keypoints_px, found().confidence, found().scores, far)
    for supervision in (SPARSE, DENSE):
        path = tmp_path / f"{supervision}.onnx"
        export_stage_two(model, path, half_storage=False, supervision=supervision)
        engine = OnnxStageTwo(path)
        moved = np.abs(engine.infer(found(), CAMERA) - engine.infer(other, CAMERA)).max()
        assert (moved > 1e-4) == (supervision == DENSE)  # m


def test_dense_targets_carry_every_bone_at_every_keypoint():
    sample = people_sample([(0.0, 0.1, 4.0)])
    sparse, dense = make_targets(sample), make_targets(sample, supervision=DENSE)
    bones = bone_vectors(sample)[0]
    for name in ("r_wrist", "l_ankle"):
        column, row = np.floor((sample.keypoints_px[0, KEYPOINTS.index(name)] + 0.5) / 8).astype(int)
        np.testing.assert_allclose(dense.encodings[:, :, row, column], bones, atol=1e-6)  # m
        carried = PARENT_INDICES >= 0
        assert (dense.encoding_weights[:, row, column] == carried).all()
        assert sparse.encoding_weights[:, row, column].sum() < 8  # bones
    np.testing.assert_array_equal(dense.heatmaps, sparse.heatmaps)


def people(count=64, seed=0):
    generator = np.random.default_rng(seed)
    detections = found(seed, count)
    return (np.array(detections.keypoints_px), np.array(detections.confidence),
            np.array(detections.encodings, np.float16), generator.normal(0, 0.3, (count, J, 3)).astype(np.float32))


def test_the_switch_goes_through_training_and_checkpoint(tmp_path):
    from mocap_ros.training.checkpoint import load_checkpoint

    settings = StageTwoTraining(features=16, epochs=1, batch=32, input="2d", supervision=DENSE, threads=1)
    model, _ = train_stage_two(settings, people(), people(8, 1), tmp_path)
    checkpoint = load_checkpoint(tmp_path / "stage_two.pt")
    again = stage_two_of(checkpoint)
    assert checkpoint["settings"]["supervision"] == DENSE
    with torch.inference_mode():
        a, b = (each(torch.from_numpy(stage_two_input(found()))).numpy() for each in (model, again))
        c = again(torch.from_numpy(stage_two_input(changed(found(), "confidence")))).numpy()
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(b, c)


@pytest.mark.parametrize("settings, change, message", [
    (StageTwoTraining, {"input": "3d"}, "input = '3d': wanted one of 2d, confidence, encodings"),
    (StageTwoTraining, {"supervision": "both"}, "supervision = 'both': wanted one of sparse, dense"),
    (StageOneTraining, {"supervision": "both"}, "supervision = 'both': wanted one of sparse, dense"),
])
def test_other_choices_are_refused(settings, change, message):
    with pytest.raises(ConfigError, match=message):
        settings(**change)
