"""Recorded motion: BVH and ASF/AMC readers, and the transfer to the body's own rest pose.

Every reader returns a MotionClip. World axes: Z up, the body at rest faces -Y, its left is +X (the body model's axes).
A Y-up file's (x, y, z) becomes (x, -z, y). Degrees, centimetres and the ASF unit are converted here.
"""

from dataclasses import dataclass
import gzip
import re

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError

# Body segments that carry a rotation of their own, S = 19; parents before children.
SEGMENTS = (
    "pelvis", "abdomen", "chest", "neck", "head",
    "l_clavicle", "l_upper_arm", "l_forearm", "l_hand", "l_thigh", "l_shin", "l_foot",
    "r_clavicle", "r_upper_arm", "r_forearm", "r_hand", "r_thigh", "r_shin", "r_foot",
)
S = len(SEGMENTS)
SEGMENT_PARENTS = np.array([-1, 0, 1, 2, 3, 2, 5, 6, 7, 0, 9, 10, 2, 12, 13, 14, 0, 16, 17])
SEGMENT_MIRROR = np.array([0, 1, 2, 3, 4, *range(12, 19), *range(5, 12)])
Z_UP_FROM_Y_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])

_BVH_SIDE = {"clavicle": "Collar", "upper_arm": "Shldr", "forearm": "ForeArm", "hand": "Hand", "thigh": "Thigh",
             "shin": "Shin", "foot": "Foot"}
_ASF_SIDE = {"clavicle": "clavicle", "upper_arm": "humerus", "forearm": "radius", "hand": "hand", "thigh": "femur",
             "shin": "tibia", "foot": "foot"}
_BVH_NAMES = {"pelvis": "hip", "abdomen": "abdomen", "chest": "chest", "neck": "neck", "head": "head"}
_ASF_NAMES = {"pelvis": "root", "abdomen": "upperback", "chest": "thorax", "neck": "upperneck", "head": "head"}
for _side in "lr":
    _BVH_NAMES.update({f"{_side}_{part}": _side + name for part, name in _BVH_SIDE.items()})
    _ASF_NAMES.update({f"{_side}_{part}": _side + name for part, name in _ASF_SIDE.items()})
ASF_METRES = 0.0254 / 0.45  # ASF length unit in metres: inches over the file's scale of 0.45


@dataclass(frozen=True, eq=False)
class MotionClip:
    """Recorded movement of one person.

    Attributes:
        rotations: world_from_rest of every segment, (T, S, 3, 3); identity is the source's own rest pose.
        root: place of the pelvis [m], (T, 3).
        rate: frames per second.
        rest: directions of the source's bones at rest by name ("l_upper_arm" ...), each (3,); "l_palm" points across
            the palm from the little finger to the thumb, "l_hinge" is the elbow's axis.
    """

    rotations: np.ndarray
    root: np.ndarray
    rate: float
    rest: dict


def axis_rotation(axis, angle):
    """Rotation matrices about one coordinate axis.

    Args:
        axis: "X", "Y" or "Z".
        angle: [rad], (...).

    Returns:
        (..., 3, 3).
    """
    angle = np.asarray(angle, float)
    cosine, sine, zero, one = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    rows = {
        "X": (one, zero, zero, zero, cosine, -sine, zero, sine, cosine),
        "Y": (cosine, zero, sine, zero, one, zero, -sine, zero, cosine),
        "Z": (cosine, -sine, zero, sine, cosine, zero, zero, zero, one),
    }[axis]
    return np.stack(rows, -1).reshape(angle.shape + (3, 3))


def read_text(path):
    """Text of a plain or gzip-compressed file."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", errors="replace") as file:
        return file.read()


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
    return BvhTree(tuple(names), tuple(parents), np.array(offsets), tuple(channels), ends, values,
                   float(lines[1].split()[-1]))


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
                rotation = rotation @ axis_rotation(channel[0], column)
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
    missing = [name for name in _BVH_NAMES.values() if name not in tree.names]
    if missing:
        raise SkeletonError(f"{path}: no joint {', '.join(missing)}. Available: {', '.join(tree.names)}")
    index = {name: i for i, name in enumerate(tree.names)}
    rotations, positions = bvh_globals(tree)
    chosen = rotations[:, [index[_BVH_NAMES[segment]] for segment in SEGMENTS]]

    def offset(name):
        return Z_UP_FROM_Y_UP @ tree.offsets[index[name]]

    rest = {}
    for side in "lr":
        rest[f"{side}_upper_arm"], rest[f"{side}_forearm"] = offset(side + "ForeArm"), offset(side + "Hand")
        rest[f"{side}_hand"], rest[f"{side}_palm"] = offset(side + "Mid1"), offset(side + "Index1") - offset(side + "Pinky1")
        rest[f"{side}_thigh"], rest[f"{side}_shin"] = offset(side + "Shin"), offset(side + "Foot")
        rest[f"{side}_foot"] = Z_UP_FROM_Y_UP @ tree.end_offsets[side + "Foot"]
        rest[f"{side}_hinge"] = np.cross(rest[f"{side}_upper_arm"], rest[f"{side}_forearm"])
    root = positions[:, 0] @ Z_UP_FROM_Y_UP.T * 0.01
    return MotionClip(_to_z_up(chosen)[1:], root[1:], 1 / tree.frame_seconds, rest)


def _to_z_up(rotations):
    return Z_UP_FROM_Y_UP @ rotations @ Z_UP_FROM_Y_UP.T


def _euler_xyz(angles):
    """ASF's "XYZ": Rz Ry Rx of angles [rad], (..., 3)."""
    return axis_rotation("Z", angles[..., 2]) @ axis_rotation("Y", angles[..., 1]) @ axis_rotation("X", angles[..., 0])


def parse_asf(text):
    """Bones (name -> direction, axis [rad], dof) and parents (name -> name) of an ASF skeleton."""
    body = text.split(":bonedata")[1]
    bones_text, hierarchy = body.split(":hierarchy")
    bones = {}
    for block in re.findall(r"begin(.*?)end", bones_text, re.S):
        words = {line.split()[0]: line.split()[1:] for line in block.strip().splitlines()}
        bones[words["name"][0]] = {
            "direction": np.array(words["direction"], float),
            "axis": np.deg2rad(np.array(words["axis"][:3], float)),
            "dof": tuple(words.get("dof", ())),
        }
    parents = {}
    for line in hierarchy.splitlines():
        words = line.split()
        if len(words) > 1:
            parents.update({child: words[0] for child in words[1:]})
    return bones, parents


def read_amc(skeleton_path, path, rate=30.0):
    """MotionClip of an AMC file on its ASF skeleton.

    Args:
        skeleton_path: the .asf file.
        path: the .amc file, plain or gzip-compressed.
        rate: frames per second, which AMC does not say.
    """
    bones, parents = parse_asf(read_text(skeleton_path))
    frames = []
    for line in read_text(path).splitlines():
        words = line.split()
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1:
            frames.append({})
        else:
            frames[-1][words[0]] = np.array(words[1:], float)
    root = np.stack([frame["root"] for frame in frames])
    rotations = {"root": _euler_xyz(np.deg2rad(root[:, 3:]))}

    def rotation_of(name):
        if name not in rotations:
            bone = bones[name]
            angles = np.zeros((len(frames), 3))
            if name in frames[0]:
                values = np.deg2rad(np.stack([frame[name] for frame in frames]))
                for column, freedom in enumerate(bone["dof"]):
                    if freedom[0] == "r":
                        angles[:, "xyz".index(freedom[1])] = values[:, column]
            axis = _euler_xyz(bone["axis"])
            rotations[name] = rotation_of(parents[name]) @ axis @ _euler_xyz(angles) @ axis.T
        return rotations[name]

    chosen = np.stack([rotation_of(_ASF_NAMES[segment]) for segment in SEGMENTS], 1)
    rest = {}
    for side in "lr":
        for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot"):
            rest[f"{side}_{part}"] = Z_UP_FROM_Y_UP @ bones[side + _ASF_SIDE[part]]["direction"]
        rest[f"{side}_hinge"] = Z_UP_FROM_Y_UP @ _euler_xyz(bones[side + "radius"]["axis"])[:, 0]
        thumb, hand = Z_UP_FROM_Y_UP @ bones[side + "thumb"]["direction"], rest[f"{side}_hand"]
        rest[f"{side}_palm"] = thumb - hand * (thumb @ hand)
    return MotionClip(_to_z_up(chosen), root[:, :3] @ Z_UP_FROM_Y_UP.T * ASF_METRES, rate, rest)


def unit(vector):
    """Vector of length one in the same direction, (..., 3)."""
    vector = np.asarray(vector, float)
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def frame_of(primary, secondary):
    """Right-handed frames whose x is `primary` and whose z is normal to both, as columns, (..., 3, 3)."""
    x = unit(primary)
    z = unit(np.cross(x, secondary))
    return np.stack([x, np.cross(z, x), z], -1)


def smallest_rotation(source, target):
    """Rotation of least angle that turns direction `source` into `target`, (3, 3)."""
    source, target = unit(source), unit(target)
    cross, cosine = np.cross(source, target), source @ target
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def transfer(clip, rest):
    """A clip's rotations counted from another body's rest pose.

    Args:
        clip: MotionClip.
        rest: the other body's rest directions, named as MotionClip.rest.

    Returns:
        world_from_rest of every segment, (T, S, 3, 3). Limb directions stay those of the clip; trunk and head keep the
        clip's rotation; a foot keeps its heading.

    Source: ours; the rules were checked against forward kinematics of the source skeleton.
    """
    alignment = np.tile(np.eye(3), (S, 1, 1))  # source_rest_from_rest
    for side in "lr":
        pairs = (("upper_arm", "hinge"), ("forearm", "hinge"), ("hand", "palm"))
        for part, across in pairs:
            source = frame_of(clip.rest[f"{side}_{part}"], clip.rest[f"{side}_{across}"])
            target = frame_of(rest[f"{side}_{part}"], rest[f"{side}_{across}"])
            alignment[SEGMENTS.index(f"{side}_{part}")] = source @ target.T
        for part in ("thigh", "shin"):
            name = f"{side}_{part}"
            alignment[SEGMENTS.index(name)] = smallest_rotation(rest[name], clip.rest[name])
        foot, wanted = rest[f"{side}_foot"], clip.rest[f"{side}_foot"]
        heading = np.arctan2(wanted[1], wanted[0]) - np.arctan2(foot[1], foot[0])
        alignment[SEGMENTS.index(f"{side}_foot")] = axis_rotation("Z", heading)
    return clip.rotations @ alignment


def intact_frames(rotations, limit=np.deg2rad(70)):
    """Frames whose trunk, neck and head do not turn against each other by more than `limit` [rad], (T,) bool.

    Some recorded clips have the head flipped; a person in them would carry a wrong label.
    """
    chain = [SEGMENTS.index(name) for name in ("pelvis", "abdomen", "chest", "neck", "head")]
    lower, upper = rotations[:, chain[:-1]], rotations[:, chain[1:]]
    cosine = (np.einsum("tsij,tsij->ts", lower, upper) - 1) / 2
    return (cosine > np.cos(limit)).all(1)
