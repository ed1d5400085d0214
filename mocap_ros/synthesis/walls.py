"""Procedural floors, walls, house fronts and windows, as square 8-bit RGB textures."""

import cv2
import numpy as np

from mocap_ros.synthesis.fabric import SIZE, as_bytes, cloth_colour, noise, rgb_of_hsv

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
    colour = rgb_of_hsv(hue, generator.uniform(0.02, 0.35), generator.uniform(0.27, 0.95))
    if kind in ("asphalt", "concrete"):
        colour = rgb_of_hsv(hue, generator.uniform(0, 0.08), generator.uniform(0.25, 0.7))
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
    return as_bytes(texture * (1 - strength / 2 + strength * noise(generator, SIZE, 6, rough, 4))[..., None])


def foliage(generator):
    """Leaves from near by: light and shade in green, seldom in autumn's colours, (SIZE, SIZE, 3)."""
    hue = generator.uniform(0.2, 0.34) if generator.random() < 0.85 else generator.uniform(0.03, 0.14)
    colour = rgb_of_hsv(hue, generator.uniform(0.35, 0.75), generator.uniform(0.3, 0.55))
    light = noise(generator, SIZE, 4, 1.0, 16) * 0.7 + noise(generator, SIZE, 2, 0.6, 4) * 0.3
    spread = (light - light.mean()) / light.std()
    tint = 1 + 0.12 * spread[..., None] * np.float32([1.0, 0.5, -0.6])  # lit leaves are yellower
    return as_bytes(colour * (0.8 + 0.42 * np.tanh(spread))[..., None] * tint)


def facade(generator):
    """A house front with windows, doors and awnings, (SIZE, SIZE, 3); about 8 m wide and high."""
    texture = ground(generator).astype(np.float32) / 255
    texture = texture * 0.3 + 0.7 * texture.mean((0, 1)) * generator.uniform(0.8, 1.3)
    columns, rows = int(generator.integers(2, 6)), int(generator.integers(2, 4))
    glass = rgb_of_hsv(generator.uniform(0.5, 0.66), generator.uniform(0, 0.3), generator.uniform(0.1, 0.6))
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
    return as_bytes(texture)


def window(generator):
    """A bright window with a cross of bars, (SIZE, SIZE, 3)."""
    y = np.linspace(0, 1, SIZE)[:, None, None]
    low, high = np.array([0.98, 0.97, 0.93]), np.array([0.72, 0.84, 1.0])
    texture = np.broadcast_to(high * (1 - y) + low * y, (SIZE, SIZE, 3)) * np.ones((SIZE, SIZE, 3))
    texture *= (0.9 + 0.2 * noise(generator, SIZE, 3, 0.5, 4))[..., None]
    for place in (0, SIZE // 2 - 4, SIZE - 9):
        texture[place : place + 9] = texture[:, place : place + 9] = 0.88
    return as_bytes(texture)
