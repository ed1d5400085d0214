"""ASF/AMC files of the CMU Graphics Lab Motion Capture Database as MotionClips."""

import re

import numpy as np

from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.motion import SEGMENTS, Z_UP_FROM_Y_UP, MotionClip, read_text, to_z_up

SIDE_NAMES = {
    "clavicle": "clavicle",
    "upper_arm": "humerus",
    "forearm": "radius",
    "hand": "hand",
    "thigh": "femur",
    "shin": "tibia",
    "foot": "foot",
}
NAMES = {"pelvis": "root", "abdomen": "upperback", "chest": "thorax", "neck": "upperneck", "head": "head"}
for _side in "lr":
    NAMES.update({f"{_side}_{part}": _side + name for part, name in SIDE_NAMES.items()})
ASF_METRES = 0.0254 / 0.45  # ASF length unit in metres: inches over the file's scale of 0.45


def _euler_xyz(angles):
    """ASF's "XYZ": Rz Ry Rx of angles [rad], (..., 3)."""
    return axis_turn("Z", angles[..., 2]) @ axis_turn("Y", angles[..., 1]) @ axis_turn("X", angles[..., 0])


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

    chosen = np.stack([rotation_of(NAMES[segment]) for segment in SEGMENTS], 1)
    rest = {}
    for side in "lr":
        for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot"):
            rest[f"{side}_{part}"] = Z_UP_FROM_Y_UP @ bones[side + SIDE_NAMES[part]]["direction"]
        rest[f"{side}_hinge"] = Z_UP_FROM_Y_UP @ _euler_xyz(bones[side + "radius"]["axis"])[:, 0]
        thumb, hand = Z_UP_FROM_Y_UP @ bones[side + "thumb"]["direction"], rest[f"{side}_hand"]
        rest[f"{side}_palm"] = thumb - hand * (thumb @ hand)
    return MotionClip(to_z_up(chosen), root[:, :3] @ Z_UP_FROM_Y_UP.T * ASF_METRES, rate, rest)
