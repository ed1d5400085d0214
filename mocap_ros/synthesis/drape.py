"""How cloth hangs around a body: it bridges what is hollow and falls straight from what sticks out above it."""

from dataclasses import dataclass

import numpy as np

ANGLES = 48  # directions around an axis
STEP = 0.02  # [m] between levels
LEVELS_AROUND = 2  # levels above and below that a vertex of the body counts for, as its mesh is coarse
STEEPEST = 0.25  # least cosine between a direction and the radius that it bounds
WAVES = 4  # folds of different number around a hem


@dataclass(frozen=True, eq=False)
class Envelope:
    """The surface of a cloth around an upright axis.

    Attributes:
        low: height of the lowest level [m].
        axis: x and y of the axis at every level [m], (Z, 2).
        radii: distance from the axis in every direction [m], (Z, ANGLES), direction 0 is -y, a quarter on is +x.
    """

    low: float
    axis: np.ndarray
    radii: np.ndarray

    def around(self, places):
        """Axis (N, 2), direction (N, 2) from it, and the cloth's distance from it in that direction (N,) [m]."""
        row = np.clip((places[:, 2] - self.low) / STEP, 0, len(self.radii) - 1.001)
        i, f = row.astype(int), row % 1
        axis = self.axis[i] * (1 - f)[:, None] + self.axis[i + 1] * f[:, None]
        out = places[:, :2] - axis
        column = np.arctan2(out[:, 0], -out[:, 1]) / (2 * np.pi) * ANGLES % ANGLES
        j, g = column.astype(int) % ANGLES, column % 1
        k = (j + 1) % ANGLES
        radii = ((self.radii[i, j] * (1 - g) + self.radii[i, k] * g) * (1 - f)
                 + (self.radii[i + 1, j] * (1 - g) + self.radii[i + 1, k] * g) * f)
        return axis, out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6), radii


def directions():
    """Unit vectors in the floor's plane, (ANGLES, 2)."""
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    return np.stack([np.sin(angles), -np.cos(angles)], 1)


def envelope(places, axis_points, low, high, hung_from, taper):
    """The Envelope of a body: at every level convex, and no narrower than `taper` allows below what sticks out.

    Args:
        places: vertices of the body [m], (V, 3).
        axis_points: the axis, from its lowest to its highest point [m], (N, 3).
        low, high: heights of the lowest and the highest level [m].
        hung_from: height below which cloth hangs instead of following the body [m].
        taper: how fast cloth may come in again below what sticks out [m per m]; 0 falls straight.
    """
    levels = max(int(np.ceil((high - low) / STEP)) + 1, 2)
    heights = low + np.arange(levels) * STEP
    axis = np.stack([np.interp(heights, axis_points[:, 2], axis_points[:, i]) for i in range(2)], 1)
    around = directions()
    level = np.round((places[:, 2] - low) / STEP).astype(int)
    support = np.full((levels, ANGLES), -np.inf)
    for shift in range(-LEVELS_AROUND, LEVELS_AROUND + 1):
        row = level + shift
        inside = np.flatnonzero((row >= 0) & (row < levels))
        inside = inside[np.argsort(row[inside], kind="stable")]
        if len(inside):
            rows, first = np.unique(row[inside], return_index=True)
            out = (places[inside, :2] - axis[row[inside]]) @ around.T
            support[rows] = np.maximum(support[rows], np.maximum.reduceat(out, first))
    for row in range(levels - 2, -1, -1):
        above = support[row + 1] - (taper * STEP if heights[row] < hung_from else 10 * STEP)
        support[row] = np.maximum(support[row], above)
    support = np.where(np.isfinite(support), support, 0.02)
    cosine = around @ around.T
    bound = np.where(cosine > STEEPEST, support[:, None] / np.maximum(cosine, STEEPEST), np.inf)  # (Z, radius, bound)
    return Envelope(float(low), axis, np.maximum(bound.min(2), 0.01))


class Folds:
    """Folds around a hem, drawn at random: 0 to 1 at directions (N, 2) from an axis and heights [m] (N,)."""

    def __init__(self, generator):
        self.numbers = generator.integers(3, 11, WAVES)
        self.phases, self.drifts = generator.uniform(0, 2 * np.pi, WAVES), generator.normal(0, 2, WAVES)
        self.strengths = generator.uniform(0.4, 1, WAVES)

    def __call__(self, directions, heights):
        angle = np.arctan2(directions[:, 0], -directions[:, 1])[:, None]
        total = self.strengths * np.cos(self.numbers * angle + self.phases + self.drifts * heights[:, None])
        return np.clip(0.5 + 0.35 * total.sum(1), 0, 1)


def smoothstep(share):
    """0 below 0, 1 above 1, smooth between."""
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def relaxed(places, body, normals, ease, neighbours, steps):
    """Cloth smoothed so that it bridges hollows, no nearer to the body than `ease`.

    Args:
        places: cloth [m], vertex by vertex over the body's, (V, 3).
        body, normals: what it lies on, (V, 3).
        ease: least distance [m], (V,).
        neighbours: matrix that gives every vertex the mean of its neighbours, (V, V) sparse.
        steps: number of times.
    """
    for _ in range(steps):
        places = 0.5 * places + 0.5 * (neighbours @ places)
        lack = ease - ((places - body) * normals).sum(1)
        places = places + np.maximum(lack, 0)[:, None] * normals
    return places
