"""Where the people of a clip walk so that they cross, leave the picture or pass each other, and what they wear."""

from dataclasses import replace

import numpy as np

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.synthesis.character import BOTTOM, INNER, OUTER, SHOES, SOCKS, TOP
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.performance import Way

NEAREST, FARTHEST = 2.5, 7.0  # [m] depth of the first and the last lane
PERIOD = 12.0  # [s] in which everybody of a throng gets around
PERIOD_STEPS = 241  # at which they are kept apart
PASSING = 0.75  # [m] least distance of two walkers' pelvises
DEPTHS, LENGTHS, BREADTHS = (3.5, 9.0), (4.5, 7.5), (0.7, 2.2)  # [m] of a throng's loops: middles, lengths, breadths
TRIES = 4000
CARE_DEPTH, CARE_STEP, CARE_TURN = 3.3, 3.0, 0.75  # [m] of pairs' loops: the first depth, the next, half the breadth
NARROW = 0.2  # [m] half the depth of a loop: there on its far side, back on its near one
MARGIN = 0.35  # [m] that the turning points of crossings keep from the picture's border
OUTSIDE = 0.7, 3.0  # [m] that the turning points of exits lie beyond the border, so that people are away for 1 to 6 s


def walking_loops(staging, people, half_width, generator):
    """Corners of the loops on which everybody walks to and fro across the picture, each at a depth of its own.

    Args:
        staging: "crossings" (everybody stays in the picture) or "exits" (everybody turns outside it at one end, every
            second one at both).
        people: number of walkers.
        half_width: half the picture's width over the depth, a tangent.

    Returns:
        List of corners on the floor [m], (4, 2), in walking order; which way round is random.
    """
    depths = np.linspace(NEAREST, FARTHEST, people + 1)[:-1] + 0.5 * (FARTHEST - NEAREST) / (people + 1)
    loops = []
    for number, depth in enumerate(generator.permutation(depths)):
        ends = half_width * depth + (generator.uniform(*OUTSIDE, 2) if staging == "exits" else -MARGIN)
        left, right = np.broadcast_to(ends, 2) * [-1, 1]
        if staging == "exits" and number % 2:
            left = -half_width * depth * generator.uniform(0, 0.6)
        near, far = depth - NARROW, depth + NARROW
        corners = np.array([[left, near], [right, near], [right, far], [left, far]])
        loops.append(corners[:: generator.choice([-1, 1])])
    return loops


def passing_walkers(people, half_width, generator):
    """Ways of a throng whose walkers pass each other near by and never meet, and where on them each begins [m].

    Everybody gets around in the same PERIOD, so that whoever keeps apart for so long does so for ever.

    Args:
        people: number of walkers.
        half_width: half the picture's width over the depth, a tangent.

    Returns:
        List of (Way, start).

    Raises:
        ConfigError: there is no room for so many.
    """
    street, times, walkers, places = generator.normal(0, 0.4), np.linspace(0, 1, PERIOD_STEPS), [], []
    while len(walkers) < people:
        for _ in range(TRIES):
            depth = generator.uniform(*DEPTHS)
            middle = [generator.uniform(-0.7, 0.7) * half_width * depth, depth]
            across = np.pi / 2 if generator.random() < 0.35 else 0.0
            half = np.array([generator.uniform(*BREADTHS), generator.uniform(*LENGTHS)]) / 2
            corners = middle + (half * [[-1, -1], [1, -1], [1, 1], [-1, 1]]) @ axis_turn("Z", street + across)[:2, :2].T
            way = Way(corners[:: generator.choice([-1, 1])])
            start = generator.uniform(0, way.length)
            walked = way.place(start + times * way.length)
            if walked[:, 1].min() > NEAREST - 0.4 and all(
                    np.linalg.norm(walked - other, axis=1).min() > PASSING for other in places):
                walkers.append((way, start))
                places.append(walked)
                break
        else:
            raise ConfigError(f"no room for {people} walkers: {len(walkers)} have found a way past each other")
    return walkers


def care_loops(pairs, generator):
    """Corners of the loops (4, 2) [m] on which pairs walk to and fro, each at a depth of its own."""
    loops = []
    for number in range(pairs):
        depth, half = CARE_DEPTH + number * CARE_STEP, generator.uniform(1.3, 2.0)
        corners = np.array([[-half, -CARE_TURN], [half, -CARE_TURN], [half, CARE_TURN], [-half, CARE_TURN]])
        loops.append((corners + [generator.normal(0, 0.2), depth])[:: generator.choice([-1, 1])])
    return loops


def in_uniform(look, model):
    """The Look with the clothes and shoes of another person's."""
    worn = [TOP, INNER, OUTER, BOTTOM, SOCKS, SHOES]
    changed = {}
    for name in ("texture", "scale", "tint", "gloss", "folds", "prints"):
        rows = getattr(look, name).copy()
        rows[worn] = getattr(model, name)[worn]
        changed[name] = rows
    return replace(look, **changed)
