"""Stage I in 8-bit integers: scales from calibration images, heads left in float32."""

import logging
from pathlib import Path
import tempfile

import numpy as np
import onnx
from onnxruntime import quantization
from onnxruntime.quantization import shape_inference

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.nets.engine_cache import file_hash
from mocap_ros.nets.model_format import QUANTISED_FROM

FEWEST_IMAGES = 8


class _Calibration(quantization.CalibrationDataReader):
    """The network's inputs one by one, as ONNX Runtime wants them."""

    def __init__(self, inputs):
        self._inputs = iter(inputs)

    def get_next(self):
        image = next(self._inputs, None)
        return None if image is None else {"images": image[None]}


def quantise_stage_one(source, target, inputs):
    """Writes an int8 copy of a Stage I file.

    Weights are scaled per filter, activations per tensor and symmetrically, written as QuantizeLinear and
    DequantizeLinear: ONNX Runtime runs that on CPUs with 8-bit dot products, and TensorRT takes the same scales. The
    linear heads stay in float32, since a bone vector of half a metre in 127 steps would be millimetres off, and a
    heatmap's logit more.

    Args:
        source: stage_one.onnx.
        target: file to write.
        inputs: the network's inputs, (height, width, 3) uint8 BGR, all of one size; FEWEST_IMAGES at least.

    Raises:
        WeightsError: too few images, or a file that cannot be read or written.
    """
    inputs = list(inputs)
    if len(inputs) < FEWEST_IMAGES:
        raise WeightsError(f"{len(inputs)} calibration images: {FEWEST_IMAGES} at least are needed")
    if not Path(source).is_file():
        raise WeightsError(f"{source}: no such weights file")
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        model = onnx.load(str(source))
        _unpack_half_weights(model)
        onnx.save(model, str(prepared))
        shape_inference.quant_pre_process(str(prepared), str(prepared), skip_symbolic_shape=True)
        root = logging.getLogger()  # the quantiser talks through it, of each tensor
        level = root.level
        root.setLevel(logging.ERROR)
        try:
            quantization.quantize_static(
                str(prepared), str(target), _Calibration(inputs), quant_format=quantization.QuantFormat.QDQ,
                per_channel=True, activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8, op_types_to_quantize=["Conv", "Concat"],
                nodes_to_exclude=_heads(onnx.load(str(prepared))),
                extra_options={"ActivationSymmetric": True, "WeightSymmetric": True})
        except OSError as error:
            raise WeightsError(f"{target}: cannot be written ({error.strerror})") from error
        finally:
            root.setLevel(level)
    quantised = onnx.load(str(target))
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(quantised, {**metadata, QUANTISED_FROM: file_hash(source)})
    onnx.save(quantised, str(target))


def _unpack_half_weights(model):
    """Turns weights that are stored as float16, each with a Cast behind it, into float32 ones, in place."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        tensor = stored.get(node.input[0]) if node.op_type == "Cast" else None
        if tensor is None:
            kept.append(node)
            continue
        values = onnx.numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)


def _heads(model):
    """Names of the convolutions whose results reach an output without another convolution or activation."""
    read_by = {}
    for node in model.graph.node:
        for name in node.input:
            read_by.setdefault(name, []).append(node)

    def activated(name):
        return any(node.op_type in ("Relu", "Conv") or activated(node.output[0]) for node in read_by.get(name, []))

    return [node.name for node in model.graph.node if node.op_type == "Conv" and not activated(node.output[0])]
