"""People on aids and carried: wheelchairs, walking frames, canes, children on an arm or on shoulders.

Bodies are placed by what carries them, arms reach by inverse kinematics, and what they hold comes along.
"""

import numpy as np

from mocap_ros.synthesis.aids import cane, FOOTREST, HANDLES, walking_frame, wheelchair
from mocap_ros.synthesis.body import HEAD, TORSO
from mocap_ros.synthesis.care_places import body_at, heading_of, hold, raise_pelvis, seat_of, UP
from mocap_ros.synthesis.care_poses import leaning_on_frame, on_an_arm, on_shoulders, with_cane
from mocap_ros.synthesis.contact import apart, KNUCKLES, reach_ahead, surface_point, WRIST
from mocap_ros.synthesis.pose import bend_trunk, set_leg
from mocap_ros.synthesis.seated_poses import sitting
from mocap_ros.synthesis.solids import placed
from mocap_ros.synthesis.upright_poses import standing_or_walking

WHEELCHAIR_ARMS = (("lap", 0.45), ("table", 0.25), ("screen", 0.1), ("face", 0.05), ("hold", 0.1), ("wave", 0.05))
FRAME = 0.2, 0.34  # [m] half the breadth of a walking frame
NEAREST = 0.12  # [m] of a child's pelvis from that of who carries it


def in_a_wheelchair(wardrobe, players, where, generator):
    """Somebody in a wheelchair; a second one pushes it."""
    local, _ = sitting(generator, WHEELCHAIR_ARMS)
    for side in "lr":
        set_leg(local, side, 1.45 + generator.normal(0, 0.05), abs(generator.normal(0.05, 0.05)), 0.05,
                generator.uniform(1.15, 1.5), generator.normal(0, 0.1))
    sitter = body_at(wardrobe, players[0], local, where, FOOTREST)
    solids = [placed(wheelchair(seat_of(sitter) - where.floor, generator), where.at(), where.yaw)]
    people = [sitter.person()]
    for player in players[1:]:
        local, _ = standing_or_walking(generator)
        bend_trunk(local, generator.uniform(0.1, 0.4), generator.normal(0, 0.05), generator.normal(0, 0.06))
        pusher = body_at(wardrobe, player, local, where)
        pusher.person()
        middle = where.at(HANDLES[2] + 0.02) - where.ahead * HANDLES[1]
        behind = reach_ahead(pusher, middle[2], where.ahead) * generator.uniform(0.85, 1.0)
        pusher.place = (middle - where.ahead * behind)[:2]
        hold(pusher, {side: middle + sign * where.left * HANDLES[0] - where.ahead * KNUCKLES * 0.8
                       for side, sign in (("l", 1), ("r", -1))})
        people.append(pusher.person())
    return people, solids


def with_a_walking_frame(wardrobe, players, where, generator):
    """Somebody behind a walking frame."""
    body = body_at(wardrobe, players[0], leaning_on_frame(generator)[0], where)
    body.curl[:] = 1.0
    person = body.person()
    points = body.points()
    middle = (points["l_hand"] + points["r_hand"]) / 2
    half = np.clip(np.linalg.norm((points["l_hand"] - points["r_hand"])[:2]) / 2, *FRAME)
    solid = walking_frame(middle[2] - where.floor - 0.02, half, generator)
    return [person], [placed(solid, [*middle[:2], where.floor], where.yaw)]


def with_a_cane(wardrobe, players, where, generator):
    """Somebody with a cane, or crutches on both sides."""
    body = body_at(wardrobe, players[0], with_cane(generator)[0], where)
    body.curl[:] = 1.0
    person = body.person()
    points = body.points()
    hands = sorted((points[f"{side}_hand"] for side in "lr"), key=lambda hand: hand @ where.ahead)
    feet = [hand - UP * (hand[2] - where.floor) + where.ahead * generator.normal(0.05, 0.06) for hand in hands]
    number = 2 if generator.random() < 0.25 else 1
    return [person], [cane(hand, foot) for hand, foot in list(zip(hands, feet))[-number:]]


def child_on_an_arm(wardrobe, players, where, generator):
    """An adult with a child on the hip."""
    local, _ = standing_or_walking(generator)
    bend_trunk(local, generator.normal(-0.06, 0.06), generator.normal(0, 0.05), 0.0)
    sign = generator.choice([-1, 1])
    turn = generator.uniform(0.35, 1.2)
    out = sign * np.cos(turn) * where.left + np.sin(turn) * where.ahead
    adult = body_at(wardrobe, players[0], local, where)
    child = body_at(wardrobe, players[1], on_an_arm(generator), where, yaw=heading_of(-out) + generator.normal(0, 0.2))
    adult.person()
    points = adult.points()
    raise_pelvis(child, points["pelvis"][2] + generator.uniform(0.1, 0.24) * adult.character.height / 1.7)
    child.place = adult.place + out[:2] * max(NEAREST, apart((adult, child), out, (TORSO, HEAD)) - 0.02)
    child.person()
    held = child.points()["pelvis"]
    side, other = ("l", "r") if sign > 0 else ("r", "l")
    adult.curl[:] = 0.6
    adult.reach(side, held - 0.1 * UP + 0.07 * where.ahead - 0.05 * out, [1.0, 0.4, -0.4])
    if generator.random() < 0.6:
        trunk = child.person().vertices[child.parts == TORSO]
        back = child.points()["spine"] + where.ahead * 0.03
        adult.reach(other, surface_point(trunk, back, out) + out * WRIST, [0.8, 0.2, -0.8])
    neck = adult.points()["neck"]
    near = min("lr", key=lambda each: child.points()[f"{each}_shoulder"] @ where.ahead)
    child.reach(near, neck - 0.08 * where.ahead + 0.05 * sign * where.left, [0.8, -0.2, -0.4])
    return [adult.person(), child.person()], []


def child_on_shoulders(wardrobe, players, where, generator):
    """An adult who carries a child on the shoulders."""
    adult = body_at(wardrobe, players[0], standing_or_walking(generator)[0], where)
    adult.person()
    neck = adult.points()["neck"]
    child = body_at(wardrobe, players[1], on_shoulders(generator), where)
    raise_pelvis(child, neck[2] + 0.06 + generator.normal(0, 0.015))
    child.place = (neck - 0.1 * where.ahead)[:2]
    child.person()
    legs = child.points()
    for side in "lr":
        adult.reach(side, legs[f"{side}_ankle"] + 0.06 * where.ahead + 0.05 * UP, [0.8, -0.3, -0.8])
    top = adult.points()["head_top"]
    if generator.random() < 0.7:
        for side, sign in (("l", 1), ("r", -1)):
            child.reach(side, top + sign * 0.08 * where.left + 0.03 * UP, [0.9, 0.2, -0.3])
    return [adult.person(), child.person()], []
