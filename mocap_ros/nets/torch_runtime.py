"""Stage I on a GPU by PyTorch: half precision, channels last, one CUDA graph from the image to what is read out."""

import numpy as np
import torch
from torch import nn

from mocap_ros.datatypes.errors import DeviceError
from mocap_ros.nets.image_input import PADDING, fit_letterbox, resize_weights
from mocap_ros.nets.model_format import STRIDE, check_metadata, input_size_of, stage_one_metadata
from mocap_ros.nets.newest_programs import NewestPrograms
from mocap_ros.nets.onnx_network import OnnxNetwork
from mocap_ros.nets.stage_one_maps import StageOneMaps

PRECISIONS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
WARM_UP = 3  # runs before a graph is captured, so that libraries have chosen their algorithms


def why_missing():
    """Why PyTorch cannot use a GPU here; empty if it can."""
    return "" if torch.cuda.is_available() else f"PyTorch {torch.__version__} has no CUDA"


class TorchStageOne:
    """Stage I from a file, on a GPU (or, to check it, on the CPU).

    Args:
        path: stage_one.onnx.
        device: PyTorch's name of the device.
        precision: fp32, fp16 or bf16.

    Raises:
        WeightsError: as OnnxStageOne.
        DeviceError: the device is not there.
    """

    stride = STRIDE

    def __init__(self, path, device="cuda", precision="fp16"):
        self._network = OnnxNetwork(path)
        self.input_size = input_size_of(self._network.metadata)
        check_metadata(path, self._network.metadata, stage_one_metadata(self.input_size))
        try:
            self._device = torch.device(device)
            self._network.to(self._device, PRECISIONS[precision])
        except (RuntimeError, AssertionError) as error:
            raise DeviceError(f"device '{device}': {str(error).splitlines()[0]}") from error
        for name, buffer in self._network.named_buffers():
            if buffer.dim() == 4:
                setattr(self._network, name, buffer.contiguous(memory_format=torch.channels_last))
        self._programs = NewestPrograms()  # by image's shape, letterbox and read-out
        where = torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else "the CPU"
        self.description = f"PyTorch {torch.__version__} on {where}, {precision}"

    def infer(self, images):
        """StageOneMaps of `images`, (B, H, W, 3) uint8 BGR with H and W multiples of 16; any number of cameras."""
        with torch.inference_mode():
            maps = self._network(torch.from_numpy(np.ascontiguousarray(images)).to(self._device))
        return StageOneMaps(*(each.float().cpu().numpy() for each in maps))

    def read(self, image, size, read_out, values):
        """Resizes, infers and reads out on the device; only the result comes back.

        Args:
            image: (H, W, 3) uint8 BGR of any size.
            size: (width, height) whose area the network's input may have [px].
            read_out: module from (heatmaps, part affinity, encodings, values) with B = 1, float32, to a tuple of
                tensors; the same object every time, since it becomes part of the captured graph.
            values: numbers that the read-out needs, (N,); they may change from call to call.

        Returns:
            tuple of arrays, and the Letterbox.
        """
        letterbox = fit_letterbox(image.shape[1], image.shape[0], size)
        program = self._programs.get((image.shape, letterbox, id(read_out)), lambda: _Program(
            self._network, read_out, letterbox, len(values), self._device))
        return program(image, values), letterbox


class _Program:
    """Everything for one image size: fixed buffers and, on a GPU, the captured graph over them."""

    def __init__(self, network, read_out, letterbox, values, device):
        self._network, self._read_out = network, read_out.to(device)
        self._resize = _Resize(letterbox).to(device)
        pinned = device.type == "cuda"
        self._image = torch.zeros((letterbox.image_height, letterbox.image_width, 3), dtype=torch.uint8,
                                  pin_memory=pinned)
        self._values = torch.zeros(values, pin_memory=pinned)
        self._on_device = [each.to(device) for each in (self._image, self._values)]
        self._graph = None
        if device.type == "cuda":
            self._capture()

    def __call__(self, image, values):
        self._image.numpy()[...] = image
        self._values.numpy()[:] = values
        for source, target in zip((self._image, self._values), self._on_device):
            target.copy_(source, non_blocking=True)
        if self._graph is None:
            self._results = self._run()
        else:
            self._graph.replay()
        return tuple(each.cpu().numpy() for each in self._results)

    def _run(self):
        with torch.inference_mode():
            image, values = self._on_device
            maps = self._network(self._resize(image)[None])
            return self._read_out(*(each.float() for each in maps), values)

    def _capture(self):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                self._run()
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._results = self._run()


class _Resize(nn.Module):
    """The letterbox as two matrix products, with the weights of letterbox_image."""

    def __init__(self, letterbox):
        super().__init__()
        self.letterbox = letterbox
        for name, weights in zip(("rows", "columns"), resize_weights(letterbox)):
            self.register_buffer(name, torch.from_numpy(weights))

    def forward(self, image):
        """(height, width, 3) uint8 of (H, W, 3) uint8."""
        resized = torch.einsum("hy,yxc,wx->hwc", self.rows, image.float(), self.columns)
        box = self.letterbox
        padded = torch.full((box.height, box.width, 3), PADDING, dtype=torch.uint8, device=image.device)
        padded[:box.resized_height, :box.resized_width] = resized.round().clamp(0, 255).to(torch.uint8)
        return padded
