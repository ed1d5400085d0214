"""People at their spots with all that belongs to them: poses, seats, loads, tables; and things that stand about."""

from dataclasses import replace

import numpy as np

from mocap_ros.synthesis.aids import bench
from mocap_ros.synthesis.arrangement import APART
from mocap_ros.synthesis.body import bone_transforms
from mocap_ros.synthesis.care import cast_for, play, unladen
from mocap_ros.synthesis.clearance import bounds, is_clear
from mocap_ros.synthesis.contact import place_pair
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.load import load_of
from mocap_ros.synthesis.pose import GROUND, SEAT, Pose
from mocap_ros.synthesis.pose_library import draw_pose
from mocap_ros.synthesis.scene import PlacedSolid, moved, place_person
from mocap_ros.synthesis.solids import box, chair, clutter, placed, table
from mocap_ros.synthesis.stock import draw_look
from mocap_ros.synthesis.throng import SharedPoses, SMALL

STANDING_HEIGHT = 1.7  # [m] of whom a distance is meant
FAR_PIXELS = 140  # px, standing height below which the simpler mesh is drawn
BESIDE = 0.05  # [m] between things and people
HOVERING = 0.03  # share of standing people who are in the air


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
    if pose.support not in (SEAT, GROUND) and generator.random() < HOVERING:
        lift += generator.uniform(0.05, 0.4)
    person = moved(person, np.array([place[0] - pelvis[0], place[1] - pelvis[1], lift]))
    if pose.support != SEAT or not len(character.seat_vertices):
        return person, np.nan
    return person, float(person.vertices[character.seat_vertices, 2].min())


def textured(stock, solid, generator):
    """The PlacedSolid of any surface: cloth, wall or floor, picture."""
    span = stock.cloths if generator.random() < 0.4 else stock.grounds if generator.random() < 0.7 else stock.pictures
    return PlacedSolid(
        solid,
        int(generator.integers(*span)),
        float(generator.choice([0.7, 1, 2])),
        np.full(3, generator.uniform(0.3, 1)) * generator.uniform(0.85, 1.15, 3),
        0.05,
    )


def _furnish_seat(stock, spot, seat, has_table, generator):
    """What a sitting person sits on, and in a third of the draws a table of their own."""
    if not np.isfinite(seat) or seat < spot.floor + 0.15 or generator.random() < 0.12:
        return []
    height = seat - spot.floor
    below = bench(height, 1.1, generator) if spot.seat == "bench" else chair(height, generator)
    solids = [textured(stock, placed(below, [*spot.place, spot.floor], spot.yaw), generator)]
    if not has_table and generator.random() < 0.35:
        ahead = axis_turn("Z", spot.yaw) @ [generator.normal(0, 0.2), -generator.uniform(0.5, 0.8), 0]
        top = height + generator.uniform(0.2, 0.34)
        place = [*(spot.place + ahead[:2]), spot.floor]
        solids.append(textured(stock, placed(table(top, generator), place, spot.yaw), generator))
    return solids


def scattered_things(stock, spots, taken, distance, frame_width, more, generator):
    """Things that stand about, and in front of near people now and then a counter or a table: PlacedSolids.

    Args:
        spots: Spots of the people.
        taken: bounds of people and things that stand there already, list of (2, 3) [m].
        distance: of the main person [m].
        frame_width: what the picture shows at one metre's distance [m].
        more: how many more things than usual.
    """
    taken, solids = list(taken), []
    for _ in range(generator.choice([0, 1, 2, 3, 5], p=[0.4, 0.25, 0.15, 0.12, 0.08]) + more):
        away = distance * np.exp(generator.uniform(-0.6, 0.9))
        place = np.array([generator.uniform(-0.6, 0.6) * frame_width * away, away])
        thing = clutter(generator) if generator.random() < 0.8 else table(generator.uniform(0.6, 1.1), generator)
        thing = placed(thing, [*place, 0], generator.uniform(0, 3))
        if away > 0.8 and is_clear(bounds(thing[0]), taken, BESIDE):
            taken.append(bounds(thing[0]))
            solids.append(textured(stock, thing, generator))
    if spots and distance < 3 and generator.random() < 0.14:
        gap = generator.uniform(0.45, 0.7)
        ahead = axis_turn("Z", generator.normal(0, 0.3)) @ [0, -gap, 0]
        place = spots[0].place + ahead[:2]
        if place[1] > 0.45 and all(np.hypot(*(place - other.place)) > APART for other in spots[1:]):
            front = table(generator.uniform(0.72, 1.1), generator, depth=generator.uniform(0.3, 0.5))
            solids.append(textured(stock, placed(front, [*place, 0], generator.normal(0, 0.2)), generator))
    return solids


def populate(wardrobe, stock, clips, spots, tables, focal, sharing, generator):
    """PlacedPersons and PlacedSolids of all spots and tables.

    Args:
        wardrobe, stock: Wardrobe, Stock.
        clips: see draw_pose.
        spots, tables: arrangement.Spots and Tables.
        focal: [px].
        sharing: True where those who are seen small may share poses.
    """
    people, solids, seats, shared = [], [], [], SharedPoses()
    for spot in spots:
        pixels = STANDING_HEIGHT * focal / max(spot.place[1], 0.1)
        pool = stock.far_characters if pixels < FAR_PIXELS else stock.characters
        if spot.touch or spot.act:
            group, things = _group(wardrobe, stock, pool, spot, generator)
            people += group
            solids += [textured(stock, each, generator) for each in things]
            continue
        taken = shared.draw(spot, generator) if sharing and pixels < SMALL else None
        if taken is not None:
            person, seat = replace(taken[0], look=draw_look(stock, taken[0].character, generator)), taken[1]
        else:
            character = pool[generator.integers(len(pool))]
            look = draw_look(stock, character, generator)
            pose = turned(draw_pose(clips, generator, spot.kinds), spot.yaw)
            person, seat = stand_person(wardrobe, character, pose, look, spot.place, generator, spot.floor)
            things = load_of(wardrobe, person, pose, spot.yaw, generator)
            solids += [textured(stock, each, generator) for each in things]
            if sharing and pool is stock.far_characters and not things:
                shared.keep(spot, person, seat)
        people.append(person)
        seats.append(seat)
        solids += _furnish_seat(stock, spot, seat, len(tables) > 0, generator)
        if spot.floor > 0:
            step = box([*spot.place, spot.floor / 2], [1.2, 0.8, spot.floor])
            solids.append(textured(stock, step, generator))
    for each in tables:
        top = np.nanmedian([0.45, *seats]) + generator.uniform(0.24, 0.32)
        piece = table(top, generator, each.width, each.depth, things=int(generator.integers(3, 12)))
        solids.append(textured(stock, placed(piece, [*each.place, 0], 0), generator))
    return people, solids


def _group(wardrobe, stock, pool, spot, generator):
    """PlacedPersons of a spot at which people touch or help each other, and the solids that belong to them."""
    if spot.touch:
        free = unladen(pool)
        cast = [free[generator.integers(len(free))] for _ in range(2)]
    else:
        cast = cast_for(spot.act, pool, generator)
    looks = [draw_look(stock, character, generator) for character in cast]
    if spot.touch:
        return place_pair(wardrobe, cast, looks, spot.touch, spot.place, spot.yaw, spot.floor, generator)[0], []
    return play(spot.act, wardrobe, cast, looks, spot.place, spot.yaw, spot.floor, generator)
