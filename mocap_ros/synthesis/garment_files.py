"""MakeHuman garment files: .obj meshes and the .mhclo files that bind them to the base mesh."""

from dataclasses import dataclass
import re

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError


@dataclass(frozen=True, eq=False)
class Garment:
    """A mesh bound to the base mesh's vertices.

    Attributes:
        kind: "suit", "shoes", "hair" or "hat".
        base_indices: three base-mesh vertices per garment vertex, (N, 3) int.
        base_weights: their weights, (N, 3).
        offsets: offset in MakeHuman's axes (x right, y up, z front) before scaling, (N, 3).
        scale_pairs: per axis x, y, z two base vertices whose distance scales the offset, (3, 2) int.
        scale_lengths: that distance on the base mesh [dm], (3,).
        hidden: base vertices that the garment covers, (M,) int.
        triangles, texture_triangles: (F, 3) int.
        texture_points: (U, 2), 0 to 1.
    """

    kind: str
    base_indices: np.ndarray
    base_weights: np.ndarray
    offsets: np.ndarray
    scale_pairs: np.ndarray
    scale_lengths: np.ndarray
    hidden: np.ndarray
    triangles: np.ndarray
    texture_triangles: np.ndarray
    texture_points: np.ndarray


def read_obj(path):
    """Number of vertices, texture points (U, 2), triangles and texture triangles (F, 3) of a Wavefront file."""
    vertices, points, triangles, texture_triangles = 0, [], [], []
    for line in open(path, errors="replace"):
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices += 1
        elif words[0] == "vt":
            points.append([float(words[1]), float(words[2])])
        elif words[0] == "f":
            corners = [(word.split("/") + [""])[:2] for word in words[1:]]
            corners = [(int(vertex) - 1, int(texture) - 1 if texture else 0) for vertex, texture in corners]
            for k in range(1, len(corners) - 1):
                fan = (corners[0], corners[k], corners[k + 1])
                triangles.append([corner[0] for corner in fan])
                texture_triangles.append([corner[1] for corner in fan])
    return vertices, np.array(points, np.float32), np.array(triangles, np.int32), np.array(texture_triangles, np.int32)


def _vertex_ranges(words):
    """Vertex numbers of a delete_verts line: single numbers and "a - b" ranges."""
    numbers = re.sub(r"(\d+)\s*-\s*(\d+)", r"\1:\2", " ".join(words)).split()
    for number in numbers:
        first, _, last = number.partition(":")
        yield from range(int(first), int(last or first) + 1)


def read_garment(path, kind):
    """The Garment of an .mhclo file and the .obj file that it names.

    Raises:
        SkeletonError: the two files disagree on the number of vertices.
    """
    indices, weights, offsets, hidden = [], [], [], []
    pairs, lengths, object_file, section = np.zeros((3, 2), int), np.ones(3), None, None
    for line in open(path, errors="replace"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ("verts", "delete_verts"):
            section = words[0]
        elif section == "verts" and re.match(r"-?\d", words[0]):
            if len(words) == 1:
                indices.append([int(words[0])] * 3)
                weights.append([1, 0, 0])
                offsets.append([0, 0, 0])
            else:
                indices.append([int(word) for word in words[:3]])
                weights.append([float(word) for word in words[3:6]])
                offsets.append([float(word) for word in words[6:9]])
        elif section == "delete_verts" and words[0][0].isdigit():
            hidden.extend(_vertex_ranges(words))
        elif words[0] in ("x_scale", "y_scale", "z_scale"):
            axis = "xyz".index(words[0][0])
            pairs[axis], lengths[axis] = [int(words[1]), int(words[2])], float(words[3])
        elif words[0] == "obj_file":
            object_file = path.parent / words[1]
    vertices, points, triangles, texture_triangles = read_obj(object_file)
    if vertices != len(indices):
        raise SkeletonError(f"{path}: binds {len(indices)} vertices, but {object_file.name} has {vertices}")
    return Garment(
        kind,
        np.array(indices, np.int32),
        np.array(weights, np.float32),
        np.array(offsets, np.float32),
        pairs,
        lengths,
        np.array(hidden, np.int32),
        triangles,
        texture_triangles,
        points,
    )


def fit_garment(garment, vertices):
    """Garment vertices on a body at rest.

    Args:
        garment: Garment.
        vertices: base mesh vertices of the body [m], Z up, (V, 3).

    Returns:
        (N, 3) [m].
    """
    base = np.einsum("nk,nkc->nc", garment.base_weights, vertices[garment.base_indices])
    axis = np.array([0, 2, 1])  # MakeHuman's x, y (up), z (front) in the body's axes
    span = vertices[garment.scale_pairs[:, 0], axis] - vertices[garment.scale_pairs[:, 1], axis]
    offset = garment.offsets * (np.abs(span) * 10 / garment.scale_lengths)
    return base + 0.1 * np.stack([offset[:, 0], -offset[:, 2], offset[:, 1]], 1)
