"""Random scenes: camera, people at plausible places and sizes, furniture."""

from dataclasses import dataclass

import cv2
import numpy as np

from mocap_ros.synthesis.arrangement import APART, around_a_table, in_a_row, on_steps, scattered, with_pairs
from mocap_ros.synthesis.body import bone_transforms, posed_points
from mocap_ros.synthesis.character import THING
from mocap_ros.synthesis.contact import TOUCHES, place_pair
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.load import load_of
from mocap_ros.synthesis.panorama import Panoramas, light_of, look_at, turned_panorama
from mocap_ros.synthesis.pose import GROUND, SEAT, Pose
from mocap_ros.synthesis.pose_library import draw_pose
from mocap_ros.synthesis.scene import PlacedSolid, Scene, moved, place_person, view_toward
from mocap_ros.synthesis.setting import crop_photograph, draw_light, draw_surroundings_box, tinted
from mocap_ros.synthesis.solids import box, chair, clutter, placed, table
from mocap_ros.synthesis.stock import draw_look

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
    "crowd": Shot(0.15, (4, 12), (60, 230), (1.0, 3.5), 0.75, 0.7, 0.2),
    "wide": Shot(0.07, (1, 5), (50, 190), (0.5, 3.0), 0.75, 0.7, 0.2),
    "medium": Shot(0.21, (1, 4), (150, 330), (0.4, 2.4), 0.75, 0.35, 0.2),
    "close": Shot(0.17, (1, 4), (300, 900), (0.7, 1.9), 0.75, 0.35, 0.7),
    "row": Shot(0.15, (1, 5), (500, 2400), (1.0, 1.8), 0.45, 0.35, 1.0),
    "face": Shot(0.04, (1, 2), (1800, 5200), (1.1, 1.8), 0.32, 0.35, 1.0),
    "pair": Shot(0.04, (1, 2), (300, 1300), (0.8, 1.8), 0.75, 0.35, 0.8),
    "table": Shot(0.08, (1, 6), (230, 700), (1.0, 2.1), 1.5, 0.15, 0.8),
    "steps": Shot(0.04, (5, 12), (70, 260), (0.8, 2.5), 1.2, 0.6, 0.3),
    "nobody": Shot(0.05, (0, 0), (60, 300), (0.3, 3.0), 0.75, 0.35, 0.2),
}
LOWEST_AIM = {"row": 0.45, "face": 0.8}  # of _aim
ROOMY_SHOTS = ("crowd", "wide", "medium", "close")  # in which people may touch
PANORAMA_SHARE, SKY_SHARE = 0.15, 0.05  # of pictures lit by a panorama, by a drawn sky where there are no panoramas
DRAWN_SKIES = Panoramas()
SMALLEST = 20  # px, standing height of the farthest person
FAR_PIXELS = 140  # px, standing height below which the simpler mesh is drawn


def turned(pose, yaw):
    """The pose turned about the vertical by `yaw` [rad]."""
    local = pose.local.copy()
    local[0] = axis_turn("Z", yaw) @ local[0]
    return Pose(local, pose.support, pose.curl, pose.load)


def stand_person(wardrobe, character, pose, look, place, generator, floor=0.0):
    """A person at a place on the floor and the seat's height [m], NaN where none is needed.

    Args:
        place: x, y of the pelvis [m], (2,).
        floor: height of the floor [m].
    """
    transforms = bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, character.heads, pose)
    person = place_person(character, transforms, look)
    pelvis = transforms[0, :, :3] @ character.points[wardrobe.point_index["pelvis"]] + transforms[0, :, 3]
    lift = floor - float(person.vertices[:, 2].min())
    if pose.support not in (SEAT, GROUND) and generator.random() < 0.03:
        lift += generator.uniform(0.05, 0.4)
    person = moved(person, np.array([place[0] - pelvis[0], place[1] - pelvis[1], lift]))
    if pose.support != SEAT or not len(character.seat_vertices):
        return person, np.nan
    return person, float(person.vertices[character.seat_vertices, 2].min())


def _solid(stock, solid, generator):
    span = stock.cloths if generator.random() < 0.4 else stock.grounds if generator.random() < 0.7 else stock.pictures
    return PlacedSolid(
        solid,
        int(generator.integers(*span)),
        float(generator.choice([0.7, 1, 2])),
        np.full(3, generator.uniform(0.3, 1)) * generator.uniform(0.85, 1.15, 3),
        0.05,
    )


def _choose_spots(shot, number, distance, frame_width, farthest, generator):
    """Spots of a kind of picture, and the Table that it has or None."""
    if shot in ("row", "face") or (shot == "close" and number > 1 and generator.random() < 0.4):
        return in_a_row(number, distance, frame_width, generator), None
    if shot == "table":
        return around_a_table(number, distance, generator)
    if shot == "steps":
        return on_steps(number, distance, frame_width, generator), None
    return scattered(number, distance, frame_width, farthest, shot == "crowd", generator), None


def _empty_handed(pool):
    """Characters that hold nothing, all where everybody does."""
    return [each for each in pool if not (each.slots == THING).any()] or pool


def _furnish_seat(stock, spot, seat, has_table, generator):
    """What a sitting person sits on, and in a third of the draws a table of their own."""
    if not np.isfinite(seat) or seat < spot.floor + 0.15 or generator.random() < 0.12:
        return []
    height = seat - spot.floor
    solids = [_solid(stock, placed(chair(height, generator), [*spot.place, spot.floor], spot.yaw), generator)]
    if not has_table and generator.random() < 0.35:
        ahead = axis_turn("Z", spot.yaw) @ [generator.normal(0, 0.2), -generator.uniform(0.5, 0.8), 0]
        top = height + generator.uniform(0.2, 0.34)
        place = [*(spot.place + ahead[:2]), spot.floor]
        solids.append(_solid(stock, placed(table(top, generator), place, spot.yaw), generator))
    return solids


def _clutter(stock, spots, distance, frame_width, more, generator):
    """Things that stand about, and in front of near people now and then a counter or a table."""
    solids = []
    for _ in range(generator.choice([0, 1, 2, 3, 5], p=[0.4, 0.25, 0.15, 0.12, 0.08]) + more):
        away = distance * np.exp(generator.uniform(-0.6, 0.9))
        place = np.array([generator.uniform(-0.6, 0.6) * frame_width * away, away])
        if away > 0.8 and all(np.hypot(*(place - other.place)) > 0.55 for other in spots):
            thing = clutter(generator) if generator.random() < 0.8 else table(generator.uniform(0.6, 1.1), generator)
            solids.append(_solid(stock, placed(thing, [*place, 0], generator.uniform(0, 3)), generator))
    if spots and distance < 3 and generator.random() < 0.14:
        gap = generator.uniform(0.45, 0.7)
        ahead = axis_turn("Z", generator.normal(0, 0.3)) @ [0, -gap, 0]
        place = spots[0].place + ahead[:2]
        if place[1] > 0.45 and all(np.hypot(*(place - other.place)) > APART for other in spots[1:]):
            front = table(generator.uniform(0.72, 1.1), generator, depth=generator.uniform(0.3, 0.5))
            solids.append(_solid(stock, placed(front, [*place, 0], generator.normal(0, 0.2)), generator))
    return solids


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
    focal = WIDTH / 2 / np.tan(np.deg2rad(generator.uniform(38, 100)) / 2)
    frame_width = WIDTH / focal
    distance = max(1.7 * focal / np.exp(generator.uniform(*np.log(shot.pixels))), shot.nearest)
    farthest = min(1.7 * focal / SMALLEST, 28.0)
    spots, desk = _choose_spots(kind, number, distance, frame_width, farthest, generator) if number else ([], None)

    if kind == "pair":
        spots = with_pairs(spots[:1], TOUCHES, generator, 1.0) + spots[1:]
    elif kind in ROOMY_SHOTS:
        spots = with_pairs(spots, TOUCHES, generator)

    people, solids, seats = [], [], []
    for spot in spots:
        pool = stock.far_characters if 1.7 * focal / spot.place[1] < FAR_PIXELS else stock.characters
        if spot.touch:
            pool = _empty_handed(pool)
        characters = [pool[generator.integers(len(pool))] for _ in range(2 if spot.touch else 1)]
        looks = [draw_look(stock, character, generator) for character in characters]
        if spot.touch:
            people += place_pair(
                wardrobe, characters, looks, spot.touch, spot.place, spot.yaw, spot.floor, generator
            )[0]
            continue
        pose = turned(draw_pose(clips, generator, spot.kinds), spot.yaw)
        person, seat = stand_person(wardrobe, characters[0], pose, looks[0], spot.place, generator, spot.floor)
        people.append(person)
        seats.append(seat)
        solids += _furnish_seat(stock, spot, seat, desk is not None, generator)
        solids += [_solid(stock, each, generator) for each in load_of(wardrobe, person, pose, spot.yaw, generator)]
        if spot.floor > 0:
            step = box([*spot.place, spot.floor / 2], [1.2, 0.8, spot.floor])
            solids.append(_solid(stock, step, generator))
    if desk is not None:
        top = np.nanmedian([0.45, *seats]) + generator.uniform(0.24, 0.32)
        piece = table(top, generator, desk.width, desk.depth, things=int(generator.integers(3, 12)))
        solids.append(_solid(stock, placed(piece, [*desk.place, 0], 0), generator))
    solids += _clutter(stock, spots, distance, frame_width, 2 * (number == 0), generator)

    camera_height = generator.uniform(*shot.camera_height)
    if generator.random() < 0.07:
        camera_height = generator.uniform(2.5, 5)
    lowest = -1 if generator.random() > shot.upright else LOWEST_AIM.get(kind, 0.15)
    aim = _aim(wardrobe, people[0], lowest, generator) if people else 1.0
    row = generator.uniform(0.3, 0.7) * HEIGHT
    if kind == "crowd":
        row = generator.uniform(0.25, 0.55) * HEIGHT
    if kind == "face" or (kind == "row" and generator.random() < 0.5):
        camera_height = aim + generator.normal(0, 0.2)
    pitch = np.arctan2(aim - camera_height, distance) + np.arctan((row - HEIGHT / 2) / focal)
    roll = generator.normal(0, 0.2 if kind == "row" and generator.random() < 0.2 else 0.03)
    view = view_toward(WIDTH, HEIGHT, focal, [0, 0, camera_height], pitch, roll)

    light = draw_light(generator, outdoors)
    photograph, shadow, surroundings = None, 0.0, None
    draw = generator.random()
    if draw < (PANORAMA_SHARE if len(panoramas) else SKY_SHARE):
        panorama = turned_panorama(panoramas.draw(generator), generator.uniform(0, 2 * np.pi))
        light, photograph = light_of(panorama), look_at(panorama, view)
        shadow = generator.uniform(0.2, 0.6) if light.sun_colour.max() > 0 else 0.0
    elif len(photographs) and generator.random() < (0.62 if number else 0.75):
        photograph = crop_photograph(photographs.draw(generator), WIDTH, HEIGHT, generator)
        light = tinted(light, np.array(cv2.mean(photograph)[:3]), generator.uniform(0, 0.9))
        shadow = generator.uniform(0.2, 0.6) if generator.random() < 0.5 else 0.0
    else:
        places = [spot.place for spot in spots]
        surroundings = draw_surroundings_box(stock, generator, [*places, (0, 0), (0, distance)], outdoors)
    blur = generator.uniform(0.5, 3) if generator.random() < (0.4 if distance < 2.5 else 0.15) else 0.0
    return Scene(view, tuple(people), tuple(solids), light, surroundings, photograph, shadow, blur)
