"""People who rest or fall, and who is with them: chairs from which they are helped up, sofas, beds, the floor."""

import numpy as np

from mocap_ros.synthesis.aids import bed, blanket, sofa
from mocap_ros.synthesis.arm_habits import SITTING_ARMS
from mocap_ros.synthesis.care_places import body_at, heading_of, seat_of, UP
from mocap_ros.synthesis.care_poses import bending_over, falling, in_bed, kneeling
from mocap_ros.synthesis.contact import apart, KNUCKLES, lay_arm_around, reach_ahead
from mocap_ros.synthesis.directions import axis_turn, unit
from mocap_ros.synthesis.floor_poses import lying
from mocap_ros.synthesis.pose import bend_trunk, set_leg, turn_head
from mocap_ros.synthesis.seated_poses import sitting
from mocap_ros.synthesis.solids import chair, placed

BED_TOP, BED_HALF = (0.42, 0.65), 0.48  # [m] heights of mattresses above the floor, half the width of a blanket


def _sitter_and_chair(wardrobe, player, where, generator, lean):
    local, _ = sitting(generator, SITTING_ARMS)
    for side in "lr":
        set_leg(local, side, 1.45, abs(generator.normal(0.1, 0.08)), 0.1, generator.uniform(1.3, 1.8), 0.0)
    bend_trunk(local, lean, generator.normal(0, 0.06), generator.normal(0, 0.1))
    turn_head(local, generator.uniform(-0.5, 0.1), generator.normal(0, 0.2), 0.0)
    sitter = body_at(wardrobe, player, local, where)
    return sitter, [placed(chair(max(0.15, seat_of(sitter) - where.floor), generator), where.at(), where.yaw)]


def helping_up(wardrobe, players, where, generator):
    """Somebody on a chair is drawn up by the hands, or spoken to with a hand on the shoulders."""
    comforting = generator.random() < 0.4
    lean = generator.uniform(0.0, 0.3) if comforting else generator.uniform(0.3, 0.8)
    sitter, solids = _sitter_and_chair(wardrobe, players[0], where, generator, lean)
    turn = generator.choice([-1, 1]) * generator.uniform(0.5, 1.3) if comforting else generator.normal(0, 0.1)
    out = np.cos(turn) * where.ahead + np.sin(turn) * where.left
    helper = body_at(wardrobe, players[1], bending_over(generator), where, yaw=heading_of(-out))
    helper.person()
    height = where.floor + generator.uniform(0.75, 0.95)
    away = apart((sitter, helper), out) + generator.uniform(0.0, 0.08)
    parts = [reach_ahead(sitter, height, out), reach_ahead(helper, height, -out)]
    if not comforting:
        away = max(sum(parts) * generator.uniform(0.85, 0.98), away)
    helper.place = sitter.place + out[:2] * away
    sitter.person(), helper.person()
    if comforting:
        targets = sitter.points()
        for side, other in (("l", "r"), ("r", "l")):
            helper.reach(side, targets[f"{other}_shoulder"] + 0.05 * UP + 0.06 * out, [0.8, 0.2, -0.5])
    else:
        middle = np.array([*(sitter.place + out[:2] * away * parts[0] / sum(parts)), height])
        for side, sign in (("l", 1), ("r", -1)):
            meeting = middle + sign * where.left * generator.uniform(0.08, 0.18)
            sitter.reach(side, meeting - out * KNUCKLES + 0.02 * UP, [0.7, 0.5, -0.7])
            helper.reach("r" if side == "l" else "l", meeting + out * KNUCKLES - 0.02 * UP, [0.7, 0.5, -0.7])
        sitter.curl[:], helper.curl[:] = 0.9, 0.9
    return [sitter.person(), helper.person()], solids


def together_on_a_sofa(wardrobe, players, where, generator):
    """Two who sit side by side and lean on each other, one's arm around the other."""
    bodies = []
    for number, player in enumerate(players):
        local, _ = sitting(generator)
        sideways = generator.uniform(0.0, 0.25) * (1 if number == 0 else -1)
        bend_trunk(local, generator.normal(0.1, 0.15), sideways, generator.normal(0, 0.1))
        turn_head(local, generator.normal(0.1, 0.15), generator.normal(0, 0.4), sideways * generator.uniform(0, 1.5))
        bodies.append(body_at(wardrobe, player, local, where, yaw=where.yaw + generator.normal(0, 0.08)))
    seats = [seat_of(body) for body in bodies]
    for body, seat in zip(bodies, seats):
        body.floor += max(seats) - seat
    distance = apart(bodies, where.left) + generator.uniform(0.0, 0.05)
    for body, sign in zip(bodies, (-1, 1)):
        body.place = body.place + sign * where.left[:2] * distance / 2
        body.person()
    lay_arm_around(bodies, where.left, generator)
    solid = sofa(max(0.15, max(seats) - where.floor), generator.uniform(1.3, 2.2))
    return [body.person() for body in bodies], [placed(solid, where.at(), where.yaw)]


def in_a_bed(wardrobe, players, where, generator):
    """Somebody in bed, mostly with a blanket; a second one stands beside and bends over."""
    raised = generator.uniform(0.25, 0.9) if generator.random() < 0.4 else 0.0
    top = generator.uniform(*BED_TOP)
    patient = body_at(wardrobe, players[0], in_bed(raised, generator), where, top)
    people = [patient.person()]
    solids = [placed(each, where.at(), where.yaw) for each in bed(top, raised, generator)]
    if generator.random() < 0.75:
        inside = (people[0].vertices[patient.bare] - where.at()) @ axis_turn("Z", where.yaw)
        cloth = blanket(inside, top, BED_HALF, -1.08, generator.uniform(-0.25, 0.42))
        solids.append(placed(cloth, where.at(), where.yaw))
    for player in players[1:]:
        side = generator.choice([-1, 1])
        visitor = body_at(wardrobe, player, bending_over(generator), where, yaw=heading_of(-side * where.left))
        visitor.place = visitor.place + (side * where.left * generator.uniform(0.7, 0.85))[:2] \
            - where.ahead[:2] * generator.uniform(-0.1, 0.5)
        visitor.person()
        name = str(generator.choice(["l_wrist", "r_wrist", "head"]))
        visitor.reach(str(generator.choice(["l", "r"])), patient.points()[name] + 0.12 * UP, [0.8, 0.3, -0.5])
        people.append(visitor.person())
    return people, solids


def at_a_beds_edge(wardrobe, players, where, generator):
    """Somebody who sits on the edge of a bed."""
    local, _ = sitting(generator)
    body = body_at(wardrobe, players[0], local, where)
    top = max(0.2, seat_of(body) - where.floor)
    along = where.left * generator.uniform(-0.5, 0.5)
    middle = where.at() - where.ahead * generator.uniform(0.22, 0.4) + along
    yaw = where.yaw + generator.choice([-1, 1]) * np.pi / 2
    return [body.person()], [placed(each, middle, yaw) for each in bed(top, 0.0, generator)]


def fallen(wardrobe, players, where, generator):
    """Somebody who falls; with a second one, who lies already, and the other kneels and helps."""
    local, _ = falling(generator) if len(players) == 1 else lying(generator)
    first = body_at(wardrobe, players[0], local, where)
    people = [first.person()]
    for player in players[1:]:
        points = first.points()
        along = points["neck"] - points["pelvis"]
        out = generator.choice([-1, 1]) * np.cross(unit(along * [1, 1, 0]), UP)
        helper = body_at(wardrobe, player, kneeling(generator), where, yaw=heading_of(-out))
        helper.place = (points["spine"] + out * generator.uniform(0.5, 0.65))[:2]
        helper.person()
        for side, shift in (("l", 0.1), ("r", -0.1)):
            helper.reach(side, points["spine"] + shift * along + 0.16 * UP, [0.8, 0.3, -0.3])
        people.append(helper.person())
    return people, []
