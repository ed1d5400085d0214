"""Drawing meshes: z-buffer, shadow map, shading, ambient occlusion, rooms and streets, in numba.

Screen points are in samples of the supersampled raster, (0, 0) at the centre of the first sample; the z-buffer holds
inverse depth [1/m], 0 where nothing is. Colours are linear RGB, 1 is a sunlit white wall.
"""

import numba
import numpy as np

SAMPLES = 2  # samples per pixel and axis
ONE, ZERO, HALF = np.float32(1), np.float32(0), np.float32(0.5)  # keep numba from widening to float64
TINY = np.float32(1e-9)
LIFT = np.float32(0.012)  # [m] off the surface before asking for shadow
TEXELS, COARSE_FROM = np.float32(256), np.float32(2.5)  # texels per repeat; texels per sample for the coarse stack
CREASE = np.float32(0.25)  # [m] depth steps above this are not creases
FAR = np.float32(1e9)  # [m]
FOLD_SHIFT, FOLD_SCALE = np.float32(8), np.float32(90)  # [m] keeps cells positive; cells per metre


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


@numba.njit(cache=True, fastmath=True)
def _shade_sample(x, y, f, screen, places, normals, rests, triangles, texture_triangles, texture_points, slots,
                  texture_of, scale_of, tint_of, gloss_of, fold_of, fine, coarse, skins, folds, shadow_map, light, sun,
                  sun_colour, fill, fill_colour, ambient, eye, sample_size, colour):
    """Writes the linear RGB of one sample into `colour` (3,)."""
    i, j, k = triangles[f, 0], triangles[f, 1], triangles[f, 2]
    x0, y0 = screen[i, 0], screen[i, 1]
    area = (screen[j, 0] - x0) * (screen[k, 1] - y0) - (screen[k, 0] - x0) * (screen[j, 1] - y0)
    dx, dy = x - x0, y - y0
    b1 = (dx * (screen[k, 1] - y0) - dy * (screen[k, 0] - x0)) / area
    b2 = (dy * (screen[j, 0] - x0) - dx * (screen[j, 1] - y0)) / area
    b0 = (ONE - b1 - b2) * screen[i, 2]
    b1 *= screen[j, 2]
    b2 *= screen[k, 2]
    depth = ONE / (b0 + b1 + b2)
    b0 *= depth
    b1 *= depth
    b2 *= depth
    nx = b0 * normals[i, 0] + b1 * normals[j, 0] + b2 * normals[k, 0]
    ny = b0 * normals[i, 1] + b1 * normals[j, 1] + b2 * normals[k, 1]
    nz = b0 * normals[i, 2] + b1 * normals[j, 2] + b2 * normals[k, 2]
    px = b0 * places[i, 0] + b1 * places[j, 0] + b2 * places[k, 0]
    py = b0 * places[i, 1] + b1 * places[j, 1] + b2 * places[k, 1]
    pz = b0 * places[i, 2] + b1 * places[j, 2] + b2 * places[k, 2]
    slot = slots[f]
    strength = fold_of[slot]
    if strength > 0:
        n = folds.shape[0]
        ix = int((b0 * rests[i, 0] + b1 * rests[j, 0] + b2 * rests[k, 0] + FOLD_SHIFT) * FOLD_SCALE) % n
        iy = int((b0 * rests[i, 1] + b1 * rests[j, 1] + b2 * rests[k, 1] + FOLD_SHIFT) * FOLD_SCALE) % n
        iz = int((b0 * rests[i, 2] + b1 * rests[j, 2] + b2 * rests[k, 2] + FOLD_SHIFT) * FOLD_SCALE) % n
        nx += strength * folds[ix, iy, iz, 0]
        ny += strength * folds[ix, iy, iz, 1]
        nz += strength * folds[ix, iy, iz, 2]
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + TINY
    if area > 0:
        length = -length
    nx /= length
    ny /= length
    nz /= length
    t0, t1, t2 = texture_triangles[f, 0], texture_triangles[f, 1], texture_triangles[f, 2]
    u = b0 * texture_points[t0, 0] + b1 * texture_points[t1, 0] + b2 * texture_points[t2, 0]
    v = b0 * texture_points[t0, 1] + b1 * texture_points[t1, 1] + b2 * texture_points[t2, 1]
    number = texture_of[slot]
    if number < 0:
        n = skins.shape[1]
        column, row = min(max(int(u * n), 0), n - 1), min(max(int((ONE - v) * n), 0), n - 1)
        red, green, blue = skins[-number - 1, row, column, 0], skins[-number - 1, row, column, 1], skins[-number - 1, row, column, 2]
    else:
        u, v = u * scale_of[slot], v * scale_of[slot]
        u, v = u - np.floor(u), np.ceil(v) - v
        if depth * sample_size * TEXELS * scale_of[slot] > COARSE_FROM:
            n = coarse.shape[1]
            column, row = min(int(u * n), n - 1), min(int(v * n), n - 1)
            red, green, blue = coarse[number, row, column, 0], coarse[number, row, column, 1], coarse[number, row, column, 2]
        else:
            n = fine.shape[1]
            column, row = min(int(u * n), n - 1), min(int(v * n), n - 1)
            red, green, blue = fine[number, row, column, 0], fine[number, row, column, 1], fine[number, row, column, 2]
    lit = nx * sun[0] + ny * sun[1] + nz * sun[2]
    shadow = np.float32(0)
    if lit > 0:
        shadow = sunlit(shadow_map, light, px + nx * LIFT, py + ny * LIFT, pz + nz * LIFT, LIFT)
    ex, ey, ez = eye[0] - px, eye[1] - py, eye[2] - pz
    distance = np.sqrt(ex * ex + ey * ey + ez * ez) + TINY
    ex /= distance
    ey /= distance
    ez /= distance
    hx, hy, hz = ex + sun[0], ey + sun[1], ez + sun[2]
    half = np.sqrt(hx * hx + hy * hy + hz * hz) + TINY
    shine = max(ZERO, (nx * hx + ny * hy + nz * hz) / half)
    shine = shine * shine
    shine = shine * shine * shine
    shine = shine * shine * shine * shine * gloss_of[slot] * shadow
    direct = max(ZERO, lit) * shadow
    side = max(ZERO, nx * fill[0] + ny * fill[1] + nz * fill[2])
    facing = np.float32(0.45) + np.float32(0.55) * abs(nx * ex + ny * ey + nz * ez)
    for c in range(3):
        surface = np.float32(red if c == 0 else green if c == 1 else blue) / np.float32(255) * tint_of[slot, c]
        around = ambient[c, 0] * nx + ambient[c, 1] * ny + ambient[c, 2] * nz + ambient[c, 3]
        colour[c] = surface * surface * (sun_colour[c] * direct + fill_colour[c] * side + max(ZERO, around) * facing) + shine * sun_colour[c]


@numba.njit(cache=True, fastmath=True)
def shade(inverse_depth, triangle_ids, owners, screen, places, normals, rests, triangles, texture_triangles,
          texture_points, slots, texture_of, scale_of, tint_of, gloss_of, fold_of, fine, coarse, skins, folds,
          shadow_map, light, sun, sun_colour, fill, fill_colour, ambient, eye, sample_size, out):
    """Writes premultiplied linear RGB and coverage of every pixel into `out` (h, w, 4).

    A pixel whose samples all lie on one surface is shaded once, others sample by sample.

    Args:
        owners: what each triangle belongs to, (F,).
        sample_size: metres per sample at one metre of distance.
    """
    height, width = out.shape[0], out.shape[1]
    samples = inverse_depth.shape[0] // height
    colour = np.zeros(3, np.float32)
    share = np.float32(1.0 / (samples * samples))
    ratio = np.float32(1.02)
    for y in range(height):
        for x in range(width):
            first = triangle_ids[y * samples, x * samples]
            same = first >= 0
            nearest, farthest = np.float32(0), np.float32(1e9)
            empty = True
            for a in range(samples):
                for b in range(samples):
                    f = triangle_ids[y * samples + a, x * samples + b]
                    z = inverse_depth[y * samples + a, x * samples + b]
                    if f >= 0:
                        empty = False
                        nearest, farthest = max(nearest, z), min(farthest, z)
                        if same and (slots[f] != slots[first] or owners[f] != owners[first]):
                            same = False
                    else:
                        same = False
            if empty:
                continue
            if same and nearest < farthest * ratio:
                _shade_sample(np.float32(x * samples), np.float32(y * samples), first, screen, places, normals, rests,
                              triangles, texture_triangles, texture_points, slots, texture_of, scale_of, tint_of,
                              gloss_of, fold_of, fine, coarse, skins, folds, shadow_map, light, sun, sun_colour, fill,
                              fill_colour, ambient, eye, sample_size, colour)
                out[y, x, 0], out[y, x, 1], out[y, x, 2], out[y, x, 3] = colour[0], colour[1], colour[2], 1
                continue
            for a in range(samples):
                for b in range(samples):
                    f = triangle_ids[y * samples + a, x * samples + b]
                    if f < 0:
                        continue
                    _shade_sample(np.float32(x * samples + b), np.float32(y * samples + a), f, screen, places, normals,
                                  rests, triangles, texture_triangles, texture_points, slots, texture_of, scale_of,
                                  tint_of, gloss_of, fold_of, fine, coarse, skins, folds, shadow_map, light, sun,
                                  sun_colour, fill, fill_colour, ambient, eye, sample_size, colour)
                    out[y, x, 0] += share * colour[0]
                    out[y, x, 1] += share * colour[1]
                    out[y, x, 2] += share * colour[2]
                    out[y, x, 3] += share


_RING = np.array([[1, 0], [0.7, 0.7], [0, 1], [-0.7, 0.7], [-1, 0], [-0.7, -0.7], [0, -1], [0.7, -0.7],
                  [0.5, 0], [-0.5, 0], [0, 0.5], [0, -0.5]], np.float32)


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
            for k in range(_RING.shape[0]):
                column, row = int(x + _RING[k, 0] * reach), int(y + _RING[k, 1] * reach)
                if column < 0 or row < 0 or column >= width or row >= height:
                    continue
                other = inverse_depth[row * samples, column * samples]
                if other > 0:
                    nearer = depth - ONE / other
                    if nearer > LIFT and nearer < CREASE:
                        hidden += min(np.float32(1), nearer / np.float32(0.06))
            factor = ONE - strength * hidden / np.float32(_RING.shape[0])
            out[y, x, 0] *= factor
            out[y, x, 1] *= factor
            out[y, x, 2] *= factor


@numba.njit(cache=True, fastmath=True)
def draw_surroundings(out, rotation, eye, focal, low, high, yaw, is_open, texture_of, scale_of, tint_of, pictures, fine,
                      shadow_map, light, sun, sun_colour, ambient, sky):
    """Fills `out` (h, w, 3) with a room or street seen from inside: a box of six textured planes.

    Args:
        rotation: camera_from_world, (3, 3).
        eye: the camera's place [m], (3,).
        focal: [px].
        low, high: corners of the box [m], (3,), before the turn by `yaw` [rad].
        is_open: 1 where the ceiling is missing and the sky shows above the walls.
        texture_of, scale_of, tint_of: per plane (-x, +x, -y, +y, floor, ceiling): texture, repeats per metre, RGB.
        pictures: rectangles on the four walls, (4, N, 5): from, to along the wall, from, to in height [m], texture.
        sky: RGB at the horizon and at the zenith, (2, 3).
    """
    height, width = out.shape[0], out.shape[1]
    centre_x, centre_y = np.float32((width - 1) / 2), np.float32((height - 1) / 2)
    cosine, sine = np.float32(np.cos(yaw)), np.float32(np.sin(yaw))
    ox, oy, oz = cosine * eye[0] + sine * eye[1], -sine * eye[0] + cosine * eye[1], eye[2]
    size = fine.shape[1]
    for y in range(height):
        for x in range(width):
            dx, dy = (np.float32(x) - centre_x) / focal, (np.float32(y) - centre_y) / focal
            wx = rotation[0, 0] * dx + rotation[1, 0] * dy + rotation[2, 0]
            wy = rotation[0, 1] * dx + rotation[1, 1] * dy + rotation[2, 1]
            wz = rotation[0, 2] * dx + rotation[1, 2] * dy + rotation[2, 2]
            rx, ry = cosine * wx + sine * wy, -sine * wx + cosine * wy
            best, plane = FAR, -1
            for axis in range(3):
                d = rx if axis == 0 else ry if axis == 1 else wz
                o = ox if axis == 0 else oy if axis == 1 else oz
                if abs(d) < TINY or (axis == 2 and d > 0 and is_open == 1):
                    continue
                t = ((high[axis] if d > 0 else low[axis]) - o) / d
                if t > 0 and t < best:
                    best, plane = t, axis * 2 + (1 if d > 0 else 0)
            if plane >= 0 and plane < 4 and is_open == 1 and oz + best * wz > high[2]:
                plane = -1
            if plane < 0:
                up = max(ZERO, wz / np.sqrt(wx * wx + wy * wy + wz * wz))
                for c in range(3):
                    haze = (ONE - up) * (ONE - up) * (ONE - up)
                    out[y, x, c] = sky[0, c] * haze + sky[1, c] * (ONE - haze)
                continue
            px, py, pz = ox + best * rx, oy + best * ry, oz + best * wz
            nx, ny, nz = np.float32(0), np.float32(0), np.float32(0)
            if plane < 2:
                u, v = py, pz
                nx = np.float32(1 if plane == 0 else -1)
            elif plane < 4:
                u, v = px, pz
                ny = np.float32(1 if plane == 2 else -1)
            else:
                u, v = px, py
                nz = np.float32(1 if plane == 4 else -1)
            number, scale = texture_of[plane], scale_of[plane]
            tu, tv = u * scale, v * scale
            tint = np.float32(1)
            if plane < 4:
                for k in range(pictures.shape[1]):
                    r = pictures[plane, k]
                    if u > r[0] and u < r[1] and v > r[2] and v < r[3]:
                        number, tint = int(r[4]), np.float32(0.9)
                        tu, tv = (u - r[0]) / (r[1] - r[0]), (v - r[2]) / (r[3] - r[2])
            column = min(int((tu - np.floor(tu)) * size), size - 1)
            row = min(int((np.ceil(tv) - tv) * size), size - 1)
            wnx, wny = cosine * nx - sine * ny, sine * nx + cosine * ny
            lit = wnx * sun[0] + wny * sun[1] + nz * sun[2]
            direct = np.float32(0)
            if lit > 0 and (is_open == 1 or plane == 4):
                gx, gy = cosine * px - sine * py, sine * px + cosine * py
                direct = lit * sunlit(shadow_map, light, gx, gy, pz, LIFT)
            for c in range(3):
                surface = np.float32(fine[number, row, column, c]) / np.float32(255) * tint * tint_of[plane, c]
                around = ambient[c, 0] * wnx + ambient[c, 1] * wny + ambient[c, 2] * nz + ambient[c, 3]
                out[y, x, c] = surface * surface * (sun_colour[c] * direct + max(np.float32(0.02), around))


@numba.njit(cache=True, fastmath=True)
def shade_ground(out, rotation, eye, focal, shadow_map, light, strength):
    """Darkens a photograph `out` (h, w, 3) where the shadow map says that a floor at height 0 is shaded."""
    height, width = out.shape[0], out.shape[1]
    for y in range(height):
        for x in range(width):
            dx, dy = (x - (width - 1) / 2) / focal, (y - (height - 1) / 2) / focal
            wz = rotation[0, 2] * dx + rotation[1, 2] * dy + rotation[2, 2]
            if wz > -1e-3:
                continue
            t = -eye[2] / wz
            wx = rotation[0, 0] * dx + rotation[1, 0] * dy + rotation[2, 0]
            wy = rotation[0, 1] * dx + rotation[1, 1] * dy + rotation[2, 1]
            factor = 1 - strength * (1 - sunlit(shadow_map, light, eye[0] + t * wx, eye[1] + t * wy, ZERO, LIFT))
            out[y, x, 0] *= factor
            out[y, x, 1] *= factor
            out[y, x, 2] *= factor
