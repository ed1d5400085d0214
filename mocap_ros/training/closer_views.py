"""Views of one person as a closer look shows people, for a network that answers for the person in the middle alone.

Whom a closer look is meant for was found before, perhaps in part and at a wrong size: the views are drawn around what
such a finding would be, so that the network learns to put it right.
"""

from dataclasses import replace

import numpy as np

from mocap_ros.datasets.augmentation import warp
from mocap_ros.datasets.sample import OUTSIDE, SEEN
from mocap_ros.decoding.several_looks import PERSON_PX, SMALLEST_PERSON_PX, VIEW_PX
from mocap_ros.geometry.boxes import box_sides

LOOKS = WHOLE, CLOSER = "whole", "closer"  # what a Stage I learns from: views with everybody, or of one person
FEWEST_KEYPOINTS = 4  # seen, of a person who is looked at
SMALLEST_SEEN_PX = 16.0  # longer side of the box around the keypoints in the picture
SIZE_SPREAD = 0.12  # standard deviation of the logarithm of the size at which somebody is shown
PLACE_SPREAD = 0.05  # of the place, as a share of the size
TURN = 0.15  # standard deviation of the rotation about the optical axis [rad]
MISSED = 0.1  # probability of a keypoint to be missing in the finding
PART = 0.3  # probability that the finding is but one end of the person
SMALLEST_PART = 0.5  # of the person's keypoints


def closer_view(sample, generator):
    """One random person of a Sample and how a closer look at a finding of that person shows the image.

    Args:
        sample: Sample.
        generator: numpy Generator; the same state gives the same view.

    Returns:
        Sample with that person alone, without masks (one without people is returned as it is), and view_from_image,
        (2, 3), to a view of VIEW_PX x VIEW_PX.
    """
    lookable = lookable_people(sample)
    if len(lookable):
        return _view_of(sample, int(generator.choice(lookable)), generator)
    size = np.array(sample.image.shape[1::-1])
    extent = size.min() * generator.uniform(0.1, 0.8)
    centre = generator.uniform(0, 1, 2) * size
    return of_person(sample, None), _view_around(centre + np.array([[-0.5], [0.5]]) * extent, generator)


def closer_samples(samples, seed):
    """A view of every person of the Samples whom a closer look can be meant for, each a Sample with one person."""
    views = []
    for number, sample in enumerate(samples):
        for person in lookable_people(sample):
            generator = np.random.default_rng((seed, number, int(person)))
            views.append(warp(*_view_of(sample, person, generator), VIEW_PX, VIEW_PX))
    return views


def of_person(sample, person):
    """`sample` with one person's labels, or nobody's (None), and without masks.

    The others are in the picture still, but nothing is asked of them: they are surroundings.
    """
    rows = [] if person is None else [person]
    names = ("keypoints_px", "visibility", "joints_camera", "root_rotations", "angles")
    return replace(sample, owners=np.zeros((0, 0), np.uint8), **{name: getattr(sample, name)[rows] for name in names})


def lookable_people(sample, fewest=FEWEST_KEYPOINTS, smallest_px=SMALLEST_SEEN_PX):
    """Indices of the people whom a look at the whole image may find.

    Args:
        sample: Sample.
        fewest: keypoints that are seen.
        smallest_px: longer side of the box around their keypoints in the picture.
    """
    return np.flatnonzero(((sample.visibility >= SEEN).sum(1) >= fewest)
                          & (box_sides(sample.shown_px).max(-1) >= smallest_px))


def _view_of(sample, person, generator):
    """What closer_view returns, of a person by index."""
    return of_person(sample, person), _view_around(_finding(sample, person, generator), generator)


def _finding(sample, person, generator):
    """Keypoints that a look at the whole image may have found of a person, (N, 2) [px]: most of those inside it."""
    points = sample.keypoints_px[person][sample.visibility[person] > OUTSIDE]
    kept = generator.random(len(points)) >= MISSED
    if generator.random() < PART:
        angle = generator.uniform(0, 2 * np.pi)
        along = points @ [np.cos(angle), np.sin(angle)]
        kept &= along <= np.quantile(along, generator.uniform(SMALLEST_PART, 1))
    return points[kept] if kept.sum() >= FEWEST_KEYPOINTS else points


def _view_around(points, generator):
    """view_from_image, (2, 3), that shows the box of `points`, (N, 2) [px], in about PERSON_PX, turned a little."""
    low, high = points.min(0), points.max(0)
    size = max((high - low).max(), SMALLEST_PERSON_PX)
    zoom = PERSON_PX / size * np.exp(generator.normal() * SIZE_SPREAD)
    centre = (low + high) / 2 + generator.normal(size=2) * PLACE_SPREAD * size
    angle = generator.normal() * TURN
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate([linear, ((VIEW_PX - 1) / 2 - linear @ centre)[:, None]], 1)
