"""Which prediction belongs to which annotated person, by their 2D keypoints."""

import numpy as np

from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, KEYPOINT_MIRROR, KEYPOINTS

PLACED_WITHIN = 0.1  # of the longer side of the person's keypoint box
FEWEST_AGREEING = 4  # keypoints that a detection and a labelled person must share to be paired
MUPOTS_RADIUS_PX = 40.0
_MUPOTS_MATCHED = [KEYPOINTS.index(name) for name in EVALUATION_JOINTS[1:]]  # neck to ankles


def pair_by_agreement(found_px, found, labelled_px, labelled, either_side=False):
    """Detections and the labelled people they are: each side once, the closest pairs first.

    A pair needs FEWEST_AGREEING keypoints within PLACED_WITHIN of the person's size, and most of those that both have.

    Args:
        found_px: keypoints of detections [px], (N, K, 2), and `found`, where they count, (N, K) bool.
        labelled_px: keypoints of people [px], (P, K, 2), and `labelled`, where they count, (P, K) bool.
        either_side: also pair those who agree once left and right are exchanged: it is the same person all the same.

    Returns:
        Indices of the detections and of the people, two arrays of equal length.

    Source: ours.
    """
    score = _agreement(found_px, found, labelled_px, labelled)
    if either_side:
        mirrored = _agreement(found_px[:, KEYPOINT_MIRROR], found[:, KEYPOINT_MIRROR], labelled_px, labelled)
        score = np.maximum(score, mirrored)
    detections, people = [], []
    while score.size and score.max() > 0:
        n, p = np.unravel_index(score.argmax(), score.shape)
        detections.append(n)
        people.append(p)
        score[n], score[:, p] = 0, 0
    return np.array(detections, int), np.array(people, int)


def pair_as_mupots(found_px, found, labelled_px, labelled):
    """The same by MuPoTS-3D's rule: each annotated person in turn takes the free prediction with most joints near.

    Near is within MUPOTS_RADIUS_PX along x and along y, over neck, shoulders, elbows, wrists, hips, knees and ankles,
    hidden ones included; one such joint is enough. Source: the set's published script.
    """
    near = (np.abs(found_px[:, None] - labelled_px[None]) < MUPOTS_RADIUS_PX).all(-1) & found[:, None] & labelled[None]
    score = near[..., _MUPOTS_MATCHED].sum(-1)  # (N, P)
    detections, people = [], []
    for person in range(len(labelled_px)):
        if len(score) and score[:, person].max() > 0:
            best = score[:, person].argmax()
            detections.append(best)
            people.append(person)
            score[best] = 0
    return np.array(detections, int), np.array(people, int)


def _agreement(found_px, found, labelled_px, labelled):
    """How far each detection and person agree, (N, P); 0 for those who are no pair."""
    both = found[:, None] & labelled[None]  # (N, P, K)
    offset = np.where(both[..., None], np.nan_to_num(labelled_px)[None] - np.nan_to_num(found_px)[:, None], 0)
    near = np.linalg.norm(offset, axis=-1) < PLACED_WITHIN * person_sizes(labelled_px, labelled)[:, None]
    agreeing = (both & near).sum(-1)
    share = agreeing / np.maximum(both.sum(-1), 1)
    return np.where((agreeing >= FEWEST_AGREEING) & (share > 0.5), agreeing * share, 0)


def person_sizes(keypoints_px, counted):
    """Longer side of the box around each person's counted keypoints [px], (P,), at least 1."""
    points = np.where(counted[..., None], keypoints_px, np.nan)
    low = np.where(np.isnan(points), np.inf, points).min(1, initial=np.inf)
    high = np.where(np.isnan(points), -np.inf, points).max(1, initial=-np.inf)
    return np.maximum(np.where(high >= low, high - low, 0).max(-1, initial=0), 1.0)
