"""Views from which the refiner learns: crops around what may have been found of a person, and the truth."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from mocap_ros.datasets.augmentation import augment, AugmentationConfig, mirror, warp
from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN, unlabelled
from mocap_ros.datatypes.skeleton import J, JOINTS, K, KEYPOINT_MIRROR, ROOT
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.geometry.perspective_correction import view_from_camera
from mocap_ros.nets.person_frame import reference_scale
from mocap_ros.nets.refiner_input import box_crop, camera_numbers, CROP_PX, FEWEST_KEYPOINTS, finding, refine_crop
from mocap_ros.nets.shown_maps import fainter, NOTHING_SHOWN
from mocap_ros.training.closer_views import lookable_people, of_person
from mocap_ros.training.findings import box_alone, Finding, found_nowhere, found_of
from mocap_ros.training.found_people import FoundImage, NOBODY
from mocap_ros.training.stored_maps import drawn_gains, mirrored_maps, UNSURE
from mocap_ros.training.targets import ON_BODY

PEOPLE_OF_IMAGE = 4  # views of every image that is read
FEWEST_SEEN = 3  # keypoints of a person who is learned from
SMALLEST_SEEN_PX = 12.0  # longer side of the box around the keypoints in the picture
SIZE_SPREAD, PLACE_SPREAD, TURN = 0.12, 0.04, 0.12  # of a view around a finding, beyond the finding's own errors
FALSE_FINDINGS = 0.08  # share of views of a finding that is nobody
IN_PHOTOGRAPHS = 0.5  # share of these that are laid over a photograph, where there are any
LOSING, LOST = 0.2, 0.3  # share of real findings that lose keypoints, and how many of them
SHAKEN = 0.004  # standard deviation of the places of a real finding's keypoints beyond its errors, of its size
HIDDEN_WEIGHT = 0.5  # of the place of a keypoint that another person or an object hides
MAPLESS = 0.3  # share of views without maps: the image must be read, and an engine may keep its maps on its device
AUGMENTATION = AugmentationConfig(width=CROP_PX, height=CROP_PX, mirror=0)
UNCOVERED = replace(AUGMENTATION, occluder=0)  # with maps: they saw what an occluder would hide
PELVIS = JOINTS.index(ROOT)


class RefinerViews(NamedTuple):
    """N views, float32 but for the crops.

    Attributes:
        crops, keypoints, camera, maps: what RefinerNet reads.
        places: true keypoints [px of the crop], (N, K, 2), and place_weights, (N, K), 0 where not known or not shown.
        seen: 1 where a keypoint is seen or hidden by the own body, (N, K), and seen_weights, 0 where nobody knows.
        person: 1 where the finding is a person, (N,).
        joints: root-relative, at the reference height, axes of the view through the crop's centre [m], (N, J, 3); NaN
            where unknown.
    """

    crops: np.ndarray
    keypoints: np.ndarray
    camera: np.ndarray
    maps: np.ndarray
    places: np.ndarray
    place_weights: np.ndarray
    seen: np.ndarray
    seen_weights: np.ndarray
    person: np.ndarray
    joints: np.ndarray

    @property
    def told(self):
        """What RefinerNet reads, in its order."""
        return self.crops, self.keypoints, self.camera, self.maps


class RandomFindings(Dataset):
    """PEOPLE_OF_IMAGE RefinerViews of a random image; the key is (step, place in the batch).

    Args:
        sources: sequences of Sample, whose findings are drawn, or of FoundImage, each with a length.
        shares: how often each source is drawn.
        patches: sequence of Sample without people from which occluders are cut; None for plain ones.
        seed: of all draws.
        box_alone: share of views of which only the box is told: there the network must read the image.
    """

    def __init__(self, sources, shares, patches, seed, box_alone=0.0):
        self.sources, self.patches, self.seed, self.box_alone = sources, patches, seed, box_alone
        self.shares = np.asarray(shares, float) / np.sum(shares)

    def __getitem__(self, key):
        generator = np.random.default_rng((self.seed, *key))
        while True:
            source = self.sources[generator.choice(len(self.sources), p=self.shares)]
            sample = source[int(generator.integers(len(source)))]
            sample, really, maps = sample if isinstance(sample, FoundImage) else (sample, None, None)
            patch = None
            if self.patches is not None and maps is None:  # views with maps have no occluders
                patch = self.patches[int(generator.integers(len(self.patches)))].image
            people = people_to_refine(sample) if really is None else np.arange(len(really.person))
            if len(people):
                break
        chosen = generator.choice(people, PEOPLE_OF_IMAGE, replace=len(people) < PEOPLE_OF_IMAGE)
        views = []
        for number in map(int, chosen):
            shown, person, found = drawn_finding(sample, number, generator, patch) if really is None else real_finding(
                sample, really, number, generator)
            if found.box is None and self.box_alone and generator.random() < self.box_alone:
                around = found.points[found.confidence > 0] if person is None else shown.shown_px[person]
                found = box_alone(found, around)
            told = None if generator.random() < MAPLESS else maps
            views.append(random_view(shown, person, found, generator, patch, told))
        return stacked(views)


def stacked(views):
    """Several views of one person each, or several RefinerViews, as one."""
    return RefinerViews(*(np.stack(parts) for parts in zip(*views)))


def joined(parts):
    """Several RefinerViews as one, of tensors: the batch of a DataLoader."""
    return RefinerViews(*(torch.from_numpy(np.concatenate(each)) for each in zip(*parts)))


def people_to_refine(sample):
    """Indices of the people of a Sample of whom a first look may find enough."""
    return lookable_people(sample, FEWEST_SEEN, SMALLEST_SEEN_PX)


def drawn_finding(sample, person, generator, patch=None):
    """What may have been found of a person: a Sample, whom of it (None for nobody), and the Finding.

    Args:
        sample: Sample.
        person: index.
        generator: numpy Generator; the same state gives the same finding.
        patch: (H, W, 3) uint8 photograph in which a false finding may lie instead, or None.
    """
    shown = sample.shown_px
    found = found_of(sample.keypoints_px[person], sample.visibility[person], np.delete(shown, person, 0), generator)
    if generator.random() < FALSE_FINDINGS:
        if patch is not None and generator.random() < IN_PHOTOGRAPHS:
            sample, shown = unlabelled(patch), np.zeros((0, K, 2))
        elsewhere = found_nowhere(found, sample.image.shape[1::-1], shown, generator)
        if elsewhere is not None:
            person, found = None, elsewhere
    return sample, person, found


def real_finding(sample, really, number, generator):
    """The same of what was really found, by its number in the FoundPeople of the Sample, shaken a little."""
    person = int(really.person[number])
    person, found = None if person == NOBODY else person, as_found(really, number)
    if found.box is not None:
        return sample, person, found
    points, confidence = found.points, found.confidence
    size = box_sides(really.keypoints_px[number][None]).max()
    lost = generator.random(K) < generator.choice((0.0, LOST), p=(1 - LOSING, LOSING))
    if (confidence[~lost] > 0).sum() >= FEWEST_KEYPOINTS:
        confidence = np.where(lost, 0, confidence)
    return sample, person, Finding(points + generator.normal(size=(K, 2)) * SHAKEN * size, confidence)


def as_found(really, number):
    """The Finding of a number in FoundPeople."""
    corners = really.corners[number].astype(float)
    return Finding(np.nan_to_num(really.keypoints_px[number]).astype(float), really.confidence[number].astype(float),
                   corners.reshape(2, 2) if np.isfinite(corners).all() else None)


def random_view(sample, person, found, generator, patch=None, maps=None):
    """One random view of a person, as a RefinerViews without its first dimension.

    Args:
        sample: Sample.
        person: index, or None for a finding of nobody.
        found: Finding.
        generator: numpy Generator; the same state gives the same view.
        patch: (H, W, 3) uint8 photograph from which occluders are cut, or None.
        maps: ShownMaps of the sample's image, or None.
    """
    view_from_image = _view_around(found, generator)
    view = augment(of_person(sample, person), AUGMENTATION if maps is None else UNCOVERED, generator, patch,
                   view_from_image)
    points = found.points @ view_from_image[:, :2].T + view_from_image[:, 2]
    confidence, shown = found.confidence, NOTHING_SHOWN
    if maps is not None:
        shown = maps.around(view_from_image)
        if generator.random() < UNSURE:
            gains = drawn_gains(generator)
            shown, confidence = fainter(shown, gains), confidence * gains
    if generator.random() < 0.5:
        view, shown = mirror(view), mirrored_maps(shown)
        points, confidence = points[KEYPOINT_MIRROR] * [-1, 1] + [CROP_PX - 1, 0], confidence[KEYPOINT_MIRROR]
    return labelled_view(view, points, confidence, shown)


def plain_view(sample, person, found, maps=None):
    """The view that running would have of a person by index, given a Finding; see random_view."""
    crop = _crop_around(found)
    view = warp(of_person(sample, person), crop.from_image, CROP_PX, CROP_PX)
    shown = NOTHING_SHOWN if maps is None else maps.around(crop.from_image)
    return labelled_view(view, crop.to_crop(found.points), found.confidence, shown)


def labelled_view(view, points, confidence, shown=NOTHING_SHOWN):
    """A RefinerViews without its first dimension.

    Args:
        view: Sample of CROP_PX x CROP_PX with one person, or with nobody.
        points, confidence: what was found, (K, 2) [px of the crop] and (K,).
        shown: of Stage I's maps, (MAP_CHANNELS, CELLS, CELLS).
    """
    real = len(view) > 0
    visibility = view.visibility[0] if real else np.full(K, OUTSIDE)
    places = view.keypoints_px[0] if real else np.zeros((K, 2))
    known = (visibility > OUTSIDE) & view.labelled
    own = (visibility == SEEN) | (((visibility == HIDDEN_BY_SELF) | (visibility == UNKNOWN)) & ON_BODY)
    middle = (CROP_PX - 1) / 2
    ray, side, joints = np.full(3, np.nan), np.nan, np.full((J, 3), np.nan)
    if np.isfinite(view.camera_matrix).all():
        ray = np.linalg.solve(view.camera_matrix, [middle, middle, 1.0])
        side = CROP_PX / np.sqrt(abs(np.linalg.det(view.camera_matrix[:2, :2])))
        if real:
            relative = view.joints_camera[0] - view.joints_camera[0, PELVIS]
            joints = relative @ view_from_camera(ray).T * reference_scale(view.joints_camera[0])
    camera = camera_numbers(ray[None], np.array([side]))[0]
    return RefinerViews(
        view.image, finding(points, confidence), camera, np.ascontiguousarray(shown),
        np.where(known[:, None], places, 0).astype(np.float32),
        np.where(known, np.where(own, 1.0, HIDDEN_WEIGHT), 0).astype(np.float32),
        (own & known).astype(np.float32), (view.labelled & real & (visibility != UNKNOWN)).astype(np.float32),
        np.float32(real), joints.astype(np.float32))


def _crop_around(found):
    """The Crop that running would show of a Finding."""
    if found.box is not None:
        return box_crop(*found.box)
    return refine_crop(np.where((found.confidence > 0)[:, None], found.points, np.nan))


def _view_around(found, generator):
    """view_from_image, (2, 3), of a crop around a Finding, a little off and turned."""
    crop = _crop_around(found)
    zoom = crop.scale * np.exp(generator.normal() * SIZE_SPREAD)
    centre = np.array([crop.left, crop.top]) + crop.side / 2 + generator.normal(size=2) * PLACE_SPREAD * crop.side
    angle = generator.normal() * TURN
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate([linear, ((CROP_PX - 1) / 2 - linear @ centre)[:, None]], 1)
