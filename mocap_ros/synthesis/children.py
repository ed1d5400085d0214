"""Small children: the body model's begin at about 1.1 m; some of them are made smaller, as one carries on an arm."""

from dataclasses import replace

import numpy as np

SHARE = 0.07  # of a stock's people
CARRIED_HEIGHT = 1.12  # [m] the tallest that is carried
HEIGHTS = 0.82, 1.1  # [m]


def made_smaller(character, height):
    """The character at another standing height [m], everything in proportion."""
    factor = height / character.height
    return replace(
        character, vertices=(character.vertices * factor).astype(np.float32), heads=character.heads * factor,
        points=character.points * factor, trunk=character.trunk * factor, height=height,
    )


def with_small_children(people, generator):
    """The characters, the shortest SHARE of them (at least one) now small children."""
    order = np.argsort([each.height for each in people])[: max(1, round(SHARE * len(people)))] if people else []
    people = list(people)
    for number in order:
        people[number] = made_smaller(people[number], float(generator.uniform(*HEIGHTS)))
    return tuple(people)
