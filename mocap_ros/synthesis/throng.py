"""A street full of people behind each other: walking together, waiting, queueing, in talk, on benches, at tables.

Most stand far away. So those who are seen small share a few poses and characters, turned anew and clothed anew.
"""

import numpy as np

from mocap_ros.synthesis.arrangement import Spot, Table
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.floor_poses import crouching
from mocap_ros.synthesis.scene import PlacedPerson
from mocap_ros.synthesis.seated_poses import dining, sitting
from mocap_ros.synthesis.upright_poses import carrying, posing, pushing, standing, walking

HEIGHTS = 14, 150  # px, standing height of the farthest and the nearest
STANDING_HEIGHT = 1.7  # [m] of who counts
PLACED = 0.45  # [m] least distance between two groups' members
WALKERS = ((walking, 0.9), (carrying, 0.04), (pushing, 0.03), (standing, 0.03))
STANDERS = ((standing, 0.8), (posing, 0.1), (walking, 0.06), (crouching, 0.04))
SITTERS = ((sitting, 1.0),)
DINERS = ((dining, 0.9), (sitting, 0.1))
# Who belongs together: share, fewest and most people.
GROUPS = {
    "walk": (0.46, 1, 4), "wait": (0.12, 1, 4), "talk": (0.18, 2, 5), "queue": (0.08, 3, 7), "bench": (0.08, 1, 3),
    "cafe": (0.08, 2, 4),
}
POSES_KEPT = 4  # of each kind, before those who are seen small share them
SMALL = 48  # px, standing height below which poses are shared


def _group(kind, middle, number, street, generator):
    """Spots of one group around a place [m], (2,), and its Table or None; `street` is the street's direction [rad]."""
    def turned(points, yaw):
        return middle + np.asarray(points) @ axis_turn("Z", yaw)[:2, :2].T

    if kind == "walk":
        yaw = street + generator.choice([0, np.pi], p=[0.5, 0.5]) + generator.normal(0, 0.25)
        if generator.random() < 0.2:
            yaw += generator.choice([-1, 1]) * np.pi / 2
        offsets = [[0.62 * (each - (number - 1) / 2), generator.normal(0, 0.15)] for each in range(number)]
        return [Spot(place, yaw + generator.normal(0, 0.12), WALKERS) for place in turned(offsets, yaw)], None
    if kind in ("wait", "bench"):
        yaw = street + generator.choice([-1, 1]) * np.pi / 2 + generator.normal(0, 0.3)
        kinds, floor = (STANDERS, "chair") if kind == "wait" else (SITTERS, "bench")
        step = generator.uniform(0.55, 0.9)
        offsets = [[step * (each - (number - 1) / 2), 0.0 if kind == "bench" else generator.normal(0, 0.15)]
                   for each in range(number)]
        spread = 0.12 if kind == "bench" else 0.5
        spots = [Spot(place, yaw + generator.normal(0, spread), kinds, seat=floor) for place in turned(offsets, yaw)]
        return spots, None
    if kind == "queue":
        yaw = street + generator.uniform(-np.pi, np.pi)
        step = generator.uniform(0.6, 0.95)
        offsets = [[generator.normal(0, 0.1), step * (each - (number - 1) / 2)] for each in range(number)]
        return [Spot(place, yaw + generator.normal(0, 0.45), STANDERS) for place in turned(offsets, yaw)], None
    around = generator.uniform(0, 2 * np.pi) + np.arange(number) * 2 * np.pi / max(number, 2)
    around = around + generator.normal(0, 0.15, number)
    radius = 0.35 + 0.09 * number if kind == "talk" else 0.68
    places = middle + radius * np.stack([np.sin(around), -np.cos(around)], 1)
    kinds = STANDERS if kind == "talk" else DINERS
    spots = [Spot(place, turn + np.pi + generator.normal(0, 0.25), kinds) for place, turn in zip(places, around)]
    return spots, Table(middle, 0.65, 0.65) if kind == "cafe" else None


def crowd(number, focal, width, nearest, generator):
    """Spots of a crowded street, the nearest first, and the Tables at which some sit.

    Args:
        number: about how many people.
        focal, width: of the picture [px].
        nearest: distance of the nearest [m].
    """
    names, shares = list(GROUPS), [share for share, _, _ in GROUPS.values()]
    low = STANDING_HEIGHT * focal / HEIGHTS[0]
    street, spots, tables = generator.normal(0, 0.5), [], []
    farther = generator.uniform(0.5, 1.0)  # below 1 more of them far away
    while len(spots) < number:
        kind = str(generator.choice(names, p=shares))
        _, fewest, most = GROUPS[kind]
        size = int(generator.integers(fewest, most + 1)) if spots else 1
        for _ in range(12):
            away = nearest * (low / nearest) ** (generator.random() ** farther) if spots else nearest
            column = generator.uniform(-0.03, 1.03) if spots else generator.uniform(0.1, 0.9)
            middle = np.array([(column - 0.5) * width / focal * away, away])
            members, table = _group(kind, middle, size, street, generator)
            places = np.stack([each.place for each in members])
            clear = places[:, 1].min() > 0.6 * nearest and all(
                np.hypot(*(places - other.place).T).min() > PLACED for other in spots)
            if clear:
                spots += members
                tables += [table] if table else []
                break
        else:
            number -= 1  # no room for them
    return sorted(spots, key=lambda spot: spot.place[1]), tables


class SharedPoses:
    """People of one scene whose poses others, seen small, take over.

    Attributes:
        kept: by kinds of poses, list of (PlacedPerson, its seat's height above the floor, its Spot).
    """

    def __init__(self):
        self.kept = {}

    def keep(self, spot, person, seat):
        """Remembers a person for those who come after."""
        self.kept.setdefault(id(spot.kinds), []).append((person, seat - spot.floor, spot))

    def draw(self, spot, generator):
        """One of those kept, turned and moved to a Spot, and its seat's height; None where there are too few."""
        kept = self.kept.get(id(spot.kinds), [])
        if len(kept) < POSES_KEPT:
            return None
        person, seat, source = kept[generator.integers(len(kept))]
        turn = axis_turn("Z", spot.yaw - source.yaw)
        shift = np.array([*spot.place, spot.floor]) - turn @ [*source.place, source.floor]
        transforms = turn.astype(np.float32) @ person.transforms
        transforms[:, :, 3] += shift.astype(np.float32)
        vertices = person.vertices @ turn.T.astype(np.float32) + shift.astype(np.float32)
        return PlacedPerson(person.character, transforms, vertices, person.look), seat + spot.floor
