"""What the sun sees: a depth map of a scene, by which the shading tells what lies in shadow."""

import numpy as np

from mocap_ros.synthesis.raster import rasterise

SHADOW_SIZE = 288  # samples
SHADOWED = 3.0  # [m] around people in which there are shadows, so that a street's length does not make them coarse
WEAKEST_SHADOW = 0.3  # strength of the sun below which its shadows are not drawn


def shadow_map_of(geometry, sun, people_vertices):
    """Depth map from the sun and the affine map (3, 4) from world to its columns, rows and depth.

    Args:
        geometry: drawing._Geometry; its first `people_vertices` vertices are people's.
        sun: unit vector toward the sun, (3,).
    """
    across = np.cross(sun, [0, 0, 1.0])
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(sun, across), sun])
    seen = geometry.vertices @ axes.T.astype(np.float32)
    rows = np.ascontiguousarray(seen.T)  # their bounds are found ten times as fast
    low, high = rows.min(1) - 0.1, rows.max(1) + 0.1
    if people_vertices:
        people = rows[:2, :people_vertices]
        low[:2] = np.maximum(low[:2], people.min(1) - SHADOWED)
        high[:2] = np.minimum(high[:2], people.max(1) + SHADOWED)
    scale = (SHADOW_SIZE - 4) / max(high[0] - low[0], high[1] - low[1])
    light = np.zeros((3, 4), np.float32)
    light[:, :3] = axes * np.array([scale, scale, 1])[:, None]
    light[:, 3] = [-low[0] * scale + 2, -low[1] * scale + 2, 1 - low[2]]
    screen = seen * np.array([scale, scale, 1], np.float32) + light[:, 3]
    solid = ((geometry.owners == -2) & (geometry.two_sided == 1)).astype(np.int8)  # cloth need not be drawn twice
    shadow_map = np.zeros((SHADOW_SIZE, SHADOW_SIZE), np.float32)
    rasterise(screen, geometry.triangles, solid, shadow_map, np.empty((SHADOW_SIZE, SHADOW_SIZE), np.int32))
    return shadow_map, light
