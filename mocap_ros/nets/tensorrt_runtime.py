"""Stage I on TensorRT's own API (version 10 and later): build once, keep the engine, run one CUDA graph a frame.

Written to NVIDIA's documentation of TensorRT 10 and of cuda-python; see docs/engines.md for what has been run where.
"""

import logging
from pathlib import Path

import numpy as np

from mocap_ros.datatypes.errors import DeviceError, install_hint, WeightsError
from mocap_ros.datatypes.skeleton import J, K, L
from mocap_ros.nets.cuda_memory import CudaGraph, Mirror, Stream, gpu_properties
from mocap_ros.nets.engine_cache import cached_engine, file_hash
from mocap_ros.nets.model_format import STRIDE, check_metadata, input_size_of, stage_one_metadata
from mocap_ros.nets.newest_programs import NewestPrograms
from mocap_ros.nets.onnx_runtime import file_metadata
from mocap_ros.nets.stage_one_maps import StageOneMaps

LOGGER = logging.getLogger(__name__)
WORKSPACE_BYTES = 1 << 30
OLDEST = 10
INPUT = "images"
OUTPUTS = ("heatmaps", "part_affinity", "encodings")
PRECISIONS = ("fp32", "fp16", "int8")


def why_missing():
    """Why TensorRT cannot be used here; empty if it can."""
    try:
        _tensorrt()
        gpu_properties()
    except DeviceError as error:
        return str(error)
    return ""


def engine_key(weights_hash, shape, precision, gpu, version):
    """All that a built engine depends on, dict of str to str.

    Args:
        weights_hash: of the ONNX file.
        shape: of the input, (B, H, W, 3).
        precision: fp32, fp16 or int8.
        gpu: GpuProperties.
        version: of TensorRT.
    """
    return {
        "weights": weights_hash, "shape": "x".join(map(str, shape)), "precision": precision, "gpu": gpu.name,
        "compute_capability": gpu.compute_capability, "tensorrt": version,
    }


def output_shapes(shape):
    """Shapes of the maps for an input of `shape`, (B, H, W, 3): dict of name to shape."""
    batch, rows, columns = shape[0], shape[1] // STRIDE, shape[2] // STRIDE
    return {"heatmaps": (batch, K, rows, columns), "part_affinity": (batch, L, 2, rows, columns),
            "encodings": (batch, J, 3, rows, columns)}


class TensorrtStageOne:
    """Stage I from a file, on an NVIDIA GPU; an engine is built for every input shape that comes.

    Args:
        path: stage_one.onnx; for int8 the file that `mocap quantize` wrote, whose scales TensorRT takes over.
        precision: fp32, fp16 or int8.

    Raises:
        WeightsError: as OnnxStageOne.
        DeviceError: TensorRT or a GPU is missing, or (on the first image) no engine can be built.
    """

    stride = STRIDE

    def __init__(self, path, precision="fp16"):
        self._tensorrt = _tensorrt()
        if precision not in PRECISIONS:
            raise DeviceError(f"precision '{precision}': TensorRT has {', '.join(PRECISIONS)}")
        found = file_metadata(path)
        self.input_size = input_size_of(found)
        check_metadata(path, found, stage_one_metadata(self.input_size))
        self._path, self._precision, self._hash = Path(path), precision, file_hash(path)
        self._gpu, self._stream, self._programs = gpu_properties(), Stream(), NewestPrograms()
        self._logger = self._tensorrt.Logger(self._tensorrt.Logger.WARNING)
        self._runtime = self._tensorrt.Runtime(self._logger)
        self.description = f"TensorRT {self._tensorrt.__version__} on {self._gpu.name}, {precision}"

    def infer(self, images):
        """StageOneMaps of `images`, (B, H, W, 3) uint8 BGR with H and W multiples of 16; any number of cameras."""
        program = self._programs.get(images.shape, lambda: _Program(
            self._tensorrt, self._engine(images.shape), images.shape, self._stream))
        return program(images)

    def _engine(self, shape):
        key = engine_key(self._hash, shape, self._precision, self._gpu, self._tensorrt.__version__)
        return cached_engine("tensorrt", key, lambda target: target.write_bytes(self._build(shape)), self._open)

    def _open(self, path):
        engine = self._runtime.deserialize_cuda_engine(path.read_bytes())
        if engine is None:
            raise DeviceError("TensorRT refuses the engine")
        return engine

    def _build(self, shape):
        """A serialised engine for one input shape, bytes."""
        LOGGER.warning("building a TensorRT engine for input %s, %s: this takes minutes, once", shape, self._precision)
        trt = self._tensorrt
        builder = trt.Builder(self._logger)
        network = builder.create_network(0)
        parser = trt.OnnxParser(network, self._logger)
        if not parser.parse(self._path.read_bytes()):
            raise WeightsError(f"{self._path}: TensorRT cannot read it ({parser.get_error(0)})")
        config = builder.create_builder_config()
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
        # int8 scales come with the file (QuantizeLinear, DequantizeLinear); what is left runs in half precision.
        for flag in {"fp32": (), "fp16": ("FP16",), "int8": ("INT8", "FP16")}[self._precision]:
            config.set_flag(getattr(trt.BuilderFlag, flag))
        profile = builder.create_optimization_profile()
        profile.set_shape(INPUT, shape, shape, shape)
        config.add_optimization_profile(profile)
        serialised = builder.build_serialized_network(network, config)
        if serialised is None:
            raise DeviceError(f"TensorRT could not build an engine from {self._path}; its log above says why")
        return bytes(serialised)


class _Program:
    """One execution context with fixed buffers, and the CUDA graph of a frame's whole work."""

    def __init__(self, tensorrt, engine, shape, stream):
        check_bindings(engine, tensorrt)
        self._engine, self._context, self._stream = engine, engine.create_execution_context(), stream
        if not self._context.set_input_shape(INPUT, shape):
            raise DeviceError(f"TensorRT's engine does not take input {shape}")
        self._input = Mirror(shape, np.uint8)
        self._outputs = {name: Mirror(wanted, np.float32) for name, wanted in output_shapes(shape).items()}
        for name, mirror in {INPUT: self._input, **self._outputs}.items():
            self._context.set_tensor_address(name, mirror.device)
        self._work()  # once outside of the graph: TensorRT sets itself up
        stream.wait()
        self._graph = CudaGraph(stream, self._work)

    def __call__(self, images):
        self._input.host[...] = images
        self._graph.launch()
        self._stream.wait()
        return StageOneMaps(*(self._outputs[name].host.copy() for name in OUTPUTS))

    def _work(self):
        self._input.upload(self._stream)
        if not self._context.execute_async_v3(self._stream.handle):
            raise DeviceError("TensorRT failed to run the engine")
        for mirror in self._outputs.values():
            mirror.download(self._stream)


def check_bindings(engine, tensorrt):
    """Raises WeightsError unless an engine has Stage I's input and outputs, and no other, in the types we copy."""
    found = {}
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        is_input = engine.get_tensor_mode(name) == tensorrt.TensorIOMode.INPUT
        found[name] = is_input, np.dtype(tensorrt.nptype(engine.get_tensor_dtype(name)))
    wanted = {INPUT: (True, np.dtype(np.uint8)), **{name: (False, np.dtype(np.float32)) for name in OUTPUTS}}
    if found != wanted:
        shown = ", ".join(f"{name} {kind} ({'in' if is_input else 'out'})" for name, (is_input, kind) in found.items())
        raise WeightsError(f"TensorRT engine has {shown}; wanted images uint8 (in), "
                           f"{' and '.join(OUTPUTS)} float32 (out)")


def _tensorrt():
    """The tensorrt module.

    Raises:
        DeviceError: not installed, or too old.
    """
    try:
        import tensorrt
    except ImportError:
        raise DeviceError(f"TensorRT is not installed ({install_hint('tensorrt')})") from None
    if int(tensorrt.__version__.split(".")[0]) < OLDEST:
        raise DeviceError(f"TensorRT {tensorrt.__version__} is too old: {OLDEST} at least ({install_hint('tensorrt')})")
    return tensorrt
