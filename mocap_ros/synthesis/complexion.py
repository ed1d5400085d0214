"""Procedural skin with a face's colours, and hair, as square 8-bit RGB textures."""

import cv2
import numpy as np

from mocap_ros.synthesis.fabric import SIZE, as_bytes, noise

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
    return as_bytes(texture)


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
    return as_bytes(colour * (0.65 + 0.7 * strands[..., None]))
