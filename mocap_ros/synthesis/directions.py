"""Directions and the rotations between them, as poses and solids need them."""

import math

import numpy as np

_PLANES = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}  # axes that a turn mixes, the first toward the second
_NEXT, _LAST = np.array([1, 2, 0]), np.array([2, 0, 1])


def cross(first, second):
    """Cross products of vectors, (..., 3); quicker than numpy's for few of them."""
    return first[..., _NEXT] * second[..., _LAST] - first[..., _LAST] * second[..., _NEXT]


def axis_turn(axis, angle):
    """Rotation matrices about one coordinate axis.

    Args:
        axis: "X", "Y" or "Z".
        angle: [rad], (...).

    Returns:
        (..., 3, 3).
    """
    if isinstance(angle, (float, int)):  # most are one angle, and this is quicker
        cosine, sine = math.cos(angle), math.sin(angle)
        turn = np.eye(3)
        first, second = _PLANES[axis]
        turn[first, first] = turn[second, second] = cosine
        turn[first, second], turn[second, first] = -sine, sine
        return turn
    angle = np.asarray(angle, float)
    cosine, sine, zero, one = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    rows = {
        "X": (one, zero, zero, zero, cosine, -sine, zero, sine, cosine),
        "Y": (cosine, zero, sine, zero, one, zero, -sine, zero, cosine),
        "Z": (cosine, -sine, zero, sine, cosine, zero, zero, zero, one),
    }[axis]
    return np.stack(rows, -1).reshape(angle.shape + (3, 3))


def unit(vector):
    """Vector of length one in the same direction, (..., 3)."""
    vector = np.asarray(vector, float)
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def frame_of(primary, secondary):
    """Right-handed frames whose x is `primary` and whose z is normal to both, as columns, (..., 3, 3)."""
    x = unit(primary)
    z = unit(cross(x, np.asarray(secondary, float)))
    return np.stack([x, cross(z, x), z], -1)


def smallest_rotation(source, target):
    """Rotation of least angle that turns direction `source` into `target`, (3, 3)."""
    source, target = unit(source), unit(target)
    cross, cosine = np.cross(source, target), source @ target
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cosine)
