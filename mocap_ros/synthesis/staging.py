"""Random scenes: camera, people at plausible places and sizes, furniture."""

from dataclasses import dataclass

import cv2
import numpy as np

from mocap_ros.synthesis.arrangement import (
    around_a_table, around_an_act, in_a_row, on_steps, scattered, with_acts, with_pairs,
)
from mocap_ros.synthesis.body import posed_points
from mocap_ros.synthesis.care import ACT_SHARES
from mocap_ros.synthesis.clearance import ground_taken
from mocap_ros.synthesis.contact import TOUCHES
from mocap_ros.synthesis.furnishing import furnish_open, furnish_room, furnish_street
from mocap_ros.synthesis.panorama import Panoramas, light_of, look_at, turned_panorama
from mocap_ros.synthesis.peopling import populate, scattered_things
from mocap_ros.synthesis.scene import Scene, view_toward
from mocap_ros.synthesis.setting import crop_photograph, draw_light, draw_surroundings_box, horizon_row, tinted
from mocap_ros.synthesis.throng import crowd

WIDTH, HEIGHT = 512, 320


@dataclass(frozen=True)
class Shot:
    """A kind of picture.

    Attributes:
        share: of all pictures.
        people: fewest and most.
        pixels: bounds of the main person's standing height, also where the picture cuts it [px].
        camera_height: [m].
        nearest: least distance of the main person [m].
        outdoors: share of streets among pictures without photograph.
        upright: share of pictures that aim above the main person's waist.
    """

    share: float
    people: tuple
    pixels: tuple
    camera_height: tuple
    nearest: float
    outdoors: float
    upright: float


SHOTS = {
    "crowd": Shot(0.12, (4, 12), (60, 230), (1.0, 3.5), 0.75, 0.7, 0.2),
    "wide": Shot(0.05, (1, 5), (50, 190), (0.5, 3.0), 0.75, 0.7, 0.2),
    "medium": Shot(0.18, (1, 4), (150, 330), (0.4, 2.4), 0.75, 0.35, 0.2),
    "close": Shot(0.15, (1, 4), (300, 900), (0.7, 1.9), 0.75, 0.35, 0.7),
    "row": Shot(0.14, (1, 5), (500, 2400), (1.0, 1.8), 0.45, 0.35, 1.0),
    "face": Shot(0.04, (1, 2), (1800, 5200), (1.1, 1.8), 0.32, 0.35, 1.0),
    "pair": Shot(0.04, (1, 2), (300, 1300), (0.8, 1.8), 0.75, 0.35, 0.8),
    "table": Shot(0.08, (1, 6), (230, 700), (1.0, 2.1), 1.5, 0.15, 0.8),
    "steps": Shot(0.04, (5, 12), (70, 260), (0.8, 2.5), 1.2, 0.6, 0.3),
    "throng": Shot(0.04, (12, 34), (75, 150), (1.2, 3.5), 3.0, 0.97, 0.0),
    "care": Shot(0.07, (1, 3), (150, 640), (0.5, 1.9), 1.6, 0.2, 0.2),
    "nobody": Shot(0.05, (0, 0), (60, 300), (0.3, 3.0), 0.75, 0.35, 0.2),
}
WIDEST = {"throng": 75}  # degrees; of other shots 100
LOWEST_AIM = {"row": 0.45, "face": 0.8}  # of _aim
ROOMY_SHOTS = ("crowd", "wide", "medium", "close")  # in which people may touch
PANORAMA_SHARE, SKY_SHARE = 0.15, 0.05  # of pictures lit by a panorama, by a drawn sky where there are no panoramas
PHOTOGRAPH_SHARE = {"nobody": 0.75, "throng": 0.2, "care": 0.4}  # of other pictures before a photograph; else 0.62
OPEN_SHARE = 0.35  # of pictures before a photograph or a panorama with things that stand about
DRAWN_SKIES = Panoramas()
SMALLEST = 20  # px, standing height of the farthest person


def _draw_spots(kind, number, distance, focal, generator):
    """Spots of a kind of picture, and the Tables that it has."""
    frame_width, farthest = WIDTH / focal, min(1.7 * focal / SMALLEST, 28.0)
    if number == 0:
        return [], []
    if kind == "throng":
        return crowd(number, focal, WIDTH, distance, generator)
    if kind == "table":
        spots, desk = around_a_table(number, distance, generator)
        return spots, [desk]
    if kind == "steps":
        return on_steps(number, distance, frame_width, generator), []
    if kind == "care":
        return around_an_act(number, distance, frame_width, farthest, ACT_SHARES, generator), []
    if kind in ("row", "face") or (kind == "close" and number > 1 and generator.random() < 0.4):
        spots = in_a_row(number, distance, frame_width, generator)
    else:
        spots = scattered(number, distance, frame_width, farthest, kind == "crowd", generator)
    if kind == "pair":
        spots = with_pairs(spots[:1], TOUCHES, generator, 1.0) + spots[1:]
    elif kind in ROOMY_SHOTS:
        spots = with_acts(with_pairs(spots, TOUCHES, generator), ACT_SHARES, generator)
    return spots, []


def _aim(wardrobe, person, lowest, generator):
    """Height at which the camera looks: any part of a person [m].

    Args:
        lowest: the lowest part, 0 the pelvis and 1 the top of the head; below 0 the feet.
    """
    points = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)
    index = wardrobe.point_index
    pelvis, head = points[index["pelvis"], 2], points[index["head_top"], 2]
    feet = min(points[index["l_ankle"], 2], points[index["r_ankle"], 2])
    low = pelvis + lowest * (head - pelvis) if lowest >= 0 else feet + 0.2
    return generator.uniform(low, max(low, head - 0.05))


def _draw_view(kind, aim, distance, focal, generator):
    """A View that shows a point at a height [m] and a distance [m] somewhere in its middle."""
    camera_height = generator.uniform(*SHOTS[kind].camera_height)
    if generator.random() < 0.07:
        camera_height = generator.uniform(2.5, 5)
    row = generator.uniform(0.3, 0.7) * HEIGHT
    if kind == "crowd":
        row = generator.uniform(0.25, 0.55) * HEIGHT
    if kind == "throng":
        aim, row = camera_height, generator.uniform(0.12, 0.5) * HEIGHT  # the horizon's
    if kind == "face" or (kind == "row" and generator.random() < 0.5):
        camera_height = aim + generator.normal(0, 0.2)
    pitch = np.arctan2(aim - camera_height, distance) + np.arctan((row - HEIGHT / 2) / focal)
    roll = generator.normal(0, 0.2 if kind == "row" and generator.random() < 0.2 else 0.03)
    return view_toward(WIDTH, HEIGHT, focal, [0, 0, camera_height], pitch, roll)


def stage_scene(wardrobe, stock, photographs, clips, generator, panoramas=DRAWN_SKIES):
    """A random Scene.

    Args:
        wardrobe, stock, photographs: Wardrobe, Stock, Photographs.
        clips: anatomical rotations of recorded motion, a list of (T, S, 3, 3).
        panoramas: Panoramas that light people and are seen behind them.
    """
    kind = str(generator.choice(list(SHOTS), p=[each.share for each in SHOTS.values()]))
    shot = SHOTS[kind]
    number = int(generator.integers(shot.people[0], shot.people[1] + 1))
    outdoors = generator.random() < shot.outdoors
    focal = WIDTH / 2 / np.tan(np.deg2rad(generator.uniform(38, WIDEST.get(kind, 100))) / 2)
    distance = max(1.7 * focal / np.exp(generator.uniform(*np.log(shot.pixels))), shot.nearest)
    spots, tables = _draw_spots(kind, number, distance, focal, generator)
    people, solids = populate(wardrobe, stock, clips, spots, tables, focal, kind == "throng", generator)
    taken = ground_taken(people, solids)
    solids += scattered_things(stock, spots, taken, distance, WIDTH / focal, 2 * (number == 0), generator)
    lowest = -1 if generator.random() > shot.upright else LOWEST_AIM.get(kind, 0.15)
    aim = _aim(wardrobe, people[0], lowest, generator) if people else 1.0
    view = _draw_view(kind, aim, distance, focal, generator)

    light = draw_light(generator, outdoors)
    photograph, shadow, surroundings = None, 0.0, None
    draw, taken = generator.random(), ground_taken(people, solids)
    if draw < (PANORAMA_SHARE if len(panoramas) else SKY_SHARE):
        panorama = turned_panorama(panoramas.draw(generator), generator.uniform(0, 2 * np.pi))
        light, photograph = light_of(panorama), look_at(panorama, view)
        shadow = generator.uniform(0.2, 0.6) if light.sun_colour.max() > 0 else 0.0
    elif len(photographs) and generator.random() < PHOTOGRAPH_SHARE.get(kind, 0.62):
        horizon = horizon_row(view) if people else None
        photograph = crop_photograph(photographs.draw(generator), WIDTH, HEIGHT, generator, horizon)
        light = tinted(light, np.array(cv2.mean(photograph)[:3]), generator.uniform(0, 0.9))
        shadow = generator.uniform(0.2, 0.6) if generator.random() < 0.5 else 0.0
    else:
        places = [(0, 0), (0, distance), *(spot.place for spot in spots)]
        places += [corner for each in taken[len(people) :] for corner in each[:, :2]]
        surroundings = draw_surroundings_box(stock, generator, places, outdoors)
        furnish = furnish_street if outdoors else furnish_room
        solids += furnish(stock, surroundings, taken, len(people), view, generator)
    if photograph is not None and generator.random() < OPEN_SHARE:
        solids += furnish_open(stock, outdoors, taken, len(people), view, generator)
    blur = generator.uniform(0.5, 3) if generator.random() < (0.4 if distance < 2.5 else 0.15) else 0.0
    return Scene(view, tuple(people), tuple(solids), light, surroundings, photograph, shadow, blur)
