"""Stand-ins for cuda-python and TensorRT 10: their documented calls, with host memory and ONNX Runtime behind them.

They hold our side to the documented order of calls and to the right sizes; they say nothing about NVIDIA's side.
"""

import ctypes
from enum import IntEnum
from types import SimpleNamespace

import numpy as np

from mocap_ros.nets.onnx_runtime import OnnxStageOne


class PretendedCuda:
    """cuda.bindings.runtime with `gpus` GPUs; memory is the host's, and copies are counted."""

    class cudaMemcpyKind(IntEnum):
        cudaMemcpyHostToDevice = 1
        cudaMemcpyDeviceToHost = 2

    class cudaStreamCaptureMode(IntEnum):
        cudaStreamCaptureModeThreadLocal = 1

    def __init__(self, gpus=1):
        self.gpus, self.memory, self.recording, self.log, self.graphs = gpus, {}, None, [], 0

    def cudaGetDeviceCount(self):
        return 0, self.gpus

    def cudaGetDevice(self):
        return 0, 0

    def cudaGetDeviceProperties(self, device):
        return 0, SimpleNamespace(name=b"Pretended GPU\0", major=9, minor=0)

    def cudaStreamCreate(self):
        return 0, 77

    def cudaStreamSynchronize(self, stream):
        return (0,)

    def cudaMalloc(self, size):
        buffer = (ctypes.c_uint8 * size)()
        self.memory[ctypes.addressof(buffer)] = buffer
        return 0, ctypes.addressof(buffer)

    cudaMallocHost = cudaMalloc

    def cudaFree(self, address):
        del self.memory[address]
        return (0,)

    cudaFreeHost = cudaFree

    def queue(self, work):
        """Runs work, or records it while a graph is captured."""
        work() if self.recording is None else self.recording.append(work)

    def cudaMemcpyAsync(self, target, source, size, kind, stream):
        assert stream == 77 and len(self.memory[target]) == len(self.memory[source]) == size
        self.log.append(kind.name)
        self.queue(lambda: ctypes.memmove(target, source, size))
        return (0,)

    def cudaStreamBeginCapture(self, stream, mode):
        self.recording = []
        return (0,)

    def cudaStreamEndCapture(self, stream):
        graph, self.recording = self.recording, None
        return 0, graph

    def cudaGraphInstantiate(self, graph, flags):
        self.graphs += 1
        return 0, tuple(graph)

    def cudaGraphDestroy(self, graph):
        graph.clear()
        return (0,)

    def cudaGraphExecDestroy(self, graph):
        self.graphs -= 1
        return (0,)

    def cudaGraphLaunch(self, graph, stream):
        for work in graph:
            work()
        return (0,)


class PretendedTensorrt:
    """The tensorrt module; engines are ONNX files that run on the CPU."""

    class TensorIOMode(IntEnum):
        INPUT = 1
        OUTPUT = 2

    class MemoryPoolType(IntEnum):
        WORKSPACE = 1

    class BuilderFlag(IntEnum):
        FP16 = 1
        INT8 = 2

    class Logger:
        WARNING = 1

        def __init__(self, level):
            pass

    def __init__(self, cuda, version="10.3.0"):
        self.__version__, self.cuda, self.built = version, cuda, []

    @staticmethod
    def nptype(kind):
        return kind

    def Builder(self, logger):
        return _Builder(self)

    def OnnxParser(self, network, logger):
        return _Parser(network)

    def Runtime(self, logger):
        return SimpleNamespace(deserialize_cuda_engine=lambda content: _Engine(self, content) if content else None)


class _Parser:
    def __init__(self, network):
        self.network = network

    def parse(self, content):
        self.network.content = content
        return content[:1] == b"\x08"  # an ONNX file begins with its version

    def get_error(self, index):
        return "no ONNX file"


class _Builder:
    def __init__(self, tensorrt):
        self.tensorrt = tensorrt

    def create_network(self, flags):
        return SimpleNamespace(content=None)

    def create_builder_config(self):
        config = SimpleNamespace(flags=set(), profiles=[])
        config.set_memory_pool_limit = lambda pool, size: None
        config.set_flag = config.flags.add
        config.add_optimization_profile = config.profiles.append
        return config

    def create_optimization_profile(self):
        profile = SimpleNamespace(shapes={})
        profile.set_shape = lambda name, *shapes: profile.shapes.update({name: shapes})
        return profile

    def build_serialized_network(self, network, config):
        self.tensorrt.built.append((config.flags, config.profiles[0].shapes))
        return network.content


class _Engine:
    def __init__(self, tensorrt, content):
        self.tensorrt, self.content = tensorrt, content
        self.types = {"images": np.uint8, "heatmaps": np.float32, "part_affinity": np.float32, "encodings": np.float32}

    @property
    def num_io_tensors(self):
        return len(self.types)

    def get_tensor_name(self, index):
        return list(self.types)[index]

    def get_tensor_mode(self, name):
        mode = self.tensorrt.TensorIOMode
        return mode.INPUT if name == "images" else mode.OUTPUT

    def get_tensor_dtype(self, name):
        return self.types[name]

    def create_execution_context(self):
        return _Context(self)


class _Context:
    def __init__(self, engine):
        self.engine, self.addresses = engine, {}

    def set_input_shape(self, name, shape):
        self.shape = shape
        return True

    def set_tensor_address(self, name, address):
        self.addresses[name] = address

    def execute_async_v3(self, stream):
        cuda = self.engine.tensorrt.cuda
        cuda.queue(self._run)
        return set(self.addresses) == set(self.engine.types)

    def _run(self):
        import os
        import tempfile

        memory = self.engine.tensorrt.cuda.memory
        images = np.frombuffer(memory[self.addresses["images"]], np.uint8).reshape(self.shape)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "engine.onnx")
            with open(path, "wb") as file:
                file.write(self.engine.content)
            maps = OnnxStageOne(path, threads=1).infer(images)
        for name, values in zip(("heatmaps", "part_affinity", "encodings"), maps):
            np.frombuffer(memory[self.addresses[name]], np.float32)[:] = values.ravel()
