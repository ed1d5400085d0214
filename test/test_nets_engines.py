"""Every engine answers as PyTorch in float32 does, and `auto` says what it took and why."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import cv2  # noqa: E402

from mocap_ros.datatypes.config import DecodingConfig, EstimatorConfig, MocapConfig  # noqa: E402
from mocap_ros.datatypes.errors import DeviceError, WeightsError  # noqa: E402
from mocap_ros.decoding.device_candidates import DeviceCandidates  # noqa: E402
from mocap_ros.decoding.people import decode_people  # noqa: E402
from mocap_ros.front_ends.xnect import XNectFrontEnd  # noqa: E402
from mocap_ros.nets import runtime  # noqa: E402
from mocap_ros.nets.export import export_stage_one  # noqa: E402
from mocap_ros.nets.image_input import letterbox_image, resize_weights  # noqa: E402
from mocap_ros.nets.onnx_network import OnnxNetwork  # noqa: E402
from mocap_ros.nets.onnx_runtime import OnnxStageOne  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.nets.torch_runtime import TorchStageOne  # noqa: E402
from mocap_ros.pipeline.timing import StageTimer  # noqa: E402
from test_decoding import draw_maps, standing_person, STRIDE  # noqa: E402

SHIPPED = runtime.WEIGHTS / "xnect-small" / "stage_one.onnx"


def image_of(height, width, seed=1):
    """Smooth colours: neighbouring pixels of a photograph are alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 16 + 2, width // 16 + 2, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("core", ["selecsls", "selecsls-additive-previous", "resnet34", "resnet50"])
def test_a_file_runs_in_pytorch_as_the_network_it_came_from(core, tmp_path):
    torch.manual_seed(2)
    model = StageOne(0.125, core).eval()
    export_stage_one(model, tmp_path / "one.onnx", half_storage=False)
    images = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        wanted = model(images)
        found = OnnxNetwork(tmp_path / "one.onnx")(images)
    for a, b in zip(found, (torch.sigmoid(wanted.heatmap_logits), wanted.part_affinity, wanted.encodings)):
        torch.testing.assert_close(a, b, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("precision, tolerance", [("fp32", 1e-4), ("bf16", 0.15)])
def test_the_shipped_file_answers_alike_in_both_engines(precision, tolerance):
    """bfloat16 keeps 8 bits; sixty layers of it move maps of order 1 by some hundredths."""
    image = letterbox_image(image_of(240, 320), (256, 160))[0][None]
    ours = TorchStageOne(SHIPPED, "cpu", precision).infer(image)
    theirs = OnnxStageOne(SHIPPED, threads=1).infer(image)
    for a, b in zip(ours, theirs):
        assert a.dtype == np.float32 and a.shape == b.shape
        np.testing.assert_allclose(a, b, atol=tolerance)


def test_several_cameras_go_in_one_batch():
    engine = TorchStageOne(SHIPPED, "cpu", "fp32")
    images = np.stack([image_of(96, 128, seed) for seed in (1, 2, 3)])
    together = engine.infer(images)
    for number in range(3):
        for a, b in zip(together, engine.infer(images[number:number + 1])):
            np.testing.assert_allclose(a[number], b[0], atol=1e-4)


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (640, 480), (125, 150), (333, 517), (1281, 721)])
def test_resizing_by_matrices_is_the_letterbox(size):
    image = image_of(size[1], size[0])
    resized, letterbox = letterbox_image(image, (512, 320))
    wanted = resized[:letterbox.resized_height, :letterbox.resized_width]
    rows, columns = resize_weights(letterbox)
    found = np.einsum("hy,yxc,wx->hwc", rows, image.astype(np.float32), columns, optimize=True)
    assert np.abs(found - wanted).max() <= 2.01  # grey levels; each halving rounds, and linear works in fixed point


def test_candidates_on_a_device_become_the_same_people():
    people = [standing_person(60 + 90 * n, 300, 150 + 20 * n) for n in range(5)]
    heatmaps, fields = (np.asarray(each, np.float32) for each in draw_maps(people))
    generator = np.random.default_rng(3)
    heatmaps = np.clip(heatmaps + generator.uniform(0, 0.05, heatmaps.shape), 0, 1).astype(np.float32)
    encodings = generator.normal(0, 0.2, (21, 3) + heatmaps.shape[1:]).astype(np.float32)
    wanted = decode_people(heatmaps, fields, encodings, STRIDE, DecodingConfig())
    assert len(wanted) == 5

    found = front_end_of(Maps(heatmaps, fields, encodings)).detect(np.zeros((16, 16, 3), np.uint8))
    np.testing.assert_allclose(found.keypoints_px, wanted.keypoints_px, atol=0.01)  # px; float32
    np.testing.assert_allclose(found.confidence, wanted.confidence, atol=1e-5)
    np.testing.assert_allclose(found.encodings, wanted.encodings, atol=1e-4)


def test_nobody_on_a_device_is_nobody():
    maps = Maps(np.zeros((20, 10, 16), np.float32), np.zeros((23, 2, 10, 16), np.float32),
                np.zeros((21, 3, 10, 16), np.float32))
    found = front_end_of(maps).detect(np.zeros((16, 16, 3), np.uint8))
    assert len(found) == 0 and found.encodings.shape == (0, 20, 21, 3)


def test_peaks_on_a_plateau_and_at_the_border_are_those_of_the_cpu():
    generator = np.random.default_rng(4)
    heatmaps = np.round(generator.uniform(0, 1, (20, 12, 18)), 1).astype(np.float32)  # many equal neighbours
    from mocap_ros.decoding.peaks import find_peaks

    wanted = find_peaks(heatmaps, 0.3)
    read_out = DeviceCandidates()
    peaks, _, _ = read_out.on_cpu(*(each.numpy() for each in read_out(
        torch.from_numpy(heatmaps)[None], torch.zeros(1, 23, 2, 12, 18), torch.zeros(1, 21, 3, 12, 18),
        torch.tensor([0.3, 0.2, 0.7]))))

    def ordered(found):
        rows = np.column_stack([found.keypoint, found.score, found.cells])
        return rows[np.lexsort(rows.T[::-1])]

    np.testing.assert_allclose(ordered(peaks), ordered(wanted), atol=1e-5)


def test_the_whole_way_on_a_device_is_the_way_on_the_cpu():
    """Network and candidates in one, against ONNX Runtime and numpy; every keypoint within 0.1 px.

    The image has the input's size already: how a resize rounds decides between two peaks that are equally high.
    """
    reader = cv2.VideoCapture(str(runtime.WEIGHTS.parents[1] / "demo" / "people.mp4"))
    engines = OnnxStageOne(SHIPPED, threads=1), TorchStageOne(SHIPPED, "cpu", "fp32")
    image, letterbox = letterbox_image(reader.read()[1], engines[0].input_size)
    assert letterbox_image(image, engines[0].input_size)[1].scale.tolist() == [1, 1]
    found = [XNectFrontEnd(engine, MocapConfig(), StageTimer()).detect(image) for engine in engines]
    assert len(found[0]) == len(found[1]) > 0
    seen = found[0].confidence > 0
    assert seen.sum() > 40 and (seen == (found[1].confidence > 0)).all()
    assert np.linalg.norm(found[0].keypoints_px - found[1].keypoints_px, axis=-1)[seen].max() < 0.1


def test_people_are_the_same_where_the_device_resizes():
    """The resize too, against OpenCV: it rounds differently by a grey level, people lie within 0.1 px but for
    the few keypoints of which two peaks are equally high."""
    image = cv2.VideoCapture(str(runtime.WEIGHTS.parents[1] / "demo" / "people.mp4")).read()[1]
    found = [XNectFrontEnd(engine, MocapConfig(), StageTimer()).detect(image)
             for engine in (OnnxStageOne(SHIPPED, threads=1), TorchStageOne(SHIPPED, "cpu", "fp32"))]
    assert len(found[0]) == len(found[1]) > 0
    surely = found[0].confidence > 0.3
    away = np.linalg.norm(found[0].keypoints_px - found[1].keypoints_px, axis=-1)[surely]
    assert surely.sum() > 40
    assert np.nanquantile(away, 0.95) < 0.1 * image.shape[1] / 512  # 0.1 px of the network's input


class Maps:
    """An engine that answers the same maps to every image, on the way that a GPU's engine goes."""

    input_size, stride, description = (512, 320), STRIDE, "maps"

    def __init__(self, *maps):
        self.maps = [torch.from_numpy(np.ascontiguousarray(each))[None] for each in maps]

    def read(self, image, size, read_out, values):
        class Same:
            @staticmethod
            def to_image(pixels):
                return pixels
        return tuple(each.numpy() for each in read_out(*self.maps, torch.tensor(values))), Same


def front_end_of(engine):
    return XNectFrontEnd(engine, MocapConfig(), StageTimer())


def test_an_operator_that_is_not_known_is_named(tmp_path):
    import onnx
    from onnx import helper

    node = helper.make_node("Erf", ["x"], ["y"])
    info = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    onnx.save(helper.make_model(helper.make_graph([node], "g", info[:1], info[1:])), str(tmp_path / "erf.onnx"))
    with pytest.raises(WeightsError, match="operator Erf cannot run in PyTorch"):
        OnnxNetwork(tmp_path / "erf.onnx")
    with pytest.raises(WeightsError, match="no such weights file"):
        OnnxNetwork(tmp_path / "absent.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"rubbish")
    with pytest.raises(WeightsError, match="bad.onnx"):
        TorchStageOne(tmp_path / "bad.onnx", "cpu")


def nothing_missing(*but):
    return {engine: "" if engine in but or engine == "onnxruntime" else f"no {engine} here" for engine in
            ("tensorrt", "torch", "onnxruntime-cuda", "onnxruntime")}


def opened(monkeypatch, config, here, broken=()):
    """Names of the engines that were tried, and the description that came out."""
    tried = []

    class Engine:
        description = "engine"

    def open_one(engine, folder, precision, threads):
        tried.append((engine, precision))
        if engine in broken:
            raise DeviceError(f"{engine} fell over")
        found = Engine()
        found.description = engine
        return found

    monkeypatch.setattr(runtime, "why_missing", lambda engine: nothing_missing(*here)[engine])
    monkeypatch.setattr(runtime, "_open", open_one)
    return tried, runtime.load_estimator(config)[0].description


def test_auto_takes_the_first_that_works_and_says_why(monkeypatch):
    tried, said = opened(monkeypatch, EstimatorConfig(), ("tensorrt", "torch"))
    assert tried == [("tensorrt", "fp16")] and "auto: the fastest that is here" in said
    tried, said = opened(monkeypatch, EstimatorConfig(), ("tensorrt", "torch"), broken=("tensorrt",))
    assert tried == [("tensorrt", "fp16"), ("torch", "fp16")]
    assert said.startswith("torch (auto: tensorrt fell over)")
    tried, said = opened(monkeypatch, EstimatorConfig(), ())
    assert tried == [("onnxruntime", "fp32")]
    assert "no tensorrt here; no torch here; no onnxruntime-cuda here" in said


def test_a_named_device_never_falls_back(monkeypatch):
    with pytest.raises(DeviceError, match="device 'tensorrt': tensorrt fell over"):
        opened(monkeypatch, EstimatorConfig(device="tensorrt"), ("tensorrt",), broken=("tensorrt",))
    with pytest.raises(DeviceError, match="device 'cuda': no torch here; no onnxruntime-cuda here"):
        opened(monkeypatch, EstimatorConfig(device="cuda"), ("tensorrt",))
    with pytest.raises(DeviceError, match="device 'cpu': onnxruntime has no fp16 .it has fp32, int8."):
        opened(monkeypatch, EstimatorConfig(device="cpu", precision="fp16"), ())


def test_a_named_device_asks_after_no_other_engine(monkeypatch):
    """Looking imports an engine's library, which takes seconds."""
    asked = []
    monkeypatch.setattr(runtime, "why_missing", lambda engine: asked.append(engine) or "")
    monkeypatch.setattr(runtime, "_open", lambda *_: Maps())
    runtime.load_estimator(EstimatorConfig(device="cpu"))
    assert asked == ["onnxruntime"]
    runtime.load_estimator(EstimatorConfig(device="cuda"))
    assert asked == ["onnxruntime", "torch"]


def test_int8_needs_its_file():
    with pytest.raises(WeightsError, match="stage_one_int8.onnx: no such weights file; `mocap quantize` makes it"):
        runtime.load_estimator(EstimatorConfig(device="cpu", precision="int8"))
