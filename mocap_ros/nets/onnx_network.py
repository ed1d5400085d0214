"""An ONNX file as a PyTorch network, so that one weights file serves every engine.

Ours rather than a converter from elsewhere: the files that `nets/export.py` writes need some fifteen operators, and
what is not among them is named instead of being guessed.
"""

import numpy as np
import onnx
from onnx import numpy_helper
import torch
from torch import nn
from torch.nn import functional

from mocap_ros.datatypes.errors import WeightsError

CAST_TO_FLOAT = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)


class OnnxNetwork(nn.Module):
    """Runs an ONNX graph.

    Its weights are buffers, so `.to(device, dtype)` moves and converts them; images and shapes keep their types, and
    what the graph casts to float takes the weights' type.

    Args:
        path: file that nets/export.py wrote.

    Attributes:
        metadata: what the file says of itself, dict of str to str.

    Raises:
        WeightsError: not an ONNX file, or one with an operator that is not known here.
    """

    def __init__(self, path):
        super().__init__()
        try:
            model = onnx.load(str(path))
        except FileNotFoundError:
            raise WeightsError(f"{path}: no such weights file") from None
        except Exception as error:  # protobuf's own classes
            raise WeightsError(f"{path}: damaged weights file ({str(error).splitlines()[0]})") from error
        self.metadata = {entry.key: entry.value for entry in model.metadata_props}
        self._inputs = [each.name for each in model.graph.input]
        self._outputs = [each.name for each in model.graph.output]
        self._buffer_of, self._constants, self._steps = {}, {}, []
        for tensor in model.graph.initializer:
            self._store(tensor.name, numpy_helper.to_array(tensor))
        for node in model.graph.node:
            attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
            if node.op_type == "Constant":
                self._store(node.output[0], numpy_helper.to_array(attributes["value"]))
            elif node.op_type in ("Cast", "Identity") and node.input[0] in self._buffer_of:
                # A weight that is stored as float16, or one that equals another.
                self._buffer_of[node.output[0]] = self._buffer_of[node.input[0]]
            elif node.op_type in OPERATORS:
                self._steps.append((OPERATORS[node.op_type], list(node.input), node.output[0], attributes))
            else:
                raise WeightsError(f"{path}: operator {node.op_type} cannot run in PyTorch here")

    def forward(self, *inputs):
        """The graph's outputs, in its order; a tuple."""
        values = dict(zip(self._inputs, inputs), **self._constants)
        values.update({name: getattr(self, buffer) for name, buffer in self._buffer_of.items()})
        for operator, names, output, attributes in self._steps:
            values[output] = operator([values[name] if name else None for name in names], attributes, self._kind)
        return tuple(values[name] for name in self._outputs)

    @property
    def _kind(self):
        return next(each.dtype for each in self.buffers() if each.dim() > 1)

    def _store(self, name, array):
        """Floating-point arrays become buffers, whole numbers (shapes, axes) stay where the CPU reads them."""
        if np.issubdtype(array.dtype, np.floating):
            buffer = f"weight_{len(self._buffer_of)}"
            self.register_buffer(buffer, torch.from_numpy(array.astype(np.float32)))
            self._buffer_of[name] = buffer
        else:
            self._constants[name] = torch.from_numpy(np.array(array))


def _conv(inputs, attributes, _):
    padding = attributes["pads"]
    return functional.conv2d(inputs[0], inputs[1], inputs[2] if len(inputs) > 2 else None, attributes["strides"],
                             padding[:len(padding) // 2], attributes["dilations"], attributes["group"])


def _max_pool(inputs, attributes, _):
    padding = attributes["pads"]
    return functional.max_pool2d(inputs[0], attributes["kernel_shape"], attributes["strides"],
                                 padding[:len(padding) // 2])


def _cast(inputs, attributes, kind):
    return inputs[0].to(kind if attributes["to"] in CAST_TO_FLOAT else torch.int64)


def _resize(inputs, _, __):
    return functional.interpolate(inputs[0], scale_factor=inputs[2].float().tolist()[2:], mode="bilinear",
                                  align_corners=False)


def _slice(inputs, _, __):
    starts, ends = inputs[1].tolist(), inputs[2].tolist()
    axes = inputs[3].tolist() if len(inputs) > 3 else range(len(starts))
    index = [slice(None)] * inputs[0].dim()
    for axis, start, end in zip(axes, starts, ends):
        index[axis] = slice(start, end)
    return inputs[0][tuple(index)]


OPERATORS = {
    "Conv": _conv,
    "MaxPool": _max_pool,
    "Cast": _cast,
    "Resize": _resize,
    "Slice": _slice,
    "Relu": lambda inputs, _, __: functional.relu(inputs[0]),
    "Sigmoid": lambda inputs, _, __: torch.sigmoid(inputs[0]),
    "Add": lambda inputs, _, __: inputs[0] + inputs[1],
    "Sub": lambda inputs, _, __: inputs[0] - inputs[1],
    "Mul": lambda inputs, _, __: inputs[0] * inputs[1],
    "Mod": lambda inputs, _, __: torch.remainder(inputs[0], inputs[1]),
    "Concat": lambda inputs, attributes, _: torch.cat(inputs, attributes["axis"]),
    "Transpose": lambda inputs, attributes, _: inputs[0].permute(attributes["perm"]),
    "Reshape": lambda inputs, _, __: inputs[0].reshape(inputs[1].tolist()),
    "Shape": lambda inputs, _, __: torch.tensor(inputs[0].shape),
}
