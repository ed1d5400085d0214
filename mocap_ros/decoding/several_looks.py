"""One image looked at several times: the same people, once each, by the best of what was found of them."""

import numpy as np

from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.decoding.keypoint_similarity import expected_ranks, similarities
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.nets.image_crop import Crop

RESOLUTIONS = 0.7, 1.0, 2.0  # sides of the network's input over its usual ones
NEAR_RESOLUTIONS = 0.5, 1.0  # the same for near people, at little more than the usual time
NEAR_PX = 80  # longer side of a near person's box in the first of these, below which the second is believed alone
VIEW_PX = 176  # side of a closer look's input
PERSON_PX = 140  # longer side of the box around a person's keypoints in it
SMALLEST_PERSON_PX = 8.0  # longer side of that box in the image, from which on it is enlarged no further
CONFIRMED = 0.1  # similarity to a finding of the closer look from which somebody is there
SAME_PERSON = 0.2  # similarity from which two findings are of one person
SAME_POSE = 0.5  # similarity from which they agree enough to help each other
SMALLEST_RANK = 1e-30  # of people of a few pixels, or without any of COCO's keypoints: they keep their places too
SAME_PLACE = 0.1  # of the person's longer side: keypoints farther apart than that are not averaged


def merge_looks(found, pixels, most):
    """Detections of everybody in an image that was looked at several times.

    Of the findings of one person the one with the highest expected_ranks leads. Its keypoints become means over those
    that agree with it, by confidence and rank; what it does not show is taken from the next that does; encodings
    likewise.

    Args:
        found: Detections in the image's pixels, with encodings, one for each look.
        pixels: side of a pixel of the network's input in each look [px of the image].
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
    ranks = np.concatenate([expected_ranks(each.scores, each.keypoints_px, each.confidence, pixel)
                            for each, pixel in zip(found, pixels)])
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


def near_ones(found, pixel):
    """Those of the Detections of the first of NEAR_RESOLUTIONS whom it knows better than the second.

    Args:
        found: Detections in the image's pixels.
        pixel: side of a pixel of the network's input in that look [px of the image].
    """
    return found.take(box_sides(found.keypoints_px).max(-1) >= NEAR_PX * pixel)


def closer_crop(keypoints_px):
    """Crop in which a person is as large as the network knows people best.

    Args:
        keypoints_px: (K, 2) [px]; NaN where not seen, at least one seen.
    """
    low, high = np.nanmin(keypoints_px, axis=0), np.nanmax(keypoints_px, axis=0)
    side = max((high - low).max(), SMALLEST_PERSON_PX) * VIEW_PX / PERSON_PX
    left, top = (low + high + 1 - side) / 2
    return Crop(float(left), float(top), float(side), VIEW_PX)


def without_unconfirmed(found, chosen, closer):
    """Findings of the looks at the whole image, without people whom one of them and no closer look saw.

    What is no person is rarely taken for one at two sizes (ours).

    Args:
        found: Detections in the image's pixels, one for each look at the whole image.
        chosen: Detections of the people who were looked at closer.
        closer: Detections in the image's pixels of those looks, one for each of them.
    """
    seen = np.array([_sees(look, person[None])[0] for person, look in zip(chosen.keypoints_px, closer)], int)
    seen += np.sum([_sees(look, chosen.keypoints_px) for look in found], axis=0)
    ghosts = chosen.keypoints_px[seen < 2]
    return [each.take(~(similarities(each.keypoints_px, ghosts) > SAME_PERSON).any(1)) for each in found]


def _sees(look, people):
    """Which of the people, (P, K, 2) [px], are like somebody in the Detections of a look, (P,) bool."""
    return (similarities(people, look.keypoints_px) >= CONFIRMED).any(1)


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
