"""How two bodies lie against each other, in numba: when they touch, and how deep one sinks into the other."""

from typing import NamedTuple

import numba
import numpy as np
from scipy.spatial import cKDTree

CELL = 0.025  # [m] of the grid in which bodies are compared
CELLS = 128  # of the grid along each side, so it spans 3.2 m
PIECES = 14  # body parts of body.py and OBJECT_PART of drawing.py, each of two pieces


@numba.njit(cache=True)
def _extents(vertices, parts, a, b, along, low, high):
    """Fills the least and largest place along axis `along` of every part in every cell of axes `a` and `b`."""
    low[:], high[:] = np.inf, -np.inf
    for i in range(len(vertices)):
        row, column = int(vertices[i, a] / CELL + CELLS / 2), int(vertices[i, b] / CELL + CELLS / 2)
        if row < 0 or column < 0 or row >= CELLS or column >= CELLS:
            continue
        part, place = parts[i], vertices[i, along]
        low[part, row, column] = min(low[part, row, column], place)
        high[part, row, column] = max(high[part, row, column], place)


def in_frame(vertices, along, middle):
    """Vertices in a frame whose x goes along a level unit vector (3,), z up, around `middle` [m] (3,), (V, 3)."""
    frame = np.array([along, [-along[1], along[0], 0.0], [0, 0, 1.0]])
    return (vertices - middle) @ frame.T


def _empty_grid(parts):
    return np.empty((parts, CELLS, CELLS)), np.empty((parts, CELLS, CELLS))


def touching_distance(first, second):
    """How far the second body must be moved along x so that it just touches the first [m].

    Args:
        first, second: vertices by in_frame, (V, 3).
    """
    (low, high), (other_low, other_high) = _empty_grid(1), _empty_grid(1)
    _extents(first, np.zeros(len(first), np.int8), 1, 2, 0, low, high)
    _extents(second, np.zeros(len(second), np.int8), 1, 2, 0, other_low, other_high)
    distance = float((high - other_low).max())
    return distance if np.isfinite(distance) else 0.0


@numba.njit(cache=True)
def _depths(vertices, low, high, a, b, along, depths):
    """Lowers `depths` (V, parts) to how deep each vertex lies between low and high along one axis, 0 outside."""
    for i in range(len(vertices)):
        row, column = int(vertices[i, a] / CELL + CELLS / 2), int(vertices[i, b] / CELL + CELLS / 2)
        outside = row < 0 or column < 0 or row >= CELLS or column >= CELLS
        for part in range(depths.shape[1]):
            inside = 0.0
            if not outside:
                place = vertices[i, along]
                inside = max(0.0, min(place - low[part, row, column], high[part, row, column] - place))
            depths[i, part] = min(depths[i, part], inside)


def penetration(first, first_pieces, second, second_pieces):
    """How deep the vertices of two bodies lie inside each other [m]; 0 where they do not.

    A vertex is inside a piece of the other body by the least of its depths along the three axes. Pieces should be
    such as a line meets once: arms and legs in two, at elbow and knee.

    Args:
        first, second: vertices by in_frame, (V, 3).
        first_pieces, second_pieces: piece of each vertex, 0 to PIECES - 1, (V,) int8.
    """
    deepest = 0.0
    low, high = _empty_grid(PIECES)
    for inner, outer, pieces in ((first, second, second_pieces), (second, first, first_pieces)):
        depths = np.full((len(inner), PIECES), np.inf)
        for a, b, along in ((1, 2, 0), (0, 2, 1), (0, 1, 2)):
            _extents(outer, pieces, a, b, along, low, high)
            _depths(inner, low, high, a, b, along, depths)
        deepest = max(deepest, float(depths.max()))
    return deepest


class Surface(NamedTuple):
    """A closed surface by its points: a tree of them, and the normals that point out of it, (V, 3)."""

    tree: cKDTree
    normals: np.ndarray


def surface_of(vertices, normals):
    """The Surface of vertices [m] and their outward normals, 2 x (V, 3)."""
    return Surface(cKDTree(vertices), normals)


def clearances(points, surface):
    """How far points (..., 3) lie outside a Surface [m], (...); negative inside."""
    distances, nearest = surface.tree.query(points)
    along = np.einsum("...i,...i->...", points - surface.tree.data[nearest], surface.normals[nearest])
    return np.where(along < 0, along, distances)
