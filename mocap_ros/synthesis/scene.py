"""A scene ready to draw: people, solids, light and surroundings, seen by one camera.

World: metres, Z up. Camera: optical frame, x right, y down, z forward, no lens distortion.
"""

from dataclasses import dataclass

import numpy as np

from mocap_ros.synthesis.body import skin
from mocap_ros.synthesis.character import Character


@dataclass(frozen=True, eq=False)
class View:
    """A camera in the world.

    Attributes:
        width, height: [px].
        focal: [px]; the optical axis goes through the image's middle.
        rotation: camera_from_world, (3, 3).
        eye: place in the world [m], (3,).
    """

    width: int
    height: int
    focal: float
    rotation: np.ndarray
    eye: np.ndarray

    @property
    def matrix(self):
        """Intrinsics K [px], (3, 3)."""
        return np.array([[self.focal, 0, (self.width - 1) / 2], [0, self.focal, (self.height - 1) / 2], [0, 0, 1]])

    def to_camera(self, points):
        """Camera-frame points of world points, (..., 3) [m]."""
        return (points - self.eye) @ self.rotation.T


def view_toward(width, height, focal, eye, pitch, roll=0.0, yaw=0.0):
    """A View whose axis at yaw 0 points along +Y; positive pitch looks up, yaw turns left, roll is clockwise [rad]."""
    ahead = np.array([-np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    axes = np.stack([right, np.cross(ahead, right), ahead])
    cosine, sine = np.cos(roll), np.sin(roll)
    return View(
        width,
        height,
        float(focal),
        np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]) @ axes,
        np.asarray(eye, float),
    )


@dataclass(frozen=True, eq=False)
class Look:
    """Materials of one person, one row per slot.

    Attributes:
        texture: number in Stock.fine, below 0 skin -1 - number, (slots,).
        scale: repeats of the texture per unit, (slots,).
        tint: RGB factor, (slots, 3).
        gloss, folds: strengths, (slots,).
        prints: a picture on chest or back and a buttoned strip, (slots, 7): texture (-1 none), half width, lowest and
            highest point [m] of the body at rest, side (-1 chest, 1 back), half width of the strip [m], its shade.
    """

    texture: np.ndarray
    scale: np.ndarray
    tint: np.ndarray
    gloss: np.ndarray
    folds: np.ndarray
    prints: np.ndarray


@dataclass(frozen=True, eq=False)
class PlacedPerson:
    """A character in the world: `transforms` are world_from_rest of its bones, (bones, 3, 4)."""

    character: Character
    transforms: np.ndarray
    vertices: np.ndarray
    look: Look


@dataclass(frozen=True, eq=False)
class PlacedSolid:
    """A solid in the world with its number in Stock.fine, repeats per metre, RGB factor (3,) and gloss, 0 to 1."""

    solid: tuple
    texture: int
    scale: float
    tint: np.ndarray
    gloss: float


@dataclass(frozen=True, eq=False)
class Light:
    """Sun or lamp, a second light without shadow, and light from all around.

    Attributes:
        sun, fill: unit vectors toward the lights, (3,).
        sun_colour, fill_colour: linear RGB, (3,).
        ambient: RGB as a linear function of the normal, (3, 4): x, y, z, constant.
        sky: RGB at the horizon and the zenith, (2, 3).
    """

    sun: np.ndarray
    sun_colour: np.ndarray
    fill: np.ndarray
    fill_colour: np.ndarray
    ambient: np.ndarray
    sky: np.ndarray


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A room or street as the inside of a box of textured planes.

    Attributes:
        low, high: corners of the box [m], (3,), before its turn about Z by `yaw` [rad].
        is_open: True where the ceiling is missing and the sky shows above the walls.
        texture, scale, tint: of the planes -x, +x, -y, +y, floor, ceiling: number in Stock.fine, (6,), repeats per
            metre, (6,), RGB factor, (6, 3).
        pictures: rectangles on the four walls: from, to along the wall, from, to in height [m], texture, (4, N, 5).
    """

    low: np.ndarray
    high: np.ndarray
    yaw: float
    is_open: bool
    texture: np.ndarray
    scale: np.ndarray
    tint: np.ndarray
    pictures: np.ndarray


@dataclass(frozen=True, eq=False)
class Later:
    """Where the camera and the people of a Scene are when the last row of a rolling shutter is exposed.

    Attributes:
        view: View of the same size and focal length.
        people: PlacedPersons in the Scene's order.
        solids: PlacedSolids in the Scene's order; None where all stand still.
    """

    view: View
    people: tuple
    solids: tuple | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything in front of the camera; `photograph` (h, w, 3) linear RGB replaces the surroundings where given.

    With `later` rows are exposed one after the other, the middle one when all is as the Scene says.
    """

    view: View
    people: tuple
    solids: tuple
    light: Light
    surroundings: Surroundings | None
    photograph: np.ndarray | None
    ground_shadow: float
    background_blur: float
    later: Later | None = None


def place_person(character, transforms, look):
    """The PlacedPerson with its skinned vertices, (V, 3)."""
    vertices = np.empty_like(character.vertices)
    skin(character.vertices, character.bone_indices, character.bone_weights, transforms, vertices)
    return PlacedPerson(character, transforms, vertices, look)


def moved(person, shift):
    """The person moved by `shift` [m], (3,)."""
    transforms = person.transforms.copy()
    transforms[:, :, 3] += shift
    return PlacedPerson(person.character, transforms, person.vertices + np.float32(shift), person.look)
