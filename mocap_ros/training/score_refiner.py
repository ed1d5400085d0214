"""Scores of a refiner on people whom it never saw, found as in training."""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.datatypes.skeleton import KEYPOINT_DEVIATIONS
from mocap_ros.nets.refiner_net import SIZE_PX
from mocap_ros.training.findings import found_nowhere, found_of
from mocap_ros.training.found_people import FoundImage, NOBODY
from mocap_ros.training.refiner_views import as_found, joined, people_to_refine, plain_view, stacked
from mocap_ros.training.validation import pose_scores

VIEWS_AT_ONCE = 64


class RefinerScores(NamedTuple):
    """Shares, 0 to 1, but for `error` [m].

    Attributes:
        found, similarity: COCO's similarity of the finding, and of the refined places, to the truth, the mean over
            keypoints that are seen or hidden by the own body; 0 where the finding lacks one.
        alone: that of the places where no keypoint is told, in the same crop.
        hidden: that of the refined places of keypoints that others hide.
        seen: keypoints of which it is said rightly whether they are seen.
        people, nobody: findings of people, and of nobody, that are taken for what they are.
        right, error: joints within 150 mm and their mean error [m], see validation.pose_scores.
    """

    found: float
    similarity: float
    alone: float
    hidden: float
    seen: float
    people: float
    nobody: float
    right: float
    error: float


def refiner_views(samples, seed):
    """Plain views as RefinerViews: of all that was found, or where only Samples are given, one of every person with a
    drawn finding and as many of nobody as there is place for.

    Args:
        samples: of Sample, or of FoundImage.
        seed: of the draws.
    """
    views = []
    for number, sample in enumerate(samples):
        if isinstance(sample, FoundImage):
            sample, really, maps = sample
            views += [plain_view(sample, None if person == NOBODY else int(person), as_found(really, row), maps)
                      for row, person in enumerate(really.person)]
            continue
        shown = sample.shown_px
        for person in people_to_refine(sample):
            generator = np.random.default_rng((seed, number, int(person)))
            found = found_of(sample.keypoints_px[person], sample.visibility[person], np.delete(shown, person, 0),
                             generator)
            views.append(plain_view(sample, person, found))
            elsewhere = found_nowhere(found, sample.image.shape[1::-1], shown, generator)
            if elsewhere is not None:
                views.append(plain_view(sample, None, elsewhere))
    return stacked(views)


def score_refiner(model, views):
    """RefinerScores of a RefinerNet in evaluation mode on RefinerViews of numpy arrays."""
    parts = []
    for first in range(0, len(views.crops), VIEWS_AT_ONCE):
        batch = joined([[each[first:first + VIEWS_AT_ONCE] for each in views]])
        with torch.inference_mode():
            outputs = model(*batch.told)
            untold = model(*batch._replace(keypoints=torch.zeros_like(batch.keypoints)).told)
        parts.append([each.numpy() for each in (
            outputs.places, outputs.seen_logits, outputs.person_logits, outputs.joints, untold.places)])
    places, seen, person, joints, alone = (np.concatenate(each) for each in zip(*parts))
    real = views.person > 0
    likeness = partial(_similarity, truth=views.places)
    asked, hidden = views.seen > 0, (views.place_weights > 0) & (views.seen == 0)
    right, error = pose_scores(joints[real].astype(float), views.joints[real].astype(float))
    found = likeness(views.keypoints[..., :2]) * (views.keypoints[..., 2] > 0)
    return RefinerScores(
        found[asked].mean(), likeness(places)[asked].mean(), likeness(alone)[asked].mean(),
        likeness(places)[hidden].mean() if hidden.any() else np.nan,
        ((seen > 0) == asked)[views.seen_weights > 0].mean(), (person > 0)[real].mean(),
        (person <= 0)[~real].mean() if not real.all() else np.nan, right, error)


def _similarity(places, truth):
    """COCO's similarity of each keypoint, (N, K)."""
    distance = np.linalg.norm(places - truth, axis=-1)
    return np.exp(-(distance / (2 * KEYPOINT_DEVIATIONS * SIZE_PX)) ** 2 / 2)
