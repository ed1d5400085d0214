"""What a robot that helps people sees: people on aids, carried, helped up, in bed, falling; who plays it."""

from typing import NamedTuple

import numpy as np

from mocap_ros.synthesis.aided import (
    child_on_an_arm, child_on_shoulders, in_a_wheelchair, with_a_cane, with_a_walking_frame,
)
from mocap_ros.synthesis.care_places import Place
from mocap_ros.synthesis.character import BAG, THING
from mocap_ros.synthesis.children import CARRIED_HEIGHT
from mocap_ros.synthesis.resting import at_a_beds_edge, fallen, helping_up, in_a_bed, together_on_a_sofa


class Act(NamedTuple):
    """One way to help or be helped: its share, fewest and most adults, children, and the function that plays it."""

    share: float
    adults: tuple
    children: int
    play: object


ACTS = {
    "wheelchair": Act(0.2, (1, 2), 0, in_a_wheelchair),
    "walking frame": Act(0.11, (1, 1), 0, with_a_walking_frame),
    "cane": Act(0.09, (1, 1), 0, with_a_cane),
    "child on an arm": Act(0.08, (1, 1), 1, child_on_an_arm),
    "child on shoulders": Act(0.04, (1, 1), 1, child_on_shoulders),
    "helping up": Act(0.11, (2, 2), 0, helping_up),
    "sofa": Act(0.09, (2, 2), 0, together_on_a_sofa),
    "bed": Act(0.13, (1, 2), 0, in_a_bed),
    "bed's edge": Act(0.05, (1, 1), 0, at_a_beds_edge),
    "fall": Act(0.1, (1, 2), 0, fallen),
}
ACT_SHARES = {name: act.share for name, act in ACTS.items()}


def unladen(pool):
    """Characters that hold and wear nothing that is between them and others or a bed, all where everybody does."""
    return [each for each in pool if not np.isin(each.slots, (BAG, THING)).any()] or pool


def cast_for(name, pool, generator):
    """Characters who play an act: adults without bags, then children small enough, where there are any."""
    act = ACTS[name]
    small = [each for each in pool if each.height <= CARRIED_HEIGHT]
    adults = unladen([each for each in pool if each.height > CARRIED_HEIGHT] or list(pool))
    number = int(generator.integers(act.adults[0], act.adults[1] + 1))
    small = unladen(small)
    children = [small[generator.integers(len(small))] for _ in range(act.children)] if small else []
    return [adults[generator.integers(len(adults))] for _ in range(number)] + children


def play(name, wardrobe, cast, looks, place, yaw, floor, generator):
    """PlacedPersons of an act and the solids that belong to it, in the world.

    Args:
        name: one of ACTS; without its children an act is played as a fall.
        cast: Characters of cast_for; looks: one Look each.
        place: x, y [m], (2,); yaw: heading [rad]; floor: its height [m].
    """
    act = ACTS[name] if len(cast) >= ACTS[name].adults[0] + ACTS[name].children else ACTS["fall"]
    where = Place(np.asarray(place, float), float(yaw), float(floor))
    return act.play(wardrobe, list(zip(cast, looks)), where, generator)
