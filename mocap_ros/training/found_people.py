"""Whom a Stage I really finds in training images: the refiner learns from its true errors, not from drawn ones alone.

Drawn errors do not know where an image is hard, and a detector errs exactly there: a network that learns from drawn
ones alone trusts what was found too much (docs/refining.md).
"""

from pathlib import Path
from typing import NamedTuple, Optional

import numpy as np
from tqdm import tqdm

from mocap_ros.datasets.sample import Sample
from mocap_ros.datasets.synthetic import SyntheticShards
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR
from mocap_ros.decoding.keypoint_similarity import similarities
from mocap_ros.decoding.person_boxes import overlaps
from mocap_ros.geometry.boxes import boxes_of
from mocap_ros.nets.refiner_input import refinable
from mocap_ros.nets.shown_maps import ShownMaps
from mocap_ros.training.stored_maps import StoredMaps

NOBODY = -1
ALIKE = 0.1  # similarity from which a finding is meant for a labelled person
LIKE_SOMEBODY = 0.03  # from which it may be, and is left out
LIKE_BOX, LIKE_SOMEBODYS_BOX = 0.4, 0.1  # the same of boxes: intersection over union


class FoundPeople(NamedTuple):
    """N findings in the images of a folder of shards.

    Attributes:
        image: number of the image, (N,), ascending.
        person: whom of its labelled people each is, or NOBODY, (N,).
        keypoints_px: (N, K, 2) float32; NaN where not found.
        confidence: (N, K) float32; 0 where not found.
        corners: of the box of somebody of whom nothing else was found: left, top, right, bottom [px], (N, 4) float32;
            NaN for the others.
    """

    image: np.ndarray
    person: np.ndarray
    keypoints_px: np.ndarray
    confidence: np.ndarray
    corners: np.ndarray


class FoundImage(NamedTuple):
    """A training image and what was found in it.

    Attributes:
        sample: Sample.
        people: FoundPeople.
        maps: ShownMaps of a look at it, or None.
    """

    sample: Sample
    people: FoundPeople
    maps: Optional[ShownMaps]


def find_people(detect, samples, indices, keep=None):
    """FoundPeople of some samples: whose keypoints were found, and in whose box nothing was.

    Args:
        detect: function from an image to Detections.
        samples: sequence of Sample.
        indices: which of them, ascending.
        keep: function of (index, Sample, ShownMaps or None), called for each image; or None.
    """
    parts = []
    for index in tqdm(indices, unit="image", disable=None):
        sample = samples[int(index)]
        found = detect(sample.image)
        parts.append(_in_image(int(index), found, sample))
        if keep is not None:
            keep(int(index), sample, found.shown and found.shown.maps)
    return FoundPeople(*(np.concatenate(each) for each in zip(*parts)))


def _in_image(index, found, sample):
    """FoundPeople of one Sample, given the Detections in it."""
    person, clear = who_is_who(found.keypoints_px, sample.shown_px)
    known = refinable(found.keypoints_px) & clear
    corners = found.shown.corners if found.shown is not None else np.zeros((0, 4))
    boxed, plain = whose_boxes(corners, sample.shown_px)
    people, boxes = known.sum(), plain.sum()
    return FoundPeople(
        np.full(people + boxes, index), np.append(person[known], boxed[plain]),
        np.concatenate([found.keypoints_px[known], np.full((boxes, K, 2), np.nan, np.float32)]),
        np.concatenate([found.confidence[known], np.zeros((boxes, K), np.float32)]),
        np.concatenate([np.full((people, 4), np.nan), corners[plain]]).astype(np.float32))


def whose_boxes(corners, people_px):
    """Whom boxes are meant for.

    Args:
        corners: left, top, right, bottom [px], (N, 4).
        people_px: (P, K, 2) [px]; NaN where not in the image.

    Returns:
        The person of each box, or NOBODY, (N,); and whether that is clear, (N,) bool.
    """
    likeness = np.zeros((len(corners), 1))
    shown = np.flatnonzero(np.isfinite(people_px).all(-1).any(1))
    if len(shown):
        likeness = overlaps(corners, boxes_of(people_px[shown]))
    best = likeness.max(1)
    theirs = best >= LIKE_BOX
    person = np.where(theirs, shown[likeness.argmax(1)] if len(shown) else NOBODY, NOBODY)
    return person, theirs | (best < LIKE_SOMEBODYS_BOX)


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


def write_found(path, folder, found, maps=None):
    """Keeps FoundPeople of the shards in `folder`, whose place is remembered, and that of the folder of their maps."""
    places = {"folder": str(Path(folder).resolve()), "maps": str(Path(maps).resolve()) if maps else ""}
    np.savez(path, **places, **found._asdict())


class FoundSamples:
    """Images with labelled people and what was found in them: a sequence of FoundImage.

    Args:
        path: what write_found wrote.

    Raises:
        ConfigError: no such file, or not such a file, or its maps are gone.
        ImageError: its shards are gone.
    """

    def __init__(self, path):
        try:
            with np.load(path) as file:
                self._found = FoundPeople(*(file[name] for name in FoundPeople._fields))
                folder, maps = str(file["folder"]), str(file["maps"])
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(f"{path}: not a file of `mocap train find` ({error})") from None
        self._samples = SyntheticShards(folder)
        self._maps = StoredMaps(maps) if maps else None
        self._images, self._starts = np.unique(self._found.image, return_index=True)
        self._ends = np.append(self._starts[1:], len(self._found.image))

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        rows = slice(self._starts[index], self._ends[index])
        number = int(self._images[index])
        return FoundImage(self._samples[number], FoundPeople(*(each[rows] for each in self._found)),
                          self._maps and self._maps.of_image(number))
