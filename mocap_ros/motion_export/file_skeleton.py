"""The skeleton of motion files: a tree of nodes, Y up, the person facing +Z at rest, and its place in a file's world.

The nodes are the joints. At rest every node's axes are the file's axes: X to the person's left, Y to the head, Z out of
the chest. The hands, toes and the top of the head are ends, which nothing turns.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import BONES
from mocap_ros.kinematics.rest_pose import REST_DIRECTIONS

FILE_FROM_BODY = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])  # X to the left, Y to the head, Z out of the chest
LEVEL_CAMERA = np.diag([1.0, -1, -1])  # file_from_camera without a floor: Y up, Z towards the viewer
FORWARD = np.array([0.0, 0, 1])


class Node(NamedTuple):
    """One node of the tree.

    Attributes:
        name: of the joint at its origin.
        parent: name of the node above; None for the root.
        bones: names of the bones on the way from the parent's origin.
        link: the chain's link that turns about the node; None where nothing does.
    """

    name: str
    parent: str | None
    bones: tuple
    link: str | None


def _nodes():
    """Depth first: the root is the pelvis; shoulders hang from the spine's node, which carries the torso."""
    nodes = [
        Node("pelvis", None, (), "body"), Node("spine", "pelvis", ("spine",), "torso"),
        Node("neck", "spine", ("neck",), "head"), Node("head", "neck", ("head",), None),
        Node("head_top", "head", ("head_top",), None),
    ]
    for s in ("r_", "l_"):
        nodes += [
            Node(s + "shoulder", "spine", ("neck", s + "shoulder"), s + "upper_arm"),
            Node(s + "elbow", s + "shoulder", (s + "elbow",), s + "forearm"),
            Node(s + "wrist", s + "elbow", (s + "wrist",), None), Node(s + "hand", s + "wrist", (s + "hand",), None),
        ]
    for s in ("r_", "l_"):
        nodes += [
            Node(s + "hip", "pelvis", (s + "hip",), s + "thigh"),
            Node(s + "knee", s + "hip", (s + "knee",), s + "shank"),
            Node(s + "ankle", s + "knee", (s + "ankle",), s + "foot"),
            Node(s + "toe", s + "ankle", (s + "toe",), None),
        ]
    return tuple(nodes)


NODES = _nodes()
NAMES = tuple(node.name for node in NODES)
PARENTS = tuple(node.parent for node in NODES)
ENDS = ("head_top", "r_hand", "l_hand", "r_toe", "l_toe")


def rest_offsets(bone_lengths):
    """Offset of every node from its parent at rest [m], file axes, (21, 3), for bone lengths (20,) [m]."""
    steps = (np.asarray(bone_lengths)[:, None] * REST_DIRECTIONS) @ FILE_FROM_BODY.T
    return np.stack([sum((steps[BONES.index(bone)] for bone in node.bones), np.zeros(3)) for node in NODES])


def file_from_camera(plane):
    """Rotation from the camera frame to the file's and the camera's height [m] in the file.

    Args:
        plane: GroundPlane under the camera: the file's floor is then Y = 0. None: the camera is taken for level, and
            the file's origin is the camera.
    """
    if plane is None:
        return LEVEL_CAMERA, 0.0
    backwards = -(FORWARD - (FORWARD @ plane.up) * plane.up)
    backwards /= np.linalg.norm(backwards)
    return np.stack([np.cross(plane.up, backwards), plane.up, backwards]), plane.height


def root_positions(motion, plane):
    """The pelvis in the file's world [m], (T, 3)."""
    rotation, height = file_from_camera(plane)
    return motion.root_position @ rotation.T + [0, height, 0]
