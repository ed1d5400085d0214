"""What a skeleton looks like in a scene: an eight-sided solid along every bone, pointed at both ends."""

import numpy as np

from mocap_ros.motion_export.file_skeleton import NAMES, NODES, rest_offsets

WIDTH = 0.22  # of a bone's solid, as a share of its length
THINNEST, THICKEST = 0.05, 0.12  # m
WAIST = 0.3  # where along a bone it is widest
_CORNERS = 4
_FACES = [(0, 2 + (k + 1) % _CORNERS, 2 + k) for k in range(_CORNERS)] + [
    (1, 2 + k, 2 + (k + 1) % _CORNERS) for k in range(_CORNERS)]  # counterclockwise, seen from outside


def rest_positions(bone_lengths):
    """Every node at rest, the pelvis at zero [m], file axes, (21, 3)."""
    positions = rest_offsets(bone_lengths)
    for n, node in enumerate(NODES[1:], 1):
        positions[n] += positions[NAMES.index(node.parent)]
    return positions


def bone_mesh(bone_lengths):
    """The solids of all bones at rest, flat-shaded.

    Args:
        bone_lengths: (20,) [m].

    Returns:
        Corners [m] and outward normals, file axes, (V, 3) each, three corners a triangle; and the index in NODES of the
        node that carries each corner, (V,).
    """
    positions = rest_positions(bone_lengths)
    corners, carriers = [], []
    for n, node in enumerate(NODES[1:], 1):
        carrier = NAMES.index(node.parent)
        begin, end = positions[carrier], positions[n]
        length = np.linalg.norm(end - begin)
        along = (end - begin) / length
        across = np.cross(along, np.eye(3)[np.abs(along).argmin()])
        across *= np.clip(WIDTH * length, THINNEST, THICKEST) / (2 * np.linalg.norm(across))
        ring = [begin + WAIST * (end - begin) + sign * each
                for sign in (1, -1) for each in (across, np.cross(along, across))]
        points = np.array([begin, end, *ring])
        corners.append(points[_FACES].reshape(-1, 3))
        carriers += [carrier] * len(corners[-1])
    corners = np.concatenate(corners)
    triangles = corners.reshape(-1, 3, 3)
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return corners, np.repeat(normals, 3, axis=0), np.array(carriers)
