"""Who is where: scattered over the floor, side by side before the camera, around a table, on rising steps."""

from dataclasses import dataclass, replace

import numpy as np

from mocap_ros.synthesis.pose_library import KINDS, NEAR_KINDS, SEATED_KINDS, STEPS_KINDS, STREET_KINDS, TABLE_KINDS

TOUCHING = 0.07  # share of roomy spots at which two people touch
HELPING = 0.02  # share of roomy spots at which somebody is helped
ROOM, ROOM_OF_ACTS = 0.9, 1.4  # [m] from the next spot that a pair and an act need
APART = 0.36  # [m] least distance of two people's pelvises
STEP_DEPTH = 0.85  # [m]


@dataclass(frozen=True, eq=False)
class Spot:
    """Room for one person.

    Attributes:
        place: x, y of the pelvis [m], (2,).
        yaw: heading [rad]; 0 faces the camera.
        kinds: poses to draw from, (function, share) pairs.
        floor: height of what the person stands on [m].
        touch: how two people touch here, one of contact.TOUCHES; "" for one person.
        act: what is played here, one of care.ACTS; "" for nothing.
        seat: what a sitting person sits on, "chair" for any of solids.chair, or "bench".
    """

    place: np.ndarray
    yaw: float
    kinds: tuple
    floor: float = 0.0
    touch: str = ""
    act: str = ""
    seat: str = "chair"


@dataclass(frozen=True, eq=False)
class Table:
    """A table to be put between sitting people: middle [m] (2,), width along X and depth along Y [m]."""

    place: np.ndarray
    width: float
    depth: float


def draw_heading(generator):
    """Heading of a person [rad]: 0 looks at the camera; toward it more often than not."""
    return generator.normal(0, 0.8) if generator.random() < 0.5 else generator.uniform(-np.pi, np.pi)


def scattered(number, distance, frame_width, farthest, crowded, generator):
    """Spots anywhere in the view, in a third of the draws beside another one.

    Args:
        number: of people.
        distance: of the first from the camera [m].
        frame_width: what the picture shows at one metre's distance [m].
        farthest: [m].
        crowded: True for a street: people stand and walk.
    """
    spots = []
    together = draw_heading(generator) if generator.random() < 0.3 else None
    for each in range(number):
        for _ in range(30):
            if each == 0:
                margin = 0.15 if number > 1 else 0.25
                away, column = distance, generator.uniform(margin, 1 - margin)
            else:
                away = distance * np.exp(generator.uniform(-0.35, 1.1 if crowded else 1.3))
                away, column = np.clip(away, 0.7, farthest), generator.uniform(-0.04, 1.04)
            place = np.array([(column - 0.5) * frame_width * away, away])
            if spots and generator.random() < 0.35:
                beside = spots[generator.integers(len(spots))].place
                place = beside + [
                    generator.choice([-1, 1]) * generator.uniform(0.35, 0.8), generator.normal(0, 0.4)
                ]
                place[1] = max(0.7, place[1])
            if all(np.hypot(*(place - other.place)) > APART for other in spots):
                break
        else:
            continue
        yaw = draw_heading(generator)
        if together is not None and generator.random() < 0.6:
            yaw = together + generator.normal(0, 0.2)
        spots.append(Spot(place, yaw, STREET_KINDS if crowded else KINDS))
    return spots


def in_a_row(number, distance, frame_width, generator):
    """Spots side by side before the camera, as people are photographed; perhaps somebody behind."""
    kinds = SEATED_KINDS if generator.random() < 0.3 else NEAR_KINDS
    wide = frame_width * distance
    left = generator.uniform(-0.35, 0.35) * wide - 0.24 * (number - 1)
    spots, together = [], generator.normal(0, 0.5)
    for _ in range(number):
        yaw = together + generator.normal(0, 0.35) if generator.random() < 0.8 else draw_heading(generator)
        spots.append(Spot(np.array([left, max(0.5, distance + generator.normal(0, 0.12))]), yaw, kinds))
        left += generator.uniform(0.38, 0.62)
    for _ in range(generator.choice(4, p=[0.5, 0.25, 0.15, 0.1])):
        away = distance + generator.uniform(0.7, 4)
        place = np.array([generator.uniform(-0.5, 0.5) * frame_width * away, away])
        if all(np.hypot(*(place - other.place)) > APART for other in spots):
            spots.append(Spot(place, draw_heading(generator), KINDS))
    return spots


def around_a_table(number, distance, generator):
    """Spots of people who sit around a table whose far side is at `distance` [m], and the Table."""
    table = Table(
        np.array([generator.normal(0, 0.3), distance - 0.3]), generator.uniform(0.8, 2.0), generator.uniform(0.7, 1.1)
    )
    half = np.array([table.width, table.depth]) / 2
    gap, spots = generator.uniform(0.08, 0.25), []
    sides = generator.choice(["far", "left", "right", "near"], number * 3, p=[0.4, 0.22, 0.22, 0.16])
    for side in ["far", *sides]:
        along = generator.uniform(-0.85, 0.85)
        offset, yaw = {
            "far": ([along * half[0], half[1] + gap], 0.0),
            "near": ([along * half[0], -half[1] - gap], np.pi),
            "left": ([-half[0] - gap, along * half[1]], np.pi / 2),
            "right": ([half[0] + gap, along * half[1]], -np.pi / 2),
        }[side]
        place = table.place + offset
        if place[1] > 0.6 and all(np.hypot(*(place - other.place)) > 0.55 for other in spots):
            spots.append(Spot(place, yaw + generator.normal(0, 0.2), TABLE_KINDS))
        if len(spots) == number:
            break
    return spots, table


def on_steps(number, distance, frame_width, generator):
    """Spots of spectators: rows close behind each other, each row higher than the one before it."""
    spots, rise = [], generator.uniform(0.15, 0.45)
    width = max(frame_width * distance, 1.5)
    a_row = max(3, int(width / 0.6))
    first = generator.uniform(0, 1)
    for each in range(number):
        row, seat = divmod(each, a_row)
        away = distance + row * STEP_DEPTH
        place = np.array([(seat + 0.5 * (row % 2) + first - a_row / 2) * 0.58 + generator.normal(0, 0.06), away])
        spots.append(Spot(place, generator.normal(0, 0.35), STEPS_KINDS, row * rise))
    return spots


def _with(spots, field, options, generator, share, room):
    """The spots, some of those with nobody nearer than `room` [m] now with one of the options, each with its share."""
    names, shares = list(options), np.array(list(options.values()))
    result = []
    for number, spot in enumerate(spots):
        others = spots[:number] + spots[number + 1 :]
        roomy = all(np.hypot(*(spot.place - other.place)) > room for other in others)
        if roomy and not spot.touch and generator.random() < share:
            chosen = {field: str(generator.choice(names, p=shares / shares.sum()))}
            spot = replace(spot, yaw=generator.uniform(-np.pi, np.pi), **chosen)
        result.append(spot)
    return result


def with_pairs(spots, touches, generator, share=TOUCHING):
    """The spots, some of those with room around them now for two people who touch.

    Args:
        touches: share of each way to touch, by name.
        share: of roomy spots that become pairs.
    """
    return _with(spots, "touch", touches, generator, share, ROOM)


def with_acts(spots, acts, generator, share=HELPING):
    """As with_pairs, for acts of care.ACTS."""
    return _with(spots, "act", acts, generator, share, ROOM_OF_ACTS)


def around_an_act(number, distance, frame_width, farthest, acts, generator):
    """Spots of an act at `distance` [m] and of others who keep away from it; see scattered."""
    spots = scattered(number, distance, frame_width, farthest, False, generator)
    kept = [spot for spot in spots[1:] if np.hypot(*(spot.place - spots[0].place)) > ROOM_OF_ACTS]
    return with_acts(spots[:1], acts, generator, 1.0) + kept
