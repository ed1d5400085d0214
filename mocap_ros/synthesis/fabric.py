"""Procedural cloth as square 8-bit RGB textures, and what all such textures are made of: noise, colours."""

import cv2
import numpy as np

SIZE = 256
LETTERS = list("ABCDEFGHKLMNRSTUVXYZ0123456789")


def noise(generator, size, octaves=5, persistence=0.5, base=4):
    """Smooth periodic noise, 0 to 1, (size, size) float32."""
    total, amplitude, weight = np.zeros((size, size), np.float32), 1.0, 0.0
    for octave in range(octaves):
        cells = min(base * 2**octave, size)
        grid = np.pad(generator.random((cells, cells), np.float32), ((0, 1), (0, 1)), mode="wrap")
        step = size // cells
        total += amplitude * cv2.resize(grid, (size + step, size + step), interpolation=cv2.INTER_LINEAR)[:size, :size]
        weight += amplitude
        amplitude *= persistence
    return total / weight


def rgb_of_hsv(hue, saturation, value):
    """RGB of a hue, saturation and value, all 0 to 1, (3,) float32."""
    pixel = np.array([[[hue * 180, saturation * 255, value * 255]]], np.float32)
    return cv2.cvtColor(np.clip(pixel, 0, [179, 255, 255]).astype(np.uint8), cv2.COLOR_HSV2RGB)[0, 0] / np.float32(255)


def cloth_colour(generator):
    """A colour as clothes have it: dark, grey, denim and white often, saturated seldom; RGB 0 to 1, (3,)."""
    draw = generator.random()
    if draw < 0.34:
        return rgb_of_hsv(generator.random(), generator.uniform(0, 0.3), generator.uniform(0.05, 0.25))
    if draw < 0.46:
        return rgb_of_hsv(generator.uniform(0.55, 0.66), generator.uniform(0.2, 0.7), generator.uniform(0.15, 0.7))
    if draw < 0.62:
        return rgb_of_hsv(generator.random(), generator.uniform(0, 0.12), generator.uniform(0.65, 1.0))
    if draw < 0.78:
        return rgb_of_hsv(generator.uniform(0.05, 0.14), generator.uniform(0.15, 0.5), generator.uniform(0.3, 0.85))
    return rgb_of_hsv(generator.random(), generator.beta(1.4, 1.4), generator.beta(2, 1.3))


SOBER = ("denim", "dark", "neutral")


def sober_colour(generator, kind):
    """A colour of plain clothes of a kind of SOBER, RGB 0 to 1, (3,)."""
    between, draw = generator.uniform, generator.random()
    if kind == "denim":  # indigo, black, washed out
        if draw < 0.2:
            return rgb_of_hsv(between(0.56, 0.66), between(0, 0.15), between(0.15, 0.35))
        return rgb_of_hsv(between(0.57, 0.63), between(0.25, 0.65), between(0.22, 0.75))
    if kind == "dark":
        if draw < 0.35:  # navy, bottle green, wine
            return rgb_of_hsv(generator.choice([0.62, 0.62, 0.4, 0.97]), between(0.3, 0.65), between(0.14, 0.34))
        return rgb_of_hsv(between(0, 1), between(0, 0.2), between(0.08, 0.32))
    if draw < 0.35:  # white
        return rgb_of_hsv(between(0, 1), between(0, 0.06), between(0.82, 1.0))
    if draw < 0.6:  # grey
        return rgb_of_hsv(between(0, 1), between(0, 0.08), between(0.35, 0.75))
    if draw < 0.85:  # beige, khaki, brown, olive
        return rgb_of_hsv(between(0.07, 0.17), between(0.15, 0.45), between(0.35, 0.85))
    return rgb_of_hsv(between(0.54, 0.62), between(0.12, 0.35), between(0.65, 0.95))  # light blue

def as_bytes(texture):
    """A texture of 0 to 1 as uint8, nothing quite black."""
    return (np.clip(texture, 0.01, 1) * 255).astype(np.uint8)


WORN_SHARE = 0.15
CLOTHS = {
    "plain": 0.40,
    "rows": 0.09,
    "columns": 0.04,
    "checks": 0.09,
    "dots": 0.04,
    "shaded": 0.04,
    "camouflage": 0.04,
    "print": 0.12,
    "denim": 0.09,
    "photograph": 0.05,
}


def cloth(generator, photographs=(), kind=None):
    """A cloth texture, (SIZE, SIZE, 3).

    Args:
        photographs: pictures for printed cloth, (H, W, 3) uint8 BGR each.
        kind: one of CLOTHS, of SOBER, "sporty" (stripes down the sides), "bright" (reflecting bands), None for any of
            CLOTHS in their shares.
    """
    if kind is None:
        kind = generator.choice(list(CLOTHS), p=list(CLOTHS.values()))
    first, second, third = cloth_colour(generator), cloth_colour(generator), cloth_colour(generator)
    if kind in SOBER:
        first = sober_colour(generator, kind)
    elif kind == "bright":
        first = rgb_of_hsv(generator.choice([0.04, 0.09, 0.17, 0.22]), generator.uniform(0.8, 1), 1.0)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    count = generator.integers(3, 22)
    if kind in ("rows", "columns"):
        along = y if kind == "rows" else x
        mask = ((along * count) % 1 < generator.uniform(0.1, 0.7))[..., None]
        texture = np.where(mask, first, second)
    elif kind == "sporty":
        away = np.abs(x - 0.5) * generator.choice([14, 22, 30])  # 0.5 lies at both sides, on the arms on top
        bars = (away < 0.5) | ((away > 1) & (away < 1.5) & (generator.random() < 0.7))
        bar = second if generator.random() < 0.4 else np.float32([0.92, 0.92, 0.92])
        texture = np.where(bars[..., None], bar, first)
    elif kind == "bright":
        low = generator.uniform(0.1, 0.3)
        band = ((y > low) & (y < low + 0.06)) | ((y > low + 0.25) & (y < low + 0.31))
        texture = np.where(band[..., None], np.float32([0.8, 0.8, 0.78]), first)
    elif kind == "checks":
        mask = (((x * count) % 1 < 0.45) * 0.5 + ((y * count) % 1 < 0.45) * 0.5)[..., None]
        line = (((x * count) % 1 > 0.7) & ((x * count) % 1 < 0.78)) | (
            ((y * count) % 1 > 0.7) & ((y * count) % 1 < 0.78)
        )
        texture = np.where(line[..., None], third, first * mask + second * (1 - mask))
    elif kind == "dots":
        distance = ((x * count) % 1 - 0.5) ** 2 + ((y * count) % 1 - 0.5) ** 2
        texture = np.where((distance < generator.uniform(0.03, 0.15))[..., None], first, second)
    elif kind == "shaded":
        texture = first * (1 - y[..., None]) + second * y[..., None]
    elif kind == "camouflage":
        field = noise(generator, SIZE, 4, 0.6)
        texture = np.stack([first, second, third])[np.digitize(field, np.quantile(field, [0.33, 0.66]))]
    elif kind == "photograph" and len(photographs):
        picture = photographs[generator.integers(len(photographs))]
        side = min(picture.shape[:2])
        texture = cv2.resize(picture[:side, :side, ::-1], (SIZE, SIZE), interpolation=cv2.INTER_AREA) / 255.0
    else:
        texture = np.broadcast_to(first, (SIZE, SIZE, 3))
    texture = np.ascontiguousarray(texture, np.float32).copy()
    if kind == "print" or (kind not in ("plain", "bright", *SOBER) and generator.random() < 0.15):
        texture = _printed(texture, generator)
    texture *= (0.93 + 0.14 * noise(generator, SIZE, 6, 0.8, 8))[..., None]
    if generator.random() < WORN_SHARE:  # faded patches, stains
        field = noise(generator, SIZE, 4, 0.7, 4)[..., None]
        texture += np.clip(field - generator.uniform(0.5, 0.6), 0, 1) * generator.uniform(-2.0, 2.0)
    if kind == "denim":
        texture *= (0.75 + 0.5 * noise(generator, SIZE, 5, 0.95, 16))[..., None]
        texture *= (0.8 + 0.5 * np.exp(-((x - 0.5) ** 2) / 0.02))[..., None]
    return as_bytes(texture)


def _printed(texture, generator):
    """The texture with letters, discs or bars."""
    canvas = np.ascontiguousarray(as_bytes(texture))
    for _ in range(generator.integers(1, 4)):
        place = tuple(int(v) for v in generator.uniform(0, SIZE, 2))
        colour = tuple(float(v) * 255 for v in cloth_colour(generator))
        kind = generator.integers(3)
        if kind == 0:
            word = "".join(generator.choice(LETTERS, generator.integers(2, 6)))
            cv2.putText(
                canvas,
                word,
                place,
                int(generator.integers(0, 5)),
                generator.uniform(0.8, 2.5),
                colour,
                int(generator.integers(2, 6)),
            )
        elif kind == 1:
            cv2.circle(canvas, place, int(generator.integers(8, 40)), colour, -1)
        else:
            corner = (place[0] + int(generator.integers(10, 90)), place[1] + int(generator.integers(6, 60)))
            cv2.rectangle(canvas, place, corner, colour, -1)
    return canvas.astype(np.float32) / 255


def coarser(textures, factor=4):
    """A stack of textures at a lower resolution, for surfaces seen from afar: (N, s, s, 3) to (N, s / factor, ...)."""
    number, size = textures.shape[:2]
    blocks = textures.reshape(number, size // factor, factor, size // factor, factor, 3)
    return blocks.mean((2, 4), dtype=np.float32).astype(np.uint8)
