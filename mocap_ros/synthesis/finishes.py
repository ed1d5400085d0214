"""What things of streets and rooms are made of: paint, glass, bark, leaves, linen; colours that they have."""

from typing import NamedTuple

import numpy as np

from mocap_ros.synthesis.fabric import cloth_colour, rgb_of_hsv
from mocap_ros.synthesis.scene import PlacedSolid
from mocap_ros.synthesis.stock import dyed


class Finish(NamedTuple):
    """How a surface looks: textures of Stock.fine (a name of dyed, or a field of Stock), colours, repeats, gloss.

    `colours` are (hue, saturation, value) ranges, 3 x 2, one of which is drawn; none leaves the texture's own.
    """

    textures: str
    colours: tuple
    scale: float
    gloss: float


def _grey(low, high):
    return ((0, 1), (0, 0.06), (low, high))


FINISHES = {
    "paint": Finish("neutral", (_grey(0.75, 0.98), _grey(0.75, 0.98), _grey(0.4, 0.7), _grey(0.4, 0.7),
                                _grey(0.06, 0.2), _grey(0.06, 0.2), ((0.56, 0.66), (0.4, 0.8), (0.2, 0.6)),
                                ((0.97, 1.0), (0.6, 0.9), (0.35, 0.75)), ((0, 1), (0.2, 0.8), (0.2, 0.8))), 0.3, 0.4),
    "glass": Finish("neutral", (((0.5, 0.65), (0, 0.25), (0.07, 0.3)),), 0.3, 0.5),
    "rubber": Finish("dark", (_grey(0.06, 0.16),), 1.0, 0.02),
    "metal": Finish("neutral", (_grey(0.35, 0.75),), 1.0, 0.25),
    "post": Finish("neutral", (_grey(0.08, 0.3), _grey(0.3, 0.65), ((0.3, 0.45), (0.2, 0.5), (0.1, 0.3))), 1.0, 0.08),
    "bright": Finish("neutral", (((0.97, 1.0), (0.75, 0.95), (0.6, 0.9)), ((0.55, 0.62), (0.7, 0.95), (0.4, 0.8)),
                                 ((0.11, 0.15), (0.8, 1.0), (0.8, 1.0))), 1.0, 0.1),
    "white": Finish("neutral", (_grey(0.85, 1.0),), 1.0, 0.05),
    "red": Finish("neutral", (((0.97, 1.0), (0.8, 1.0), (0.4, 0.7)),), 1.0, 0.2),
    "lamp": Finish("neutral", (((0.08, 0.14), (0.02, 0.25), (1.0, 1.0)),), 1.0, 0.0),
    "bark": Finish("grounds", (((0.05, 0.1), (0.15, 0.45), (0.18, 0.42)),), 2.0, 0.0),
    "leaves": Finish("foliage", (), 1.0, 0.02),
    "stone": Finish("grounds", (_grey(0.35, 0.75), ((0.06, 0.12), (0.05, 0.25), (0.4, 0.8))), 1.0, 0.0),
    "wood": Finish("grounds", (((0.05, 0.1), (0.25, 0.6), (0.25, 0.75)), _grey(0.8, 0.95)), 1.0, 0.04),
    "linen": Finish("cloths", (), 1.0, 0.0),
    "coat": Finish("dark", (), 1.0, 0.01),
    "poster": Finish("pictures", (), 0.7, 0.02),
}


def draw_colour(colours, generator):
    """A colour of one of some (hue, saturation, value) ranges, RGB 0 to 1, (3,)."""
    hue, saturation, value = (generator.uniform(*each) for each in colours[generator.integers(len(colours))])
    return rgb_of_hsv(hue, saturation, value)


def dyeing(stock, number, colour):
    """RGB factor that gives a texture of the stock a mean colour, (3,)."""
    return colour / np.maximum(stock.colours[number], 0.05)


def finished(stock, solid, finish, generator):
    """A PlacedSolid of one of FINISHES."""
    textures, colours, scale, gloss = FINISHES[finish]
    span = getattr(stock, textures) if hasattr(stock, textures) else dyed(stock, textures)
    number, tint = int(generator.integers(*span)), generator.uniform(0.8, 1.15) * np.ones(3)
    if colours:
        tint = dyeing(stock, number, draw_colour(colours, generator))
    elif textures == "cloths":
        tint = tint * (0.4 + 0.6 * cloth_colour(generator))
    return PlacedSolid(solid, number, scale, tint, gloss)
