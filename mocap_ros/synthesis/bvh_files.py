"""BVH files: any skeleton as numbers, and recordings with the CMU conversion's joint names as MotionClips."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.motion import SEGMENTS, Z_UP_FROM_Y_UP, MotionClip, read_text, to_z_up

SIDE_NAMES = {
    "clavicle": "Collar",
    "upper_arm": "Shldr",
    "forearm": "ForeArm",
    "hand": "Hand",
    "thigh": "Thigh",
    "shin": "Shin",
    "foot": "Foot",
}
NAMES = {"pelvis": "hip", "abdomen": "abdomen", "chest": "chest", "neck": "neck", "head": "head"}
for _side in "lr":
    NAMES.update({f"{_side}_{part}": _side + name for part, name in SIDE_NAMES.items()})


@dataclass(frozen=True, eq=False)
class BvhTree:
    """A BVH file as numbers, in the file's own axes and lengths, angles in radians.

    Attributes:
        names, parents, offsets, channels: per joint, parents before children; parent -1 for the root.
        end_offsets: offset of a joint's end site by joint name.
        values: (T, channels in all).
        frame_seconds: seconds between two frames.
    """

    names: tuple
    parents: tuple
    offsets: np.ndarray
    channels: tuple
    end_offsets: dict
    values: np.ndarray
    frame_seconds: float


def parse_bvh(text):
    """The BvhTree of a BVH file's text.

    Raises:
        SkeletonError: no MOTION section, or rows that do not hold one number per channel.
    """
    head, found, motion = text.partition("MOTION")
    if not found:
        raise SkeletonError("BVH text without a MOTION section")
    names, parents, offsets, channels, ends, stack = [], [], [], [], {}, []
    in_end_site = False
    for line in head.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("ROOT", "JOINT"):
            names.append(words[1])
            parents.append(stack[-1] if stack else -1)
            current, in_end_site = len(names) - 1, False
        elif words[0] == "End":
            current, in_end_site = stack[-1], True
        elif words[0] == "{":
            stack.append(current)
        elif words[0] == "}":
            stack.pop()
        elif words[0] == "OFFSET":
            offset = [float(word) for word in words[1:4]]
            if in_end_site:
                ends[names[current]] = np.array(offset)
            else:
                offsets.append(offset)
        elif words[0] == "CHANNELS":
            channels.append(tuple(words[2:]))
    lines = [line for line in motion.splitlines() if line.strip()]
    values = np.array([line.split() for line in lines[2:]], float)
    wanted = sum(len(each) for each in channels)
    if values.ndim != 2 or values.shape[1] != wanted:
        raise SkeletonError(f"BVH motion of shape {values.shape}: wanted {wanted} numbers in every row")
    start = 0
    for each in channels:
        for offset, channel in enumerate(each):
            if channel.endswith("rotation"):
                values[:, start + offset] = np.deg2rad(values[:, start + offset])
        start += len(each)
    return BvhTree(
        tuple(names), tuple(parents), np.array(offsets), tuple(channels), ends, values, float(lines[1].split()[-1])
    )


def bvh_globals(tree):
    """Rotations (T, joints, 3, 3) and positions (T, joints, 3) of a BVH tree in the file's own world."""
    rotations, positions, start = [], [], 0
    for joint, parent in enumerate(tree.parents):
        rotation = np.broadcast_to(np.eye(3), (len(tree.values), 3, 3))
        offset = np.tile(tree.offsets[joint], (len(tree.values), 1))
        for channel in tree.channels[joint]:
            column = tree.values[:, start]
            if channel.endswith("position"):
                if parent < 0:
                    offset[:, "XYZ".index(channel[0])] = column
            else:
                rotation = rotation @ axis_turn(channel[0], column)
            start += 1
        if parent < 0:
            rotations.append(rotation)
            positions.append(offset)
        else:
            rotations.append(rotations[parent] @ rotation)
            positions.append(positions[parent] + np.einsum("tij,tj->ti", rotations[parent], offset))
    return np.stack(rotations, 1), np.stack(positions, 1)


def read_bvh(path):
    """MotionClip of a BVH file with the CMU conversion's joint names; its first frame, the rest pose, is dropped.

    Raises:
        SkeletonError: a joint name is missing.
    """
    tree = parse_bvh(read_text(path))
    missing = [name for name in NAMES.values() if name not in tree.names]
    if missing:
        raise SkeletonError(f"{path}: no joint {', '.join(missing)}. Available: {', '.join(tree.names)}")
    index = {name: i for i, name in enumerate(tree.names)}
    rotations, positions = bvh_globals(tree)
    chosen = rotations[:, [index[NAMES[segment]] for segment in SEGMENTS]]

    def offset(name):
        return Z_UP_FROM_Y_UP @ tree.offsets[index[name]]

    rest = {}
    for side in "lr":
        rest[f"{side}_upper_arm"], rest[f"{side}_forearm"] = offset(side + "ForeArm"), offset(side + "Hand")
        rest[f"{side}_hand"], rest[f"{side}_palm"] = (
            offset(side + "Mid1"),
            offset(side + "Index1") - offset(side + "Pinky1"),
        )
        rest[f"{side}_thigh"], rest[f"{side}_shin"] = offset(side + "Shin"), offset(side + "Foot")
        rest[f"{side}_foot"] = Z_UP_FROM_Y_UP @ tree.end_offsets[side + "Foot"]
        rest[f"{side}_hinge"] = np.cross(rest[f"{side}_upper_arm"], rest[f"{side}_forearm"])
    root = positions[:, 0] @ Z_UP_FROM_Y_UP.T * 0.01
    return MotionClip(to_z_up(chosen)[1:], root[1:], 1 / tree.frame_seconds, rest)
