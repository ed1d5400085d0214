"""One person's motion as a Biovision hierarchy: centimetres, degrees, Y up, the person facing +Z at rest.

Every joint has three rotation channels, locked ones at zero, because common importers refuse one or two. Rotations
about the person's own axes are the chain's angles as they are; only shoulders, whose axes lie in the scapular plane,
are converted. The hands, toes and the top of the head are end sites.
"""

import os

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import ANGLES, BONES
from mocap_ros.geometry.rotation import (
    angles_to_matrix, matrix_to_angles, matrix_to_quaternion, quaternion_to_matrix,
)
from mocap_ros.kinematics.chain import LINK_ANGLES
from mocap_ros.kinematics.rest_pose import AXES, REST_DIRECTIONS
from mocap_ros.motion_export.hierarchy import Hierarchy, format_hierarchy, parse_hierarchy
from mocap_ros.motion_export.motion import Motion, at_even_times, motions_of

CENTIMETRES = 100.0  # a metre
BVH_FROM_BODY = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])  # X to the left, Y to the head, Z out of the chest
X, Y, Z = np.eye(3)
_ROOT_ORDER = "YXZ"  # heading first
_SHOULDER_ORDER = "ZXY"
_BODY_ORDER = "XZY"  # body axes y, x, z: flexion, abduction or lateral, twist
_AXIS = dict(zip("XYZ", (X, Y, Z)))

# Depth first: node, parent, bones from the parent's origin, None or the chain's link that turns there
_NODES = [
    ("pelvis", None, (), None), ("spine", "pelvis", ("spine",), "torso"), ("neck", "spine", ("neck",), "head"),
    ("head", "neck", ("head",), None), ("head_top", "head", ("head_top",), None),
]
for _s in ("r_", "l_"):
    _NODES += [
        (_s + "shoulder", "spine", ("neck", _s + "shoulder"), _s + "upper_arm"),
        (_s + "elbow", _s + "shoulder", (_s + "elbow",), _s + "forearm"),
        (_s + "wrist", _s + "elbow", (_s + "wrist",), None), (_s + "hand", _s + "wrist", (_s + "hand",), None),
    ]
for _s in ("r_", "l_"):
    _NODES += [
        (_s + "hip", "pelvis", (_s + "hip",), _s + "thigh"), (_s + "knee", _s + "hip", (_s + "knee",), _s + "shank"),
        (_s + "ankle", _s + "knee", (_s + "ankle",), _s + "foot"), (_s + "toe", _s + "ankle", (_s + "toe",), None),
    ]
_ENDS = ("head_top", "r_hand", "l_hand", "r_toe", "l_toe")
_NAMES = tuple(entry[0] for entry in _NODES)


def write_bvh(path, motion, plane=None, rate=None):
    """Writes one person's motion; an existing file is replaced only when the new one is whole.

    Args:
        path: of the file.
        motion: Motion of at least one instant.
        plane: GroundPlane under the camera: the file's floor is then Y = 0. None: the camera is taken for level, and
            the file's origin is the camera.
        rate: frames a second; None for the motion's own.
    """
    if len(motion) == 0:
        raise SkeletonError("a motion without instants: wanted at least one")
    motion = at_even_times(motion, rate)
    step = float(np.median(np.diff(motion.times))) if len(motion) > 1 else 1 / 30
    text = format_hierarchy(_hierarchy(motion, plane), step)
    unfinished = f"{path}.part"
    with open(unfinished, "w", encoding="ascii") as file:
        file.write(text)
    os.replace(unfinished, path)


def write_bvh_per_person(frames, folder, plane=None, rate=None):
    """Writes `<id>.bvh` of everybody in some PeopleFrames into an existing folder.

    Args:
        frames: PeopleFrames in order of time.
        folder: where the files go.
        plane, rate: as in write_bvh.

    Returns:
        Paths of the files, in order of appearance.
    """
    paths = []
    for motion in motions_of(frames):
        paths.append(os.path.join(folder, f"{motion.id}.bvh"))
        write_bvh(paths[-1], motion, plane, rate)
    return paths


def read_bvh(path, plane=None):
    """The Motion in a file that write_bvh wrote; its times start at zero and its id is empty.

    Args:
        path: of the file.
        plane: the GroundPlane that the file was written with, or None.

    Raises:
        SkeletonError: a file that is no BVH, or of another skeleton.
    """
    with open(path, encoding="utf-8", errors="replace") as file:
        hierarchy, step = parse_hierarchy(file.read())
    if hierarchy.names != _NAMES:
        raise SkeletonError(f"{path}: joints {', '.join(hierarchy.names[:4])} ...: wanted this package's own skeleton")
    lengths = np.zeros(len(BONES))
    for name, _, bones, _ in _NODES[1:]:
        offset = BVH_FROM_BODY.T @ hierarchy.offsets[_NAMES.index(name)] / CENTIMETRES
        if len(bones) > 1:  # shoulders hang from the spine's node
            offset = offset - lengths[BONES.index(bones[0])] * REST_DIRECTIONS[BONES.index(bones[0])]
        lengths[BONES.index(bones[-1])] = np.linalg.norm(offset)
    bvh_from_camera, height = _world(plane)
    rotations = {name: np.radians(hierarchy.rotations[name]) for name in hierarchy.rotations}
    root = angles_to_matrix(rotations["pelvis"], [_AXIS[c] for c in _ROOT_ORDER])
    angles = np.zeros((len(root), len(ANGLES)))
    for name, _, _, link in _NODES:
        if link is not None:
            angles[:, LINK_ANGLES[link]] = _angles_of(rotations[name], link)
    position = (hierarchy.root_position / CENTIMETRES - [0, height, 0]) @ bvh_from_camera
    orientation = matrix_to_quaternion(bvh_from_camera.T @ root @ BVH_FROM_BODY)
    return Motion("", step * np.arange(len(root)), lengths, position, orientation, angles)


def _hierarchy(motion, plane):
    bvh_from_camera, height = _world(plane)
    offsets = np.zeros((len(_NODES), 3))
    for n, (_, _, bones, _) in enumerate(_NODES):
        for bone in bones:
            k = BONES.index(bone)
            offsets[n] += CENTIMETRES * BVH_FROM_BODY @ (motion.bone_lengths[k] * REST_DIRECTIONS[k])
    root = bvh_from_camera @ quaternion_to_matrix(motion.root_orientation) @ BVH_FROM_BODY.T
    rotations, orders = {}, {}
    for name, _, _, link in _NODES:
        if name in _ENDS:
            continue
        orders[name] = _ROOT_ORDER if name == "pelvis" else _SHOULDER_ORDER if "shoulder" in name else _BODY_ORDER
        if name == "pelvis":
            rotations[name] = np.degrees(_continuous(matrix_to_angles(root, [_AXIS[c] for c in _ROOT_ORDER])))
        else:
            rotations[name] = np.degrees(_channels(motion.angles, link))
    position = CENTIMETRES * (motion.root_position @ bvh_from_camera.T + [0, height, 0])
    parents = tuple(entry[1] for entry in _NODES)
    return Hierarchy(_NAMES, parents, offsets, _ENDS, orders, position, rotations)


def _world(plane):
    """Rotation from the camera frame to the file's and the camera's height [m] in the file."""
    if plane is None:
        return np.diag([1.0, -1, -1]), 0.0
    backwards = -(Z - (Z @ plane.up) * plane.up)
    backwards /= np.linalg.norm(backwards)
    return np.stack([np.cross(plane.up, backwards), plane.up, backwards]), plane.height


def _channels(angles, link):
    """Channel values (T, 3) [rad] of a link's angles, in the order of its channels."""
    values = np.zeros((len(angles), 3))
    if link is None:
        return values
    indices = LINK_ANGLES[link]
    if link.endswith("upper_arm"):
        turned = BVH_FROM_BODY @ angles_to_matrix(angles[:, indices], AXES[indices]) @ BVH_FROM_BODY.T
        return _continuous(matrix_to_angles(turned, [_AXIS[c] for c in _SHOULDER_ORDER]))
    for k in indices:
        axis = BVH_FROM_BODY @ AXES[k]
        values[:, _BODY_ORDER.index("XYZ"[np.abs(axis).argmax()])] = angles[:, k] * axis.sum()
    return values


def _angles_of(channels, link):
    """The inverse of _channels: a link's angles (T, its number) [rad]."""
    indices = LINK_ANGLES[link]
    if link.endswith("upper_arm"):
        turned = angles_to_matrix(channels, [_AXIS[c] for c in _SHOULDER_ORDER])
        return matrix_to_angles(BVH_FROM_BODY.T @ turned @ BVH_FROM_BODY, AXES[indices])
    axes = AXES[indices] @ BVH_FROM_BODY.T
    return np.stack([
        channels[:, _BODY_ORDER.index("XYZ"[np.abs(axis).argmax()])] * axis.sum() for axis in axes
    ], -1)


def _continuous(angles):
    """Triples of angles (T, 3) [rad] replaced by equal rotations that jump least from one instant to the next."""
    chosen = np.array(angles)
    for t in range(1, len(chosen)):
        candidates = np.stack([chosen[t], chosen[t] * [1, -1, 1] + np.pi])  # two triples of every rotation
        candidates += 2 * np.pi * np.round((chosen[t - 1] - candidates) / (2 * np.pi))
        chosen[t] = candidates[np.abs(candidates - chosen[t - 1]).sum(1).argmin()]
    return chosen

