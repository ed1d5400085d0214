"""What Stage I's maps show around one person, in cells of the refiner's crop; running and training share this file."""

from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from mocap_ros.datatypes.skeleton import K, L, LIMB_INDICES
from mocap_ros.nets.model_format import STRIDE
from mocap_ros.nets.refiner_input import CELL_PX, CELLS

MAP_CHANNELS = K + 2 * L
FAINT = 1e-3  # heatmap values below it are alike
NOTHING_SHOWN = np.zeros((MAP_CHANNELS, CELLS, CELLS), np.float32)  # where no maps are at hand
_LOG_SCALE, _LOG_SHIFT = 0.5, 1.5  # of heatmaps' logarithms
_GROUP = 4  # channels of an image that every OpenCV warps
_PADDED = -(-MAP_CHANNELS // _GROUP) * _GROUP


class Shown(NamedTuple):
    """What an image showed besides the people whose keypoints were found.

    Attributes:
        maps: ShownMaps of the look at the whole image, at its usual resolution; None where an engine kept them.
        corners: boxes of people whom nobody found fills: left, top, right, bottom [px of the image], (Q, 4), the surest
            first.
        chances: of those boxes, 0 to 1, (Q,).
    """

    maps: "ShownMaps | None"
    corners: np.ndarray
    chances: np.ndarray


class ShownMaps:
    """Stage I's maps of a look at an image.

    Args:
        heatmaps: (K, h, w), 0 to 1.
        part_affinity: (L, 2, h, w).
        scale: input pixels of the look per image pixel along x and y, (2,).

    Attributes:
        scale: the same.
    """

    def __init__(self, heatmaps, part_affinity, scale):
        self._heatmaps, self._part_affinity, self.scale = heatmaps, part_affinity, np.asarray(scale, float)

    @property
    def values(self):
        """Heatmaps and part affinity fields as they were given, (MAP_CHANNELS, h, w)."""
        return np.concatenate([self._heatmaps, self._part_affinity.reshape(2 * L, *self._heatmaps.shape[1:])])

    @cached_property
    def _groups(self):
        """The same as images of _GROUP channels, (groups, h, w, _GROUP) float32; nobody may ask for them."""
        rows, columns = self._heatmaps.shape[1:]
        values = np.zeros((_PADDED, rows, columns), np.float32)
        values[:K], values[K:MAP_CHANNELS] = self._heatmaps, self._part_affinity.reshape(2 * L, rows, columns)
        return np.ascontiguousarray(values.reshape(-1, _GROUP, rows, columns).transpose(0, 2, 3, 1))

    def around(self, view_from_image):
        """Maps as a view of CROP_PX x CROP_PX shows them, (MAP_CHANNELS, CELLS, CELLS) float32.

        Heatmaps come as logarithms around 0, part affinity fields along the view's axes.

        Args:
            view_from_image: rotation, zoom and shift [px], (2, 3).
        """
        linear = view_from_image[:, :2]
        zoom = np.sqrt(np.linalg.det(linear))
        cells = self.scale[:, None] / STRIDE * np.linalg.inv(linear)  # of the maps, per pixel of the view
        first = cells @ ((CELL_PX - 1) / 2 - view_from_image[:, 2]) + 0.5 * self.scale / STRIDE - 0.5
        groups, matrix = self._groups, np.column_stack([cells * CELL_PX, first])
        shrink = int(self.scale.mean() / STRIDE / zoom * CELL_PX)
        if shrink > 1:  # a warp alone would step over peaks
            groups = [_mean_blocks(group, shrink) for group in groups]
            matrix[:, 2] += 0.5
            matrix /= shrink
            matrix[:, 2] -= 0.5
        warped = np.concatenate([
            cv2.warpAffine(group, matrix, (CELLS, CELLS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            for group in groups], -1).transpose(2, 0, 1)
        shown = np.empty((MAP_CHANNELS, CELLS, CELLS), np.float32)
        np.log(np.maximum(warped[:K], FAINT), out=shown[:K])
        shown[:K] = shown[:K] * _LOG_SCALE + _LOG_SHIFT
        fields = warped[K:MAP_CHANNELS].reshape(L, 2, -1)
        shown[K:] = ((linear / zoom).astype(np.float32) @ fields).reshape(2 * L, CELLS, CELLS)
        return shown


def fainter(shown, gains):
    """What ShownMaps.around answers, had Stage I been less sure: a copy, (MAP_CHANNELS, CELLS, CELLS) float32.

    Args:
        shown: its answer.
        gains: of each keypoint's heatmap, more than 0, (K,); a limb's field has that of its fainter end.
    """
    faint = np.array(shown)
    lowest = _LOG_SCALE * np.log(FAINT) + _LOG_SHIFT
    faint[:K] = np.maximum(faint[:K] + _LOG_SCALE * np.log(gains)[:, None, None], lowest)
    faint[K:] *= np.repeat(gains[LIMB_INDICES].min(1), 2)[:, None, None]
    return faint


def _mean_blocks(group, side):
    """Means over blocks of side x side cells of an image (h, w, _GROUP); what fills no block is left out."""
    rows, columns = (max(length // side, 1) for length in group.shape[:2])
    return cv2.resize(group[:rows * side, :columns * side], (columns, rows), interpolation=cv2.INTER_AREA)
