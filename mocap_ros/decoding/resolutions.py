"""One image seen at several resolutions: the same people, once each, by the best of what was found of them."""

import numpy as np

from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.decoding.keypoint_similarity import box_sides, expected_ranks, similarities

RESOLUTIONS = 0.7, 1.0, 2.0  # sides of the network's input over its usual ones
SAME_PERSON = 0.2  # similarity from which two findings are of one person
SAME_POSE = 0.5  # similarity from which they agree enough to help each other
SMALLEST_RANK = 1e-30  # of people of a few pixels, or without any of COCO's keypoints: they keep their places too
SAME_PLACE = 0.1  # of the person's longer side: keypoints farther apart than that are not averaged


def merge_resolutions(found, resolutions, image_size, most):
    """Detections of everybody in an image that was looked at several times.

    Of the findings of one person the one with the highest expected_ranks leads. Its keypoints become means over those
    that agree with it, by confidence and rank; what it does not show is taken from the next that does; encodings
    likewise.

    Args:
        found: Detections in the image's pixels, with encodings, one for each resolution.
        resolutions: sides of the network's input over its usual ones.
        image_size: (width, height) of the image [px].
        most: people at most.

    Source: ours. The network's error is a share of its own cells and it knows people of some sizes only, so near people
    are placed best at a low resolution and far people found at a high one only (docs/evaluation.md, "One look or
    several").
    """
    points, confidence, scores, encodings = (
        np.concatenate([getattr(each, name) for each in found])
        for name in ("keypoints_px", "confidence", "scores", "encodings"))
    if not len(points):
        return nobody(with_encodings=True)
    ranks = np.concatenate([expected_ranks(each.scores, each.keypoints_px, each.confidence, image_size, resolution)
                            for each, resolution in zip(found, resolutions)])
    ranks = np.maximum(ranks, SMALLEST_RANK)
    likeness = similarities(points, points)
    leader = _leaders(likeness, ranks)
    leading = np.flatnonzero(leader == np.arange(len(ranks)))

    helps = (leader == leading[:, None]) & (likeness[leading] >= SAME_POSE)  # (P, findings)
    helps[np.arange(len(leading)), leading] = True
    weights = helps[..., None] * ranks[:, None] * confidence  # (P, findings, K)
    main = _main_finding(weights, leading)
    keypoint = np.arange(points.shape[1])
    places = points[main, keypoint]  # (P, K, 2)
    sides = box_sides(places).max(-1)
    near = np.linalg.norm(points - places[:, None], axis=-1) <= SAME_PLACE * sides[:, None, None]
    weights = np.where(near, weights, 0)
    total = np.maximum(weights.sum(1), np.finfo(float).tiny)
    seen = confidence[main, keypoint] > 0
    places = np.where(seen[..., None], np.einsum("pfk,fkc->pkc", weights, np.nan_to_num(points)) / total[..., None],
                      np.nan)
    merged = np.einsum("pfk,fkjc->pkjc", weights, encodings) / total[..., None, None]
    certain = confidence[main, keypoint]
    order = np.argsort(-certain.sum(-1), kind="stable")[:most]
    return Detections(places[order], certain[order], scores[leading][order],
                      np.where(seen[..., None, None], merged, 0)[order])


def _leaders(likeness, ranks):
    """Index of the finding that leads each one's person, (findings,): the best first, others join the first like it."""
    leader = np.full(len(ranks), -1)
    for index in np.argsort(-ranks, kind="stable"):
        if leader[index] < 0:
            leader[(leader < 0) & (likeness[index] > SAME_PERSON)] = index
            leader[index] = index
    return leader


def _main_finding(weights, leading):
    """Which finding each keypoint of each person stands on, (P, K): the leading one if it or no other shows it."""
    best = weights.argmax(1)
    shows = weights[np.arange(len(leading)), leading] > 0
    return np.where(shows | ~(weights > 0).any(1), leading[:, None], best)
