"""Cloth as a mesh that can be cut along any line and drawn out from the cut, so that hems are clean."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, eq=False)
class Cloth:
    """A piece of cloth on a body at rest.

    Attributes:
        vertices: [m], (V, 3).
        rests: places of the body that the cloth lies on, by which it is cut [m], (V, 3).
        along: how far down the arm, 0 at the shoulder and 1 at the wrist; below 0 on the trunk and legs, (V,).
        texture: texture points, (V, 2).
        weights: of the bones that move it, (V, B).
        triangles: (F, 3) int.
    """

    vertices: np.ndarray
    rests: np.ndarray
    along: np.ndarray
    texture: np.ndarray
    weights: np.ndarray
    triangles: np.ndarray

    def extended(self, triangles, **added):
        """The cloth with more vertices, given field by field, and other triangles."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "triangles"}
        return Cloth(**{name: np.concatenate([value, added[name]]) for name, value in values.items()},
                     triangles=triangles)


def _turned(triangles, first):
    """The triangles with the corner that is marked in `first` (F, 3) in front, their winding kept."""
    return np.take_along_axis(triangles, (first.argmax(1)[:, None] + np.arange(3)) % 3, 1)


def cut(cloth, excess):
    """What remains of a cloth where `excess` is not above 0, and the edges of the cut.

    Args:
        cloth: Cloth.
        excess: at every vertex, (V,).

    Returns:
        Cloth with new vertices after the old ones (no old vertex goes away), and the edges along the cut, (E, 2).
    """
    inside = excess <= 0
    corners = inside[cloth.triangles]
    count = corners.sum(1)
    single = _turned(cloth.triangles[count == 1], corners[count == 1])  # one corner stays
    pair = _turned(cloth.triangles[count == 2], ~corners[count == 2])  # one corner goes
    ends = np.concatenate([single[:, [0, 1]], single[:, [0, 2]], pair[:, [1, 0]], pair[:, [2, 0]]])  # (kept, cut off)
    keys, number = np.unique(ends[:, 0].astype(np.int64) * len(cloth.vertices) + ends[:, 1], return_inverse=True)
    number = number.ravel() + len(cloth.vertices)
    kept, gone = np.divmod(keys, len(cloth.vertices))
    share = -excess[kept] / (excess[gone] - excess[kept])

    def between(values):
        weight = share.reshape(-1, *[1] * (values.ndim - 1))
        return values[kept] * (1 - weight) + values[gone] * weight

    places = np.split(number, np.cumsum([len(single), len(single), len(pair)]))
    triangles = np.concatenate([
        cloth.triangles[count == 3],
        np.stack([single[:, 0], places[0], places[1]], 1),
        np.stack([places[2], pair[:, 1], pair[:, 2]], 1),
        np.stack([places[2], pair[:, 2], places[3]], 1),
    ])
    edges = np.concatenate([np.stack([places[0], places[1]], 1), np.stack([places[3], places[2]], 1)])
    added = {name: between(getattr(cloth, name)) for name in ("vertices", "rests", "along", "texture", "weights")}
    return cloth.extended(triangles, **added), edges


def drawn_out(cloth, edges, rows):
    """The cloth with rows of new vertices beyond a cut.

    Args:
        cloth: Cloth.
        edges: of a cut, (E, 2).
        rows: for each new row a function of the vertex numbers on the cut (N,) that returns the fields of Cloth but
            `triangles` by name.

    Returns:
        Cloth, and the edges of the last row, (E, 2).
    """
    on_cut, number = np.unique(edges, return_inverse=True)
    number = number.reshape(-1, 2)
    for row in rows:
        start = len(cloth.vertices)
        a, b = edges.T
        c, d = number.T + start
        more = np.concatenate([np.stack([b, a, c], 1), np.stack([b, c, d], 1)])
        cloth = cloth.extended(np.concatenate([cloth.triangles, more]), **row(on_cut))
        edges = np.stack([c, d], 1)
    return cloth, edges


def unwrapped(texture, triangles, period):
    """Texture points and texture triangles where no triangle spans the seam of a texture that goes around.

    Args:
        texture: (V, 2), the first column from 0 to `period` around.
        triangles: (F, 3).
    """
    around = texture[triangles, 0]
    far = (np.ptp(around, axis=1) > period / 2)[:, None] & (around < period / 2)
    moved = np.unique(triangles[far])
    number = np.zeros(len(texture), np.int64)
    number[moved] = len(texture) + np.arange(len(moved))
    return (np.concatenate([texture, texture[moved] + [period, 0]]).astype(np.float32),
            np.where(far, number[triangles], triangles))
