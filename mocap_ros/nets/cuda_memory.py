"""The few CUDA calls that TensorRT's engines need, through NVIDIA's cuda-python: memory, one stream, one graph."""

import ctypes
from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.errors import DeviceError, install_hint


class GpuProperties(NamedTuple):
    """Name and compute capability ("9.0") of the GPU in use."""

    name: str
    compute_capability: str


def gpu_properties():
    """GpuProperties of the current device.

    Raises:
        DeviceError: cuda-python or a GPU is missing.
    """
    cudart = _cudart()
    if _checked(cudart.cudaGetDeviceCount()) == 0:
        raise DeviceError("CUDA sees no GPU")
    device = _checked(cudart.cudaGetDevice())
    found = _checked(cudart.cudaGetDeviceProperties(device))
    name = found.name.decode() if isinstance(found.name, bytes) else str(found.name)
    return GpuProperties(name.rstrip("\0"), f"{found.major}.{found.minor}")


class Stream:
    """A CUDA stream; `handle` is its number."""

    def __init__(self):
        self._cudart = _cudart()
        self._stream = _checked(self._cudart.cudaStreamCreate())
        self.handle = int(self._stream)

    def wait(self):
        """Until all work on it is done."""
        _checked(self._cudart.cudaStreamSynchronize(self._stream))


class Mirror:
    """An array on both sides: `host`, pinned numpy memory, and `device`, the address on the GPU.

    Args:
        shape: of the array.
        kind: its dtype.

    Raises:
        DeviceError: not enough memory.
    """

    def __init__(self, shape, kind):
        self._cudart = _cudart()
        self._bytes = int(np.prod(shape)) * np.dtype(kind).itemsize
        self._host = int(_checked(self._cudart.cudaMallocHost(self._bytes)))
        self.device = int(_checked(self._cudart.cudaMalloc(self._bytes)))
        memory = (ctypes.c_uint8 * self._bytes).from_address(self._host)
        self.host = np.frombuffer(memory, kind).reshape(shape)

    def upload(self, stream):
        """Queues the copy to the GPU."""
        self._copy(self.device, self._host, "cudaMemcpyHostToDevice", stream)

    def download(self, stream):
        """Queues the copy from the GPU."""
        self._copy(self._host, self.device, "cudaMemcpyDeviceToHost", stream)

    def _copy(self, target, source, direction, stream):
        kind = getattr(self._cudart.cudaMemcpyKind, direction)
        _checked(self._cudart.cudaMemcpyAsync(target, source, self._bytes, kind, stream.handle))

    def __del__(self):
        if getattr(self, "device", None) is not None:
            self._cudart.cudaFree(self.device)
        if getattr(self, "_host", None) is not None:
            self._cudart.cudaFreeHost(self._host)


class CudaGraph:
    """Work that is recorded once and then launched as one.

    Args:
        stream: Stream.
        work: function that queues the work on the stream.
    """

    def __init__(self, stream, work):
        self._cudart, self._stream = _cudart(), stream
        mode = self._cudart.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        _checked(self._cudart.cudaStreamBeginCapture(stream.handle, mode))
        try:
            work()
        finally:
            graph = _checked(self._cudart.cudaStreamEndCapture(stream.handle))
        self._graph = _checked(self._cudart.cudaGraphInstantiate(graph, 0))
        _checked(self._cudart.cudaGraphDestroy(graph))

    def launch(self):
        """Queues the recorded work."""
        _checked(self._cudart.cudaGraphLaunch(self._graph, self._stream.handle))

    def __del__(self):
        if getattr(self, "_graph", None) is not None:
            self._cudart.cudaGraphExecDestroy(self._graph)


def _cudart():
    """cuda-python's runtime module, by its name since version 12.6 or the one before.

    Raises:
        DeviceError: not installed.
    """
    try:
        from cuda.bindings import runtime
    except ImportError:
        try:
            from cuda import cudart as runtime
        except ImportError:
            raise DeviceError(f"cuda-python is not installed ({install_hint('tensorrt')})") from None
    return runtime


def _checked(answer):
    """What a CUDA call gave besides its status.

    Raises:
        DeviceError: the status is not success.
    """
    status, *values = answer
    if int(status) != 0:
        raise DeviceError(f"CUDA: {getattr(status, 'name', status)}")
    return values[0] if len(values) == 1 else tuple(values) or None
