"""Everybody in one animated scene, binary glTF 2.0 through pygltflib: metres, seconds, Y up, at rest facing +Z.

A person is a skinned mesh on a skeleton of NODES below a node of the person's id. The skeleton's motion has the frames'
own times. While the person is unseen that node is shrunk to nothing: before the first and after the last frame, and in
gaps longer than LONGEST_GAP and three frames.
"""

import os

import numpy as np

from mocap_ros.datatypes.errors import ImageError, needing_extra
from mocap_ros.geometry.rotation import matrix_to_quaternion, quaternion_to_matrix
from mocap_ros.kinematics.chain import LINKS, local_rotations
from mocap_ros.motion_export.bone_mesh import bone_mesh, rest_positions
from mocap_ros.motion_export.file_skeleton import (
    file_from_camera, FILE_FROM_BODY, NAMES, NODES, rest_offsets, root_positions,
)
from mocap_ros.motion_export.overlay import colour_of

with needing_extra("glTF", "export"):
    import pygltflib as gltf

LONGEST_GAP = 0.5  # s between two frames of a person who is taken for seen
LARGEST = 2 ** 32 - 1  # bytes that a binary glTF can hold
_KINDS = {np.dtype("f4"): gltf.FLOAT, np.dtype("u1"): gltf.UNSIGNED_BYTE}
_SHAPES = {(): gltf.SCALAR, (3,): gltf.VEC3, (4,): gltf.VEC4, (4, 4): gltf.MAT4}


def write_gltf(path, motions, begin, plane=None):
    """Writes a .glb; an existing file is replaced only when the new one is whole. All of it is put together in memory:
    about 250 bytes a person and frame.

    Args:
        path: of the file.
        motions: Motions of at least one instant, read one at a time.
        begin: what the animation takes for zero [s].
        plane: GroundPlane under the camera: the scene's floor is then Y = 0. None: the camera is taken for level, and
            the scene's origin is the camera.

    Raises:
        ImageError: more than 4 GiB.
    """
    scene = _Scene()
    for motion in motions:
        scene.add(motion, begin, plane)
    if len(scene.data) > LARGEST - 2 ** 20:
        raise ImageError(f"{path}: {len(scene.data) / 2 ** 30:.1f} GiB: a binary glTF holds at most 4")
    unfinished = f"{path}.part"
    scene.save(unfinished)
    os.replace(unfinished, path)


class _Scene:
    """A glTF file in the making.

    Attributes:
        file: GLTF2.
        data: its binary part.
    """

    def __init__(self):
        self.data = bytearray()
        self.file = gltf.GLTF2(asset=gltf.Asset(version="2.0", generator="mocap_ros"),
                               animations=[gltf.Animation(name="motion")], scenes=[gltf.Scene(name="people")], scene=0)

    def add(self, motion, begin, plane):
        """Adds one person."""
        first = self._add_nodes(motion)
        self._add_mesh(motion, first)
        self._animate(motion, first, motion.times - begin, plane)

    def save(self, path):
        self.file.buffers = [gltf.Buffer(byteLength=len(self.data))]
        self.file.set_binary_blob(bytes(self.data))
        self.file.save_binary(path)

    def _add_nodes(self, motion):
        """The node of the id and those of the skeleton below it; returns the index of the skeleton's first."""
        first = len(self.file.nodes) + 1
        self.file.nodes.append(gltf.Node(name=motion.id, children=[first]))
        for n, (node, offset) in enumerate(zip(NODES, rest_offsets(motion.bone_lengths).tolist())):
            below = [first + k for k, each in enumerate(NODES) if each.parent == node.name]
            self.file.nodes.append(gltf.Node(name=f"{node.name}_{motion.id}", translation=offset, children=below))
        self.file.scenes[0].nodes.append(first - 1)
        return first

    def _add_mesh(self, motion, first):
        corners, normals, carriers = bone_mesh(motion.bone_lengths)
        binding = np.tile(np.eye(4), (len(NODES), 1, 1))
        binding[:, :3, 3] = -rest_positions(motion.bone_lengths)
        blue, green, red = ((each / 255) ** 2.2 for each in colour_of(motion.id))  # glTF's colours are linear
        self.file.materials.append(gltf.Material(name=motion.id, pbrMetallicRoughness=gltf.PbrMetallicRoughness(
            baseColorFactor=[red, green, blue, 1.0], metallicFactor=0.0, roughnessFactor=0.8)))
        joints = np.zeros((len(carriers), 4), np.uint8)
        joints[:, 0] = carriers
        attributes = gltf.Attributes(
            POSITION=self._accessor(corners, gltf.ARRAY_BUFFER, bounds=True),
            NORMAL=self._accessor(normals, gltf.ARRAY_BUFFER),
            JOINTS_0=self._accessor(joints, gltf.ARRAY_BUFFER),
            WEIGHTS_0=self._accessor(np.tile([1.0, 0, 0, 0], (len(carriers), 1)), gltf.ARRAY_BUFFER))
        self.file.meshes.append(gltf.Mesh(name=motion.id, primitives=[
            gltf.Primitive(attributes=attributes, material=len(self.file.materials) - 1)]))
        self.file.skins.append(gltf.Skin(name=motion.id, skeleton=first, joints=[first + n for n in range(len(NODES))],
                                         inverseBindMatrices=self._accessor(binding.swapaxes(1, 2))))  # by columns
        self.file.nodes.append(gltf.Node(name=f"body_{motion.id}", mesh=len(self.file.meshes) - 1,
                                         skin=len(self.file.skins) - 1))
        self.file.scenes[0].nodes.append(len(self.file.nodes) - 1)

    def _animate(self, motion, first, times, plane):
        instants = self._accessor(times, bounds=True)
        self._channel(instants, root_positions(motion, plane), first, gltf.TRANSLATION)
        for name, quaternions in _node_rotations(motion, plane):
            self._channel(instants, quaternions, first + NAMES.index(name), gltf.ROTATION)
        switched, seen = _visible(times)
        self._channel(self._accessor(switched, bounds=True), np.repeat(seen[:, None], 3, axis=1), first - 1,
                      gltf.SCALE, gltf.ANIM_STEP)

    def _channel(self, instants, values, node, path, interpolation=gltf.ANIM_LINEAR):
        animation = self.file.animations[0]
        animation.samplers.append(gltf.AnimationSampler(
            input=instants, output=self._accessor(values), interpolation=interpolation))
        animation.channels.append(gltf.AnimationChannel(
            sampler=len(animation.samplers) - 1, target=gltf.AnimationChannelTarget(node=node, path=path)))

    def _accessor(self, values, target=None, bounds=False):
        """Index of a new accessor with `values`, (count, ...), as float32 or bytes."""
        values = np.ascontiguousarray(values if values.dtype == np.uint8 else values.astype("<f4"))
        self.file.bufferViews.append(gltf.BufferView(buffer=0, byteOffset=len(self.data), byteLength=values.nbytes,
                                                     target=target))
        self.data += values.tobytes()
        limits = {"min": np.atleast_1d(values.min(0)).tolist(), "max": np.atleast_1d(values.max(0)).tolist()}
        self.file.accessors.append(gltf.Accessor(
            bufferView=len(self.file.bufferViews) - 1, componentType=_KINDS[values.dtype], count=len(values),
            type=_SHAPES[values.shape[1:]], **(limits if bounds else {})))
        return len(self.file.accessors) - 1


def _node_rotations(motion, plane):
    """(name, parent_from_node xyzw (T, 4)) of every node that turns; neighbours in time lie on one half-sphere."""
    camera, _ = file_from_camera(plane)
    turned = local_rotations(motion.angles)[2]  # (T, 12, 3, 3)
    for node in NODES:
        if node.link is None:
            continue
        if node.parent is None:
            matrix = camera @ quaternion_to_matrix(motion.root_orientation) @ FILE_FROM_BODY.T
        else:
            matrix = FILE_FROM_BODY @ turned[:, LINKS.index(node.link) - 1] @ FILE_FROM_BODY.T
        quaternions = matrix_to_quaternion(matrix)
        against = (quaternions[1:] * quaternions[:-1]).sum(-1) < 0
        quaternions[1:][np.logical_xor.accumulate(against)] *= -1
        yield node.name, quaternions


def _visible(times):
    """Instants (S,) [s] at which a person comes and goes, half a frame beside its images, and 1 or 0 from each on."""
    gaps = np.diff(times)
    frame = float(np.median(gaps)) if len(gaps) else 1 / 30
    breaks = np.flatnonzero(gaps > max(LONGEST_GAP, 3 * frame))
    begins = times[np.concatenate([[0], breaks + 1])] - frame / 2
    ends = times[np.concatenate([breaks, [len(times) - 1]])] + frame / 2
    instants = np.stack([begins, ends], 1).ravel()
    seen = np.tile([1.0, 0.0], len(begins))
    if instants[0] > 0:
        return np.concatenate([[0.0], instants]), np.concatenate([[0.0], seen])
    instants[0] = 0.0
    return instants, seen
