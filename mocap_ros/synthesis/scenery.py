"""Things that stand about in streets and rooms, made once for a stock and put up in many scenes."""

from typing import NamedTuple

import numpy as np

from mocap_ros.synthesis import room_things, street_things, vehicles
from mocap_ros.synthesis.clearance import bounds

STREET = {
    "car": vehicles.car, "van": vehicles.van, "bicycle": vehicles.bicycle, "tree": street_things.tree,
    "bush": street_things.bush, "lamp": street_things.lamp_post, "sign": street_things.traffic_sign,
    "bollard": street_things.bollard, "litter": street_things.litter, "railing": street_things.railing,
    "stall": street_things.stall, "parasol": street_things.parasol, "column": street_things.column,
    "seat": street_things.seat, "form": room_things.dress_form,
}
ROOM = {
    "coats": room_things.coat_stand, "hung coats": room_things.hung_coats, "form": room_things.dress_form,
    "lamp": room_things.standing_lamp, "plant": room_things.plant, "curtains": room_things.curtains,
    "shelves": room_things.shelves, "cupboard": room_things.cupboard, "door": room_things.door,
}
VARIANTS = 4  # of each kind in a stock


class Thing(NamedTuple):
    """A thing on the origin that faces -Y: its kind, its parts as (solid, finish of finishes.FINISHES), its bounds."""

    kind: str
    parts: tuple
    box: np.ndarray


def make_things(makers, generator, variants=VARIANTS):
    """A tuple of Things, some of every kind.

    Args:
        makers: STREET or ROOM.
        variants: of each kind.
    """
    things = []
    for kind, make in makers.items():
        for _ in range(variants):
            parts = tuple(make(generator))
            things.append(Thing(kind, parts, bounds(np.concatenate([solid[0] for solid, _ in parts]))))
    return tuple(things)
