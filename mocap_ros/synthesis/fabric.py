"""Procedural surfaces: cloth, walls and floors, skin and hair, as square 8-bit RGB textures."""

import cv2
import numpy as np

SIZE = 256
SKIN_SIZE = 512
SKIN_TONES = np.array(
    [[0.98, 0.80, 0.70], [0.90, 0.68, 0.53], [0.75, 0.53, 0.39], [0.52, 0.34, 0.24], [0.27, 0.17, 0.12]]
)
HAIR_COLOURS = np.array(
    [
        [0.06, 0.05, 0.045],
        [0.10, 0.07, 0.05],
        [0.22, 0.13, 0.07],
        [0.38, 0.24, 0.12],
        [0.62, 0.46, 0.26],
        [0.45, 0.18, 0.08],
        [0.55, 0.54, 0.53],
        [0.85, 0.84, 0.82],
    ]
)
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


def _rgb_of_hsv(hue, saturation, value):
    pixel = np.array([[[hue * 180, saturation * 255, value * 255]]], np.float32)
    return cv2.cvtColor(np.clip(pixel, 0, [179, 255, 255]).astype(np.uint8), cv2.COLOR_HSV2RGB)[0, 0] / np.float32(255)


def cloth_colour(generator):
    """A colour as clothes have it: dark, grey, denim and white often, saturated seldom; RGB 0 to 1, (3,)."""
    draw = generator.random()
    if draw < 0.34:
        return _rgb_of_hsv(generator.random(), generator.uniform(0, 0.3), generator.uniform(0.05, 0.25))
    if draw < 0.46:
        return _rgb_of_hsv(generator.uniform(0.55, 0.66), generator.uniform(0.2, 0.7), generator.uniform(0.15, 0.7))
    if draw < 0.62:
        return _rgb_of_hsv(generator.random(), generator.uniform(0, 0.12), generator.uniform(0.65, 1.0))
    if draw < 0.78:
        return _rgb_of_hsv(generator.uniform(0.05, 0.14), generator.uniform(0.15, 0.5), generator.uniform(0.3, 0.85))
    return _rgb_of_hsv(generator.random(), generator.beta(1.4, 1.4), generator.beta(2, 1.3))


SOBER = ("denim", "dark", "neutral")


def sober_colour(generator, kind):
    """A colour of plain clothes of a kind of SOBER, RGB 0 to 1, (3,)."""
    between, draw = generator.uniform, generator.random()
    if kind == "denim":  # indigo, black, washed out
        if draw < 0.2:
            return _rgb_of_hsv(between(0.56, 0.66), between(0, 0.15), between(0.15, 0.35))
        return _rgb_of_hsv(between(0.57, 0.63), between(0.25, 0.65), between(0.22, 0.75))
    if kind == "dark":
        if draw < 0.35:  # navy, bottle green, wine
            return _rgb_of_hsv(generator.choice([0.62, 0.62, 0.4, 0.97]), between(0.3, 0.65), between(0.14, 0.34))
        return _rgb_of_hsv(between(0, 1), between(0, 0.2), between(0.08, 0.32))
    if draw < 0.35:  # white
        return _rgb_of_hsv(between(0, 1), between(0, 0.06), between(0.82, 1.0))
    if draw < 0.6:  # grey
        return _rgb_of_hsv(between(0, 1), between(0, 0.08), between(0.35, 0.75))
    if draw < 0.85:  # beige, khaki, brown, olive
        return _rgb_of_hsv(between(0.07, 0.17), between(0.15, 0.45), between(0.35, 0.85))
    return _rgb_of_hsv(between(0.54, 0.62), between(0.12, 0.35), between(0.65, 0.95))  # light blue


def _bytes(texture):
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
        first = _rgb_of_hsv(generator.choice([0.04, 0.09, 0.17, 0.22]), generator.uniform(0.8, 1), 1.0)
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
    return _bytes(texture)


def _printed(texture, generator):
    """The texture with letters, discs or bars."""
    canvas = np.ascontiguousarray(_bytes(texture))
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


GROUNDS = ("plaster", "carpet", "planks", "tiles", "brick", "grass", "concrete", "asphalt")


def ground(generator, kind=None):
    """A floor, wall, street or lawn texture, (SIZE, SIZE, 3); `kind` one of GROUNDS, None for any."""
    if kind is None:
        kind = generator.choice(GROUNDS, p=[0.25, 0.1, 0.12, 0.12, 0.1, 0.06, 0.1, 0.15])
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    hue = (
        generator.choice(
            [generator.uniform(5, 25), generator.uniform(90, 120), generator.uniform(0, 180)], p=[0.6, 0.2, 0.2]
        )
        / 180
    )
    colour = _rgb_of_hsv(hue, generator.uniform(0.02, 0.35), generator.uniform(0.27, 0.95))
    if kind in ("asphalt", "concrete"):
        colour = _rgb_of_hsv(hue, generator.uniform(0, 0.08), generator.uniform(0.25, 0.7))
    texture = np.tile(colour, (SIZE, SIZE, 1)).astype(np.float32)
    if kind == "planks":
        number = int(generator.integers(4, 9))
        width = SIZE // number
        column = x // width
        shade, shift = generator.uniform(0.75, 1.1, (number + 1, 4)), generator.integers(0, SIZE, number + 1)
        piece = ((y + shift[np.minimum(column, number)]) % SIZE) * 4 // SIZE
        texture *= shade[np.minimum(column, number), piece][..., None]
        texture *= (0.8 + 0.3 * cv2.resize(generator.random((16, SIZE), np.float32), (SIZE, SIZE)))[..., None]
        texture[(x % width) < 2] *= 0.45
    elif kind in ("tiles", "brick"):
        number = int(generator.integers(3, 8))
        width = SIZE // number
        row_height = width if kind == "tiles" else max(8, width // 2)
        row = y // row_height
        shifted = x + ((row % 2) * (width // 2) if kind == "brick" else 0)
        spread = 0.07 if kind == "tiles" else 0.15
        shade = generator.normal(1, spread, (SIZE // row_height + 2, number + 1))
        texture *= shade[row, (shifted // width) % number][..., None]
        joint = ((shifted % width) < 2) | ((y % row_height) < 2)
        texture[joint] = texture[joint] * 0.3 + np.float32(generator.uniform(0.2, 0.7)) * 0.7
    elif kind == "grass":
        texture = np.tile(np.array([0.28, 0.40, 0.16]) * generator.uniform(0.6, 1.4, 3), (SIZE, SIZE, 1)).astype(
            np.float32
        )
        texture *= (0.4 + 1.2 * noise(generator, SIZE, 5, 1.0, 16))[..., None]
    strength = {"plaster": 0.15, "carpet": 0.5, "concrete": 0.45, "asphalt": 0.3}.get(kind, 0.25)
    rough = {"plaster": 0.6, "carpet": 1.05, "concrete": 0.7, "asphalt": 0.9}.get(kind, 0.8)
    return _bytes(texture * (1 - strength / 2 + strength * noise(generator, SIZE, 6, rough, 4))[..., None])


def facade(generator):
    """A house front with windows, doors and awnings, (SIZE, SIZE, 3); about 8 m wide and high."""
    texture = ground(generator).astype(np.float32) / 255
    texture = texture * 0.3 + 0.7 * texture.mean((0, 1)) * generator.uniform(0.8, 1.3)
    columns, rows = int(generator.integers(2, 6)), int(generator.integers(2, 4))
    glass = _rgb_of_hsv(generator.uniform(0.5, 0.66), generator.uniform(0, 0.3), generator.uniform(0.1, 0.6))
    frame = cloth_colour(generator)
    wide, high = SIZE / columns, SIZE / rows
    for row in range(rows):
        for column in range(columns):
            tall = generator.uniform(0.45, 0.8) if row < rows - 1 else 0.8
            corner = np.array([(column + 0.22) * wide, (row + (1 - tall) * 0.7) * high])
            size = np.array([0.56 * wide, tall * high])
            a, b = corner.astype(int), (corner + size).astype(int)
            texture[a[1] - 3 : b[1] + 3, a[0] - 3 : b[0] + 3] = frame
            shade = np.linspace(1.3, 0.6, max(1, b[1] - a[1]))[:, None, None] * generator.uniform(0.5, 1.5)
            texture[a[1] : b[1], a[0] : b[0]] = glass * shade
            texture[a[1] : b[1], (a[0] + b[0]) // 2 - 1 : (a[0] + b[0]) // 2 + 1] = frame
    if generator.random() < 0.6:
        top = int(SIZE * (1 - 1 / rows))
        texture[top : top + int(generator.integers(8, 30))] = cloth_colour(generator)
    return _bytes(texture)


def window(generator):
    """A bright window with a cross of bars, (SIZE, SIZE, 3)."""
    y = np.linspace(0, 1, SIZE)[:, None, None]
    low, high = np.array([0.98, 0.97, 0.93]), np.array([0.72, 0.84, 1.0])
    texture = np.broadcast_to(high * (1 - y) + low * y, (SIZE, SIZE, 3)) * np.ones((SIZE, SIZE, 3))
    texture *= (0.9 + 0.2 * noise(generator, SIZE, 3, 0.5, 4))[..., None]
    for place in (0, SIZE // 2 - 4, SIZE - 9):
        texture[place : place + 9] = texture[:, place : place + 9] = 0.88
    return _bytes(texture)


IRIS = 0.13  # of an eyeball's radius in the texture, which shows its foremost 12 mm on a tenth of it


def skin(generator, masks, hair, male, face, darkest=1.0):
    """A skin texture with lips, brows, eyes, scalp and perhaps a beard, (SKIN_SIZE, SKIN_SIZE, 3).

    Args:
        masks: the baked masks by name, (SKIN_SIZE, SKIN_SIZE) uint8.
        hair: hair colour, RGB 0 to 1.
        male: True for a face that may have a beard.
        face: Face.
        darkest: darkest tone that may be drawn, 0 to 1.
    """
    tone = generator.beta(1.1, 1.3) * darkest * (len(SKIN_TONES) - 1.001)
    lower = int(tone)
    base = SKIN_TONES[lower] * (1 - tone + lower) + SKIN_TONES[lower + 1] * (tone - lower)
    base = base * generator.uniform(0.92, 1.06, 3)
    texture = np.tile(base, (SKIN_SIZE, SKIN_SIZE, 1)).astype(np.float32)
    texture *= (0.92 + 0.16 * noise(generator, SKIN_SIZE, 6, 0.8, 8))[..., None]
    blush = cv2.GaussianBlur(masks["face"], (0, 0), 12)[..., None] / 255.0
    texture *= 1 - blush * np.array([0.0, 0.08, 0.08]) * generator.uniform(0, 1.5)
    red = generator.uniform(0.2, 0.8 if male else 1.4)
    texture *= 1 - masks["lips"][..., None] / 255.0 * np.array([0.05, 0.35, 0.30]) * red
    brow = _brows(face, generator)[..., None]
    texture = texture * (1 - brow) + hair * 0.6 * brow
    if generator.random() < 0.92:
        scalp = cv2.GaussianBlur(masks["scalp"], (0, 0), 1.5)[..., None] / 255.0 * 0.95
        strands = 0.7 + 0.6 * noise(generator, SKIN_SIZE, 4, 0.95, 32)[..., None]
        texture = texture * (1 - scalp) + hair * scalp * strands
    if male and generator.random() < 0.5:
        beard = cv2.GaussianBlur(masks["beard"], (0, 0), 3)[..., None] / 255.0 * generator.uniform(0.15, 0.85)
        texture = texture * (1 - beard) + hair * beard
    shade = generator.uniform(0.4, 2.2, 3)
    iris = np.array([0.25, 0.17, 0.1]) * (0.75 * shade.mean() + 0.25 * shade)
    for points, front in zip(face.eyeballs, face.irises):
        low, high = points.min(0), points.max(0)
        radius = (high - low).max() / 2 * SKIN_SIZE
        for middle, share, colour in (
            ((low + high) / 2, 1.1, 0.4 + 0.4 * base),
            (front, IRIS, 0.7 * iris),
        ):
            place = _shifted(middle * SKIN_SIZE * [1, -1] + [0, SKIN_SIZE])
            cv2.circle(texture, place, int(radius * share * 16), tuple(colour.tolist()), -1, cv2.LINE_AA, 4)
    return _bytes(texture)


def _shifted(place):
    """A place [px] as the whole numbers of sixteenths that OpenCV draws at."""
    return tuple(int(round(float(value) * 16)) for value in place)


def _brows(face, generator):
    """How much eyebrows cover the skin, (SKIN_SIZE, SKIN_SIZE) float32."""
    cover = np.zeros((SKIN_SIZE, SKIN_SIZE), np.uint8)
    thickness = int(generator.integers(1, 4))
    for line in face.brows:
        for start, end in zip(line[:-1], line[1:]):
            ends = [_shifted(each * SKIN_SIZE * [1, -1] + [0, SKIN_SIZE]) for each in (start, end)]
            cv2.line(cover, *ends, 255, thickness, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(cover, (0, 0), 0.8).astype(np.float32) / 255 * np.float32(generator.uniform(0.5, 0.95))


def hair_strands(generator, colour):
    """A hair texture of vertical strands, (SIZE, SIZE, 3)."""
    strands = cv2.resize(generator.random((SIZE // 8, SIZE), np.float32), (SIZE, SIZE))
    return _bytes(colour * (0.65 + 0.7 * strands[..., None]))


def coarser(textures, factor=4):
    """A stack of textures at a lower resolution, for surfaces seen from afar: (N, s, s, 3) to (N, s / factor, ...)."""
    number, size = textures.shape[:2]
    blocks = textures.reshape(number, size // factor, factor, size // factor, factor, 3)
    return blocks.mean((2, 4), dtype=np.float32).astype(np.uint8)
