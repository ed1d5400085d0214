"""Stage I's maps of many images, kept with the boxes of the people in them: what BoxNet learns from."""

from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset
from tqdm import tqdm

from mocap_ros.datatypes.errors import ConfigError, writing
from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR, L, LIMB_INDICES
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE, STRIDE
from mocap_ros.training.box_targets import box_targets, BoxTargets, person_boxes

CHANNELS = K + 2 * L
MAPS_FILE, LABELS_FILE = "maps.bin", "boxes.npz"
COLUMNS, ROWS = (side // STRIDE for side in DEFAULT_INPUT_SIZE)  # of a training view
MOST_SHIFT = 8  # cells by which a view is off


def _mirrored_limbs():
    """Which limb each one becomes in a mirror, and whether it begins at the same end, (L,) int and (L,) bool."""
    limbs = [tuple(limb) for limb in LIMB_INDICES.tolist()]
    mirrored = [(KEYPOINT_MIRROR[start], KEYPOINT_MIRROR[end]) for start, end in limbs]
    return (np.array([limbs.index(limb) if limb in limbs else limbs.index(limb[::-1]) for limb in mirrored]),
            np.array([limb in limbs for limb in mirrored]))


LIMB_MIRROR, SAME_WAY = _mirrored_limbs()


def store_maps(infer, samples, indices, folder, input_size=DEFAULT_INPUT_SIZE):
    """Keeps the maps of some samples and their people's boxes in a folder, 340 kB an image.

    Args:
        infer: from images (1, H, W, 3) uint8 to StageOneMaps.
        samples: sequence of Sample.
        indices: which of them.
        input_size: (width, height) [px] at which the network runs.

    Raises:
        ConfigError: the folder cannot be written.
    """
    folder, shapes, corners, wanted = Path(folder), [], [], []
    with writing(folder, ConfigError):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / MAPS_FILE).open("wb") as file:
            for index in tqdm(indices, unit="image", disable=None):
                sample = samples[int(index)]
                resized, letterbox = letterbox_image(sample.image, input_size)
                maps = infer(resized[None])
                both = np.concatenate([maps.heatmaps[0], maps.part_affinity[0].reshape(2 * L, *maps[0].shape[2:])])
                file.write(both.astype(np.float16).tobytes())
                shapes.append(both.shape[1:])
                boxes, meant = person_boxes(letterbox.to_network(sample.shown_px), sample.visibility)
                corners.append(boxes)
                wanted.append(meant)
        np.savez(folder / LABELS_FILE, shapes=np.array(shapes), people=np.array([len(each) for each in wanted]),
                 corners=np.concatenate(corners), wanted=np.concatenate(wanted))


class StoredMaps:
    """What store_maps wrote: a sequence of maps (CHANNELS, h, w) float16, boxes (N, 4) [px] and wanted (N,).

    Args:
        folder: where it is.

    Raises:
        ConfigError: no such files, or not such files.
    """

    def __init__(self, folder):
        try:
            with np.load(Path(folder) / LABELS_FILE) as file:
                self._shapes, people, self._corners, self._wanted = (
                    file[name] for name in ("shapes", "people", "corners", "wanted"))
            self._maps = np.memmap(Path(folder) / MAPS_FILE, np.float16, "r")
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(f"{folder}: not a folder of `mocap train maps` ({error})") from None
        self._starts = np.cumsum(np.append(0, CHANNELS * self._shapes.prod(1)))
        self._first = np.cumsum(np.append(0, people))
        if self._starts[-1] != len(self._maps):
            raise ConfigError(f"{folder}: {MAPS_FILE} does not hold the maps that {LABELS_FILE} tells of")

    def __len__(self):
        return len(self._shapes)

    def __getitem__(self, index):
        maps = self._maps[self._starts[index]:self._starts[index + 1]].reshape(CHANNELS, *self._shapes[index])
        people = slice(self._first[index], self._first[index + 1])
        return maps, self._corners[people], self._wanted[people]


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
        """Maps (CHANNELS, ROWS, COLUMNS) and BoxTargets of one view, as float32 tensors."""
        generator = np.random.default_rng((self.seed, *key))
        source = self.sources[generator.choice(len(self.sources), p=self.shares)]
        maps, boxes, wanted = source[int(generator.integers(len(source)))]
        if generator.random() < 0.5:
            maps, boxes = mirrored_maps(maps, boxes)
        spare = np.array([ROWS, COLUMNS]) - maps.shape[1:]
        shift = generator.integers(np.minimum(spare, 0) - MOST_SHIFT, np.maximum(spare, 0) + MOST_SHIFT + 1)
        maps, boxes, wanted = shifted_maps(maps, boxes, wanted, shift)
        return torch.from_numpy(maps), BoxTargets(*map(torch.from_numpy, box_targets(boxes, wanted, ROWS, COLUMNS)))


def mirrored_maps(maps, boxes):
    """Maps (CHANNELS, h, w) and boxes (N, 4) [px] of the mirror image."""
    heatmaps, fields = maps[:K], maps[K:].reshape(L, 2, *maps.shape[1:])
    signs = np.where(SAME_WAY, 1, -1)[:, None] * [-1, 1]  # (L, 2)
    fields = fields[LIMB_MIRROR] * signs[..., None, None].astype(maps.dtype)
    both = np.concatenate([heatmaps[KEYPOINT_MIRROR], fields.reshape(2 * L, *maps.shape[1:])])[..., ::-1]
    last = maps.shape[2] * STRIDE - 1
    return both, np.column_stack([last - boxes[:, 2], boxes[:, 1], last - boxes[:, 0], boxes[:, 3]])


def shifted_maps(maps, boxes, wanted, shift):
    """A view of ROWS x COLUMNS, zero where nothing is known, with the boxes that reach into it, cut at its border.

    Args:
        maps, boxes, wanted: of StoredMaps.
        shift: cells (down, right) by which the maps' corner lies in the view.
    """
    view = np.zeros((CHANNELS, ROWS, COLUMNS), np.float32)
    first = np.maximum(shift, 0)
    last = np.minimum(shift + maps.shape[1:], [ROWS, COLUMNS])
    there = tuple(slice(a, max(a, b)) for a, b in zip(first, last))
    view[:, there[0], there[1]] = maps[:, there[0].start - shift[0]:there[0].stop - shift[0],
                                       there[1].start - shift[1]:there[1].stop - shift[1]]
    moved = boxes + STRIDE * np.array([shift[1], shift[0], shift[1], shift[0]])
    size = np.array([COLUMNS, ROWS]) * STRIDE
    inside = ((moved[:, :2] < size) & (moved[:, 2:] >= 0)).all(1)
    return view, np.clip(moved[inside], 0, np.append(size, size) - 1), wanted[inside]
