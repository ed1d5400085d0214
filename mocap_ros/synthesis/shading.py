"""Colour of every drawn pixel, in numba: textures, prints, folds of cloth, sun with shadow, light from around, creases.

Colours are linear RGB; 1 is a sunlit white wall. Constants are float32 to keep numba from widening to float64.
"""

import numba
import numpy as np

ONE, ZERO, HALF = np.float32(1), np.float32(0), np.float32(0.5)
TINY, FAR = np.float32(1e-9), np.float32(1e9)
BYTE = np.float32(1 / 255)
LIFT = np.float32(0.012)  # [m] off the surface before asking for shadow
TEXELS, COARSE_FROM = np.float32(256), np.float32(2.5)  # texels per repeat; texels per sample for the coarse stack
CREASE = np.float32(0.25)  # [m] depth steps above this are not creases
MIDDLE = np.float32(0.02)  # [m] the trunk's middle lies this far in front of the body's origin
NEAR_CELLS = np.float32(0.22)  # fold cells per sample below which cells are blended
FOLD_SHIFT, FOLD_SCALE = np.float32(8), np.float32(90)  # [m] keeps cells positive; cells per metre


@numba.njit(cache=True, fastmath=True, inline="always")
def sunlit(shadow_map, light, px, py, pz, bias):
    """Share of a 3 x 3 patch of the shadow map that does not shade a point, 0 to 1."""
    x = light[0, 0] * px + light[0, 1] * py + light[0, 2] * pz + light[0, 3]
    y = light[1, 0] * px + light[1, 1] * py + light[1, 2] * pz + light[1, 3]
    depth = light[2, 0] * px + light[2, 1] * py + light[2, 2] * pz + light[2, 3]
    size = shadow_map.shape[0]
    column, row = int(x), int(y)
    if column < 1 or row < 1 or column >= size - 2 or row >= size - 2:
        return np.float32(1)
    count = np.float32(0)
    for a in range(-1, 2):
        for b in range(-1, 2):
            if shadow_map[row + a, column + b] <= depth + bias:
                count += 1
    return count / np.float32(9)


@numba.njit(cache=True, fastmath=True, inline="always")
def _interpolated(values, i, j, k, b0, b1, b2):
    """Three-vector between three vertices."""
    return (
        b0 * values[i, 0] + b1 * values[j, 0] + b2 * values[k, 0],
        b0 * values[i, 1] + b1 * values[j, 1] + b2 * values[k, 1],
        b0 * values[i, 2] + b1 * values[j, 2] + b2 * values[k, 2],
    )


@numba.njit(cache=True, fastmath=True)
def _fold(folds, rx, ry, rz, cells_per_sample):
    """What the folds of cloth add to the normal at a point of the body at rest."""
    n = folds.shape[0]
    fx, fy, fz = (rx + FOLD_SHIFT) * FOLD_SCALE, (ry + FOLD_SHIFT) * FOLD_SCALE, (rz + FOLD_SHIFT) * FOLD_SCALE
    ix, iy, iz = int(fx), int(fy), int(fz)
    if cells_per_sample > NEAR_CELLS:
        cell = folds[ix % n, iy % n, iz % n]
        return cell[0], cell[1], cell[2]
    fx, fy, fz = fx - np.float32(ix), fy - np.float32(iy), fz - np.float32(iz)
    x, y, z = ZERO, ZERO, ZERO
    for corner in range(8):  # seen from near: blend the eight cells around the point
        cx, cy, cz = corner & 1, (corner >> 1) & 1, corner >> 2
        weight = (fx if cx else ONE - fx) * (fy if cy else ONE - fy) * (fz if cz else ONE - fz)
        cell = folds[(ix + cx) % n, (iy + cy) % n, (iz + cz) % n]
        x += weight * cell[0]
        y += weight * cell[1]
        z += weight * cell[2]
    return x, y, z


@numba.njit(cache=True, fastmath=True, inline="always")
def _texel(textures, number, u, v):
    """RGB, 0 to 1, of a repeating texture."""
    n = textures.shape[1]
    texel = textures[number, min(int((np.ceil(v) - v) * n), n - 1), min(int((u - np.floor(u)) * n), n - 1)]
    return np.float32(texel[0]) * BYTE, np.float32(texel[1]) * BYTE, np.float32(texel[2]) * BYTE


@numba.njit(cache=True, fastmath=True)
def _surface(fine, coarse, skins, number, scale, badge, u, v, rx, ry, rz, texels_per_sample):
    """RGB of a surface: its texture, or the print on it, or its buttoned strip."""
    strip = ONE
    if badge[0] >= 0 and (ry + MIDDLE) * badge[4] > 0 and abs(rx) < badge[1] and rz > badge[2] and rz < badge[3]:
        number, scale = np.int64(badge[0]), ONE
        u, v = HALF - HALF * badge[4] * rx / badge[1], (rz - badge[2]) / (badge[3] - badge[2])
    elif abs(rx) < badge[5] and ry < -MIDDLE:
        strip = badge[6]
    if number < 0:
        red, green, blue = _texel(skins, -number - 1, u, v)
    elif texels_per_sample * scale > COARSE_FROM:
        red, green, blue = _texel(coarse, number, u * scale, v * scale)
    else:
        red, green, blue = _texel(fine, number, u * scale, v * scale)
    return red * strip, green * strip, blue * strip


@numba.njit(cache=True, fastmath=True)
def shade(
    inverse_depth,
    triangle_ids,
    owners,
    screen,
    places,
    normals,
    rests,
    triangles,
    texture_triangles,
    texture_points,
    slots,
    texture_of,
    scale_of,
    tint_of,
    gloss_of,
    fold_of,
    print_of,
    fine,
    coarse,
    skins,
    folds,
    shadow_map,
    light,
    sun,
    sun_colour,
    fill,
    fill_colour,
    ambient,
    eye,
    sample_size,
    out,
):
    """Writes premultiplied linear RGB and coverage of every pixel into `out` (h, w, 4).

    A pixel whose samples all lie on one surface is shaded once, others sample by sample.

    Args:
        owners: what each triangle belongs to, (F,).
        sample_size: metres per sample at one metre of distance.
    """
    height, width = out.shape[0], out.shape[1]
    samples = inverse_depth.shape[0] // height
    share, ratio = np.float32(1.0 / (samples * samples)), np.float32(1.02)
    for y in range(height):
        for x in range(width):
            first = triangle_ids[y * samples, x * samples]
            once, empty = first >= 0, True
            nearest, farthest = ZERO, FAR
            for a in range(samples):
                for b in range(samples):
                    f = triangle_ids[y * samples + a, x * samples + b]
                    if f < 0:
                        once = False
                        continue
                    empty = False
                    z = inverse_depth[y * samples + a, x * samples + b]
                    nearest, farthest = max(nearest, z), min(farthest, z)
                    if once and (slots[f] != slots[first] or owners[f] != owners[first]):
                        once = False
            if empty:
                continue
            once = once and nearest < farthest * ratio
            weight = ONE if once else share
            for sample in range(1 if once else samples * samples):
                row, column = y * samples + sample // samples, x * samples + sample % samples
                f = triangle_ids[row, column]
                if f < 0:
                    continue
                i, j, k = triangles[f, 0], triangles[f, 1], triangles[f, 2]
                x0, y0 = screen[i, 0], screen[i, 1]
                area = (screen[j, 0] - x0) * (screen[k, 1] - y0) - (screen[k, 0] - x0) * (screen[j, 1] - y0)
                dx, dy = np.float32(column) - x0, np.float32(row) - y0
                b1 = (dx * (screen[k, 1] - y0) - dy * (screen[k, 0] - x0)) / area
                b2 = (dy * (screen[j, 0] - x0) - dx * (screen[j, 1] - y0)) / area
                b0 = (ONE - b1 - b2) * screen[i, 2]
                b1 *= screen[j, 2]
                b2 *= screen[k, 2]
                depth = ONE / (b0 + b1 + b2)
                b0, b1, b2 = b0 * depth, b1 * depth, b2 * depth
                px, py, pz = _interpolated(places, i, j, k, b0, b1, b2)
                nx, ny, nz = _interpolated(normals, i, j, k, b0, b1, b2)
                rx, ry, rz = _interpolated(rests, i, j, k, b0, b1, b2)
                slot = slots[f]
                if fold_of[slot] > 0:
                    gx, gy, gz = _fold(folds, rx, ry, rz, depth * sample_size * FOLD_SCALE)
                    nx, ny, nz = nx + fold_of[slot] * gx, ny + fold_of[slot] * gy, nz + fold_of[slot] * gz
                length = np.sqrt(nx * nx + ny * ny + nz * nz) + TINY
                if area > 0:
                    length = -length
                nx, ny, nz = nx / length, ny / length, nz / length
                t0, t1, t2 = texture_triangles[f, 0], texture_triangles[f, 1], texture_triangles[f, 2]
                u = b0 * texture_points[t0, 0] + b1 * texture_points[t1, 0] + b2 * texture_points[t2, 0]
                v = b0 * texture_points[t0, 1] + b1 * texture_points[t1, 1] + b2 * texture_points[t2, 1]
                colour = _surface(
                    fine,
                    coarse,
                    skins,
                    texture_of[slot],
                    scale_of[slot],
                    print_of[slot],
                    u,
                    v,
                    rx,
                    ry,
                    rz,
                    depth * sample_size * TEXELS,
                )
                lit = nx * sun[0] + ny * sun[1] + nz * sun[2]
                shadow = ZERO
                if lit > 0:
                    shadow = sunlit(shadow_map, light, px + nx * LIFT, py + ny * LIFT, pz + nz * LIFT, LIFT)
                ex, ey, ez = eye[0] - px, eye[1] - py, eye[2] - pz
                distance = np.sqrt(ex * ex + ey * ey + ez * ez) + TINY
                ex, ey, ez = ex / distance, ey / distance, ez / distance
                hx, hy, hz = ex + sun[0], ey + sun[1], ez + sun[2]
                shine = max(ZERO, (nx * hx + ny * hy + nz * hz) / (np.sqrt(hx * hx + hy * hy + hz * hz) + TINY))
                shine = shine * shine
                shine = shine * shine * shine
                shine = shine * shine * shine * shine * gloss_of[slot] * shadow
                direct = max(ZERO, lit) * shadow
                side = max(ZERO, nx * fill[0] + ny * fill[1] + nz * fill[2])
                facing = np.float32(0.45) + np.float32(0.55) * abs(nx * ex + ny * ey + nz * ez)
                for c in range(3):
                    surface = (colour[0] if c == 0 else colour[1] if c == 1 else colour[2]) * tint_of[slot, c]
                    around = max(ZERO, ambient[c, 0] * nx + ambient[c, 1] * ny + ambient[c, 2] * nz + ambient[c, 3])
                    out[y, x, c] += weight * (
                        shine * sun_colour[c]
                        + surface * surface * (sun_colour[c] * direct + fill_colour[c] * side + around * facing)
                    )
                out[y, x, 3] += weight


RING = np.array(
    [
        [1, 0],
        [0.7, 0.7],
        [0, 1],
        [-0.7, 0.7],
        [-1, 0],
        [-0.7, -0.7],
        [0, -1],
        [0.7, -0.7],
        [0.5, 0],
        [-0.5, 0],
        [0, 0.5],
        [0, -0.5],
    ],
    np.float32,
)


@numba.njit(cache=True, fastmath=True)
def occlude(inverse_depth, out, focal, radius, strength):
    """Darkens creases of `out` (h, w, 4): screen-space ambient occlusion.

    Args:
        focal: focal length [px].
        radius: reach [m].
        strength: 0 to 1.
    """
    height, width = out.shape[0], out.shape[1]
    samples = inverse_depth.shape[0] // height
    for y in range(height):
        for x in range(width):
            if out[y, x, 3] == 0:
                continue
            inverse = inverse_depth[y * samples, x * samples]
            if inverse <= 0:
                continue
            depth, reach, hidden = ONE / inverse, focal * radius * inverse, np.float32(0)
            for k in range(RING.shape[0]):
                column, row = int(x + RING[k, 0] * reach), int(y + RING[k, 1] * reach)
                if column < 0 or row < 0 or column >= width or row >= height:
                    continue
                other = inverse_depth[row * samples, column * samples]
                if other > 0:
                    nearer = depth - ONE / other
                    if nearer > LIFT and nearer < CREASE:
                        hidden += min(np.float32(1), nearer / np.float32(0.06))
            factor = ONE - strength * hidden / np.float32(RING.shape[0])
            out[y, x, 0] *= factor
            out[y, x, 1] *= factor
            out[y, x, 2] *= factor
