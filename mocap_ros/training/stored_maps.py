"""Stage I's maps of many images, kept with the boxes of the people in them: what BoxNet and the refiner learn from."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from mocap_ros.datatypes.errors import ConfigError, writing
from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR, L, LIMB_MIRROR
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE
from mocap_ros.nets.shown_maps import MAP_CHANNELS, ShownMaps
from mocap_ros.training.box_targets import person_boxes

MAPS_FILE, LABELS_FILE = "maps.bin", "boxes.npz"
UNSURE = 0.6  # share of views whose maps are fainter: Stage I is less sure of photographed people than of rendered ones
FAINTEST, UNEVEN = 0.3, 0.5  # how much fainter they are as a whole, and the deviation of each keypoint's logarithm


class MapsWriter:
    """Keeps the maps of some samples and their people's boxes in a folder, 340 kB an image; to be used with `with`.

    Args:
        folder: made where missing.

    Raises:
        ConfigError: the folder cannot be written.
    """

    def __init__(self, folder):
        self._folder = Path(folder)
        self._rows = {name: [] for name in ("images", "shapes", "scales", "people", "corners", "wanted")}

    def __enter__(self):
        with writing(self._folder, ConfigError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = (self._folder / MAPS_FILE).open("wb")
        return self

    def add(self, number, sample, maps):
        """Adds an image.

        Args:
            number: of the image in its data set.
            sample: Sample.
            maps: ShownMaps, or None.

        Raises:
            ConfigError: there are no maps.
        """
        if maps is None:
            raise ConfigError(f"{self._folder}: this front end, or the engine it runs on, gives no maps away")
        values = maps.values.astype(np.float16)
        with writing(self._folder, ConfigError):
            self._file.write(values.tobytes())
        boxes, meant = person_boxes((sample.shown_px + 0.5) * maps.scale - 0.5, sample.visibility)
        for name, value in zip(self._rows, (number, values.shape[1:], maps.scale, len(meant), boxes, meant)):
            self._rows[name].append(value)

    def __exit__(self, kind, *_):
        self._file.close()
        if kind is not None or not self._rows["images"]:
            return
        rows = dict(self._rows, **{name: np.concatenate(self._rows[name]) for name in ("corners", "wanted")})
        with writing(self._folder, ConfigError):
            np.savez(self._folder / LABELS_FILE, **rows)


def store_maps(infer, samples, indices, folder, input_size=DEFAULT_INPUT_SIZE):
    """Writes the maps of some samples with a MapsWriter.

    Args:
        infer: from images (1, H, W, 3) uint8 to StageOneMaps.
        samples: sequence of Sample.
        indices: which of them.
        folder: see MapsWriter.
        input_size: (width, height) [px] at which the network runs.

    Raises:
        ConfigError: the folder cannot be written.
    """
    with MapsWriter(folder) as writer:
        for index in tqdm(indices, unit="image", disable=None):
            sample = samples[int(index)]
            resized, letterbox = letterbox_image(sample.image, input_size)
            maps = infer(resized[None])
            writer.add(int(index), sample, ShownMaps(maps.heatmaps[0], maps.part_affinity[0], letterbox.scale))


class StoredMaps:
    """What a MapsWriter wrote: a sequence of maps (MAP_CHANNELS, h, w) float16, boxes (N, 4) [px] and wanted (N,).

    Args:
        folder: where it is.

    Raises:
        ConfigError: no such files, or not such files.
    """

    def __init__(self, folder):
        try:
            with np.load(Path(folder) / LABELS_FILE) as file:
                images, self._shapes, self._scales, people, self._corners, self._wanted = (
                    file[name] for name in ("images", "shapes", "scales", "people", "corners", "wanted"))
            self._maps = np.memmap(Path(folder) / MAPS_FILE, np.float16, "r")
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(f"{folder}: not a folder of `mocap train maps` ({error})") from None
        self._rows = {int(number): row for row, number in enumerate(images)}
        self._starts = np.cumsum(np.append(0, MAP_CHANNELS * self._shapes.prod(1)))
        self._first = np.cumsum(np.append(0, people))
        if self._starts[-1] != len(self._maps):
            raise ConfigError(f"{folder}: {MAPS_FILE} does not hold the maps that {LABELS_FILE} tells of")

    def __len__(self):
        return len(self._shapes)

    def __getitem__(self, index):
        people = slice(self._first[index], self._first[index + 1])
        return self._values(index), self._corners[people], self._wanted[people]

    def of_image(self, number):
        """ShownMaps of an image by its number in the data set; None where none were kept."""
        row = self._rows.get(int(number))
        if row is None:
            return None
        values = self._values(row)
        return ShownMaps(values[:K], values[K:].reshape(L, 2, *values.shape[1:]), self._scales[row])

    def _values(self, row):
        return self._maps[self._starts[row]:self._starts[row + 1]].reshape(MAP_CHANNELS, *self._shapes[row])


def mirrored_maps(maps):
    """Maps (MAP_CHANNELS, h, w) of the mirror image."""
    heatmaps, fields = maps[:K], maps[K:].reshape(L, 2, *maps.shape[1:])
    fields = fields[LIMB_MIRROR] * np.array([-1, 1], maps.dtype)[:, None, None]
    return np.concatenate([heatmaps[KEYPOINT_MIRROR], fields.reshape(2 * L, *maps.shape[1:])])[..., ::-1]


def drawn_gains(generator, whole=None):
    """By how much the heatmap of each keypoint is fainter in a view of an unsure Stage I, 0 to 1, (K, ...).

    Args:
        generator: numpy Generator.
        whole: of them all, from 0 (as they are) to 1 (FAINTEST), of any shape; one draw if None.
    """
    whole = np.asarray(generator.random() if whole is None else whole)
    uneven = UNEVEN * np.abs(generator.normal(size=K))
    return np.exp(np.log(FAINTEST) * whole - uneven.reshape(K, *[1] * whole.ndim))
