"""Tiny ONNX files that do what 2D detectors do: joints are coloured dots, found by their colour."""

import cv2
import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import yaml

from mocap_ros.datatypes.skeleton import COCO_17

STRIDE = 4
RADIUS = 9  # px of a dot as drawn
# One strong colour a joint, far from each other and from the black background.
COLOURS = np.array([(a, b, c) for a in (60, 150, 240) for b in (60, 150, 240) for c in (60, 240)])[:len(COCO_17)]  # RGB


def dots(keypoints_px, width, height, skip=()):
    """An image (H, W, 3) uint8 BGR of people as dots, (P, 17, 2) [px]; joints whose names are in `skip` stay black."""
    image = np.zeros((height, width, 3), np.uint8)
    for person in np.asarray(keypoints_px):
        for name, (x, y), colour in zip(COCO_17, person, COLOURS):
            if name not in skip:
                cv2.circle(image, (round(x), round(y)), RADIUS, tuple(int(c) for c in colour[::-1]), -1)
    return image


def standing(left, top, step):
    """COCO's 17 keypoints [px] of somebody who faces the camera, in steps of `step` px from the head down, (17, 2)."""
    places = {"nose": (2, 0), "l_eye": (3, -1), "r_eye": (1, -1), "l_ear": (4, 0), "r_ear": (0, 0),
              "l_shoulder": (4, 2), "r_shoulder": (0, 2), "l_elbow": (5, 4), "r_elbow": (-1, 4), "l_wrist": (5, 6),
              "r_wrist": (-1, 6), "l_hip": (3, 6), "r_hip": (1, 6), "l_knee": (3, 8), "r_knee": (1, 8),
              "l_ankle": (3, 10), "r_ankle": (1, 10)}
    return np.array([places[name] for name in COCO_17]) * step + [left, top]


def colour_nodes(radius):
    """Nodes and constants from "image" (B, 3, H, W) RGB in grey levels to "likeness" (B, 17, H, W), 0 to 1."""
    joints = len(COCO_17)
    colours = COLOURS.astype(np.float32)
    difference = np.tile(np.eye(3, dtype=np.float32), (joints, 1)).reshape(3 * joints, 3, 1, 1)
    total = np.full((joints, 3, 1, 1), -1 / 60, np.float32)
    side = 2 * radius + 1
    nodes = [
        helper.make_node("Conv", ["image", "difference", "colours"], ["offset"]),
        helper.make_node("Abs", ["offset"], ["far"]),
        helper.make_node("Conv", ["far", "total", "one"], ["near"], group=joints),
        helper.make_node("Relu", ["near"], ["alike"]),
        helper.make_node("AveragePool", ["alike"], ["likeness"], kernel_shape=[side, side], pads=[radius] * 4),
    ]
    return nodes, {"difference": difference, "colours": -colours.ravel(), "total": total,
                   "one": np.ones(joints, np.float32)}


def write_heatmap_model(folder, width, height, radius=4, batch="people", **changes):
    """A top-down model with heatmaps of stride 4, and its YAML, in which `changes` are entries; returns its path."""
    nodes, constants = colour_nodes(radius)
    nodes.append(helper.make_node("AveragePool", ["likeness"], ["heatmaps"], kernel_shape=[STRIDE] * 2,
                                  strides=[STRIDE] * 2))
    save(folder / "pose.onnx", nodes, constants, {"image": [batch, 3, height, width]},
         {"heatmaps": [batch, 17, height // STRIDE, width // STRIDE]})
    return write_yaml(folder / "pose.yaml", {
        "kind": "top_down", "file": "pose.onnx", "joints": "coco_17",
        "input": {"width": width, "height": height, "mean": 0, "deviation": 1, "padding": 0},
        "output": {"kind": "heatmaps", "first_cell_px": (STRIDE - 1) / 2}, **changes})


def write_simcc_model(folder, width, height, radius=4):
    """A top-down model with a row of bins along x and one along y; returns the path of its YAML."""
    nodes, constants = colour_nodes(radius)
    nodes += [helper.make_node("ReduceMax", ["likeness"], ["along_x"], axes=[2], keepdims=0),
              helper.make_node("ReduceMax", ["likeness"], ["along_y"], axes=[3], keepdims=0)]
    save(folder / "pose.onnx", nodes, constants, {"image": ["people", 3, height, width]},
         {"along_x": ["people", 17, width], "along_y": ["people", 17, height]})
    return write_yaml(folder / "pose.yaml", {
        "kind": "top_down", "file": "pose.onnx", "joints": "coco_17",
        "input": {"width": width, "height": height, "mean": 0, "deviation": 1, "padding": 0},
        "output": {"kind": "simcc", "names": ["along_x", "along_y"], "split": 1.0}})


def write_constant_model(path, answers, width, height):
    """A model that says the same of every image: `answers` by output name; its input is (1, 3, height, width)."""
    constants = {f"{name}_known": np.asarray(value, np.float32) for name, value in answers.items()}
    nodes = [helper.make_node("ReduceMax", ["image"], ["grey"], keepdims=0),
             helper.make_node("Mul", ["grey", "nothing"], ["zero"])]
    nodes += [helper.make_node("Add", [f"{name}_known", "zero"], [name]) for name in answers]
    save(path, nodes, {**constants, "nothing": np.zeros((), np.float32)}, {"image": [1, 3, height, width]},
         {name: list(np.shape(value)) for name, value in answers.items()})


def write_yaml(path, content):
    """Writes a description; returns its path."""
    path.write_text(yaml.safe_dump(content))
    return path


def save(path, nodes, constants, inputs, outputs):
    """Writes an ONNX graph of float32 inputs and outputs with these shapes."""
    graph = helper.make_graph(
        nodes, path.stem,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
