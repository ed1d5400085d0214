"""The z-buffer, in numba: nearest surface of every sample of a picture or of a shadow map.

Screen points are in samples of the supersampled raster, (0, 0) at the centre of the first sample; the z-buffer holds
inverse depth [1/m], 0 where nothing is.
"""

import numba
import numpy as np

SAMPLES = 2  # samples per pixel and axis
ONE = np.float32(1)  # keeps numba from widening to float64


@numba.njit(cache=True, fastmath=True)
def rasterise(screen, triangles, two_sided, inverse_depth, triangle_ids):
    """Writes nearest inverse depth and triangle number.

    Args:
        screen: sample x, sample y, inverse depth [1/m] of every vertex, (V, 3); inverse depth <= 0 is behind the lens.
        triangles: (F, 3).
        two_sided: (F,), 0 where only the front (clockwise on the screen, y down) is drawn.
        inverse_depth: (H, W) float32, larger is nearer; changed.
        triangle_ids: (H, W) int32; changed.
    """
    height, width = inverse_depth.shape
    for f in range(triangles.shape[0]):
        i, j, k = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        z0, z1, z2 = screen[i, 2], screen[j, 2], screen[k, 2]
        if z0 <= 0 or z1 <= 0 or z2 <= 0:
            continue
        x0, y0, x1, y1, x2, y2 = screen[i, 0], screen[i, 1], screen[j, 0], screen[j, 1], screen[k, 0], screen[k, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0 or (area > 0 and two_sided[f] == 0):
            continue
        left, right = min(x0, x1, x2), max(x0, x1, x2)
        top, bottom = min(y0, y1, y2), max(y0, y1, y2)
        if right < 0 or bottom < 0 or left > width - 1 or top > height - 1:
            continue
        first_x, last_x = max(0, int(np.ceil(left))), min(width - 1, int(np.floor(right)))
        first_y, last_y = max(0, int(np.ceil(top))), min(height - 1, int(np.floor(bottom)))
        if first_x > last_x or first_y > last_y:  # between samples
            continue
        inverse = ONE / area
        b1x, b1y, b2x, b2y = (y2 - y0) * inverse, -(x2 - x0) * inverse, -(y1 - y0) * inverse, (x1 - x0) * inverse
        for y in range(first_y, last_y + 1):
            dy = np.float32(y) - y0
            for x in range(first_x, last_x + 1):
                dx = np.float32(x) - x0
                b1, b2 = dx * b1x + dy * b1y, dx * b2x + dy * b2y
                if b1 < 0 or b2 < 0 or b1 + b2 > 1:
                    continue
                z = z0 + b1 * (z1 - z0) + b2 * (z2 - z0)
                if z > inverse_depth[y, x]:
                    inverse_depth[y, x] = z
                    triangle_ids[y, x] = f
