"""Drawing a scene: its meshes as one, the z-buffer, the shadow map, the shading, the surroundings."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mocap_ros.synthesis.body import vertex_normals
from mocap_ros.synthesis.character import BAG, SLOTS, THING
from mocap_ros.synthesis.raster import SAMPLES, rasterise
from mocap_ros.synthesis.rolling import at_their_rows, cameras_of_rows, seen_by_rows
from mocap_ros.synthesis.shading import occlude, shade
from mocap_ros.synthesis.shadow_map import shadow_map_of, WEAKEST_SHADOW
from mocap_ros.synthesis.surroundings import draw_surroundings, shade_ground

NEAR = 0.12  # [m] nothing nearer is drawn
PLAIN = np.array([-1.0, 0, 0, 0, -1, 0, 1])  # a row of Look.prints without print or strip
OBJECT_PART = 6  # part number of everything that is no body


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawn scene.

    Attributes:
        image: linear RGB, (h, w, 3) float32.
        inverse_depth: [1/m] of every sample, (h * SAMPLES, w * SAMPLES).
        triangle_ids: nearest triangle of every sample, -1 background, same shape.
        owners: person number of each triangle, -2 for an object; then one more entry, -1 for the background, (F + 1,).
        parts: body part of each triangle, OBJECT_PART where none; then OBJECT_PART, (F + 1,).
    """

    image: np.ndarray
    inverse_depth: np.ndarray
    triangle_ids: np.ndarray
    owners: np.ndarray
    parts: np.ndarray


@dataclass(frozen=True, eq=False)
class _Geometry:
    vertices: np.ndarray
    normals: np.ndarray
    rests: np.ndarray
    triangles: np.ndarray
    texture_triangles: np.ndarray
    texture_points: np.ndarray
    slots: np.ndarray
    two_sided: np.ndarray
    owners: np.ndarray
    parts: np.ndarray
    texture: np.ndarray
    scale: np.ndarray
    tint: np.ndarray
    gloss: np.ndarray
    folds: np.ndarray
    prints: np.ndarray


def _collect(scene):
    """All meshes of a scene as one."""
    lists = [[] for _ in range(16)]
    start = texture_start = slot = 0
    for number, person in enumerate(scene.people):
        body, look = person.character, person.look
        normals = np.empty_like(person.vertices)
        vertex_normals(person.vertices, body.triangles, normals)
        carried = (body.slots == BAG) | (body.slots == THING)
        row = (
            person.vertices,
            normals,
            body.vertices,
            body.triangles + start,
            body.texture_triangles + texture_start,
            body.texture_points,
            body.slots + slot,
            body.two_sided,
            np.where(carried, -2, number).astype(np.int16),
            np.where(carried, OBJECT_PART, body.parts).astype(np.int8),
            look.texture,
            look.scale,
            look.tint,
            look.gloss,
            look.folds,
            look.prints,
        )
        for each, value in zip(lists, row):
            each.append(value)
        start += len(person.vertices)
        texture_start += len(body.texture_points)
        slot += SLOTS
    for placed in scene.solids:
        vertices, triangles, points = placed.solid
        normals = np.empty_like(vertices)
        vertex_normals(vertices, triangles, normals)
        count = len(triangles)
        row = (
            vertices,
            normals,
            vertices,
            triangles + start,
            triangles + texture_start,
            points,
            np.full(count, slot, np.int32),
            np.ones(count, np.int8),
            np.full(count, -2, np.int16),
            np.full(count, OBJECT_PART, np.int8),
            np.array([placed.texture]),
            np.array([placed.scale]),
            np.asarray(placed.tint)[None],
            np.array([placed.gloss]),
            np.zeros(1),
            PLAIN[None],
        )
        for each, value in zip(lists, row):
            each.append(value)
        start += len(vertices)
        texture_start += len(points)
        slot += 1
    kinds = (
        np.float32,
        np.float32,
        np.float32,
        np.int32,
        np.int32,
        np.float32,
        np.int32,
        np.int8,
        np.int16,
        np.int8,
        np.int64,
        np.float32,
        np.float32,
        np.float32,
        np.float32,
        np.float32,
    )
    return _Geometry(*(np.ascontiguousarray(np.concatenate(each), kind) for each, kind in zip(lists, kinds)))


def _later_vertices(scene):
    """Vertices of _collect when the last row is exposed."""
    people = [person.vertices for person in scene.later.people]
    solids = scene.solids if scene.later.solids is None else scene.later.solids
    return np.concatenate([*people, *(placed.solid[0] for placed in solids)])


def project_samples(view, vertices):
    """Sample x, sample y and inverse depth of world points, (V, 3) float32; inverse depth -1 nearer than NEAR."""
    return _on_screen(view, (vertices - view.eye.astype(np.float32)) @ view.rotation.T.astype(np.float32))


def _on_screen(view, camera):
    """As project_samples, of points in the camera's frame."""
    vertices, depth = camera, camera[:, 2]
    inverse = np.where(depth > NEAR, 1 / np.maximum(depth, NEAR), np.float32(-1)).astype(np.float32)
    screen = np.empty((len(vertices), 3), np.float32)
    for axis, middle in ((0, (view.width - 1) / 2), (1, (view.height - 1) / 2)):
        screen[:, axis] = (camera[:, axis] * inverse * view.focal + middle + 0.5) * SAMPLES - 0.5
    screen[:, 2] = inverse
    return screen


def draw(scene, stock, timing):
    """The Drawing of a scene.

    Args:
        scene: Scene.
        stock: textures: fine, coarse, skins (N, s, s, 3) uint8 and folds (n, n, n, 3) float32.
        timing: called with a stage's name after each stage.
    """
    view, light = scene.view, scene.light
    size = (view.height * SAMPLES, view.width * SAMPLES)
    inverse_depth, ids = np.zeros(size, np.float32), np.full(size, -1, np.int32)
    front = np.zeros((view.height, view.width, 4), np.float32)
    shadow_map, affine = np.zeros((4, 4), np.float32), np.zeros((3, 4), np.float32)
    owners, parts = np.array([-1], np.int16), np.array([OBJECT_PART], np.int8)
    float32 = np.float32
    sun, eye = light.sun.astype(float32), view.eye.astype(float32)
    sun_colour, ambient = light.sun_colour.astype(float32), light.ambient.astype(float32)
    if scene.people or scene.solids:
        geometry = _collect(scene)
        screen = project_samples(view, geometry.vertices)
        if scene.later is not None:
            vertices, camera = at_their_rows(scene, geometry.vertices, _later_vertices(scene))
            geometry, screen = replace(geometry, vertices=vertices.astype(float32)), _on_screen(view, camera)
        timing("collect")
        rasterise(screen, geometry.triangles, geometry.two_sided, inverse_depth, ids)
        owners, parts = np.append(geometry.owners, owners), np.append(geometry.parts, parts)
        timing("z-buffer")
        if light.sun_colour.max() > WEAKEST_SHADOW:
            shadow_map, affine = shadow_map_of(geometry, light.sun, sum(len(each.vertices) for each in scene.people))
        timing("shadow map")
        shade(
            inverse_depth,
            ids,
            geometry.owners,
            screen,
            geometry.vertices,
            geometry.normals,
            geometry.rests,
            geometry.triangles,
            geometry.texture_triangles,
            geometry.texture_points,
            geometry.slots,
            geometry.texture,
            geometry.scale,
            geometry.tint,
            geometry.gloss,
            geometry.folds,
            geometry.prints,
            stock.fine,
            stock.coarse,
            stock.skins,
            stock.folds,
            shadow_map,
            affine,
            sun,
            sun_colour,
            light.fill.astype(float32),
            light.fill_colour.astype(float32),
            ambient,
            eye,
            float32(1 / view.focal),
            front,
        )
        occlude(inverse_depth, front, float32(view.focal), float32(0.09), float32(0.7))
        timing("shading")
    rotations, eyes = (each.astype(float32) for each in cameras_of_rows(scene))
    if scene.photograph is None:
        back = np.empty((view.height, view.width, 3), float32)
        around = scene.surroundings
        draw_surroundings(
            back,
            rotations,
            eyes,
            float32(view.focal),
            around.low.astype(float32),
            around.high.astype(float32),
            float32(around.yaw),
            int(around.is_open),
            around.texture,
            around.scale.astype(float32),
            around.tint.astype(float32),
            around.pictures.astype(float32),
            stock.fine,
            shadow_map,
            affine,
            sun,
            sun_colour,
            ambient,
            light.sky.astype(float32),
        )
    else:
        back = scene.photograph.copy() if scene.later is None else seen_by_rows(scene.photograph, scene)
        *colour, covered = cv2.sumElems(front)
        if covered > 0:
            back *= float32((sum(colour) / 3 / covered / max(0.03, sum(cv2.mean(back)) / 3)) ** 0.5)
        if scene.ground_shadow > 0:
            shade_ground(
                back,
                rotations,
                eyes,
                float32(view.focal),
                shadow_map,
                affine,
                float32(scene.ground_shadow),
            )
    if scene.background_blur > 0:
        back = cv2.GaussianBlur(back, (0, 0), scene.background_blur)
    timing("background")
    image = front[..., :3] + back * (1 - front[..., 3:])
    return Drawing(image, inverse_depth, ids, owners, parts)
