"""Where the people of a clip walk so that they cross, leave the picture and come back, and what they wear."""

from dataclasses import replace

import numpy as np

from mocap_ros.synthesis.character import BOTTOM, INNER, OUTER, SHOES, SOCKS, TOP

STAGINGS = ("mixed", "crossings", "exits", "recordings")
NEAREST, FARTHEST = 2.5, 7.0  # [m] depth of the first and the last lane
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


def in_uniform(look, model):
    """The Look with the clothes and shoes of another person's."""
    worn = [TOP, INNER, OUTER, BOTTOM, SOCKS, SHOES]
    changed = {}
    for name in ("texture", "scale", "tint", "gloss", "folds", "prints"):
        rows = getattr(look, name).copy()
        rows[worn] = getattr(model, name)[worn]
        changed[name] = rows
    return replace(look, **changed)
