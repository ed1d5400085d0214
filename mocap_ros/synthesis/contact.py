"""Two people who touch: shaking or holding hands, an arm around the other, hugging; by inverse kinematics.

The bodies are slid together until their trunks touch, then arms reach for points on the other's hand or surface. What
still sinks into the other body is measured, and the best of some draws is kept.
"""

import numpy as np

from mocap_ros.synthesis.body import (
    HEAD, LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, TORSO, vertex_normals,
)
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import bend_trunk, turn_head
from mocap_ros.synthesis.reaching import Body
from mocap_ros.synthesis.touching import in_frame, penetration, surface_of, touching_distance
from mocap_ros.synthesis.upright_poses import standing, walking

FACING = ("handshake", "hug")  # the others stand side by side
IDLE_ARMS = (("hang", 0.7), ("pocket", 0.2), ("hip", 0.1))
TOUCHES = {"handshake": 0.27, "hands": 0.3, "shoulders": 0.25, "hug": 0.18}  # kind: share
SKIN = 0.005  # [m] gap that is left between trunks
WRIST = 0.035  # [m] radius of a wrist
PALM = 0.018  # [m] half the thickness of a hand
KNUCKLES = 0.085  # [m] from the wrist to the middle of the hand
DEEPEST = 0.04  # [m] that one body may sink into the other; flesh and cloth give way by as much
HUGS_DEEPEST = 0.03  # [m] the same of a hug, in which the arms have room to go around
TRIES = 3
FROM_SPINE = np.array([0.0, 0.05, 0.1, 0.15])  # [m] that a hand may stay away from the middle of a back
HIGHER = np.array([0.0, 0.07, -0.07])  # [m] that it may lie above its place
_STILL = (HEAD, TORSO, LEFT_LEG, RIGHT_LEG)  # parts by which bodies are slid together


def surface_point(vertices, origin, outward, radius=0.05):
    """The point of a surface farthest out along a ray [m], (3,); the ray's origin where the surface is not near it."""
    offset = vertices - origin
    depth = offset @ outward
    near = np.linalg.norm(offset - depth[:, None] * outward, axis=1) < radius
    return origin + outward * float(depth[near].max(initial=0.0))


def right_of(heading):
    """The level direction to the right of who looks along `heading`, (3,)."""
    return np.cross(heading, [0, 0, 1.0])


def apart(bodies, along, parts=_STILL):
    """Distance of two bodies' pelvises along a level direction (3,) at which some of their parts touch [m]."""
    middle = np.array([*np.mean([body.place for body in bodies], 0), bodies[0].floor + 1.0])
    still = [in_frame(body.person().vertices[np.isin(body.parts, parts)], along, middle) for body in bodies]
    return touching_distance(*still) + SKIN


def _shaking_height(bodies):
    """Height at which two people shake hands [m]."""
    return float(np.mean([body.points()["pelvis"][2] for body in bodies])) + 0.1


def reach_ahead(body, height, heading):
    """How far before its pelvis a body shakes a hand, its arm not quite stretched [m]."""
    points = body.points()
    shoulder = points["r_shoulder"] - points["pelvis"]
    aside, drop = shoulder @ right_of(heading), points["r_shoulder"][2] - height
    level = (0.9 * body.arm["r"]) ** 2 - aside**2 - drop**2
    return KNUCKLES + shoulder @ heading + np.sqrt(max(level, 0.01))


def _shake_hands(bodies, ahead, generator):
    """Both right hands, seldom both left hands, meet halfway."""
    side = "r" if generator.random() < 0.9 else "l"
    reaches = [reach_ahead(body, _shaking_height(bodies), heading) for body, heading in zip(bodies, (ahead, -ahead))]
    total = np.linalg.norm(bodies[1].place - bodies[0].place)
    share = reaches[0] / sum(reaches)
    middle = np.array([*(bodies[0].place + ahead[:2] * total * share), _shaking_height(bodies)])
    for body, heading in zip(bodies, (ahead, -ahead)):
        own_side = right_of(heading) * (1 if side == "r" else -1)
        body.reach(side, middle - heading * KNUCKLES + own_side * PALM, [0.6, 0.6, -0.8])


def _hold_hands(bodies, left, generator):
    """The first one's left hand in the second one's right hand."""
    lowest = min(body.points()["pelvis"][2] for body in bodies)
    middle = np.array([*np.mean([body.place for body in bodies], 0), lowest + generator.uniform(-0.1, 0.02)])
    for body, side, sign in zip(bodies, "lr", (1, -1)):
        body.curl[:] = 0.8
        body.reach(side, middle + [0, 0, 0.8 * KNUCKLES] - sign * left * PALM, [0.9, 0.5, 0.0])


def lay_arm_around(bodies, left, generator):
    """The first one's left arm over the second one's shoulders, often the second one's right arm around the waist."""
    first, second = bodies
    back = np.cross(left, [0, 0, -1.0])
    points = second.points()
    shoulder = 0.7 * points["l_shoulder"] + 0.3 * points["neck"]
    first.curl[0] = 0.9
    around = second.person().vertices[(second.parts == TORSO) | (second.parts == LEFT_ARM)]
    top = surface_point(around, shoulder, np.array([0, 0, 1.0]))
    first.reach("l", top + back * 0.05 + [0, 0, WRIST], [0.6, 1.0, 0.4])
    points = first.points()
    if generator.random() < 0.6:
        trunk = first.person().vertices[first.parts == TORSO]
        waist = 0.4 * points["spine"] + 0.6 * points["pelvis"] - left * 0.05
        second.reach("r", surface_point(trunk, waist, back) + back * WRIST, [0.9, 0.7, -0.2])
    else:
        second.reach("r", second.points()["r_hip"] + back * 0.14 + left * 0.06, [0.5, 1.0, 0.0])


def _hug(bodies, ahead, generator):
    """All four hands on the other's back, the taller one's arms above."""
    upper = int(bodies[1].character.height > bodies[0].character.height)
    for number, (body, other, heading) in enumerate(zip(bodies, bodies[::-1], (ahead, -ahead))):
        person, points = other.person(), other.points()
        trunk = person.vertices[other.bare & (other.parts == TORSO)]
        in_the_way = (TORSO, LEFT_ARM, RIGHT_ARM) if number else (TORSO,)  # the first one's arms are there already
        normals, chosen = np.empty_like(person.vertices), other.bare & np.isin(other.parts, in_the_way)
        vertex_normals(person.vertices, other.character.triangles, normals)
        around = surface_of(person.vertices[chosen], normals[chosen])
        if number == upper:
            level = points["neck"][2] - generator.uniform(0.1, 0.2)
        else:
            level = points["spine"][2] + generator.uniform(-0.08, 0.05)
        body.curl[:] = generator.uniform(0.1, 0.3, 2)
        for side, sign in (("l", -1), ("r", 1)):
            liked = generator.uniform(0.02, 0.11)
            spine, aside = np.array([*points["spine"][:2], level]), right_of(heading) * sign
            targets = [surface_point(trunk, spine + aside * (liked + across) + [0, 0, higher], heading)
                       for higher in HIGHER for across in FROM_SPINE]
            body.reach_around(side, np.stack(targets), around, heading)


def _distance(kind, bodies, along, generator):
    """How far apart the two stand [m]."""
    if kind == "handshake":
        height = _shaking_height(bodies)
        farthest = reach_ahead(bodies[0], height, along) + reach_ahead(bodies[1], height, -along)
        return farthest * generator.uniform(0.85, 1.0)
    if kind == "hands":
        return apart(bodies, along) + generator.uniform(0.12, 0.3)
    return apart(bodies, along) + (generator.uniform(0.02, 0.08) if kind == "shoulders" else 0.0)


_ARMS = {"handshake": _shake_hands, "hands": _hold_hands, "shoulders": lay_arm_around, "hug": _hug}


def place_pair(wardrobe, characters, looks, kind, place, yaw, floor, generator):
    """Two PlacedPersons who touch, and how deep one still sinks into the other [m].

    Args:
        characters, looks: two of each.
        kind: one of TOUCHES.
        place: x, y of the middle between them [m].
        yaw: heading of the first [rad].
        floor: height of the floor [m].
    """
    best, least = None, np.inf
    place, wider, deepest = np.asarray(place, float), 0.0, HUGS_DEEPEST if kind == "hug" else DEEPEST
    for _ in range(TRIES):
        people, depth = _draw_pair(wardrobe, characters, looks, kind, place, yaw, floor, wider, generator)
        if depth < least:
            best, least = people, depth
        if least < deepest:
            break
        wider += 0.6 * max(0.0, depth - deepest)  # [m]
    return best, least


def _draw_pair(wardrobe, characters, looks, kind, place, yaw, floor, wider, generator):
    facing = kind in FACING
    along = axis_turn("Z", yaw) @ ([0.0, -1, 0] if facing else [1.0, 0, 0])  # from the first to the second
    walk, bodies = not facing and generator.random() < 0.4, []
    for character, look, heading in zip(characters, looks, (yaw, yaw + (np.pi if facing else 0.0))):
        local, _ = walking(generator) if walk else standing(generator, IDLE_ARMS)
        if kind == "hug":
            bend_trunk(local, generator.uniform(0.12, 0.32), 0.0, 0.0)
            turn_head(local, generator.uniform(-0.2, 0.1), generator.uniform(0.1, 0.7), generator.uniform(-0.2, 0.1))
        bodies.append(Body(wardrobe, character, look, local, heading, floor))
    if kind == "hug":  # heads and feet pass each other on the right
        aside = right_of(along)[:2] * generator.uniform(0.055, 0.085)
        bodies[0].place, bodies[1].place = -aside, aside
    distance = _distance(kind, bodies, along, generator) + (wider if kind != "handshake" else 0.0)
    for body, sign in zip(bodies, (-1, 1)):
        body.place = place + body.place + sign * along[:2] * distance / 2
        body.person()
    _ARMS[kind](bodies, along, generator)
    people = tuple(body.person() for body in bodies)
    middle = np.array([*place, floor + 1.0])
    first, second = (in_frame(person.vertices[body.bare], along, middle) for person, body in zip(people, bodies))
    return people, penetration(first, bodies[0].pieces[bodies[0].bare], second, bodies[1].pieces[bodies[1].bare])
