"""The meshes of a batch as one: characters of the stock posed by their bones, and solids."""

from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.synthesis.batched.constants import as_tuples, constant
from mocap_ros.synthesis.batched.ragged import expanded
from mocap_ros.synthesis.character import BAG, SLOTS, THING
from mocap_ros.synthesis.drawing import NEAR, OBJECT_PART, PLAIN
from mocap_ros.synthesis.raster import SAMPLES
from mocap_ros.synthesis.shadow_map import SHADOW_SIZE, SHADOWED


class CharacterMeshes(NamedTuple):
    """The characters of a stock laid end to end, on a device; see Character.

    Attributes:
        vertex_counts, triangle_counts: of each character, (C,).
        vertex_starts, triangle_starts, texture_starts: where each begins, (C,).
        vertices, bone_indices, bone_weights: (V, ...).
        triangles, texture_triangles: numbered from the character's own first vertex and texture point, (F, 3).
        slots, two_sided, parts: (F,).
        texture_points: (U, 2).
    """

    vertex_counts: torch.Tensor
    triangle_counts: torch.Tensor
    vertex_starts: torch.Tensor
    triangle_starts: torch.Tensor
    texture_starts: torch.Tensor
    vertices: torch.Tensor
    bone_indices: torch.Tensor
    bone_weights: torch.Tensor
    triangles: torch.Tensor
    texture_triangles: torch.Tensor
    slots: torch.Tensor
    two_sided: torch.Tensor
    parts: torch.Tensor
    texture_points: torch.Tensor


class Geometry(NamedTuple):
    """All meshes of a batch, on a device: V vertices, F triangles, S materials.

    Attributes:
        vertices: world [m], normals: unit vectors, rests: the same vertices at rest [m], (V, 3).
        image_of_vertex: (V,), image_of: of each triangle, (F,).
        triangles, texture_triangles: (F, 3), and texture_points, (U, 2).
        materials: row of each triangle in the tables below, (F,).
        two_sided: (F,) bool.
        owners: person's number in the batch, -2 for an object, (F,).
        parts: body part, OBJECT_PART where none, (F,).
        texture, scale, tint, gloss, folds, prints: as in Look, (S, ...).
    """

    vertices: torch.Tensor
    normals: torch.Tensor
    rests: torch.Tensor
    image_of_vertex: torch.Tensor
    image_of: torch.Tensor
    triangles: torch.Tensor
    texture_triangles: torch.Tensor
    texture_points: torch.Tensor
    materials: torch.Tensor
    two_sided: torch.Tensor
    owners: torch.Tensor
    parts: torch.Tensor
    texture: torch.Tensor
    scale: torch.Tensor
    tint: torch.Tensor
    gloss: torch.Tensor
    folds: torch.Tensor
    prints: torch.Tensor


def character_meshes(characters, device):
    """CharacterMeshes of a sequence of Character."""
    def joined(name, kind):
        return torch.from_numpy(np.concatenate([getattr(each, name) for each in characters]).astype(kind)).to(device)

    counts = {name: torch.tensor([len(getattr(each, name)) for each in characters], device=device)
              for name in ("vertices", "triangles", "texture_points")}
    starts = {name: torch.cumsum(value, 0) - value for name, value in counts.items()}
    return CharacterMeshes(
        counts["vertices"], counts["triangles"], starts["vertices"], starts["triangles"], starts["texture_points"],
        joined("vertices", np.float32), joined("bone_indices", np.int64), joined("bone_weights", np.float32),
        joined("triangles", np.int64), joined("texture_triangles", np.int64), joined("slots", np.int64),
        joined("two_sided", bool), joined("parts", np.int64), joined("texture_points", np.float32))


def assemble(meshes, scenes):
    """The Geometry of a batch.

    Args:
        meshes: CharacterMeshes.
        scenes: PackedScenes on the same device.
    """
    people, solids = scenes.people, scenes.solids
    counts = meshes.vertex_counts[people.character]
    number, within = expanded(counts, scenes.people_vertices)  # of each vertex: person, place in the character
    source = meshes.vertex_starts[people.character][number] + within
    rests = meshes.vertices[source]
    posed = torch.zeros_like(rests)
    for bone in range(meshes.bone_indices.shape[1]):
        transform = people.transforms[number, meshes.bone_indices[source, bone]]  # (V, 3, 4)
        moved = torch.einsum("vij,vj->vi", transform[..., :3], rests) + transform[..., 3]
        posed += meshes.bone_weights[source, bone, None] * moved

    person, within = expanded(meshes.triangle_counts[people.character], scenes.people_triangles)  # of each triangle
    face = meshes.triangle_starts[people.character][person] + within
    first_vertex = (torch.cumsum(counts, 0) - counts)[person]
    triangles = meshes.triangles[face] + first_vertex[:, None]
    texture_triangles = meshes.texture_triangles[face] + meshes.texture_starts[people.character][person][:, None]
    slots = meshes.slots[face]
    carried = (slots == BAG) | (slots == THING)

    solid, _ = expanded(solids.triangle_counts, len(solids.triangles))
    solid_of_vertex, _ = expanded(solids.vertex_counts, len(solids.vertices))
    of_solid = torch.full_like(solid, -2)
    vertices = torch.cat([posed, solids.vertices])
    all_triangles = torch.cat([triangles, solids.triangles + len(posed)])
    plain = constant(as_tuples(PLAIN), posed.device, torch.float32).expand(len(solids.image), 1, -1)
    return Geometry(
        vertices, vertex_normals(vertices, all_triangles), torch.cat([rests, solids.vertices]),
        torch.cat([people.image[number], solids.image[solid_of_vertex]]),
        torch.cat([people.image[person], solids.image[solid]]),
        all_triangles, torch.cat([texture_triangles, solids.triangles + len(meshes.texture_points)]),
        torch.cat([meshes.texture_points, solids.texture_points]),
        torch.cat([person * SLOTS + slots, len(people.image) * SLOTS + solid]),
        torch.cat([meshes.two_sided[face], torch.ones_like(solid, dtype=torch.bool)]),
        torch.cat([torch.where(carried, -2, person), of_solid]),
        torch.cat([torch.where(carried, OBJECT_PART, meshes.parts[face]), torch.full_like(solid, OBJECT_PART)]),
        torch.cat([people.texture.flatten(), solids.texture]), torch.cat([people.scale.flatten(), solids.scale]),
        torch.cat([people.tint.flatten(0, 1), solids.tint]), torch.cat([people.gloss.flatten(), solids.gloss]),
        torch.cat([people.folds.flatten(), torch.zeros_like(solids.gloss)]),
        torch.cat([people.prints.flatten(0, 1), plain.flatten(0, 1)]))


def vertex_normals(vertices, triangles):
    """The area-weighted unit normal of every vertex, (V, 3)."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    across = torch.linalg.cross(b - a, c - a)
    normals = torch.zeros_like(vertices)
    for corner in range(3):
        normals.index_add_(0, triangles[:, corner], across)
    return torch.nn.functional.normalize(normals, dim=1, eps=1e-30)


def project(cameras, points, image):
    """Sample x, sample y and inverse depth of world points in their images' views; -1 nearer than NEAR, (V, 3).

    Args:
        cameras: PackedCameras.
        points: [m], (V, 3).
        image: of each point, (V,).
    """
    camera = torch.einsum("vij,vj->vi", cameras.rotation[image], points - cameras.eye[image])
    depth = camera[:, 2]
    inverse = torch.where(depth > NEAR, 1 / depth.clamp(min=NEAR), -1.0)
    pixels = camera[:, :2] * inverse[:, None] * cameras.focal[image, None] + cameras.centre[image]
    affine = cameras.view_from_image[image]
    view = torch.einsum("vij,vj->vi", affine[..., :2], pixels) + affine[..., 2]
    return torch.cat([(view + 0.5) * SAMPLES - 0.5, inverse[:, None]], 1)


def project_to_sun(sun, geometry, people_vertices):
    """Columns, rows and depths of all vertices as the sun sees them, (V, 3), and those affine maps, (B, 3, 4).

    Args:
        sun: unit vectors toward the sun, (B, 3).
        geometry: Geometry; its first `people_vertices` vertices are people's.
    """
    up = constant((0, 0, 1), sun.device, sun.dtype).expand_as(sun)
    across = torch.nn.functional.normalize(torch.linalg.cross(sun, up), dim=1)
    axes = torch.stack([across, torch.linalg.cross(sun, across), sun], 1)  # (B, 3, 3)
    image = geometry.image_of_vertex
    seen = torch.einsum("vij,vj->vi", axes[image], geometry.vertices)
    index = image[:, None].expand(-1, 3)

    def bounds(values, rows):
        return (torch.full_like(sun[:, : values.shape[1]], torch.inf).scatter_reduce_(0, rows, values, "amin"),
                torch.full_like(sun[:, : values.shape[1]], -torch.inf).scatter_reduce_(0, rows, values, "amax"))

    low, high = bounds(seen, index)
    low, high = low - 0.1, high + 0.1
    nearest, farthest = bounds(seen[:people_vertices, :2], index[:people_vertices, :2])
    nearest, farthest = nearest - SHADOWED, farthest + SHADOWED  # infinite where there is nobody
    known = torch.isfinite(nearest)
    low[:, :2] = torch.where(known, torch.maximum(low[:, :2], nearest), low[:, :2])
    high[:, :2] = torch.where(known, torch.minimum(high[:, :2], farthest), high[:, :2])
    extent = torch.where(torch.isfinite(high - low), high - low, 1.0)
    scale = (SHADOW_SIZE - 4) / extent[:, :2].amax(1)
    factor = torch.stack([scale, scale, torch.ones_like(scale)], 1)  # (B, 3)
    low = torch.where(torch.isfinite(low), low, 0.0)
    shift = -low * factor + constant((2, 2, 1), sun.device, sun.dtype)
    return seen * factor[image] + shift[image], torch.cat([axes * factor[..., None], shift[..., None]], 2)
