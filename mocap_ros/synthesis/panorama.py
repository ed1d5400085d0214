"""Panoramas of light: what an equirectangular picture of the surroundings looks like and how it lights people.

A panorama is linear RGB, (h, 2 h, 3) float32. Its first row is the zenith, its middle column lies ahead (+Y), its right
half to the right (+X). Without files there are drawn skies.
"""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.synthesis.fabric import noise
from mocap_ros.synthesis.scene import Light

SUFFIXES = (".hdr", ".exr", ".png", ".jpg", ".jpeg")
LINES = 128  # a panorama is averaged down to this many before its light is added up
BRIGHT = 6.0  # times the mean: what is brighter shines as a lamp or as the sun, what is darker from all around
SUN_SPREAD = np.deg2rad(20)  # of the brightest direction's surroundings that count as one lamp
WEAKEST = 0.15  # strength of a lamp, with light from all around of 1, below which there is none
LOWEST = 0.15  # sine of the least elevation of a lamp


class Panoramas:
    """Panoramas below a folder, read when asked for; each brought to a mean of 1.

    Args:
        folder: None for drawn skies only.
        left_out: file names not to use, such as those that show people.

    Raises:
        ImageError: a folder without panoramas, or (on drawing) a file that is none.
    """

    def __init__(self, folder=None, left_out=()):
        paths = [] if folder is None else sorted(Path(folder).rglob("*"))
        self.paths = [path for path in paths if path.suffix.lower() in SUFFIXES and path.name not in set(left_out)]
        if folder is not None and not self.paths:
            raise ImageError(f"{folder}: no panoramas ({', '.join(SUFFIXES)})")

    def __len__(self):
        return len(self.paths)

    def draw(self, generator):
        """One panorama at random, half of the time mirrored: a file's, or a drawn sky where there are no files."""
        if not self.paths:
            return drawn_sky(generator)
        panorama = read_panorama(self.paths[generator.integers(len(self.paths))])
        return panorama[:, ::-1] if generator.random() < 0.5 else panorama


@lru_cache(maxsize=16)
def read_panorama(path):
    """A panorama file as linear RGB of mean 1, read-only.

    Raises:
        ImageError: not a picture, or not twice as wide as high.
    """
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[1] != 2 * image.shape[0]:
        raise ImageError(f"{path}: not a panorama. Wanted a colour picture twice as wide as high")
    linear = image[..., 2::-1].astype(np.float32)
    if image.dtype == np.uint8:
        linear = (linear / 255) ** 2
    linear = np.clip(np.nan_to_num(linear), 0, None)
    linear /= max(float((linear * _areas(len(linear))).mean()), 1e-6)
    linear.setflags(write=False)
    return linear


def _areas(lines):
    """Solid angle of the pixels of each line, mean 1, (lines, 1, 1) float32."""
    sine = np.cos((0.5 - (np.arange(lines) + 0.5) / lines) * np.pi)
    return (sine / sine.mean())[:, None, None].astype(np.float32)


def _directions(lines):
    """Unit vector in the world of every pixel, (lines, 2 lines, 3)."""
    elevation = (0.5 - (np.arange(lines) + 0.5) / lines) * np.pi
    azimuth = ((np.arange(2 * lines) + 0.5) / lines - 1) * np.pi
    level, rise = np.cos(elevation)[:, None], np.sin(elevation)[:, None]
    return np.stack([level * np.sin(azimuth), level * np.cos(azimuth), np.broadcast_to(rise, (lines, 2 * lines))], -1)


def light_of(panorama):
    """The Light that a panorama gives: its brightest spot as a lamp with shadow, all else by the normal's direction.

    Source: light from all around is the first two orders of the irradiance by spherical harmonics (Ramamoorthi and
    Hanrahan 2001).
    """
    lines = min(LINES, len(panorama))
    small = cv2.resize(np.ascontiguousarray(panorama), (2 * lines, lines), interpolation=cv2.INTER_AREA).astype(float)
    areas, directions = _areas(lines).astype(float), _directions(lines)
    brightness = small.mean(-1)
    limit = BRIGHT * float((brightness * areas[..., 0]).mean())
    above = np.maximum(brightness - limit, 0) * (directions[..., 2] > LOWEST)
    sun, sun_colour = np.array([0, 0, 1.0]), np.zeros(3)
    if above.max() > 0:
        sun = directions[np.unravel_index(cv2.GaussianBlur(above, (0, 0), 2).argmax(), above.shape)]
        around = directions @ sun > np.cos(SUN_SPREAD)
        excess = small * (np.maximum(above, 0) / np.maximum(brightness, 1e-9) * around)[..., None]
        sun_colour = 4 * (excess * areas).mean((0, 1))  # irradiance over pi; the mean is over 4 pi
        if sun_colour.mean() > WEAKEST:
            small = small - excess
        else:
            sun_colour = np.zeros(3)
    ambient = np.empty((3, 4))
    ambient[:, 3] = (small * areas).mean((0, 1))
    ambient[:, :3] = 2 * np.einsum("yxc,yxk->ck", small * areas, directions) / (2 * lines * lines)
    sky = np.stack([small[lines // 2 - 2 : lines // 2].mean((0, 1)), small[: lines // 8].mean((0, 1))])
    return Light(sun, sun_colour, np.array([0, 0, 1.0]), np.zeros(3), ambient, sky)


def look_at(panorama, view):
    """What a View sees of a panorama, far away all around, (height, width, 3) float32."""
    x, y = np.meshgrid(np.arange(view.width, dtype=np.float32), np.arange(view.height, dtype=np.float32))
    rays = np.stack([(x - (view.width - 1) / 2) / view.focal, (y - (view.height - 1) / 2) / view.focal], -1)
    world = rays @ view.rotation[:2].astype(np.float32) + view.rotation[2].astype(np.float32)
    world /= np.linalg.norm(world, axis=-1, keepdims=True)
    lines = len(panorama)
    column = (np.arctan2(world[..., 0], world[..., 1]) / np.pi + 1) * lines - 0.5
    row = (0.5 - np.arcsin(np.clip(world[..., 2], -1, 1)) / np.pi) * lines - 0.5
    seen = cv2.remap(np.ascontiguousarray(panorama), column.astype(np.float32), row.astype(np.float32),
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.minimum(seen, 12.0)


def turned_panorama(panorama, yaw):
    """The panorama turned about the vertical by `yaw` [rad], to whole columns."""
    return np.roll(panorama, int(round(yaw / (2 * np.pi) * panorama.shape[1])), axis=1)


def drawn_sky(generator, lines=256):
    """A made-up panorama: sky with sun and clouds over a skyline and a plain, (lines, 2 lines, 3) float32, mean 1."""
    up = _directions(lines)
    horizon, zenith = generator.uniform(0.6, 1.4) * np.array([1, 1, 1.05]), generator.uniform(0.3, 1.2) * np.array(
        [0.5, 0.75, 1.1])
    haze = (1 - np.clip(up[..., 2:], 0, 1)) ** 3
    sky = horizon * haze + zenith * (1 - haze)
    clouds = np.clip((noise(generator, 2 * lines, 5, 0.6, 4)[:lines, :, None] - generator.uniform(0.4, 0.7)) * 4, 0, 1)
    sky = sky * (1 - clouds) + clouds * generator.uniform(0.6, 1.6)
    elevation, azimuth = np.deg2rad(generator.uniform(12, 75)), generator.uniform(-np.pi, np.pi)
    sun = np.array([np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth), np.sin(elevation)])
    strength = generator.choice([0.0, generator.uniform(50, 700)], p=[0.3, 0.7])
    sky = sky + strength * np.exp((up @ sun - 1) / 6e-4)[..., None] * [1.05, 1, 0.9]
    ground = generator.uniform(0.15, 0.6) * (1 + generator.normal(0, 0.12, 3)) * (
        0.7 + 0.6 * noise(generator, 2 * lines, 5, 0.8, 16)[:lines, :, None])
    steps = np.repeat(generator.uniform(-0.02, 0.35, 64), lines // 32)  # sine of the skyline's elevation
    front = generator.uniform(0.15, 0.9, (64, 3)).repeat(lines // 32, 0)
    built = (up[..., 2] < steps) & (up[..., 2] >= 0)
    panorama = np.where(up[..., 2:] >= 0, np.where(built[..., None], front, sky), ground).astype(np.float32)
    return panorama / max(float((panorama * _areas(lines)).mean()), 1e-6)
