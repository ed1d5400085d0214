"""A square part of an image as an image of its own, and its pixels both ways."""

from dataclasses import dataclass

import cv2
import numpy as np

from mocap_ros.nets.image_input import PADDING


@dataclass(frozen=True)
class Crop:
    """A square part of an image as its own image of `size` px a side; beyond the image's border it is grey.

    Attributes:
        left, top: the square's corner in the image [px].
        side: its side in the image [px].
        size: its side as an image [px].
    """

    left: float
    top: float
    side: float
    size: int

    @property
    def scale(self):
        """Crop pixels per image pixel."""
        return self.size / self.side

    @property
    def from_image(self):
        """Zoom and shift from image pixels to those of the crop, (2, 3)."""
        return np.column_stack([np.eye(2) * self.scale, self.to_crop(np.zeros(2))])

    def to_image(self, pixels):
        """Pixels (..., 2) of the crop as image pixels; NaN stays NaN."""
        return (np.asarray(pixels, float) + 0.5) / self.scale + [self.left, self.top]

    def to_crop(self, pixels):
        """Image pixels (..., 2) as pixels of the crop; NaN stays NaN."""
        return (np.asarray(pixels, float) - [self.left, self.top]) * self.scale - 0.5

    def cut(self, image):
        """The crop of an image, (size, size, 3) uint8.

        Args:
            image: (H, W, 3) uint8.
        """
        # Far larger squares are first made smaller by whole factors, as averages: a single warp would skip pixels.
        shrink = int(max(1.0, self.side / self.size))
        source, corner = image, np.zeros(2)
        if shrink > 1:
            source, corner = self._shrunk(image, shrink)
        image_from_crop = np.array([[1 / self.scale, 0, 0.5 / self.scale + self.left],
                                    [0, 1 / self.scale, 0.5 / self.scale + self.top]])
        source_from_crop = image_from_crop / shrink
        source_from_crop[:, 2] += 0.5 / shrink - 0.5 - corner
        return cv2.warpAffine(source, source_from_crop, (self.size, self.size),
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT,
                              borderValue=(PADDING,) * 3)

    def _shrunk(self, image, shrink):
        """The part of the image that the crop shows, of whole blocks of `shrink` pixels, and its corner [blocks]."""
        blocks = np.array(image.shape[1::-1]) // shrink
        corner = np.array([self.left, self.top])
        first = np.clip(np.floor(corner / shrink).astype(int) - 1, 0, blocks - 1)
        last = np.clip(np.ceil((corner + self.side) / shrink).astype(int) + 1, first + 1, blocks)
        left, top, right, bottom = *(first * shrink), *(last * shrink)
        return cv2.resize(image[top:bottom, left:right], tuple((last - first).tolist()),
                          interpolation=cv2.INTER_AREA), first
