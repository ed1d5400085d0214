"""Which ground people and things take up, so that nothing is put where something stands."""

import numpy as np

_ENDS, _AXES = np.stack(np.meshgrid(*[[0, 1]] * 3), -1).reshape(-1, 3), np.arange(3)  # of bounds, at their corners
EVERY = 24  # vertex of a body that is looked at; they lie closer together than the gaps that are kept


def bounds(vertices):
    """Least and largest x, y and z of vertices [m], (2, 3)."""
    return np.array([vertices.min(0), vertices.max(0)])


def ground_taken(people, solids):
    """Bounds of PlacedPersons, then of PlacedSolids, list of (2, 3) [m]."""
    return [bounds(each.vertices[::EVERY]) for each in people] + [bounds(each.solid[0]) for each in solids]


def is_clear(ground, taken, gap):
    """Whether bounds keep a gap [m] on the floor from all bounds of a list."""
    if not len(taken):
        return True
    low, high = np.asarray(taken)[:, 0, :2], np.asarray(taken)[:, 1, :2]
    return bool(((ground[0, :2] >= high + gap) | (low >= ground[1, :2] + gap)).any(1).all())


def corners(box):
    """The corners of bounds, (8, 3)."""
    return box[_ENDS, _AXES]
