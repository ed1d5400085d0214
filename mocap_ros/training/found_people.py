"""Whom a Stage I really finds in training images: the refiner learns from its true errors, not from drawn ones alone.

Drawn errors do not know where an image is hard, and a detector errs exactly there: a network that learns from drawn
ones alone trusts what was found too much (docs/refining.md).
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from mocap_ros.datasets.synthetic import SyntheticShards
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import KEYPOINT_MIRROR
from mocap_ros.decoding.keypoint_similarity import similarities
from mocap_ros.nets.refiner_input import refinable

NOBODY = -1
ALIKE = 0.1  # similarity from which a finding is meant for a labelled person
LIKE_SOMEBODY = 0.03  # from which it may be, and is left out


class FoundPeople(NamedTuple):
    """N findings in the images of a folder of shards.

    Attributes:
        image: number of the image, (N,), ascending.
        person: whom of its labelled people each is, or NOBODY, (N,).
        keypoints_px: (N, K, 2) float32; NaN where not found.
        confidence: (N, K) float32; 0 where not found.
    """

    image: np.ndarray
    person: np.ndarray
    keypoints_px: np.ndarray
    confidence: np.ndarray


def find_people(detect, samples, indices):
    """FoundPeople of some samples.

    Args:
        detect: function from an image to Detections.
        samples: sequence of Sample.
        indices: which of them, ascending.
    """
    parts = []
    for index in tqdm(indices, unit="image", disable=None):
        sample = samples[int(index)]
        found = detect(sample.image)
        person, clear = who_is_who(found.keypoints_px, sample.shown_px)
        kept = refinable(found.keypoints_px) & clear
        parts.append(FoundPeople(np.full(kept.sum(), index), person[kept], found.keypoints_px[kept],
                                 found.confidence[kept]))
    return FoundPeople(*(np.concatenate(each) for each in zip(*parts)))


def who_is_who(found_px, people_px):
    """Whom findings are meant for, however badly they are placed, sides exchanged or not.

    Args:
        found_px, people_px: (N, K, 2), (P, K, 2) [px]; NaN where not found or not in the image.

    Returns:
        The person of each finding, the most alike first and each person once, or NOBODY, (N,); and whether that is
        clear, (N,) bool: a second finding of somebody, or one that is a little like somebody, is not.
    """
    likeness = np.maximum(similarities(found_px, people_px), similarities(found_px[:, KEYPOINT_MIRROR], people_px))
    person, left = np.full(len(found_px), NOBODY), likeness.copy()
    while left.size and left.max() >= ALIKE:
        n, p = np.unravel_index(left.argmax(), left.shape)
        person[n] = p
        left[n], left[:, p] = 0, 0
    return person, (person != NOBODY) | (likeness < LIKE_SOMEBODY).all(1)


def write_found(path, folder, found):
    """Keeps FoundPeople of the shards in `folder`, whose place is remembered."""
    np.savez(path, folder=str(Path(folder).resolve()), **found._asdict())


class FoundSamples:
    """Images with labelled people and what was found in them: a sequence of (Sample, FoundPeople).

    Args:
        path: what write_found wrote.

    Raises:
        ConfigError: no such file, or not such a file.
        ImageError: its shards are gone.
    """

    def __init__(self, path):
        try:
            with np.load(path) as file:
                self._found = FoundPeople(*(file[name] for name in FoundPeople._fields))
                folder = str(file["folder"])
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(f"{path}: not a file of `mocap train find` ({error})") from None
        self._samples = SyntheticShards(folder)
        self._images, self._starts = np.unique(self._found.image, return_index=True)
        self._ends = np.append(self._starts[1:], len(self._found.image))

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        rows = slice(self._starts[index], self._ends[index])
        return self._samples[int(self._images[index])], FoundPeople(*(each[rows] for each in self._found))
