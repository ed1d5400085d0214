"""What of the TensorRT engine can be held to its documentation without TensorRT."""

import gc
import logging
import sys
from types import ModuleType

import numpy as np
import pytest

from mocap_ros.datatypes.config import EstimatorConfig
from mocap_ros.datatypes.errors import DeviceError, WeightsError
from mocap_ros.nets import runtime, tensorrt_runtime
from mocap_ros.nets.cuda_memory import GpuProperties, Mirror, gpu_properties
from mocap_ros.nets.newest_programs import NewestPrograms
from mocap_ros.nets.onnx_runtime import OnnxStageOne
from mocap_ros.nets.tensorrt_runtime import TensorrtStageOne, check_bindings, engine_key, output_shapes
from pretended_gpu import PretendedCuda, PretendedTensorrt, _Engine

SHIPPED = runtime.WEIGHTS / "xnect-small" / "stage_one.onnx"
GPU = GpuProperties("Pretended GPU", "9.0")


@pytest.fixture
def gpu(monkeypatch, tmp_path):
    """(cuda, tensorrt), pretended, and an empty cache."""
    cuda = PretendedCuda()
    bindings = ModuleType("cuda.bindings")
    bindings.runtime = cuda
    tensorrt = PretendedTensorrt(cuda)
    monkeypatch.setitem(sys.modules, "cuda", ModuleType("cuda"))
    monkeypatch.setitem(sys.modules, "cuda.bindings", bindings)
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", cuda)
    monkeypatch.setitem(sys.modules, "tensorrt", tensorrt)
    monkeypatch.setenv("MOCAP_CACHE", str(tmp_path / "cache"))
    return cuda, tensorrt


def frames(count=1, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (count, 64, 96, 3), dtype=np.uint8)


def test_frames_go_up_and_maps_come_down(gpu):
    engine, reference = TensorrtStageOne(SHIPPED), OnnxStageOne(SHIPPED, threads=1)
    for images in (frames(), frames(seed=2), frames(2, seed=3)):
        for a, b in zip(engine.infer(images), reference.infer(images)):
            np.testing.assert_array_equal(a, b)
    assert engine.description == "TensorRT 10.3.0 on Pretended GPU, fp16"


def test_a_frame_is_one_upload_and_three_downloads_recorded_once(gpu):
    cuda, _ = gpu
    engine = TensorrtStageOne(SHIPPED)
    engine.infer(frames())
    once = list(cuda.log)
    engine.infer(frames(seed=2))
    assert cuda.log == once  # the graph is launched, nothing is queued again
    assert once.count("cudaMemcpyHostToDevice") == 2 and once.count("cudaMemcpyDeviceToHost") == 6  # set-up, capture


def test_an_answer_is_not_overwritten_by_the_next(gpu):
    engine = TensorrtStageOne(SHIPPED)
    first = engine.infer(frames())
    kept = first.heatmaps.copy()
    engine.infer(frames(seed=2))
    np.testing.assert_array_equal(first.heatmaps, kept)


@pytest.mark.parametrize("precision, flags", [("fp32", set()), ("fp16", {"FP16"}), ("int8", {"INT8", "FP16"})])
def test_an_engine_is_built_for_one_shape_and_precision_and_kept(gpu, precision, flags):
    _, tensorrt = gpu
    TensorrtStageOne(SHIPPED, precision).infer(frames())
    TensorrtStageOne(SHIPPED, precision).infer(frames())
    ((used, shapes),) = tensorrt.built
    assert {flag.name for flag in used} == flags
    assert shapes == {"images": ((1, 64, 96, 3),) * 3}
    TensorrtStageOne(SHIPPED, precision).infer(frames(4))
    assert len(tensorrt.built) == 2


def test_a_damaged_engine_is_built_again(gpu, tmp_path, caplog):
    _, tensorrt = gpu
    TensorrtStageOne(SHIPPED).infer(frames())
    (path,) = [each for each in (tmp_path / "cache").glob("tensorrt-*") if each.suffix != ".json"]
    path.write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        TensorrtStageOne(SHIPPED).infer(frames())
    assert len(tensorrt.built) == 2 and "damaged (TensorRT refuses the engine)" in caplog.text


@pytest.mark.parametrize("change", [
    {"weights_hash": "b"}, {"shape": (2, 320, 512, 3)}, {"precision": "fp32"}, {"version": "10.4.0"},
    {"gpu": GpuProperties("Other GPU", "9.0")}, {"gpu": GpuProperties("Pretended GPU", "8.9")},
])
def test_the_key_holds_all_that_an_engine_depends_on(change):
    usual = {"weights_hash": "a", "shape": (1, 320, 512, 3), "precision": "fp16", "gpu": GPU, "version": "10.3.0"}
    assert engine_key(**usual) == engine_key(**usual)
    assert engine_key(**{**usual, **change}) != engine_key(**usual)


def test_map_shapes_are_those_that_the_network_answers():
    maps = OnnxStageOne(SHIPPED, threads=1).infer(frames(2))
    assert output_shapes((2, 64, 96, 3)) == {
        "heatmaps": maps.heatmaps.shape, "part_affinity": maps.part_affinity.shape, "encodings": maps.encodings.shape}


def test_an_engine_with_other_bindings_is_refused(gpu):
    _, tensorrt = gpu
    engine = _Engine(tensorrt, b"")
    check_bindings(engine, tensorrt)
    engine.types = {**engine.types, "heatmaps": np.float16}
    with pytest.raises(WeightsError, match="heatmaps float16 .out.*; wanted images uint8 .in., heatmaps and"):
        check_bindings(engine, tensorrt)
    del engine.types["encodings"]
    with pytest.raises(WeightsError, match="wanted images"):
        check_bindings(engine, tensorrt)


def test_memory_is_given_back(gpu):
    cuda, _ = gpu
    mirror = Mirror((3, 5), np.float32)
    assert mirror.host.shape == (3, 5) and len(cuda.memory) == 2
    del mirror
    assert not cuda.memory


def test_programs_of_many_image_sizes_give_their_memory_back(gpu, monkeypatch):
    cuda, tensorrt = gpu
    monkeypatch.setattr(tensorrt_runtime, "NewestPrograms", lambda: NewestPrograms(2))
    engine, used = TensorrtStageOne(SHIPPED), []
    for rows in (16, 32, 48, 16, 32, 48, 48):
        engine.infer(np.zeros((1, rows, 32, 3), np.uint8))
        used.append((cuda.graphs, len(cuda.memory)))
    assert used == [(1, 8)] + [(2, 16)] * 6  # a program: an input and three outputs, on both sides
    assert len(tensorrt.built) == 3  # the engines stay in the cache
    del engine
    gc.collect()
    assert cuda.graphs == 0 and not cuda.memory


def test_the_programs_used_last_are_kept():
    programs, made = NewestPrograms(3), []
    for key in "abcadabce":
        assert programs.get(key, lambda: made.append(key) or key.upper()) == key.upper()
    assert "".join(made) == "abcdbce"  # b had to go for d, c for b, d for c, a for e


def test_what_is_missing_is_named(monkeypatch, gpu):
    cuda, tensorrt = gpu
    assert tensorrt_runtime.why_missing() == ""
    cuda.gpus = 0
    assert tensorrt_runtime.why_missing() == "CUDA sees no GPU"
    tensorrt.__version__ = "8.6.1"
    assert "TensorRT 8.6.1 is too old: 10 at least" in tensorrt_runtime.why_missing()
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    assert tensorrt_runtime.why_missing() == "TensorRT is not installed (pip install 'mocap_ros[tensorrt]')"
    with pytest.raises(DeviceError, match="device 'tensorrt': TensorRT is not installed"):
        runtime.load_estimator(EstimatorConfig(device="tensorrt"))


def test_a_missing_cuda_python_is_named(monkeypatch):
    for name in ("cuda", "cuda.bindings"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DeviceError, match="cuda-python is not installed"):
        gpu_properties()


def test_cudas_errors_are_ours(gpu, monkeypatch):
    cuda, _ = gpu
    monkeypatch.setattr(cuda, "cudaMalloc", lambda size: (2, 0))
    with pytest.raises(DeviceError, match="CUDA: 2"):
        Mirror((3,), np.float32)


def test_device_tensorrt_takes_the_engine(gpu):
    stage_one, _ = runtime.load_estimator(EstimatorConfig(device="tensorrt"))
    assert stage_one.description.startswith("TensorRT 10.3.0 on Pretended GPU, fp16 (as asked); weights xnect-small")
