"""The body as REP-155's tree of frames, for TF: every link's pose in its parent's frame.

All frames are right-handed and, at rest, parallel to the body frame: x out of the chest, y to the left, z to the head.
A link's origin is the joint about which it turns. The intermediate links (y_, p_, r_) share their joint's origin and
carry its angles one after the other, in ANGLES order, so that `<side>_shoulder`, `<side>_hip` and `head` have the full
rotation.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.geometry.rotation import matrix_to_quaternion, quaternion_to_matrix
from mocap_ros.kinematics.chain import LINK_PARENTS, LINKS, POINTS, link_points, link_rotations, local_rotations

# name, parent, joint at its origin, rigid link of the chain, how many of that link's angles are done (3: all of them)
_TREE = [
    ("body", None, "pelvis", "body", 3),
    ("waist", "body", "spine", "torso", 3),
    ("torso", "waist", "neck", "torso", 3),
    ("r_head", "torso", "neck", "head", 0),
    ("y_head", "r_head", "neck", "head", 1),
    ("p_head", "y_head", "neck", "head", 2),
    ("head", "p_head", "head", "head", 3),
]
for _s in ("r_", "l_"):
    _TREE += [
        (_s + "y_shoulder", "torso", _s + "shoulder", _s + "upper_arm", 1),
        (_s + "p_shoulder", _s + "y_shoulder", _s + "shoulder", _s + "upper_arm", 2),
        (_s + "shoulder", _s + "p_shoulder", _s + "shoulder", _s + "upper_arm", 3),
        (_s + "elbow", _s + "shoulder", _s + "elbow", _s + "forearm", 3),
        (_s + "wrist", _s + "elbow", _s + "wrist", _s + "forearm", 3),
        (_s + "y_hip", "body", _s + "hip", _s + "thigh", 1),
        (_s + "p_hip", _s + "y_hip", _s + "hip", _s + "thigh", 2),
        (_s + "hip", _s + "p_hip", _s + "hip", _s + "thigh", 3),
        (_s + "knee", _s + "hip", _s + "knee", _s + "shank", 3),
        (_s + "ankle", _s + "knee", _s + "ankle", _s + "foot", 3),
    ]
LINK_NAMES = tuple(entry[0] for entry in _TREE)
LINK_PARENT_NAMES = tuple(entry[1] for entry in _TREE)  # None for body, whose parent is the camera
_PARENTS = np.array([LINK_NAMES.index(parent) for parent in LINK_PARENT_NAMES[1:]])
_POINTS = np.array([POINTS.index(entry[2]) for entry in _TREE])  # at their origins
_LINKS = np.array([LINKS.index(entry[3]) for entry in _TREE])
_BELOW = np.array([LINKS.index(LINK_PARENTS.get(entry[3], "body")) for entry in _TREE])  # rigid link below which it is
_UNTURNED, _ONCE, _TWICE = (np.array([n for n, entry in enumerate(_TREE) if entry[4] == done]) for done in range(3))


class LinkTransforms(NamedTuple):
    """A tree of frames for each of P people.

    Attributes:
        names: of the N links; the first is body.
        parents: name of each link's parent, None for body: its parent is the camera optical frame.
        rotations: parent_from_link, xyzw, (P, N, 4).
        translations: the link's origin in its parent's frame [m], (P, N, 3).
    """

    names: tuple
    parents: tuple
    rotations: np.ndarray
    translations: np.ndarray


def link_poses(root_position, root_orientation, angles, bone_lengths):
    """camera_from_link: rotations (P, N, 3, 3) and origins [m], (P, N, 3). Arguments as in link_transforms."""
    angles = np.asarray(angles, float)
    root_position, bone_lengths = np.asarray(root_position, float), np.asarray(bone_lengths, float)
    once, twice, local = local_rotations(angles)
    turned = link_rotations(quaternion_to_matrix(root_orientation), local)
    rotations = turned[:, _LINKS]
    rotations[:, _UNTURNED] = turned[:, _BELOW[_UNTURNED]]
    rotations[:, _ONCE] = turned[:, _BELOW[_ONCE]] @ once[:, _LINKS[_ONCE] - 1]
    rotations[:, _TWICE] = turned[:, _BELOW[_TWICE]] @ twice[:, _LINKS[_TWICE] - 1]
    return rotations, link_points(turned, root_position, bone_lengths)[:, _POINTS]


def link_transforms(root_position, root_orientation, angles, bone_lengths):
    """REP-155's frames of P people.

    Args:
        root_position: mid-hip in the camera frame [m], (P, 3).
        root_orientation: camera_from_body, xyzw, (P, 4).
        angles: ANGLES order [rad], (P, 23).
        bone_lengths: BONES order [m], (P, 20).

    Returns:
        LinkTransforms.
    """
    rotations, origins = link_poses(root_position, root_orientation, angles, bone_lengths)
    into_parent = np.swapaxes(rotations[:, _PARENTS], -1, -2)
    relative = rotations.copy()
    relative[:, 1:] = into_parent @ rotations[:, 1:]
    translations = origins.copy()
    translations[:, 1:] = (into_parent @ (origins[:, 1:] - origins[:, _PARENTS])[..., None])[..., 0]
    return LinkTransforms(LINK_NAMES, LINK_PARENT_NAMES, matrix_to_quaternion(relative), translations)
