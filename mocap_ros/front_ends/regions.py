"""Where in an image a person is to be looked at: turned rectangles, and which of them mean the same person."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.geometry.boxes import keep_distinct, overlaps


@dataclass(frozen=True, eq=False)
class Regions:
    """N rectangles of an image.

    Attributes:
        centre_px: (N, 2) [px].
        size_px: width and height before turning, (N, 2) [px].
        rotation: from the image's to the rectangle's axes, clockwise as seen [rad], (N,).
        scores: how surely a person is there, 0 to 1, (N,).
    """

    centre_px: np.ndarray
    size_px: np.ndarray
    rotation: np.ndarray
    scores: np.ndarray

    def __post_init__(self):
        count = len(self.scores)
        freeze_arrays(self, {"centre_px": (count, 2), "size_px": (count, 2), "rotation": (count,), "scores": (count,)},
                      SkeletonError, float)

    def __len__(self):
        return len(self.scores)

    def take(self, rows):
        """Some of them, in the order of `rows` (indices or a mask)."""
        return Regions(self.centre_px[rows], self.size_px[rows], self.rotation[rows], self.scores[rows])

    def widened(self, factor):
        """The same regions with their sides multiplied."""
        return Regions(self.centre_px, self.size_px * factor, self.rotation, self.scores)

    def shifted(self, offset_px):
        """The same regions with `offset_px` (2,) added to their centres."""
        return Regions(self.centre_px + offset_px, self.size_px, self.rotation, self.scores)


def no_regions():
    """Regions with N = 0."""
    return Regions(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), np.zeros(0))


def whole_image(image):
    """The one region of all of an image (H, W, 3), sure of nothing."""
    size = np.array([image.shape[1], image.shape[0]], float)
    return Regions((size - 1)[None] / 2, size[None], np.zeros(1), np.zeros(1))


def joined(several):
    """One Regions of the rows of several, in order."""
    several = [no_regions(), *several]
    return Regions(*(np.concatenate([getattr(each, name) for each in several])
                     for name in ("centre_px", "size_px", "rotation", "scores")))


def upright_regions(left_top_px, right_bottom_px, scores):
    """Regions of boxes given by two corners, (N, 2) each [px]."""
    return Regions((left_top_px + right_bottom_px) / 2, right_bottom_px - left_top_px, np.zeros(len(scores)), scores)


def overlap(a, b):
    """Intersection over union of Regions as if none were turned, (len(a), len(b)), 0 to 1."""
    corners = (np.concatenate([each.centre_px - each.size_px / 2, each.centre_px + each.size_px / 2], 1)
               for each in (a, b))
    return overlaps(*corners)


def keep_new(known, found, limit):
    """Those of `found` Regions that overlap neither a better one of them nor one of `known` by more than `limit`."""
    distinct = found.take(keep_distinct(overlap(found, found) > limit, found.scores))
    return distinct.take(~(overlap(distinct, known) > limit).any(1)) if len(known) else distinct
