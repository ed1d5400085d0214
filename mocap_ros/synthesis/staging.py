"""Random scenes: camera, people at plausible places and sizes, furniture."""

import numpy as np

from mocap_ros.synthesis.body import bone_transforms
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import GROUND, SEAT, Pose
from mocap_ros.synthesis.pose_library import KINDS, STREET_KINDS, draw_pose
from mocap_ros.synthesis.scene import PlacedSolid, Scene, moved, place_person, view_toward
from mocap_ros.synthesis.setting import crop_photograph, draw_light, draw_surroundings_box
from mocap_ros.synthesis.solids import chair, clutter, placed, table
from mocap_ros.synthesis.stock import draw_look

WIDTH, HEIGHT = 512, 320
# Share, people (from, to), main person's standing height in pixels (from, to), camera height [m] (from, to).
SHOTS = {
    "crowd": (0.28, (4, 13), (60, 230), (1.0, 3.5)),
    "wide": (0.15, (1, 5), (50, 190), (0.5, 3.0)),
    "medium": (0.28, (1, 4), (150, 330), (0.4, 2.4)),
    "close": (0.22, (1, 3), (330, 1000), (0.7, 2.0)),
    "nobody": (0.07, (0, 0), (60, 300), (0.3, 3.0)),
}
SMALLEST = 20  # px, standing height of the farthest person
FAR_PIXELS = 140  # px, standing height below which the simpler mesh is drawn


def turned(pose, yaw):
    """The pose turned about the vertical by `yaw` [rad]."""
    local = pose.local.copy()
    local[0] = axis_turn("Z", yaw) @ local[0]
    return Pose(local, pose.support, pose.curl)


def stand_person(wardrobe, character, pose, look, place, generator):
    """A person at a place on the floor and the seat's height [m], NaN where none is needed.

    Args:
        place: x, y of the pelvis [m], (2,).
    """
    transforms = bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, character.heads, pose)
    person = place_person(character, transforms, look)
    pelvis = transforms[0, :, :3] @ character.points[wardrobe.point_index["pelvis"]] + transforms[0, :, 3]
    lift = -float(person.vertices[:, 2].min())
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


def _facing(generator):
    """Heading of a person [rad]: 0 looks at the camera; toward it more often than not."""
    return generator.normal(0, 0.8) if generator.random() < 0.5 else generator.uniform(-np.pi, np.pi)


def stage_scene(wardrobe, stock, photographs, clips, generator):
    """A random Scene.

    Args:
        wardrobe, stock, photographs: Wardrobe, Stock, Photographs.
        clips: anatomical rotations of recorded motion, a list of (T, S, 3, 3).
    """
    shot = str(generator.choice(list(SHOTS), p=[each[0] for each in SHOTS.values()]))
    _, people_range, pixels_range, camera_range = SHOTS[shot]
    number = int(generator.integers(people_range[0], people_range[1] + 1))
    outdoors = generator.random() < (0.7 if shot in ("crowd", "wide") else 0.35)
    focal = WIDTH / 2 / np.tan(np.deg2rad(generator.uniform(38, 92)) / 2)
    pixels = np.exp(generator.uniform(*np.log(pixels_range)))
    camera_height = generator.uniform(*camera_range) if generator.random() < 0.93 else generator.uniform(2.5, 5)
    distance = max(1.7 * focal / pixels, 0.75)
    aim = generator.uniform(1.2, 1.65) if shot == "close" and generator.random() < 0.75 else generator.uniform(0.5, 1.3)
    row = generator.uniform(0.3, 0.7) * HEIGHT
    if shot == "crowd":
        row = generator.uniform(0.25, 0.55) * HEIGHT
    pitch = np.arctan2(aim - camera_height, distance) + np.arctan((row - HEIGHT / 2) / focal)
    view = view_toward(WIDTH, HEIGHT, focal, [0, 0, camera_height], pitch, generator.normal(0, 0.03))
    farthest = min(1.7 * focal / SMALLEST, 28.0)

    people, solids, places = [], [], []
    yaw_together = _facing(generator) if generator.random() < 0.3 else None
    for each in range(number):
        for _ in range(30):
            if each == 0:
                away, column = distance, generator.uniform(0.15, 0.85) if number > 1 else generator.uniform(0.25, 0.75)
            else:
                away = distance * np.exp(generator.uniform(-0.35, 1.3 if shot != "crowd" else 1.1))
                away, column = np.clip(away, 0.7, farthest), generator.uniform(-0.04, 1.04)
                if places and generator.random() < 0.35:
                    beside = places[generator.integers(len(places))]
                    away = max(0.7, beside[1] + generator.normal(0, 0.4))
                    column = (
                        (beside[0] + generator.choice([-1, 1]) * generator.uniform(0.35, 0.8)) / away * focal
                    ) / WIDTH + 0.5
            place = np.array([(column - 0.5) * WIDTH / focal * away, away])
            if all(np.hypot(*(place - other)) > 0.36 for other in places):
                break
        else:
            continue
        pose = draw_pose(clips, generator, STREET_KINDS if shot == "crowd" else KINDS)
        yaw = (
            _facing(generator)
            if yaw_together is None or generator.random() < 0.4
            else yaw_together + generator.normal(0, 0.2)
        )
        pool = stock.far_characters if 1.7 * focal / away < FAR_PIXELS else stock.characters
        character = pool[generator.integers(len(pool))]
        person, seat = stand_person(
            wardrobe, character, turned(pose, yaw), draw_look(stock, character, generator), place, generator
        )
        people.append(person)
        places.append(place)
        if np.isfinite(seat) and seat > 0.15 and generator.random() < 0.85:
            solids.append(_solid(stock, placed(chair(seat, generator), [*place, 0], yaw), generator))
            if generator.random() < 0.35:
                ahead = axis_turn("Z", yaw) @ [generator.normal(0, 0.2), -generator.uniform(0.5, 0.8), 0]
                top = seat + generator.uniform(0.2, 0.34)
                solids.append(_solid(stock, placed(table(top, generator), [*(place + ahead[:2]), 0], yaw), generator))
    for _ in range(generator.choice([0, 1, 2, 3, 5], p=[0.35, 0.25, 0.2, 0.12, 0.08]) + 2 * (shot == "nobody")):
        away = distance * np.exp(generator.uniform(-0.6, 0.9))
        place = np.array([generator.uniform(-0.6, 0.6) * WIDTH / focal * away, away])
        if away > 0.8 and all(np.hypot(*(place - other)) > 0.55 for other in places):
            thing = clutter(generator) if generator.random() < 0.8 else table(generator.uniform(0.6, 1.1), generator)
            solids.append(_solid(stock, placed(thing, [*place, 0], generator.uniform(0, 3)), generator))

    light = draw_light(generator, outdoors)
    photograph, shadow, surroundings = None, 0.0, None
    if len(photographs) and generator.random() < (0.55 if number else 0.75):
        photograph = crop_photograph(photographs.draw(generator), WIDTH, HEIGHT, generator)
        shadow = generator.uniform(0.2, 0.6) if generator.random() < 0.5 else 0.0
    else:
        surroundings = draw_surroundings_box(stock, generator, [*places, (0, 0), (0, distance)], outdoors)
    blur = generator.uniform(0.5, 3) if generator.random() < 0.3 else 0.0
    return Scene(view, tuple(people), tuple(solids), light, surroundings, photograph, shadow, blur)
