"""Trained networks become ONNX files that say what they are."""

from pathlib import Path
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
import torch
from torch import nn

from mocap_ros.datatypes.errors import WeightsError, writing
from mocap_ros.datatypes.skeleton import K, L
from mocap_ros.nets.channel_blocks import fill_blocks
from mocap_ros.nets.lift_input import LIFT_FEATURES
from mocap_ros.nets.lift_net import symmetric_lift
from mocap_ros.nets.refiner_input import (
    CAMERA_NUMBERS, CELLS, CROP_PX, PERSON_PX, REFINER_ANSWERS, REFINER_INPUTS)
from mocap_ros.nets.shown_maps import MAP_CHANNELS
from mocap_ros.nets.model_format import (
    boxes_metadata, DEFAULT_INPUT_SIZE, lift_metadata, refiner_metadata, STAGE_ONE_FILE, STAGE_ONE_INT8_FILE,
    stage_one_metadata, stage_two_metadata)
from mocap_ros.nets.stage_two import symmetric_stage_two
from mocap_ros.nets.stage_two_input import FEATURES, SPARSE

OPSET = 17
SMALLEST_HALVED = 64  # tensors with fewer numbers stay float32


class _ProbableMaps(nn.Module):
    """StageOne with heatmaps of 0 to 1 instead of logits."""

    def __init__(self, stage_one):
        super().__init__()
        self.stage_one = stage_one

    def forward(self, images):
        outputs = self.stage_one(images)
        return torch.sigmoid(outputs.heatmap_logits), outputs.part_affinity, outputs.encodings


class _ProbableBoxes(nn.Module):
    """BoxNet with chances of 0 to 1 instead of logits."""

    def __init__(self, box_net):
        super().__init__()
        self.box_net = box_net

    def forward(self, heatmaps, part_affinity):
        outputs = self.box_net(heatmaps, part_affinity)
        return torch.sigmoid(outputs.chance_logits), outputs.boxes


class _RefinerAnswers(nn.Module):
    """RefinerNet with only what running reads, REFINER_ANSWERS, probabilities instead of logits."""

    def __init__(self, refiner):
        super().__init__()
        self.refiner = refiner

    def forward(self, crops, keypoints, camera, maps):
        outputs = self.refiner(crops, keypoints, camera, maps)
        return (outputs.places, outputs.certainty, torch.sigmoid(outputs.seen_logits),
                torch.sigmoid(outputs.person_logits), outputs.joints)


def export_stage_one(model, path, input_size=DEFAULT_INPUT_SIZE, half_storage=True):
    """Writes a StageOne as ONNX: images (B, H, W, 3) uint8 BGR to heatmaps, part affinity and encodings.

    An int8 copy that lies beside it, of the network that was there before, is removed.

    Args:
        model: StageOne.
        path: file to write.
        input_size: (width, height) that running should use [px]; the graph itself takes any multiple of 16.
        half_storage: keep weights as float16 in the file; the arithmetic stays float32.
    """
    images = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    axes = {"images": {0: "batch", 1: "height", 2: "width"}}
    names = ["heatmaps", "part_affinity", "encodings"]
    axes.update({name: {0: "batch", 2 + (name != "heatmaps"): "rows", 3 + (name != "heatmaps"): "columns"}
                 for name in names})
    graph = _traced(_ProbableMaps(model).eval(), (images,), ["images"], names, axes)
    fill_blocks(graph)
    _write(graph, path, stage_one_metadata(input_size), half_storage)
    if Path(path).name == STAGE_ONE_FILE:
        Path(path).with_name(STAGE_ONE_INT8_FILE).unlink(missing_ok=True)


def export_core(core, path):
    """Writes a bare core as ONNX, pixels (B, 3, H, W) to features at both strides; it is only for timing."""
    axes = {"pixels": {0: "batch", 2: "height", 3: "width"}}
    graph = _traced(core.eval(), (torch.zeros(1, 3, 64, 96),), ["pixels"], ["at_8", "at_16"], axes)
    fill_blocks(graph)
    onnx.save(graph, str(path))


def export_stage_two(model, path, half_storage=True, supervision=SPARSE):
    """Writes a StageTwo, made symmetric, as ONNX: people (P, FEATURES) float32 to joints (P, J, 3) [m].

    Arguments as above; `supervision` is how the Stage I before it was trained, see stage_two_input.
    """
    graph = _traced(symmetric_stage_two(model), (torch.zeros(2, FEATURES),), ["people"], ["joints"],
                    {"people": {0: "people"}, "joints": {0: "people"}})
    _write(graph, path, {**stage_two_metadata(), "encodings": supervision}, half_storage)


def export_lift(model, path, half_storage=True):
    """Writes a LiftNet, made symmetric, as ONNX: keypoints (P, LIFT_FEATURES) float32 to joints (P, J, 3) [m].

    Arguments as above.
    """
    graph = _traced(symmetric_lift(model), (torch.zeros(2, LIFT_FEATURES),), ["keypoints"], ["joints"],
                    {"keypoints": {0: "people"}, "joints": {0: "people"}})
    _write(graph, path, lift_metadata(), half_storage)


def export_refiner(model, path, half_storage=True):
    """Writes a RefinerNet as ONNX: what it reads to places, certainty, seen, person (0 to 1) and joints.

    Arguments as above; see refiner_net.
    """
    examples = (torch.zeros(2, CROP_PX, CROP_PX, 3, dtype=torch.uint8), torch.ones(2, K, 3),
                torch.zeros(2, CAMERA_NUMBERS), torch.zeros(2, MAP_CHANNELS, CELLS, CELLS))
    axes = {name: {0: "people"} for name in (*REFINER_INPUTS, *REFINER_ANSWERS)}
    graph = _traced(_RefinerAnswers(model).eval(), examples, REFINER_INPUTS, REFINER_ANSWERS, axes)
    _write(graph, path, refiner_metadata(CROP_PX, PERSON_PX), half_storage)


def export_boxes(model, path, half_storage=True):
    """Writes a BoxNet as ONNX: Stage I's heatmaps and part affinity fields to chances, 0 to 1, and boxes [px].

    Arguments as above; see box_net.
    """
    examples = torch.rand(1, K, 40, 64), torch.zeros(1, L, 2, 40, 64)
    places = {"heatmaps": 2, "part_affinity": 3, "chances": 1, "boxes": 2}
    axes = {name: {0: "batch", first: "rows", first + 1: "columns"} for name, first in places.items()}
    graph = _traced(_ProbableBoxes(model).eval(), examples, ["heatmaps", "part_affinity"], ["chances", "boxes"], axes)
    fill_blocks(graph)
    _write(graph, path, boxes_metadata(), half_storage)


def _traced(model, examples, input_names, output_names, axes):
    """The onnx.ModelProto of a network on the CPU."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        torch.onnx.export(model, examples, str(path), dynamo=False, opset_version=OPSET,
                          input_names=list(input_names), output_names=list(output_names), dynamic_axes=axes)
        return onnx.load(path)


def _write(graph, path, metadata, half_storage):
    """Stores the graph with its metadata."""
    if half_storage:
        _halve_weights(graph)
    onnx.helper.set_model_props(graph, metadata)
    onnx.checker.check_model(graph)
    path = Path(path)
    with writing(path, WeightsError):
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(graph, path)


def _halve_weights(model):
    """Stores float32 weights as float16, each followed by a Cast; ONNX Runtime folds the casts when it loads."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST_HALVED:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
