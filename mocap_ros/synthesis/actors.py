"""Characters of a clip with what they do, set on the floor at every moment."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.synthesis.body import bone_transforms
from mocap_ros.synthesis.clearance import ground_taken
from mocap_ros.synthesis.performance import Performer, Walker
from mocap_ros.synthesis.scene import moved, place_person

WALKED, APART = 0.42, 0.3  # [m] beside a way that a walker needs; between the places of it that are looked at
MOMENTS = 7  # of a clip at which the ground of who stays in place is looked at
TALL = 1.9  # [m]


@dataclass(frozen=True, eq=False)
class Actor:
    """A character with its look, what it does, and the pelvis height [m] that sets a recorded take on the floor."""

    character: object
    look: object
    performance: object
    lift: float


def stand_actor(wardrobe, actor, time):
    """The actor at `time` [s] as a PlacedPerson."""
    moment = actor.performance.at(time)
    transforms = bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, actor.character.heads, moment.pose)
    person = place_person(actor.character, transforms, actor.look)
    pelvis = transforms[0, :, :3] @ actor.character.points[wardrobe.point_index["pelvis"]] + transforms[0, :, 3]
    lift = -float(person.vertices[:, 2].min()) if np.isnan(moment.lift) else moment.lift - pelvis[2] + actor.lift
    return moved(person, np.array([*(moment.place - pelvis[:2]), lift]))


def settled(wardrobe, actor, seconds):
    """The actor with the lift that keeps a recorded take's lowest moment on the floor."""
    if not isinstance(actor.performance, Performer):
        return actor
    lowest = [stand_actor(wardrobe, actor, time).vertices[:, 2].min() for time in np.arange(0, seconds, 0.4)]
    return Actor(actor.character, actor.look, actor.performance, -float(np.percentile(lowest, 20)))


def ground_of_way(way, beside):
    """Bounds of the room that people need who walk a Way, up to `beside` it [m], list of (2, 3) [m]."""
    places = way.place(np.arange(0, way.length, APART))
    low, high = np.array([-beside, -beside, 0.0]), np.array([beside, beside, TALL])
    return [np.stack([[*place, 0.0] + low, [*place, 0.0] + high]) for place in places]


def ground_of(wardrobe, actor, seconds):
    """Bounds of the room that an actor needs in a clip, list of (2, 3) [m]."""
    if isinstance(actor.performance, Walker):
        return ground_of_way(actor.performance.way, WALKED)
    return ground_taken([stand_actor(wardrobe, actor, time) for time in np.linspace(0, seconds, MOMENTS)], [])
