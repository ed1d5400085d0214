"""What lies behind the people, in numba: the inside of a textured room or street, shadows on a photograph's floor."""

import numba
import numpy as np

from mocap_ros.synthesis.shading import FAR, LIFT, ONE, TINY, ZERO, sunlit


@numba.njit(cache=True, fastmath=True)
def draw_surroundings(
    out,
    rotations,
    eyes,
    focal,
    low,
    high,
    yaw,
    is_open,
    texture_of,
    scale_of,
    tint_of,
    pictures,
    fine,
    shadow_map,
    light,
    sun,
    sun_colour,
    ambient,
    sky,
):
    """Fills `out` (h, w, 3) with a room or street seen from inside: a box of six textured planes.

    Args:
        rotations: camera_from_world when each row is exposed, (h, 3, 3).
        eyes: the camera's place then [m], (h, 3).
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
    size = fine.shape[1]
    for y in range(height):
        rotation, eye = rotations[y], eyes[y]
        ox, oy, oz = cosine * eye[0] + sine * eye[1], -sine * eye[0] + cosine * eye[1], eye[2]
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
def shade_ground(out, rotations, eyes, focal, shadow_map, light, strength):
    """Darkens a photograph `out` (h, w, 3) where the shadow map says that a floor at height 0 is shaded."""
    height, width = out.shape[0], out.shape[1]
    for y in range(height):
        rotation, eye = rotations[y], eyes[y]
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
