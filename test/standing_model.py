"""A model folder whose networks see the same people in every bright image: known input for the whole ROS graph.

The maps are the training targets of people whose pose is known, and Stage II answers with that pose; both come out of
real ONNX files through the real engine. In a dark image (mean grey level below DARK) nobody is seen.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto

from mocap_ros.datasets.sample import Sample, SEEN
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.config import CameraConfig
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import J, JOINTS, K, KEYPOINTS, ROOT
from mocap_ros.kinematics.chain import forward_kinematics, N, POINTS
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.nets.model_format import STAGE_ONE_FILE, STAGE_TWO_FILE, stage_one_metadata, stage_two_metadata
from mocap_ros.nets.person_frame import anchor_pixels
from mocap_ros.geometry.perspective_correction import view_from_camera
from mocap_ros.geometry.pinhole import rays
from mocap_ros.training.targets import make_targets

WIDTH, HEIGHT = 512, 320  # px
ALONE = {"estimator.refined_people": 0}  # settings with such a model: the refiner would look for people in the image
DARK = 10.0  # grey level
CAMERA = assumed_camera(WIDTH, HEIGHT, CameraConfig().vertical_field_of_view)
FACING_CAMERA = np.array([[0, 1, 0], [0, 0, -1], [-1, 0, 0]], float)  # camera_from_body: x towards the camera, z up


def standing_people(roots, angles=np.zeros(23)):
    """Keypoints [px] (P, K, 2) and joints [m] (P, J, 3), in CAMERA, of people who stand facing it at `roots` (P, 3).

    All hold the same `angles` (23,) [rad]; zeros stand upright.
    """
    roots = np.atleast_2d(roots).astype(float)
    people = len(roots)
    posed = forward_kinematics(roots, np.tile(FACING_CAMERA, (people, 1, 1)), np.tile(angles, (people, 1)),
                               default_bone_lengths(np.full(people, REFERENCE_HEIGHT)))
    seen = posed.points[:, [POINTS.index(name) for name in KEYPOINTS]]  # (P, K, 3)
    projected = seen @ CAMERA.matrix.T
    return projected[..., :2] / projected[..., 2:], posed.points[:, N - J:]


def write_standing_model(folder, roots, angles=np.zeros(23)):
    """Writes stage_one.onnx and stage_two.onnx of people who stand at `roots` [m], (P, 3), into `folder`.

    Stage II answers with the first person's pose in the view frame, whoever is asked for.
    """
    keypoints, joints = standing_people(roots, angles)
    visibility = np.full(keypoints.shape[:2], SEEN)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    maps = make_targets(Sample(image, keypoints, visibility, joints, CAMERA.matrix))
    bright = [
        helper.make_node("Cast", ["images"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "dark"], ["is_bright"]),
        helper.make_node("Cast", ["is_bright"], ["bright"], to=TensorProto.FLOAT),
    ]
    constants = {"dark": np.array(DARK, np.float32)}
    outputs = {"heatmaps": maps.heatmaps, "part_affinity": maps.part_affinity, "encodings": maps.encodings}
    for name, values in outputs.items():
        constants[f"{name}_known"] = values[None].astype(np.float32)
        bright.append(helper.make_node("Mul", [f"{name}_known", "bright"], [name]))
    save(folder / STAGE_ONE_FILE, bright, constants, ("images", TensorProto.UINT8, 4), outputs, stage_one_metadata())

    root = joints[:, JOINTS.index(ROOT), None]
    anchor = anchor_pixels(keypoints, np.ones((len(keypoints), K), bool))
    joints_view = (joints - root) @ np.swapaxes(view_from_camera(rays(anchor, CAMERA)), 1, 2)
    constants = {"pose": joints_view[:1].astype(np.float32), "first": np.array([0]), "one": np.array([1])}
    nodes = [
        helper.make_node("Shape", ["people"], ["shape"]),
        helper.make_node("Slice", ["shape", "first", "one"], ["count"]),
        helper.make_node("Concat", ["count", "one", "one"], ["repeats"], axis=0),
        helper.make_node("Tile", ["pose", "repeats"], ["joints"]),
    ]
    save(folder / STAGE_TWO_FILE, nodes, constants, ("people", TensorProto.FLOAT, 2), {"joints": joints_view},
         stage_two_metadata())


def save(path, nodes, constants, given, outputs, metadata):
    """Writes an ONNX graph; `given` is the input's (name, type, number of axes), `outputs` name -> example."""
    name, kind, axes = given
    graph = helper.make_graph(
        nodes, path.stem, [helper.make_tensor_value_info(name, kind, [None] * axes)],
        [helper.make_tensor_value_info(each, TensorProto.FLOAT, [None] * (value.ndim + (each != "joints")))
         for each, value in outputs.items()],
        [numpy_helper.from_array(value, each) for each, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
