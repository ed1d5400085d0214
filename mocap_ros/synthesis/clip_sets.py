"""The sets of clips: a lit room, and a street between house fronts."""

import numpy as np

from mocap_ros.synthesis.fabric import coarser
from mocap_ros.synthesis.scene import Light, Surroundings
from mocap_ros.synthesis.walls import ground, window


def _with_textures(stock, textures):
    """Overwrites the first ground textures of the stock in both resolutions, and their colours."""
    for number, texture in enumerate(textures):
        place = stock.grounds[0] + number
        stock.fine[place] = texture
        stock.coarse[place] = coarser(texture[None])[0]
        stock.colours[place] = texture.mean((0, 1)) / 255


def _light(sun, sun_strength, around):
    sun = np.asarray(sun, float) / np.linalg.norm(sun)
    ambient = np.zeros((3, 4))
    ambient[:, 3], ambient[:, 2], ambient[:, 0] = around, 0.25 * around, 0.08 * around
    fill = np.array([-0.5, -0.8, 0.3]) / np.linalg.norm([0.5, 0.8, 0.3])
    return Light(
        sun,
        np.array([1.06, 1.0, 0.92]) * sun_strength,
        fill,
        np.full(3, 0.3),
        ambient,
        np.array([[0.9, 0.95, 1.0], [0.35, 0.55, 0.95]]),
    )


def room_set(stock, generator):
    """A lit room: boards, plain walls, pictures, a bright window."""
    _with_textures(
        stock,
        [
            ground(generator, "planks"),
            ground(generator, "plaster"),
            ground(generator, "plaster"),
            ground(generator, "carpet"),
        ],
    )
    stock.fine[stock.facades[0]] = window(generator)
    first = stock.grounds[0]
    pictures = np.full((4, 3, 5), 1e9)
    pictures[3, 0] = [-1.2, 0.0, 1.2, 2.0, stock.pictures[0]]
    pictures[3, 1] = [0.6, 1.3, 1.1, 2.1, stock.pictures[0] + 1]
    pictures[0, 0] = [3.0, 5.2, 0.9, 2.2, stock.facades[0]]
    pictures[1, 0] = [4.5, 5.6, 1.2, 1.9, stock.pictures[0] + 2]
    tint = np.array(
        [[0.93, 0.9, 0.86], [0.93, 0.9, 0.86], [0.9, 0.9, 0.9], [0.88, 0.9, 0.94], [0.85, 0.75, 0.65], [1, 1, 1]]
    )
    around = Surroundings(
        np.array([-3.4, -1.5, 0]),
        np.array([3.4, 7.6, 2.75]),
        0.0,
        False,
        np.array([first + 1, first + 1, first + 1, first + 2, first, first + 2]),
        np.array([0.4, 0.4, 0.4, 0.4, 0.55, 0.4]),
        tint,
        pictures,
    )
    return _light([-0.8, -0.5, 1.1], 0.9, 0.75), around


def street_set(stock, generator):
    """A street between house fronts under a blue sky."""
    _with_textures(
        stock,
        [
            ground(generator, "asphalt"),
            ground(generator, "brick"),
            ground(generator, "concrete"),
            ground(generator, "tiles"),
        ],
    )
    first, front = stock.grounds[0], stock.facades[0]
    around = Surroundings(
        np.array([-6.0, -4, 0]),
        np.array([7.0, 26, 9.0]),
        0.05,
        True,
        np.array([front, front + 1, first, front + 2, first, first]),
        np.array([0.12, 0.12, 0.2, 0.12, 0.4, 0.4]),
        np.full((6, 3), 0.85),
        np.full((4, 3, 5), 1e9),
    )
    return _light([0.7, -0.6, 1.0], 1.7, 0.55), around
