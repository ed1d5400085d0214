"""Scenes as small arrays: what goes from the processes that stage scenes to the device that draws them."""

from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.datatypes.skeleton import KEYPOINTS
from mocap_ros.synthesis.body import posed_points
from mocap_ros.synthesis.character import SLOTS

PICTURE_FIELDS = 5  # of a picture on a wall, see draw_surroundings
LOOK_FIELDS = ("texture", "scale", "tint", "gloss", "folds", "prints")


class PackedCameras(NamedTuple):
    """Cameras of B images and the views that are cut from them.

    Attributes:
        rotation: camera_from_world, (B, 3, 3); eye: [m], (B, 3); focal [px], (B,); centre: of the image [px], (B, 2).
        view_from_image: turn, zoom and shift from the image's pixels to the view's, (B, 2, 3).
    """

    rotation: torch.Tensor
    eye: torch.Tensor
    focal: torch.Tensor
    centre: torch.Tensor
    view_from_image: torch.Tensor

    @property
    def zoom(self):
        """Pixels of the view across one of the image, (B,)."""
        (a, b), (c, d) = (row.unbind(1) for row in self.view_from_image[..., :2].unbind(1))
        return (a * d - b * c).abs().sqrt()


class PackedPeople(NamedTuple):
    """People of all images: image and character, (N,); transforms, (N, bones, 3, 4); Look's fields, (N, SLOTS, ...);
    keypoints_camera: [m], (N, K, 3); height: standing [m], (N,)."""

    image: torch.Tensor
    character: torch.Tensor
    transforms: torch.Tensor
    texture: torch.Tensor
    scale: torch.Tensor
    tint: torch.Tensor
    gloss: torch.Tensor
    folds: torch.Tensor
    prints: torch.Tensor
    keypoints_camera: torch.Tensor
    height: torch.Tensor


class PackedSolids(NamedTuple):
    """Solids of all images: image, sizes and materials, (S, ...); vertices [m] and texture_points, (V, ...);
    triangles numbered through all vertices, (F, 3)."""

    image: torch.Tensor
    vertex_counts: torch.Tensor
    triangle_counts: torch.Tensor
    texture: torch.Tensor
    scale: torch.Tensor
    tint: torch.Tensor
    gloss: torch.Tensor
    vertices: torch.Tensor
    texture_points: torch.Tensor
    triangles: torch.Tensor


class PackedLights(NamedTuple):
    """Light's fields, (B, ...)."""

    sun: torch.Tensor
    sun_colour: torch.Tensor
    fill: torch.Tensor
    fill_colour: torch.Tensor
    ambient: torch.Tensor
    sky: torch.Tensor


class PackedBackgrounds(NamedTuple):
    """What is behind the people: Surroundings' fields, (B, ...), or a photograph.

    Attributes:
        is_photograph: (B,) bool; photographs: square roots of linear RGB as bytes, (B, h, w, 3), of the images' size.
        ground_shadow, blur: as in Scene, (B,).
    """

    low: torch.Tensor
    high: torch.Tensor
    yaw: torch.Tensor
    is_open: torch.Tensor
    texture: torch.Tensor
    scale: torch.Tensor
    tint: torch.Tensor
    pictures: torch.Tensor
    is_photograph: torch.Tensor
    photographs: torch.Tensor
    ground_shadow: torch.Tensor
    blur: torch.Tensor


class PackedScenes(NamedTuple):
    """A batch of scenes; people_vertices and people_triangles are how many all its people have, as int."""

    cameras: PackedCameras
    people: PackedPeople
    solids: PackedSolids
    lights: PackedLights
    backgrounds: PackedBackgrounds
    people_vertices: int
    people_triangles: int

    def to(self, device):
        """The same on a device."""
        parts = (type(part)(*(each.to(device, non_blocking=True) for each in part)) for part in self[:5])
        return PackedScenes(*parts, self.people_vertices, self.people_triangles)


def pack(scenes, views_from_images, character_numbers, wardrobe):
    """PackedScenes of a list of Scene.

    Args:
        scenes: Scenes of one image size.
        views_from_images: (2, 3) each.
        character_numbers: dict of id of a Character to its number among the stock's meshes.
        wardrobe: Wardrobe of the characters.
    """
    people = [(image, person) for image, scene in enumerate(scenes) for person in scene.people]
    solids = [(image, solid) for image, scene in enumerate(scenes) for solid in scene.solids]
    return PackedScenes(
        _cameras([scene.view for scene in scenes], views_from_images),
        _people(people, scenes, character_numbers, wardrobe), _solids(solids),
        PackedLights(*(_stacked([getattr(scene.light, name) for scene in scenes]) for name in PackedLights._fields)),
        _backgrounds(scenes), sum(len(person.character.vertices) for _, person in people),
        sum(len(person.character.triangles) for _, person in people))


def points_camera(person, view, wardrobe, names):
    """Label points of a PlacedPerson by name, in the camera frame [m], (names, 3)."""
    order = [wardrobe.point_index[name] for name in names]
    points = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)
    return view.to_camera(points[order])


def _stacked(values, kind=np.float32, shape=()):
    """Arrays or numbers as one tensor; `shape` is that of each where there are none."""
    return torch.from_numpy(np.stack([np.asarray(each, kind) for each in values]) if len(values)
                            else np.zeros((0, *shape), kind))


def _cameras(views, views_from_images):
    return PackedCameras(
        _stacked([view.rotation for view in views]), _stacked([view.eye for view in views]),
        _stacked([view.focal for view in views]),
        _stacked([[(view.width - 1) / 2, (view.height - 1) / 2] for view in views]), _stacked(views_from_images))


def _people(people, scenes, character_numbers, wardrobe):
    shapes = {"tint": (SLOTS, 3), "prints": (SLOTS, 7)}
    looks = []
    for name in LOOK_FIELDS:
        kind = np.int64 if name == "texture" else np.float32
        looks.append(_stacked([getattr(person.look, name) for _, person in people], kind, shapes.get(name, (SLOTS,))))
    points = [points_camera(person, scenes[image].view, wardrobe, KEYPOINTS) for image, person in people]
    bones = len(wardrobe.skeleton.parents)
    return PackedPeople(
        _stacked([image for image, _ in people], np.int64),
        _stacked([character_numbers[id(person.character)] for _, person in people], np.int64),
        _stacked([person.transforms for _, person in people], shape=(bones, 3, 4)), *looks,
        _stacked(points, shape=(len(KEYPOINTS), 3)), _stacked([person.character.height for _, person in people]))


def _solids(solids):
    meshes = [placed.solid for _, placed in solids]
    counts = np.array([len(vertices) for vertices, _, _ in meshes], np.int64)
    starts = np.cumsum(counts) - counts

    def joined(arrays, width, kind):
        return torch.from_numpy(np.concatenate([np.zeros((0, width), kind), *arrays]).astype(kind))

    return PackedSolids(
        _stacked([image for image, _ in solids], np.int64), torch.from_numpy(counts),
        _stacked([len(triangles) for _, triangles, _ in meshes], np.int64),
        _stacked([placed.texture for _, placed in solids], np.int64), _stacked([placed.scale for _, placed in solids]),
        _stacked([placed.tint for _, placed in solids], shape=(3,)), _stacked([placed.gloss for _, placed in solids]),
        joined([vertices for vertices, _, _ in meshes], 3, np.float32),
        joined([points for _, _, points in meshes], 2, np.float32),
        joined([triangles + start for (_, triangles, _), start in zip(meshes, starts)], 3, np.int64))


def _backgrounds(scenes):
    """A scene without surroundings gets a box that is never looked at, one without photograph a black one."""
    boxes = [scene.surroundings for scene in scenes]

    def of_box(name, shape, kind=np.float32):
        return _stacked([np.zeros(shape, kind) if box is None else getattr(box, name) for box in boxes], kind)

    view = scenes[0].view
    photographs = [np.zeros((view.height, view.width, 3), np.uint8) if scene.photograph is None
                   else (np.sqrt(np.clip(scene.photograph, 0, 1)) * 255 + 0.5).astype(np.uint8) for scene in scenes]
    pictures = max([1] + [box.pictures.shape[1] for box in boxes if box is not None])
    return PackedBackgrounds(
        of_box("low", 3), of_box("high", 3), of_box("yaw", ()), of_box("is_open", (), bool),
        of_box("texture", 6, np.int64), of_box("scale", 6), of_box("tint", (6, 3)),
        of_box("pictures", (4, pictures, PICTURE_FIELDS)), _stacked([box is None for box in boxes], bool),
        _stacked(photographs, np.uint8), _stacked([scene.ground_shadow for scene in scenes]),
        _stacked([scene.background_blur for scene in scenes]))
