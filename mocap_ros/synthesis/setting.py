"""Where people stand: random light, rooms and streets, and photographs behind and in front of them."""

from dataclasses import replace

import cv2
import numpy as np

from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.finishes import draw_colour, dyeing
from mocap_ros.synthesis.scene import Light, Surroundings

# Colours (hue, saturation, value) of streets, house fronts, floors and walls of rooms; the others are of any colour.
ROADS = (((0.05, 0.15), (0, 0.15), (0.25, 0.65)), ((0.55, 0.65), (0, 0.1), (0.25, 0.6)))
FRONTS = (((0.05, 0.13), (0.05, 0.4), (0.5, 0.95)), ((0.0, 0.05), (0.25, 0.6), (0.35, 0.65)),
          ((0, 1), (0, 0.08), (0.4, 0.95)))
FLOORS = (((0.05, 0.11), (0.15, 0.55), (0.25, 0.75)), ((0, 1), (0, 0.1), (0.3, 0.8)))
PLASTERS = (((0.06, 0.16), (0, 0.2), (0.7, 0.98)), ((0, 1), (0, 0.1), (0.5, 0.98)))
USUAL = 0.6  # share of surroundings in these colours
HORIZON = 0.46, 0.06  # where photographs have theirs, mean and standard deviation, in shares of their height


def draw_light(generator, outdoors):
    """A Light: sun or lamp of any strength and colour."""
    elevation, azimuth = np.deg2rad(generator.uniform(20, 80)), generator.uniform(0, 2 * np.pi)
    sun = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    warmth, strength = generator.uniform(-0.12, 0.2), generator.beta(1.6, 1.6)
    if generator.random() < 0.25:
        strength = 0.0
    sun_colour = np.array([1 + warmth, 1, 1 - warmth]) * 2.6 * strength
    base = np.array([1 - warmth * 0.6, 1, 1 + warmth * 0.8]) * (1.3 - 0.8 * strength) * generator.uniform(0.6, 1.1)
    ambient = np.zeros((3, 4))
    ambient[:, 3] = base * 0.95
    ambient[:, 2] = base * generator.uniform(-0.1, 0.35)  # floors throw light back
    ambient[:, :2] = base[:, None] * generator.normal(0, 0.18, (1, 2))
    fill = generator.normal(0, 1, 3) * [1, 1, 0.5] + [0, 0, 0.3]
    fill /= np.linalg.norm(fill)
    fill_colour = np.exp(generator.normal(0, 0.2, 3)) * generator.uniform(0, 0.8)
    horizon = generator.uniform(0.5, 1.6) * np.array([1, 1, 1])
    zenith = generator.uniform(0.3, 1.2) * np.array([0.6, 0.8, 1.1]) if outdoors else horizon
    return Light(sun, sun_colour, fill, fill_colour, ambient, np.stack([horizon, zenith]))


def tinted(light, colour, share):
    """The light nearer to the colour of what is around, (3,) linear RGB; `share` 0 leaves it, 1 takes all of it."""
    tint = np.clip(colour / max(float(colour.mean()), 1e-3), 0.2, 3) ** share
    return replace(
        light, sun_colour=light.sun_colour * tint, fill_colour=light.fill_colour * tint,
        ambient=light.ambient * tint[:, None],
    )


def draw_surroundings_box(stock, generator, places, outdoors):
    """A room or street around all `places` (N, 2) [m] on the floor."""
    yaw = generator.uniform(-0.6, 0.6) if not outdoors else generator.normal(0, 0.15)
    inside = np.asarray(places) @ axis_turn("Z", yaw)[:2, :2]  # the places in the room's own axes
    farthest = float(inside[:, 1].max())
    reach = farthest + generator.uniform(0.7, 4)
    low = np.array([-generator.uniform(2.2, 6), -generator.uniform(1.5, 4), 0.0])
    high = np.array([generator.uniform(2.2, 6), reach, generator.uniform(2.4, 4)])
    walls = generator.integers(*stock.grounds, size=6)
    scale = generator.choice([0.25, 0.4, 0.6, 1.0], 6)
    if outdoors:
        low[0], high[0] = -generator.uniform(4, 14), generator.uniform(4, 14)
        high[1], high[2] = (
            farthest + generator.uniform(3, 30),
            generator.choice([generator.uniform(4, 12), 0.01], p=[0.8, 0.2]),
        )
        if generator.random() < 0.7:
            walls[:4] = generator.integers(*stock.facades, size=4)
            scale[:4] = generator.uniform(0.1, 0.2)
    low[0], high[0] = min(low[0], inside[:, 0].min() - 0.7), max(high[0], inside[:, 0].max() + 0.7)
    low[1] = min(low[1], inside[:, 1].min() - 0.7)
    tint = np.clip(generator.normal(0.8, 0.2, (6, 1)) + generator.normal(0, 0.08, (6, 3)), 0.1, 1.15)
    if generator.random() < USUAL:
        side, floor = (FRONTS, ROADS) if outdoors else (PLASTERS, FLOORS)
        alike = draw_colour(side, generator)  # a room's walls mostly are
        for plane in range(6):
            differs = plane == 4 or outdoors or generator.random() < 0.2
            colour = draw_colour(floor if plane == 4 else side, generator) if differs else alike
            tint[plane] = dyeing(stock, walls[plane], colour)
    pictures = np.full((4, 3, 5), 1e9)
    for wall in range(4):
        for k in range(3):
            if generator.random() < 0.6:
                start, wide = (
                    generator.uniform(-5, 8),
                    generator.choice([generator.uniform(0.5, 2), generator.uniform(2, 7)]),
                )
                base = generator.uniform(0, 1.4)
                pictures[wall, k] = [
                    start,
                    start + wide,
                    base,
                    base + wide * generator.uniform(0.5, 0.9),
                    generator.integers(*stock.pictures),
                ]
    return Surroundings(low, high, yaw, outdoors, walls, scale, tint, pictures)


def horizon_row(view):
    """The row of the picture in which a level camera's View has its horizon [px]."""
    ahead = view.rotation[2]
    return (view.height - 1) / 2 + view.focal * ahead[2] / max(float(np.hypot(*ahead[:2])), 1e-3)


def crop_photograph(photograph, width, height, generator, horizon=None):
    """A random crop of a photograph as linear RGB, (height, width, 3) float32.

    Args:
        photograph: (H, W, 3) uint8 BGR.
        width, height: of the crop [px].
        horizon: row of the crop in which a horizon near the photograph's middle should lie, as far as it can [px];
            None for any.
    """
    rows, columns = photograph.shape[:2]
    wide = min(columns, int(rows * width / height)) * generator.uniform(0.6, 1)
    high = int(wide * height / width)
    left, top = generator.integers(0, columns - int(wide) + 1), generator.integers(0, rows - high + 1)
    if horizon is not None:
        middle = generator.normal(*HORIZON) * rows
        top = int(np.clip(middle - horizon / height * high, 0, rows - high))
    crop = photograph[top : top + high, left : left + int(wide), ::-1]
    if generator.random() < 0.5:
        crop = crop[:, ::-1]
    crop = cv2.resize(np.ascontiguousarray(crop), (width, height), interpolation=cv2.INTER_AREA)
    linear = crop.astype(np.float32) * np.float32(1 / 255)
    return linear * linear


def lay_cut_outs(linear, photographs, generator):
    """Lays pieces of photographs over the picture as unsharp foreground; returns where they lie, (H, W) bool."""
    height, width = linear.shape[:2]
    covered = np.zeros((height, width), bool)
    for _ in range(generator.integers(1, 3)):
        piece = crop_photograph(photographs.draw(generator), width, height, generator)
        corners = generator.integers(5, 12)
        angle = np.sort(generator.uniform(0, 2 * np.pi, corners))
        radius = generator.uniform(0.4, 1, corners) * np.exp(generator.uniform(np.log(15), np.log(110)))
        centre = generator.uniform([0, 0.2 * height], [width, height * 1.05])
        outline = centre + np.stack([np.cos(angle) * radius * generator.uniform(0.5, 1.5), np.sin(angle) * radius], 1)
        blur = generator.uniform(0.6, 3)
        gain = np.float32(linear.mean() / max(piece.mean(), 0.02) * generator.uniform(0.5, 1.5))
        margin = int(4 * blur) + 2
        left, top = np.maximum(outline.min(0).astype(int) - margin, 0)
        right, bottom = np.minimum(outline.max(0).astype(int) + margin, [width, height])
        if left >= right or top >= bottom:
            continue
        mask, box = np.zeros((bottom - top, right - left), np.uint8), (slice(top, bottom), slice(left, right))
        cv2.fillPoly(mask, [outline.astype(np.int32) - [left, top]], 255)
        alpha = cv2.GaussianBlur(mask, (0, 0), blur).astype(np.float32)[..., None] / 255
        linear[box] += (piece[box] * gain - linear[box]) * alpha
        covered[box] |= alpha[..., 0] > 0.5
    return covered
