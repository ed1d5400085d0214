"""Shards of rendered people: the writer, and the reader that training streams.

A data set is a folder of shards: `images_00000.bin` holds JPEG files end to end, `owners_00000.bin` PNG files that say
whom each pixel shows, `labels_00000.npz` where each begins and all labels. The labels are written last and moved into
place, so a shard with labels is whole. Shards from before there were owners and joint angles are read without them.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from mocap_ros.datasets import clips
from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, findable, LabelledFrame
from mocap_ros.datasets.packed_images import decoded, encode_owners, read_packed
from mocap_ros.datasets.sample import Sample
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import ANGLES

JPEG_QUALITY = 92
LABELS = ("keypoints_px", "visibility", "joints_camera", "joint_visibility", "heights", "root_rotations", "angles")
LATER_LABELS = {"root_rotations": (3, 3), "angles": (len(ANGLES),)}  # NaN where a shard lacks them


def shard_paths(folder, number):
    """Paths of the images, the labels and the owners of one shard."""
    folder = Path(folder)
    return folder / f"images_{number:05d}.bin", folder / f"labels_{number:05d}.npz", folder / f"owners_{number:05d}.bin"


def write_shard(folder, number, pictures):
    """Writes one shard.

    Args:
        folder: existing folder.
        number: the shard's number.
        pictures: iterable of objects with image (H, W, 3) uint8 BGR, matrix (3, 3) and labels, which holds LABELS and
            owners (H, W) uint8.
    """
    images_path, labels_path, owners_path = shard_paths(folder, number)
    offsets, owner_offsets, matrices, people = [0], [0], [], [0]
    columns = {name: [] for name in LABELS}
    with open(images_path, "wb") as file, open(owners_path, "wb") as owners_file:
        for picture in pictures:
            encoded = cv2.imencode(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
            file.write(encoded.tobytes())
            offsets.append(offsets[-1] + len(encoded))
            encoded = encode_owners(picture.labels.owners)
            owners_file.write(encoded)
            owner_offsets.append(owner_offsets[-1] + len(encoded))
            matrices.append(picture.matrix)
            people.append(people[-1] + len(picture.labels.heights))
            for name, column in columns.items():
                column.append(getattr(picture.labels, name))
    arrays = {name: np.concatenate(column) for name, column in columns.items()}
    unfinished = labels_path.with_suffix(".part")
    with open(unfinished, "wb") as file:
        np.savez(
            file,
            offsets=np.array(offsets, np.int64),
            owner_offsets=np.array(owner_offsets, np.int64),
            people=np.array(people, np.int64),
            matrices=np.array(matrices, np.float64),
            **arrays,
        )
    unfinished.replace(labels_path)


@dataclass(frozen=True, eq=False)
class _Shard:
    images: Path
    owners: Path
    offsets: np.ndarray
    owner_offsets: np.ndarray
    people: np.ndarray
    matrices: np.ndarray
    labels: dict


class SyntheticShards:
    """Samples of a folder of shards; shards still being written are left out.

    Args:
        folder: what `mocap synth render` wrote.
        with_owners: True to read whom each pixel shows too; older shards do not know.

    Raises:
        ImageError: no finished shard there, or (on access) an image that cannot be read.
    """

    def __init__(self, folder, with_owners=False):
        self.shards, self.with_owners = [], with_owners
        for path in sorted(Path(folder).glob("labels_*.npz")):
            with np.load(path) as file:
                arrays = {name: file[name] for name in file.files}
            images, _, owners = shard_paths(folder, int(path.stem.split("_")[1]))
            for name, shape in LATER_LABELS.items():
                arrays.setdefault(name, np.full((len(arrays["heights"]), *shape), np.nan, np.float32))
            self.shards.append(
                _Shard(
                    images,
                    owners,
                    arrays["offsets"],
                    arrays.get("owner_offsets", np.zeros(0, np.int64)),
                    arrays["people"],
                    arrays["matrices"],
                    {name: arrays[name] for name in LABELS},
                )
            )
        if not self.shards:
            raise ImageError(f"{folder}: no finished shard (labels_*.npz). Make some with `mocap synth render`")
        self.starts = np.cumsum([0] + [len(shard.matrices) for shard in self.shards])
        self._maps = {}

    def __len__(self):
        return int(self.starts[-1])

    def _locate(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        index %= len(self)
        number = int(np.searchsorted(self.starts, index, side="right")) - 1
        return self.shards[number], number, index - int(self.starts[number])

    def people(self, index):
        """Labels of one image's people by name (LABELS), without reading the image."""
        shard, _, row = self._locate(index)
        chosen = slice(shard.people[row], shard.people[row + 1])
        return {name: values[chosen] for name, values in shard.labels.items()}

    def __getitem__(self, index):
        shard, _, row = self._locate(index)
        image = decoded(self._bytes(shard.images, shard.offsets, row), shard.images, row)
        owners = np.zeros((0, 0), np.uint8)
        if self.with_owners and len(shard.owner_offsets):
            encoded = self._bytes(shard.owners, shard.owner_offsets, row)
            owners = decoded(encoded, shard.owners, row, cv2.IMREAD_GRAYSCALE)
        labels = self.people(index)
        return Sample(
            image, labels["keypoints_px"], labels["visibility"], labels["joints_camera"], shard.matrices[row],
            owners=owners, root_rotations=labels["root_rotations"], angles=labels["angles"],
        )

    def _bytes(self, path, offsets, row):
        """One encoded file out of a file of many."""
        if path not in self._maps:
            self._maps[path] = np.memmap(path, np.uint8, "r")
        return self._maps[path][offsets[row] : offsets[row + 1]]

    def __getstate__(self):
        return {**self.__dict__, "_maps": {}}


def evaluation_sequences(root):
    """Rendered people as EvaluationSequences: one of all shards of a folder, or one for each clip that it holds.

    Args:
        root: what `mocap synth render` wrote, or a clip or folder of clips of `mocap synth clip`.

    Raises:
        ImageError: neither there.
    """
    if not list(Path(root).glob("labels_*.npz")):
        return clips.evaluation_sequences(root)
    return [EvaluationSequence("synthetic", ShardFrames(SyntheticShards(root)))]


class ShardFrames:
    """The images of a folder of shards as LabelledFrames; they have nothing to do with each other in time.

    Args:
        shards: SyntheticShards.
    """

    def __init__(self, shards):
        self.shards = shards

    def __len__(self):
        return len(self.shards)

    def __getitem__(self, index):
        shard, _, row = self.shards._locate(index)
        labels = self.shards.people(index)
        width, height = _image_size(shard.matrices[row])
        place = int(shard.offsets[row]), int(shard.offsets[row + 1])
        read_owners = None
        if len(shard.owner_offsets):
            owners = int(shard.owner_offsets[row]), int(shard.owner_offsets[row + 1])
            read_owners = partial(read_packed, shard.owners, *owners, row, cv2.IMREAD_GRAYSCALE)
        return LabelledFrame(
            index, float(index), partial(read_packed, shard.images, *place, row), labels["keypoints_px"],
            labels["visibility"], labels["joints_camera"], joint_visibility=labels["joint_visibility"],
            valid=findable(labels["visibility"]), camera=Camera(width, height, shard.matrices[row]),
            root_rotations=labels["root_rotations"], angles=labels["angles"], read_owners=read_owners,
        )


def _image_size(matrix):
    """Size of a rendered image [px]: its principal point is its middle."""
    return int(round(2 * matrix[0, 2] + 1)), int(round(2 * matrix[1, 2] + 1))
