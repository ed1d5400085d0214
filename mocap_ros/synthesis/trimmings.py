"""What is sewn onto clothes: hoods on the back, lapels along an open front."""

import numpy as np
from scipy.spatial import cKDTree

from mocap_ros.synthesis.body import pack_weights
from mocap_ros.synthesis.solids import ellipsoid

LAPEL_PLACES = (0.0, 0.3, 0.52, 0.6, 0.75, 0.9, 1.0)  # from the collar to the button
LAPEL_WIDTHS = (0.02, 0.05, 0.085, 0.07, 0.062, 0.035, 0.006)  # [m] there
OFF_CLOTH = 0.007  # [m]


def add_hood(parts, figure, slot, generator):
    """Adds a hood that hangs on the back."""
    size = generator.uniform([0.105, 0.05, 0.075], [0.14, 0.075, 0.115]) * figure.scale
    behind = figure.shell.arms < 0.5
    near = behind & (np.abs(figure.rests[:, 2] - figure.shoulder) < 0.05 * figure.scale)
    back = figure.surface[near, 1].max() if near.any() else figure.points["neck"][1] + 0.09 * figure.scale
    centre = np.array([0.0, back - 0.25 * size[1], figure.neck - 0.01 * figure.scale])
    parts.add_rigid(ellipsoid(centre, size, 10, 18), figure.bones["spine01"], slot)


def add_lapels(parts, cloth, figure, slot, pattern):
    """Adds lapels beside the open front of a jacket.

    Args:
        cloth: its Cloth.
        pattern: its Pattern.
    """
    used = np.unique(cloth.triangles)
    scale = figure.scale
    front = used[(cloth.vertices[used, 1] < figure.points["pelvis"][1]) & (cloth.along[used] < 0)]
    if not len(front):
        return
    tree = cKDTree(cloth.vertices[front][:, [0, 2]])
    top, bottom = figure.neck + 0.005 * scale, figure.shoulder - 0.30 * scale
    hem = figure.pelvis + pattern.hem * scale
    heights = top + (bottom - top) * np.array(LAPEL_PLACES)
    edge = np.interp(heights, [hem, figure.neck], np.array(pattern.opening) * scale)
    for side in (-1, 1):
        inner = np.stack([side * edge, heights], 1)
        middle = inner + np.stack([side * np.array(LAPEL_WIDTHS) * scale * 0.5, 0 * heights], 1)
        outer = inner + np.stack([side * np.array(LAPEL_WIDTHS) * scale, 0.012 * scale * np.ones(len(heights))], 1)
        places = np.concatenate([inner, middle, outer])
        away, nearest = tree.query(places, min(4, len(front)))
        share = 1 / (away + 0.003)
        share /= share.sum(1, keepdims=True)
        depth = (share * cloth.vertices[front][:, 1][nearest]).sum(1) - OFF_CLOTH * scale
        weights = np.einsum("nk,nkb->nb", share, cloth.weights[front][nearest])
        columns, packed = pack_weights(weights)
        indices = figure.shell.bones[columns].astype(np.int16)
        vertices = np.stack([places[:, 0], depth, places[:, 1]], 1).astype(np.float32)
        rows = len(heights)
        a = np.concatenate([np.arange(rows - 1), rows + np.arange(rows - 1)])
        triangles = np.concatenate([np.stack([a, a + rows, a + 1], 1), np.stack([a + 1, a + rows, a + rows + 1], 1)])
        if side < 0:
            triangles = triangles[:, ::-1]
        texture = np.stack([places[:, 0], places[:, 1] * 1.2], 1).astype(np.float32)
        start = parts.add_vertices(vertices, indices, packed, texture)
        parts.add_triangles(start, triangles, triangles, slot)
