"""The animated scene, evaluated as the glTF specification says and by nothing of ours."""

import numpy as np
import pygltflib
import pytest

from mocap_ros.datatypes.skeleton import JOINTS
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.motion_export.bone_mesh import bone_mesh
from mocap_ros.motion_export.file_skeleton import NAMES, NODES
from mocap_ros.motion_export.people_files import GLTF, PeopleFiles, SCENE
from people_scenes import RATE, true_joints, walk

FRAMES = [walk(number) for number in range(60)]
COMPONENTS = {pygltflib.FLOAT: "<f4", pygltflib.UNSIGNED_BYTE: "u1"}
COUNTS = {"SCALAR": (), "VEC3": (3,), "VEC4": (4,), "MAT4": (4, 4)}


def scene(folder, plane=None):
    with PeopleFiles(folder, (GLTF,), plane) as files:
        for frame in FRAMES:
            files.add(frame)
    return pygltflib.GLTF2().load_binary(str(folder / SCENE))


def values(file, index):
    accessor = file.accessors[index]
    view = file.bufferViews[accessor.bufferView]
    data = file.binary_blob()[view.byteOffset:view.byteOffset + view.byteLength]
    return np.frombuffer(data, COMPONENTS[accessor.componentType]).reshape((accessor.count, *COUNTS[accessor.type]))


def pose(file, time):
    """World matrix of every node at `time`, by the node's index; rotations only at keyframes, so nothing is blended."""
    local = {}
    for n, node in enumerate(file.nodes):
        local[n] = {"translation": node.translation or [0, 0, 0], "rotation": node.rotation or [0, 0, 0, 1],
                    "scale": node.scale or [1, 1, 1]}
    for channel in file.animations[0].channels:
        sampler = file.animations[0].samplers[channel.sampler]
        times, outputs = values(file, sampler.input), values(file, sampler.output)
        if sampler.interpolation == "STEP":
            row = max(0, np.searchsorted(times, time, side="right") - 1)
        else:
            row = np.abs(times - time).argmin()
        local[channel.target.node][channel.target.path] = outputs[row]
    world = {}

    def place(n, above):
        x, y, z, w = local[n]["rotation"]
        turn = np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                         [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                         [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = turn * local[n]["scale"], local[n]["translation"]
        world[n] = above @ matrix
        for child in file.nodes[n].children:
            place(child, world[n])

    for n in file.scenes[file.scene].nodes:
        place(n, np.eye(4))
    return world


@pytest.mark.parametrize("plane", [None, level_ground(1.4, 0.2)])
def test_every_joint_is_where_it_was_in_every_frame(tmp_path, plane):
    file = scene(tmp_path, plane)
    index = {node.name: n for n, node in enumerate(file.nodes)}
    rotation, height = np.diag([1.0, -1, -1]), 0.0
    if plane is not None:
        sine, cosine = np.sin(0.2), np.cos(0.2)
        rotation, height = np.array([[1, 0, 0], [0, -cosine, -sine], [0, sine, -cosine]]), 1.4
    for number, frame in enumerate(FRAMES):
        world = pose(file, number / RATE)
        for person in frame.people:
            wanted = true_joints(person) @ rotation.T + [0, height, 0]
            seen = np.array([world[index[f"{joint}_{person.id}"]][:3, 3] for joint in JOINTS])
            assert np.abs(seen - wanted).max() < 1e-5  # m: single precision


def test_people_are_there_only_while_they_are_seen(tmp_path):
    file = scene(tmp_path)
    index = {node.name: n for n, node in enumerate(file.nodes)}
    for number in range(60):
        world = pose(file, number / RATE)
        size = np.linalg.det(world[index["pelvis_bbbbb"]][:3, :3])
        assert size == pytest.approx(1 if 10 <= number < 25 or 45 <= number else 0, abs=1e-5)
        assert np.linalg.det(world[index["pelvis_aaaaa"]][:3, :3]) == pytest.approx(1, abs=1e-5)


def test_the_skin_holds_the_bones_to_their_joints(tmp_path):
    file = scene(tmp_path)
    index = {node.name: n for n, node in enumerate(file.nodes)}
    for skin, mesh, person in zip(file.skins, file.meshes, FRAMES[15].people):
        attributes = mesh.primitives[0].attributes
        corners, carriers = values(file, attributes.POSITION), values(file, attributes.JOINTS_0)[:, 0]
        binding = values(file, skin.inverseBindMatrices).swapaxes(1, 2)
        world = pose(file, 15 / RATE)
        matrices = np.array([world[joint] for joint in skin.joints]) @ binding
        placed = (matrices[carriers] @ np.concatenate([corners, np.ones((len(corners), 1))], 1)[..., None])[:, :3, 0]
        for n, node in enumerate(NODES[1:], 1):  # each bone's solid begins and ends at its joints
            for name in (node.name, node.parent):
                joint = world[index[f"{name}_{person.id}"]][:3, 3]
                assert np.linalg.norm(placed - joint, axis=1).min() < 1e-5, name  # m
        assert file.nodes[skin.joints[0]].name == f"pelvis_{person.id}"
        assert len(skin.joints) == len(NAMES) and values(file, attributes.WEIGHTS_0).sum(1) == pytest.approx(1)


def test_solids_look_outwards():
    lengths = FRAMES[0].people[0].bone_lengths
    corners, normals, carriers = bone_mesh(lengths)
    assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-12
    for first in range(0, len(corners), 24):  # eight triangles a bone
        solid = corners[first:first + 24]
        assert ((solid - solid.mean(0)) * normals[first:first + 24]).sum(1).min() > 0
        assert len(set(carriers[first:first + 24])) == 1


def test_curves_take_the_short_way_between_keyframes(tmp_path):
    file = scene(tmp_path)
    for channel in file.animations[0].channels:
        if channel.target.path == "rotation":
            turns = values(file, file.animations[0].samplers[channel.sampler].output)
            assert np.linalg.norm(turns, axis=1) == pytest.approx(1, abs=1e-6)
            assert (turns[1:] * turns[:-1]).sum(1).min() > 0
