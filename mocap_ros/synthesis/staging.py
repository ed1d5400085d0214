"""Random scenes: camera, people at plausible places and sizes, furniture, light and surroundings."""

import cv2
import numpy as np

from mocap_ros.synthesis.body import bone_transforms
from mocap_ros.synthesis.motion import axis_rotation
from mocap_ros.synthesis.pose import GROUND, INDEX, SEAT, Pose
from mocap_ros.synthesis.pose_library import KINDS, STREET_KINDS, draw_pose
from mocap_ros.synthesis.scene import Light, PlacedSolid, Scene, Surroundings, moved, place_person, view_toward
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
    local[0] = axis_rotation("Z", yaw) @ local[0]
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


def draw_light(generator, outdoors):
    """A Light: sun or lamp of any strength and colour."""
    elevation, azimuth = np.deg2rad(generator.uniform(20, 80)), generator.uniform(0, 2 * np.pi)
    sun = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    warmth, strength = generator.uniform(-0.12, 0.2), generator.beta(1.6, 1.6)
    if generator.random() < 0.25:
        strength = 0.0
    sun_colour = np.array([1 + warmth, 1, 1 - warmth]) * 2.6 * strength
    base = np.array([1 - warmth * 0.6, 1, 1 + warmth * 0.8]) * (1.3 - 0.8 * strength) * generator.uniform(0.6, 1.1)
    ambient = np.zeros((3, 4))
    ambient[:, 3] = base * 0.75
    ambient[:, 2] = base * generator.uniform(0.05, 0.4)
    ambient[:, :2] = base[:, None] * generator.normal(0, 0.18, (1, 2))
    fill = generator.normal(0, 1, 3) * [1, 1, 0.5] + [0, 0, 0.3]
    fill /= np.linalg.norm(fill)
    fill_colour = np.exp(generator.normal(0, 0.2, 3)) * generator.uniform(0, 0.8)
    horizon = generator.uniform(0.5, 1.6) * np.array([1, 1, 1])
    zenith = generator.uniform(0.3, 1.2) * np.array([0.6, 0.8, 1.1]) if outdoors else horizon
    return Light(sun, sun_colour, fill, fill_colour, ambient, np.stack([horizon, zenith]))


def draw_surroundings_box(stock, generator, places, outdoors):
    """A room or street around all `places` (N, 2) [m] on the floor."""
    yaw = generator.uniform(-0.6, 0.6) if not outdoors else generator.normal(0, 0.15)
    inside = np.asarray(places) @ axis_rotation("Z", yaw)[:2, :2]  # the places in the room's own axes
    farthest = float(inside[:, 1].max())
    reach = farthest + generator.uniform(0.7, 4)
    low = np.array([-generator.uniform(2.2, 6), -generator.uniform(1.5, 4), 0.0])
    high = np.array([generator.uniform(2.2, 6), reach, generator.uniform(2.4, 4)])
    walls = generator.integers(*stock.grounds, size=6)
    scale = generator.choice([0.25, 0.4, 0.6, 1.0], 6)
    if outdoors:
        low[0], high[0] = -generator.uniform(4, 14), generator.uniform(4, 14)
        high[1], high[2] = farthest + generator.uniform(3, 30), generator.choice([generator.uniform(4, 12), 0.01], p=[0.8, 0.2])
        if generator.random() < 0.7:
            walls[:4] = generator.integers(*stock.facades, size=4)
            scale[:4] = generator.uniform(0.1, 0.2)
    low[0], high[0] = min(low[0], inside[:, 0].min() - 0.7), max(high[0], inside[:, 0].max() + 0.7)
    low[1] = min(low[1], inside[:, 1].min() - 0.7)
    tint = np.clip(generator.normal(0.8, 0.2, (6, 1)) + generator.normal(0, 0.08, (6, 3)), 0.1, 1.15)
    pictures = np.full((4, 3, 5), 1e9)
    for wall in range(4):
        for k in range(3):
            if generator.random() < 0.6:
                start, wide = generator.uniform(-5, 8), generator.choice([generator.uniform(0.5, 2), generator.uniform(2, 7)])
                base = generator.uniform(0, 1.4)
                pictures[wall, k] = [start, start + wide, base, base + wide * generator.uniform(0.5, 0.9),
                                     generator.integers(*stock.pictures)]
    return Surroundings(low, high, yaw, outdoors, walls, scale, tint, pictures)


def crop_photograph(photograph, width, height, generator):
    """A random crop of a photograph as linear RGB, (height, width, 3) float32."""
    rows, columns = photograph.shape[:2]
    wide = min(columns, int(rows * width / height)) * generator.uniform(0.6, 1)
    high = int(wide * height / width)
    left, top = generator.integers(0, columns - int(wide) + 1), generator.integers(0, rows - high + 1)
    crop = photograph[top:top + high, left:left + int(wide), ::-1]
    if generator.random() < 0.5:
        crop = crop[:, ::-1]
    crop = cv2.resize(np.ascontiguousarray(crop), (width, height), interpolation=cv2.INTER_AREA)
    linear = crop.astype(np.float32) * np.float32(1 / 255)
    return linear * linear


def _solid(stock, solid, generator):
    span = stock.cloths if generator.random() < 0.4 else stock.grounds if generator.random() < 0.7 else stock.pictures
    return PlacedSolid(solid, int(generator.integers(*span)), float(generator.choice([0.7, 1, 2])),
                       np.full(3, generator.uniform(0.3, 1)) * generator.uniform(0.85, 1.15, 3), 0.05)


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
                    column = ((beside[0] + generator.choice([-1, 1]) * generator.uniform(0.35, 0.8)) / away * focal) / WIDTH + 0.5
            place = np.array([(column - 0.5) * WIDTH / focal * away, away])
            if all(np.hypot(*(place - other)) > 0.36 for other in places):
                break
        else:
            continue
        pose = draw_pose(clips, generator, STREET_KINDS if shot == "crowd" else KINDS)
        yaw = _facing(generator) if yaw_together is None or generator.random() < 0.4 else yaw_together + generator.normal(0, 0.2)
        pool = stock.far_characters if 1.7 * focal / away < FAR_PIXELS else stock.characters
        character = pool[generator.integers(len(pool))]
        person, seat = stand_person(wardrobe, character, turned(pose, yaw), draw_look(stock, character, generator),
                                    place, generator)
        people.append(person)
        places.append(place)
        if np.isfinite(seat) and seat > 0.15 and generator.random() < 0.85:
            solids.append(_solid(stock, placed(chair(seat, generator), [*place, 0], yaw), generator))
            if generator.random() < 0.35:
                ahead = axis_rotation("Z", yaw) @ [generator.normal(0, 0.2), -generator.uniform(0.5, 0.8), 0]
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


def lay_cut_outs(linear, photographs, generator):
    """Lays pieces of photographs over the picture as unsharp foreground; returns where they lie, (H, W) bool."""
    height, width = linear.shape[:2]
    covered = np.zeros((height, width), bool)
    for _ in range(generator.integers(1, 3)):
        piece = crop_photograph(photographs.draw(generator), width, height, generator)
        corners = generator.integers(5, 12)
        angle = np.sort(generator.uniform(0, 2 * np.pi, corners))
        radius = generator.uniform(0.4, 1, corners) * np.exp(generator.uniform(np.log(15), np.log(110)))
        centre = generator.uniform([0, 0.2 * height], [width, height * 1.05])
        outline = centre + np.stack([np.cos(angle) * radius * generator.uniform(0.5, 1.5), np.sin(angle) * radius], 1)
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [outline.astype(np.int32)], 255)
        alpha = cv2.GaussianBlur(mask, (0, 0), generator.uniform(0.6, 3)).astype(np.float32)[..., None] / 255
        gain = np.float32(linear.mean() / max(piece.mean(), 0.02) * generator.uniform(0.5, 1.5))
        linear[:] = linear * (1 - alpha) + piece * gain * alpha
        covered |= alpha[..., 0] > 0.5
    return covered
