"""Where people help each other, and bodies that are put there."""

from typing import NamedTuple

import numpy as np

from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.reaching import Body

UP = np.array([0, 0, 1.0])
FLESH = 0.09  # [m] below the pelvis's middle


class Place(NamedTuple):
    """Where people help each other: x, y [m] (2,), heading [rad], height of the floor [m]."""

    place: np.ndarray
    yaw: float
    floor: float

    @property
    def ahead(self):
        """The direction in which the first one looks, (3,)."""
        return axis_turn("Z", self.yaw) @ [0, -1.0, 0]

    @property
    def left(self):
        """The direction to the left of the first one, (3,)."""
        return axis_turn("Z", self.yaw) @ [1.0, 0, 0]

    def at(self, height=0.0):
        """The place at a height above the floor [m], (3,)."""
        return np.array([*self.place, self.floor + height])


def heading_of(toward):
    """Heading of who looks along a direction [rad]."""
    return float(np.arctan2(toward[0], -toward[1]))


def body_at(wardrobe, player, local, where, floor=0.0, yaw=None):
    """The Body of a (Character, Look) at a Place, its lowest point `floor` [m] above the Place's."""
    body = Body(wardrobe, *player, local, where.yaw if yaw is None else yaw, where.floor + floor)
    body.place = np.asarray(where.place, float)
    return body


def seat_of(body):
    """Height of what a body sits on [m]: its lowest vertex there; a body of few vertices may have none."""
    person, seat = body.person(), body.character.seat_vertices
    return float(person.vertices[seat, 2].min()) if len(seat) else float(body.points()["pelvis"][2]) - FLESH


def raise_pelvis(body, height):
    """Sets a body so that its pelvis is at a height [m]; nothing need touch a floor."""
    body.person()
    body.floor += height - body.points()["pelvis"][2]
    body.person()


def hold(body, grips, pole=(0.7, 0.6, -0.4)):
    """Brings both wrists to points [m] by side."""
    body.person()
    body.curl[:] = 0.9
    for side, point in grips.items():
        body.reach(side, point, pole)
