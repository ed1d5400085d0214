"""A dressed person as one mesh that follows the bones, how it is put together, and a simpler one for far away."""

from dataclasses import dataclass, replace

import numpy as np

# Material slots of a dressed person.
SKIN, TOP, INNER, BOTTOM, SHOES, HAIR, HAT, BAG, THING, LENSES, OUTER, SOCKS = range(12)
SLOTS = 12


@dataclass(frozen=True, eq=False)
class Character:
    """One dressed person at rest.

    Attributes:
        vertices: [m], Z up, facing -Y, (V, 3) float32.
        bone_indices, bone_weights: (V, 4).
        texture_points: (U, 2).
        triangles, texture_triangles: (F, 3) int32.
        slots: material slot of each triangle, (F,) int32.
        two_sided: 1 where the back of a triangle is drawn too, (F,) int8.
        parts: body part of each triangle, (F,) int8.
        heads: bone heads [m], (bones, 3).
        points: label points at rest [m], (points, 3).
        height: standing height without shoes [m].
        male: True for a man or boy.
        outfit: what kind of clothes it wears, one of outfit.KINDS.
        trunk: heights of pelvis and neck at rest [m], (2,).
        seat_vertices: vertices of the buttocks, for finding the seat's height, (N,) int.
    """

    vertices: np.ndarray
    bone_indices: np.ndarray
    bone_weights: np.ndarray
    texture_points: np.ndarray
    triangles: np.ndarray
    texture_triangles: np.ndarray
    slots: np.ndarray
    two_sided: np.ndarray
    parts: np.ndarray
    heads: np.ndarray
    points: np.ndarray
    height: float
    male: bool
    outfit: str
    trunk: np.ndarray
    seat_vertices: np.ndarray


class MeshParts:
    """Growing lists of vertices and triangles with one running vertex offset."""

    def __init__(self):
        self.vertices, self.bone_indices, self.bone_weights, self.texture_points = [], [], [], []
        self.triangles, self.texture_triangles, self.slots, self.two_sided = [], [], [], []
        self.vertex_count = self.texture_count = 0

    def add_vertices(self, vertices, bone_indices, bone_weights, texture_points):
        """Adds vertices and returns the offsets of their vertex and texture numbers."""
        start = self.vertex_count, self.texture_count
        self.vertices.append(vertices)
        self.bone_indices.append(bone_indices)
        self.bone_weights.append(bone_weights)
        self.texture_points.append(texture_points)
        self.vertex_count += len(vertices)
        self.texture_count += len(texture_points)
        return start

    def add_triangles(self, start, triangles, texture_triangles, slot, two_sided=True):
        """Adds triangles numbered from `start`; `slot` is one number or one per triangle."""
        self.triangles.append(triangles + start[0])
        self.texture_triangles.append(texture_triangles + start[1])
        self.slots.append(np.broadcast_to(np.int32(slot), len(triangles)))
        self.two_sided.append(np.full(len(triangles), two_sided, np.int8))

    def add_rigid(self, solid, bone, slot):
        """Adds a solid (vertices, triangles, texture points) that moves with one bone."""
        vertices, triangles, points = solid
        indices = np.zeros((len(vertices), 4), np.int16)
        indices[:, 0] = bone
        weights = np.zeros((len(vertices), 4), np.float32)
        weights[:, 0] = 1
        start = self.add_vertices(vertices, indices, weights, points)
        self.add_triangles(start, triangles, triangles, slot)


def assembled(parts, wardrobe, heads, points, male, outfit):
    """The Character of the collected parts without the vertices that no triangle uses."""
    triangles = np.concatenate(parts.triangles)
    used, renumbered = np.unique(triangles, return_inverse=True)
    texture_used, texture_renumbered = np.unique(np.concatenate(parts.texture_triangles), return_inverse=True)
    triangles = renumbered.reshape(-1, 3).astype(np.int32)
    bone_indices = np.concatenate(parts.bone_indices)[used].astype(np.int32)
    vertices = np.ascontiguousarray(np.concatenate(parts.vertices)[used], np.float32)
    index = wardrobe.point_index
    pelvis, hip = points[index["pelvis"]], points[index["l_hip"]]
    seat = np.flatnonzero(
        (np.abs(vertices[:, 0]) < hip[0] * 1.4)
        & (np.abs(vertices[:, 2] - pelvis[2]) < 0.12)
        & (vertices[:, 1] > pelvis[1])
    )
    height = float(points[index["head_top"], 2] - (points[index["l_ankle"], 2] - 0.075))
    return Character(
        vertices,
        bone_indices,
        np.ascontiguousarray(np.concatenate(parts.bone_weights)[used], np.float32),
        np.ascontiguousarray(np.concatenate(parts.texture_points)[texture_used], np.float32),
        triangles,
        texture_renumbered.reshape(-1, 3).astype(np.int32),
        np.concatenate(parts.slots).astype(np.int32),
        np.concatenate(parts.two_sided),
        wardrobe.skeleton.parts[bone_indices[triangles[:, 0], 0]],
        heads,
        points,
        height,
        male,
        outfit,
        points[[index["pelvis"], index["neck"]], 2],
        seat,
    )


def simplified(character, cell):
    """The character with all vertices of one material in each `cell` [m] merged, for people seen small."""
    slot_of = np.zeros(len(character.vertices), np.int64)
    slot_of[character.triangles.ravel()] = np.repeat(character.slots, 3)
    cells = np.floor(character.vertices / cell).astype(np.int64) + 512
    keys = ((slot_of * 1024 + cells[:, 0]) * 1024 + cells[:, 1]) * 1024 + cells[:, 2]
    _, first, merged = np.unique(keys, return_index=True, return_inverse=True)
    merged = merged.ravel().astype(np.int32)
    counts = np.bincount(merged).astype(np.float32)
    vertices = np.stack([np.bincount(merged, character.vertices[:, axis]) for axis in range(3)], 1) / counts[:, None]
    triangles = merged[character.triangles]
    a, b, c = triangles.T
    kept = np.flatnonzero((a != b) & (b != c) & (a != c))
    _, unique = np.unique(np.sort(triangles[kept], 1), axis=0, return_index=True)
    kept = kept[np.sort(unique)]
    return replace(
        character,
        vertices=vertices.astype(np.float32),
        bone_indices=character.bone_indices[first],
        bone_weights=character.bone_weights[first],
        triangles=np.ascontiguousarray(triangles[kept]),
        texture_triangles=np.ascontiguousarray(character.texture_triangles[kept]),
        slots=character.slots[kept],
        two_sided=np.ones(len(kept), np.int8),
        parts=character.parts[kept],
        seat_vertices=np.unique(merged[character.seat_vertices]),
    )
