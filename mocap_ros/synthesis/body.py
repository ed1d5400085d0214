"""Bodies: shape at rest, bones following a pose, skinning, and the label points.

Axes: metres, Z up, the body at rest faces -Y, its left is +X.
"""

from dataclasses import dataclass

import numba
import numpy as np

from mocap_ros.geometry.rotation import rotvec_to_matrix
from mocap_ros.synthesis.motion import SEGMENTS
from mocap_ros.synthesis.pose import INDEX, between, world_rotations

# Bones that take the rotation of one segment; other bones follow their parent.
_BONE_SEGMENTS = {
    "root": "pelvis",
    "spine05": "pelvis",
    "pelvis.L": "pelvis",
    "pelvis.R": "pelvis",
    "spine02": "abdomen",
    "spine01": "chest",
    "neck02": "neck",
    "head": "head",
}
_SIDE_BONES = {
    "clavicle": "clavicle",
    "shoulder01": "clavicle",
    "upperarm01": "upper_arm",
    "upperarm02": "upper_arm",
    "lowerarm01": "forearm",
    "wrist": "hand",
    "upperleg01": "thigh",
    "upperleg02": "thigh",
    "lowerleg01": "shin",
    "lowerleg02": "shin",
    "foot": "foot",
}
for _side in "lr":
    _BONE_SEGMENTS.update({f"{bone}.{_side.upper()}": f"{_side}_{segment}" for bone, segment in _SIDE_BONES.items()})
# Bones between two segments: (lower, upper, share of the upper).
_BLENDED_BONES = {
    "lowerarm02.L": ("l_forearm", "l_hand", 0.5),
    "lowerarm02.R": ("r_forearm", "r_hand", 0.5),
    "spine04": ("pelvis", "abdomen", 0.4),
    "spine03": ("pelvis", "abdomen", 0.75),
    "neck01": ("chest", "neck", 0.5),
    "neck03": ("neck", "head", 0.5),
}
# Label point -> bone that carries it.
_POINT_BONES = {
    "head_top": "head",
    "head": "head",
    "neck": "spine01",
    "pelvis": "root",
    "spine": "spine02",
    "nose": "head",
}
for _side in "lr":
    for _point, _bone in {
        "shoulder": "upperarm01",
        "elbow": "lowerarm01",
        "wrist": "wrist",
        "hand": "wrist",
        "hip": "upperleg01",
        "knee": "lowerleg01",
        "ankle": "foot",
        "toe": "foot",
    }.items():
        _POINT_BONES[f"{_side}_{_point}"] = f"{_bone}.{_side.upper()}"
    _POINT_BONES[f"{_side}_eye"] = _POINT_BONES[f"{_side}_ear"] = "head"

WEIGHTS_PER_VERTEX = 4
LIMB_BONES = ("upperarm01", "lowerarm01", "upperleg01", "lowerleg01")
TORSO, HEAD, LEFT_ARM, RIGHT_ARM, LEFT_LEG, RIGHT_LEG = range(6)


def part_of_bone(name):
    """Coarse body part of a bone, for telling what hides what."""
    left = name.endswith(".L")
    if name.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal")):
        return LEFT_ARM if left else RIGHT_ARM
    if name.startswith(("upperleg", "lowerleg", "foot", "toe")):
        return LEFT_LEG if left else RIGHT_LEG
    if name.startswith(("spine", "root", "pelvis", "clavicle", "shoulder", "breast")):
        return TORSO
    return HEAD


@dataclass(frozen=True, eq=False)
class Skeleton:
    """How the bones of the body model follow a pose.

    Attributes:
        parents: (bones,) int, -1 for the root.
        order: bones, parents first, (bones,) int.
        segments: segment of each bone, -1 where it follows its parent or is blended, (bones,) int.
        blended: bones that turn between two segments: their numbers, the lower and the upper segments, (N,) each, and
            the share of the upper one, (N, 1).
        fingers: finger bones and their place along the finger (1, 2, 3), per side, as (bones, places).
        finger_axes: indices of the bones whose heads give the fingers' axis, (2, 2).
        point_bones: bone that carries each label point, (points,) int.
        parts: body part of each bone, (bones,) int8.
        limbs: (name without side, bone, it and all bones that it carries) of upper and lower arms and legs.
    """

    parents: np.ndarray
    order: np.ndarray
    segments: np.ndarray
    blended: tuple
    fingers: tuple
    finger_axes: np.ndarray
    point_bones: np.ndarray
    parts: np.ndarray
    limbs: tuple


def make_skeleton(bone_names, bone_parents, point_names):
    """The Skeleton of the body model's bones and label points, both by name."""
    names = [str(name) for name in bone_names]
    index = {name: i for i, name in enumerate(names)}
    order, waiting = [], [i for i, parent in enumerate(bone_parents) if parent < 0]
    while waiting:
        bone = waiting.pop()
        order.append(bone)
        waiting += [i for i, parent in enumerate(bone_parents) if parent == bone]
    segments = np.array([SEGMENTS.index(_BONE_SEGMENTS[name]) if name in _BONE_SEGMENTS else -1 for name in names])
    mixed, lower, upper, shares = zip(*(
        (index[name], INDEX[lower], INDEX[upper], share) for name, (lower, upper, share) in _BLENDED_BONES.items()
    ))
    blended = np.array(mixed), np.array(lower), np.array(upper), np.array(shares)[:, None]
    carried = {bone: [bone] for bone in range(len(names))}
    for bone in reversed(order):
        if bone_parents[bone] >= 0:
            carried[bone_parents[bone]] += carried[bone]
    fingers = []
    for side in "LR":
        chosen = [
            i for name, i in index.items() if name.startswith("finger") and name[6] in "2345" and name[-1] == side
        ]
        fingers.append((np.array(chosen), np.array([int(names[i][8]) for i in chosen])))
    return Skeleton(
        np.array(bone_parents, np.int64),
        np.array(order, np.int64),
        segments,
        blended,
        tuple(fingers),
        np.array([[index[f"finger2-1.{side}"], index[f"finger5-1.{side}"]] for side in "LR"]),
        np.array([index[_POINT_BONES[str(name)]] for name in point_names]),
        np.array([part_of_bone(name) for name in names], np.int8),
        tuple((name, index[f"{name}.{side}"], np.array(carried[index[f"{name}.{side}"]]))
              for name in LIMB_BONES for side in "LR"),
    )


FOLLOWS, GIVEN, TURNED = 0, 1, 2


@numba.njit(cache=True)
def _chain(order, parents, rotations, rules, heads, transforms):
    """Fills transforms (bones, 3, 4): world_from_rest of every bone with the root's head staying in its place."""
    places = np.zeros_like(heads)
    turned = np.zeros((3, 3))
    for bone in order:
        parent = parents[bone]
        if parent < 0:
            places[bone] = heads[bone]
        else:
            if rules[bone] == FOLLOWS:
                rotations[bone] = rotations[parent]
            elif rules[bone] == TURNED:
                for i in range(3):
                    for j in range(3):
                        turned[i, j] = 0.0
                        for k in range(3):
                            turned[i, j] += rotations[parent, i, k] * rotations[bone, k, j]
                rotations[bone] = turned
            for i in range(3):
                places[bone, i] = places[parent, i]
                for k in range(3):
                    places[bone, i] += rotations[parent, i, k] * (heads[bone, k] - heads[parent, k])
        for i in range(3):
            shift = places[bone, i]
            for k in range(3):
                shift -= rotations[bone, i, k] * heads[bone, k]
                transforms[bone, i, k] = rotations[bone, i, k]
            transforms[bone, i, 3] = shift


def bone_transforms(skeleton, neutral, heads, pose):
    """world_from_rest of every bone, (bones, 3, 4) float32.

    Args:
        skeleton: Skeleton.
        neutral: neutral_from_rest, (S, 3, 3).
        heads: bone heads of this body at rest [m], (bones, 3).
        pose: Pose.
    """
    segments = world_rotations(pose.local, neutral)
    bones = len(skeleton.parents)
    rotations, rules = np.zeros((bones, 3, 3)), np.zeros(bones, np.int8)
    given = skeleton.segments >= 0
    rotations[given], rules[given] = segments[skeleton.segments[given]], GIVEN
    mixed, lower, upper, share = skeleton.blended
    rotations[mixed], rules[mixed] = between(segments[lower], segments[upper], share), GIVEN
    for side in range(2):
        first, last = skeleton.finger_axes[side]
        axis = heads[first] - heads[last]
        axis = axis / np.linalg.norm(axis) * (-1 if side == 0 else 1)
        fingers, places = skeleton.fingers[side]
        turns = rotvec_to_matrix(axis * pose.curl[side] * np.array([[0.8], [1.0], [0.7]]))
        rotations[fingers], rules[fingers] = turns[places - 1], TURNED
    transforms = np.empty((bones, 3, 4), np.float32)
    _chain(skeleton.order, skeleton.parents, rotations, rules, heads, transforms)
    return transforms


@numba.njit(cache=True, fastmath=True)
def skin(vertices, bone_indices, bone_weights, transforms, out):
    """Linear blend skinning: writes the posed vertices (V, 3) into `out`."""
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        a, b, c = np.float32(0), np.float32(0), np.float32(0)
        for k in range(bone_indices.shape[1]):
            w = bone_weights[i, k]
            if w > 0:
                t = transforms[bone_indices[i, k]]
                a += w * (t[0, 0] * x + t[0, 1] * y + t[0, 2] * z + t[0, 3])
                b += w * (t[1, 0] * x + t[1, 1] * y + t[1, 2] * z + t[1, 3])
                c += w * (t[2, 0] * x + t[2, 1] * y + t[2, 2] * z + t[2, 3])
        out[i, 0], out[i, 1], out[i, 2] = a, b, c


@numba.njit(cache=True, fastmath=True)
def vertex_normals(vertices, triangles, normals):
    """Writes the area-weighted unit normal of every vertex (V, 3) into `normals`."""
    normals[:] = 0
    for f in range(triangles.shape[0]):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        ux, uy, uz = (vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2])
        vx, vy, vz = (vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2])
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            i = triangles[f, k]
            normals[i, 0] += x
            normals[i, 1] += y
            normals[i, 2] += z
    for i in range(normals.shape[0]):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        if length > 0:
            normals[i, 0] /= length
            normals[i, 1] /= length
            normals[i, 2] /= length


def pack_weights(dense, number=WEIGHTS_PER_VERTEX):
    """Bone indices (N, number) and weights (N, number), the largest of each row of (N, bones), normalised."""
    used = np.union1d(np.flatnonzero(dense.any(0)), np.arange(number))
    dense = dense[:, used]
    order = np.argpartition(-dense, number - 1, axis=1)[:, :number]
    largest_first = np.argsort(-np.take_along_axis(dense, order, 1), axis=1, kind="stable")
    order = np.take_along_axis(order, largest_first, 1)
    weights = np.take_along_axis(dense, order, 1)
    weights = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    return used[order].astype(np.int16), weights.astype(np.float32)


def shape_vertices(assets, body):
    """Base mesh vertices [m], (V, 3) float32, of one phenotype."""
    coefficients = assets.body.coefficients[body]
    used = np.flatnonzero(coefficients)
    offset = coefficients[used] @ assets.body.blendshapes[used]
    return assets.body.vertices + offset.reshape(-1, 3)


def posed_points(rest_points, point_bones, transforms):
    """Label points after the pose [m], (points, 3)."""
    chosen = transforms[point_bones]
    return np.einsum("pij,pj->pi", chosen[:, :, :3], rest_points) + chosen[:, :, 3]
