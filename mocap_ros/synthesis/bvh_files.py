"""BVH files with the CMU conversion's joint names as MotionClips."""

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.geometry.hierarchy import parse_hierarchy, place_nodes
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


def read_bvh(path):
    """MotionClip of a BVH file with the CMU conversion's joint names; its first frame, the rest pose, is dropped.

    Raises:
        SkeletonError: a joint name is missing.
    """
    tree, step = parse_hierarchy(read_text(path))
    missing = [name for name in NAMES.values() if name not in tree.names]
    if missing:
        raise SkeletonError(f"{path}: no joint {', '.join(missing)}. Available: {', '.join(tree.names)}")
    index = {name: i for i, name in enumerate(tree.names)}
    rotations, positions = place_nodes(tree)
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
        rest[f"{side}_foot"] = offset(side + "Foot_end")
        rest[f"{side}_hinge"] = np.cross(rest[f"{side}_upper_arm"], rest[f"{side}_forearm"])
    root = positions[:, 0] @ Z_UP_FROM_Y_UP.T * 0.01
    return MotionClip(to_z_up(chosen)[1:], root[1:], 1 / step, rest)
