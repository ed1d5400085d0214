"""Random views of stored maps with what BoxNet should answer."""

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from mocap_ros.datatypes.skeleton import K, LIMB_INDICES
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE, STRIDE
from mocap_ros.nets.shown_maps import MAP_CHANNELS
from mocap_ros.training.box_targets import box_targets, BoxTargets
from mocap_ros.training.stored_maps import drawn_gains, mirrored_maps, UNSURE

COLUMNS, ROWS = (side // STRIDE for side in DEFAULT_INPUT_SIZE)  # of a training view
MOST_SHIFT = 8  # cells by which a view is off
FAINT_PLACES = 3, 5  # rows and columns of how faint a view is, smooth between them


class RandomMaps(Dataset):
    """Random views of stored maps with their targets; the key is (step, place in the batch).

    Args:
        sources: of StoredMaps.
        shares: how often each is drawn.
        seed: of all draws.
    """

    def __init__(self, sources, shares, seed):
        self.sources, self.seed = sources, seed
        self.shares = np.asarray(shares, float) / np.sum(shares)

    def __getitem__(self, key):
        """Maps (MAP_CHANNELS, ROWS, COLUMNS) and BoxTargets of one view, as float32 tensors."""
        generator = np.random.default_rng((self.seed, *key))
        source = self.sources[generator.choice(len(self.sources), p=self.shares)]
        maps, boxes, wanted = source[int(generator.integers(len(source)))]
        if generator.random() < 0.5:
            maps, boxes = mirrored_maps(maps), mirrored_boxes(boxes, maps.shape[2])
        spare = np.array([ROWS, COLUMNS]) - maps.shape[1:]
        shift = generator.integers(np.minimum(spare, 0) - MOST_SHIFT, np.maximum(spare, 0) + MOST_SHIFT + 1)
        maps, boxes, wanted = shifted_maps(maps, boxes, wanted, shift)
        if generator.random() < UNSURE:
            maps = fainter_maps(maps, generator)
        return torch.from_numpy(maps), BoxTargets(*map(torch.from_numpy, box_targets(boxes, wanted, ROWS, COLUMNS)))


def mirrored_boxes(boxes, columns):
    """Boxes (N, 4) [px] of the mirror image of maps with so many columns."""
    last = columns * STRIDE - 1
    return np.column_stack([last - boxes[:, 2], boxes[:, 1], last - boxes[:, 0], boxes[:, 3]])


def fainter_maps(maps, generator):
    """Maps (MAP_CHANNELS, ROWS, COLUMNS) of a Stage I that is less sure, here more and there less."""
    whole = cv2.resize(generator.random(FAINT_PLACES), (COLUMNS, ROWS), interpolation=cv2.INTER_LINEAR)
    gains = drawn_gains(generator, whole).astype(np.float32)
    return np.concatenate([maps[:K] * gains, maps[K:] * gains[LIMB_INDICES].min(1).repeat(2, 0)])


def shifted_maps(maps, boxes, wanted, shift):
    """A view of ROWS x COLUMNS, zero where nothing is known, with the boxes that reach into it, cut at its border.

    Args:
        maps, boxes, wanted: of StoredMaps.
        shift: cells (down, right) by which the maps' corner lies in the view.
    """
    view = np.zeros((MAP_CHANNELS, ROWS, COLUMNS), np.float32)
    first = np.maximum(shift, 0)
    last = np.minimum(shift + maps.shape[1:], [ROWS, COLUMNS])
    there = tuple(slice(a, max(a, b)) for a, b in zip(first, last))
    view[:, there[0], there[1]] = maps[:, there[0].start - shift[0]:there[0].stop - shift[0],
                                       there[1].start - shift[1]:there[1].stop - shift[1]]
    moved = boxes + STRIDE * np.array([shift[1], shift[0], shift[1], shift[0]])
    size = np.array([COLUMNS, ROWS]) * STRIDE
    inside = ((moved[:, :2] < size) & (moved[:, 2:] >= 0)).all(1)
    return view, np.clip(moved[inside], 0, np.append(size, size) - 1), wanted[inside]
