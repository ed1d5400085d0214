"""One person's motion as a Biovision hierarchy: centimetres, degrees, Y up, the person facing +Z at rest.

Every joint has three rotation channels, locked ones at zero, because common importers refuse one or two. Rotations
about the person's own axes are the chain's angles as they are; only shoulders, whose axes lie in the scapular plane,
are converted. The hands, toes and the top of the head are end sites.
"""

import os

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import BONES
from mocap_ros.geometry.hierarchy import Hierarchy, parse_hierarchy, write_hierarchy
from mocap_ros.geometry.rotation import (
    angles_to_matrix, matrix_to_angles, matrix_to_quaternion, quaternion_to_matrix,
)
from mocap_ros.kinematics.chain import LINK_ANGLES
from mocap_ros.kinematics.rest_pose import AXES, REST_DIRECTIONS
from mocap_ros.motion_export.file_skeleton import (
    ENDS, file_from_camera, FILE_FROM_BODY, NAMES, NODES, PARENTS, rest_offsets, root_positions,
)
from mocap_ros.motion_export.motion import at_times, even_times, Motion

CENTIMETRES = 100.0  # a metre
BLOCK = 4096  # frames in memory at a time
UNKNOWN_RATE = 30.0  # frames/s that a file of a single frame claims
_ROOT_ORDER = "YXZ"  # heading first
_SHOULDER_ORDER = "ZXY"
_BODY_ORDER = "XZY"  # body axes y, x, z: flexion, abduction or lateral, twist
_AXIS = dict(zip("XYZ", np.eye(3)))
_END_NAMES = {f"{node.parent}_end": node.name for node in NODES if node.name in ENDS}


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
    times = even_times(motion, rate)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1 / (rate or UNKNOWN_RATE)
    unfinished = f"{path}.part"
    with open(unfinished, "w", encoding="ascii") as file:
        write_hierarchy(file, _pieces(motion, times, plane), len(times), step)
    os.replace(unfinished, path)


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
    if tuple(_END_NAMES.get(name, name) for name in hierarchy.names) != NAMES:
        raise SkeletonError(f"{path}: joints {', '.join(hierarchy.names[:4])} ...: wanted this package's own skeleton")
    if hierarchy.shifted:
        raise SkeletonError(f"{path}: position channels on {hierarchy.shifted[0]}: wanted them on the root only")
    lengths = np.zeros(len(BONES))
    for node, offset in zip(NODES[1:], hierarchy.offsets[1:]):
        offset = FILE_FROM_BODY.T @ offset / CENTIMETRES
        if len(node.bones) > 1:  # shoulders hang from the spine's node
            bone = BONES.index(node.bones[0])
            offset = offset - lengths[bone] * REST_DIRECTIONS[bone]
        lengths[BONES.index(node.bones[-1])] = np.linalg.norm(offset)
    rotation, height = file_from_camera(plane)
    rotations = {name: np.radians(hierarchy.rotations[name]) for name in hierarchy.rotations}
    root = rotation.T @ angles_to_matrix(rotations["pelvis"], [_AXIS[c] for c in _ROOT_ORDER]) @ FILE_FROM_BODY
    angles = np.zeros((len(root), len(AXES)))
    for node in NODES[1:]:
        if node.link is not None:
            angles[:, LINK_ANGLES[node.link]] = _angles_of(rotations[node.name], node.link)
    position = (hierarchy.root_position / CENTIMETRES - [0, height, 0]) @ rotation
    return Motion("", step * np.arange(len(root)), lengths, position, matrix_to_quaternion(root), angles)


def _pieces(motion, times, plane):
    """Hierarchies of the motion at `times`, BLOCK frames each: a long motion is not in memory at once."""
    last = {}  # each node's channels in the frame before [rad]
    for begin in range(0, len(times), BLOCK):
        yield _hierarchy(at_times(motion, times[begin:begin + BLOCK]), plane, last)


def _hierarchy(motion, plane, last):
    """Hierarchy of a piece of motion that goes on where `last` was; brings `last` up to date."""
    rotation, _ = file_from_camera(plane)
    root = rotation @ quaternion_to_matrix(motion.root_orientation) @ FILE_FROM_BODY.T
    rotations, orders = {}, {}
    for node in NODES:
        if node.name in ENDS:
            continue
        if node.parent is None:
            orders[node.name] = _ROOT_ORDER
            channels = matrix_to_angles(root, [_AXIS[c] for c in _ROOT_ORDER])
        else:
            orders[node.name] = _SHOULDER_ORDER if "shoulder" in node.name else _BODY_ORDER
            channels = _channels(motion.angles, node.link)
        if orders[node.name] != _BODY_ORDER:
            channels = _continuous(channels, last.get(node.name))
        last[node.name] = channels[-1]
        rotations[node.name] = np.degrees(channels)
    return Hierarchy(NAMES, PARENTS, CENTIMETRES * rest_offsets(motion.bone_lengths), ENDS, orders,
                     CENTIMETRES * root_positions(motion, plane), rotations)


def _channels(angles, link):
    """Channel values (T, 3) [rad] of a link's angles, in the order of its channels."""
    values = np.zeros((len(angles), 3))
    if link is None:
        return values
    indices = LINK_ANGLES[link]
    if link.endswith("upper_arm"):
        turned = FILE_FROM_BODY @ angles_to_matrix(angles[:, indices], AXES[indices]) @ FILE_FROM_BODY.T
        return matrix_to_angles(turned, [_AXIS[c] for c in _SHOULDER_ORDER])
    for k in indices:
        axis = FILE_FROM_BODY @ AXES[k]
        values[:, _BODY_ORDER.index("XYZ"[np.abs(axis).argmax()])] = angles[:, k] * axis.sum()
    return values


def _angles_of(channels, link):
    """The inverse of _channels: a link's angles (T, its number) [rad]."""
    indices = LINK_ANGLES[link]
    if link.endswith("upper_arm"):
        turned = angles_to_matrix(channels, [_AXIS[c] for c in _SHOULDER_ORDER])
        return matrix_to_angles(FILE_FROM_BODY.T @ turned @ FILE_FROM_BODY, AXES[indices])
    axes = AXES[indices] @ FILE_FROM_BODY.T
    return np.stack([
        channels[:, _BODY_ORDER.index("XYZ"[np.abs(axis).argmax()])] * axis.sum() for axis in axes
    ], -1)


def _continuous(angles, before=None):
    """Triples of angles (T, 3) [rad] replaced by equal rotations that jump least from one instant to the next.

    Args:
        before: the triple (3,) before the first of them; None where there is none.
    """
    if before is not None:
        return _continuous(np.concatenate([before[None], angles]))[1:]
    other = angles * [1, -1, 1] + np.pi  # the second of the two triples of every rotation
    stay, change = (np.abs((each - angles[:-1] + np.pi) % (2 * np.pi) - np.pi).sum(1)
                    for each in (angles[1:], other[1:]))
    changed = np.concatenate([[False], np.logical_xor.accumulate(change < stay)])
    return np.unwrap(np.where(changed[:, None], other, angles), axis=0)
