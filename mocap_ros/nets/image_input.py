"""Any image becomes the networks' input, and pixels go both ways exactly (Sec. 6.3.1: 512 x 320)."""

from dataclasses import dataclass
from functools import lru_cache
import math

import cv2
import numpy as np

MULTIPLE = 16  # the core halves the image four times
PADDING = 114  # grey level beside the image
LINEAR_UP_TO = 2.0  # times that an image shrinks between pixel centres; beyond, pixels would not be looked at


@dataclass(frozen=True)
class Letterbox:
    """An image resized to fit a network's input, at the top left of it, with padding to the right and below.

    Pixel (0, 0) is the centre of the top-left pixel in both. The scales along x and y differ by less than a pixel's
    rounding; the maps below use them exactly.

    Attributes:
        image_width, image_height: the image as taken [px].
        resized_width, resized_height: its size in the input [px].
        width, height: size of the input [px], multiples of 16.
    """

    image_width: int
    image_height: int
    resized_width: int
    resized_height: int
    width: int
    height: int

    @property
    def scale(self):
        """Input pixels per image pixel along x and y, (2,)."""
        return np.array([self.resized_width / self.image_width, self.resized_height / self.image_height])

    @property
    def halvings(self):
        """How often both sides are halved exactly before the rest of the resize."""
        count, width, height = 0, self.image_width, self.image_height
        while not (width % 2 or height % 2) and width >= 2 * self.resized_width and height >= 2 * self.resized_height:
            count, width, height = count + 1, width // 2, height // 2
        return count

    @property
    def by_area(self):
        """Whether the rest of the resize takes means over areas, else linear between pixel centres."""
        return (self.scale * 2 ** self.halvings).min() < 1 / LINEAR_UP_TO

    def to_network(self, pixels):
        """Image pixels (..., 2) as pixels of the input; NaN stays NaN."""
        return (np.asarray(pixels, float) + 0.5) * self.scale - 0.5

    def to_image(self, pixels):
        """Pixels (..., 2) of the input as image pixels; NaN stays NaN."""
        return (np.asarray(pixels, float) + 0.5) / self.scale - 0.5


def fit_letterbox(image_width, image_height, input_size):
    """Letterbox of an image whose input has its shape and at most the area of `input_size`.

    The networks take any multiple of 16, so a portrait is not squeezed into a landscape; the cost stays the same.

    Args:
        image_width, image_height: the image [px].
        input_size: (width, height) [px].
    """
    return _fit(image_width, image_height, input_size[0] * input_size[1])


@lru_cache(maxsize=64)
def _fit(image_width, image_height, area):
    """fit_letterbox by the input's area [px^2]; a camera's images all have one size."""
    best = None
    # The widest input that the area allows, then the narrower ones: take the one in which the image is largest.
    ideal = math.sqrt(area * image_width / image_height)
    for columns in range(max(1, int(ideal / MULTIPLE) - 1), int(ideal / MULTIPLE) + 3):
        width = columns * MULTIPLE
        rows = max(1, area // width // MULTIPLE)
        scale = min(width / image_width, rows * MULTIPLE / image_height)
        if best is None or scale > best[0]:
            best = scale, width
    scale, width = best
    resized_width = max(1, min(width, int(image_width * scale + 0.5)))
    resized_height = max(1, int(image_height * scale + 0.5))
    width = -(-resized_width // MULTIPLE) * MULTIPLE
    height = -(-resized_height // MULTIPLE) * MULTIPLE
    return Letterbox(image_width, image_height, resized_width, resized_height, width, height)


def letterbox_image(image, input_size):
    """`image` as the network's input.

    Args:
        image: (H, W, 3) uint8 BGR.
        input_size: (width, height) whose area the input may have [px].

    Returns:
        The input, (height, width, 3) uint8 BGR, and its Letterbox.

    Source: ours. Means over areas of any size cost OpenCV seven times as much as halving and interpolating; people are
    found as before.
    """
    letterbox = fit_letterbox(image.shape[1], image.shape[0], input_size)
    size = letterbox.resized_width, letterbox.resized_height
    for _ in range(letterbox.halvings):  # whole blocks go ten times as fast as OpenCV's areas of any size
        image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    padded = np.empty((letterbox.height, letterbox.width, 3), np.uint8)
    padded[size[1]:], padded[:size[1], size[0]:] = PADDING, PADDING
    cv2.resize(image, size, dst=padded[:size[1], :size[0]],
               interpolation=cv2.INTER_AREA if letterbox.by_area else cv2.INTER_LINEAR)
    return padded, letterbox


def resize_weights(letterbox):
    """What each row and column of the resized image takes of the image's: (h, H) and (w, W) float32; rows sum to 1.

    The same as letterbox_image but for its rounding: a resize is then two matrix products, which a GPU likes.
    """
    sides = ((letterbox.image_height, letterbox.resized_height), (letterbox.image_width, letterbox.resized_width))
    return tuple(_axis_weights(source, target, letterbox.halvings, letterbox.by_area) for source, target in sides)


def _axis_weights(source, target, halvings, by_area):
    if halvings:
        pairs = np.repeat(np.eye(source // 2, dtype=np.float32), 2, axis=1) / 2
        return _axis_weights(source // 2, target, halvings - 1, by_area) @ pairs
    weights = np.zeros((target, source), np.float32)
    step = source / target
    if by_area:
        edges = np.arange(target + 1) * step
        first, last = edges[:-1, None], edges[1:, None]
        cells = np.arange(source)
        weights[:] = np.clip(np.minimum(last, cells + 1) - np.maximum(first, cells), 0, None) / step
        return weights
    centre = np.clip((np.arange(target) + 0.5) * step - 0.5, 0, source - 1)
    low = np.minimum(centre.astype(int), max(source - 2, 0))
    rows = np.arange(target)
    weights[rows, low] = 1 - (centre - low)
    weights[rows, np.minimum(low + 1, source - 1)] += centre - low
    return weights
