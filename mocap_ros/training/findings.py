"""What a first look may have found of a labelled person: keypoints missing, astray, exchanged, or a neighbour's."""

from typing import NamedTuple, Optional

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.nets.refiner_input import FEWEST_KEYPOINTS

# Measured on whom xnect-base finds of 125 held-out images: shares of keypoints that are not found, by what hides them,
# and standard deviations of the places, in pixels and in sizes of the person.
MISSED_SEEN, MISSED_SELF, MISSED_OTHER = 0.05, 0.15, 0.25
ERROR_PX, ERROR_OF_SIZE = 1.1, 0.006
HIDDEN_ERROR, BEHIND_ERROR = 1.7, 4.0  # factors for keypoints behind the own body, behind others and objects
FACTORS, FACTOR_SHARES = (1.0, 2.2, 6.0), (0.8, 0.14, 0.06)  # some keypoints are found worse than others
UNEVEN = 0.4  # standard deviation of the logarithm by which some people are
# Beyond what was measured, for other networks and images: people who are found badly, and how much more they lack.
BAD, BAD_ERROR, BAD_MISSED = 0.15, 2.5, 3.0
VAGUE, LEAST_VAGUE, MOST_VAGUE = 0.35, 0.05, 0.2  # share of findings that tell little but who is meant; errors in sizes
PART, SMALLEST_PART = 0.12, 0.4  # probability that only one end of a person is found, and its least share of keypoints
TURNED = 0.05  # probability that left and right are exchanged everywhere
EXCHANGED = 0.08  # of one pair of limbs
NEIGHBOURS = 0.1  # probability that a limb is another person's
MOST_MISSED = 0.95
_SIDES = [[KEYPOINTS.index(f"{side}_{name}") for side in "rl" for name in names]
          for names in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"), ("eye", "ear"), ("elbow", "wrist"),
                        ("knee", "ankle"))]
_LIMBS = [[KEYPOINTS.index(name) for name in names] for names in (
    ("r_elbow", "r_wrist"), ("l_elbow", "l_wrist"), ("r_knee", "r_ankle"), ("l_knee", "l_ankle"),
    ("r_hip", "r_knee", "r_ankle"), ("l_hip", "l_knee", "l_ankle"), ("nose", "l_eye", "r_eye", "l_ear", "r_ear"))]


class Finding(NamedTuple):
    """What was found of a person.

    Attributes:
        points: [px], (K, 2).
        confidence: (K,); 0 where not found.
        box: corners of the box around a person of whom nothing else was found [px], (2, 2): low, high; else None.
    """

    points: np.ndarray
    confidence: np.ndarray
    box: Optional[np.ndarray] = None


def box_alone(finding, points):
    """A Finding of nothing but the box around some points, (N, 2) [px]; NaN where not shown."""
    return Finding(finding.points, np.zeros(K), np.stack([np.nanmin(points, axis=0), np.nanmax(points, axis=0)]))


def found_of(points, visibility, others, generator):
    """A Finding of a person.

    Args:
        points: true keypoints [px], (K, 2).
        visibility: codes of datasets.sample, (K,); at least FEWEST_KEYPOINTS above OUTSIDE.
        others: keypoints of other people [px], (Q, K, 2); NaN where outside the image.
        generator: numpy Generator.
    """
    inside = visibility > OUTSIDE
    size = max(np.ptp(points[inside], axis=0).max(), 1.0)
    uneven = np.exp(generator.normal() * UNEVEN)
    bad = generator.random() < BAD
    seen = (visibility == SEEN) | (visibility == UNKNOWN)
    missed = np.where(seen, MISSED_SEEN, np.where(visibility == HIDDEN_BY_SELF, MISSED_SELF, MISSED_OTHER))
    found = inside & (generator.random(K) >= np.minimum(missed * (BAD_MISSED if bad else 1) * uneven, MOST_MISSED))
    if generator.random() < PART:
        angle = generator.uniform(0, 2 * np.pi)
        along = points @ [np.cos(angle), np.sin(angle)]
        found &= along <= np.quantile(along[inside], generator.uniform(SMALLEST_PART, 1))
    if found.sum() < FEWEST_KEYPOINTS:
        found = inside
    hidden = np.where(seen, 1, np.where(visibility == HIDDEN_BY_SELF, HIDDEN_ERROR, BEHIND_ERROR))
    spread = (ERROR_PX + ERROR_OF_SIZE * size) * (BAD_ERROR if bad else 1) * uneven * hidden
    spread = spread * generator.choice(FACTORS, K, p=FACTOR_SHARES)
    if generator.random() < VAGUE:
        spread = np.maximum(spread, generator.uniform(LEAST_VAGUE, MOST_VAGUE) * size)
    moved = points + generator.normal(size=(K, 2)) * spread[:, None]
    _give_away(moved, found, points, others, generator)
    if generator.random() < TURNED:
        moved, found = moved[KEYPOINT_MIRROR], found[KEYPOINT_MIRROR]
    elif generator.random() < EXCHANGED:
        limb = _SIDES[generator.integers(len(_SIDES))]
        moved[limb], found[limb] = moved[KEYPOINT_MIRROR[limb]], found[KEYPOINT_MIRROR[limb]]
    astray = np.linalg.norm(moved - points, axis=-1) / size
    sure = np.clip(0.75 - 2 * astray + generator.normal(size=K) * 0.15, 0.15, 1)
    return Finding(moved, np.where(found, sure, 0))


def found_nowhere(finding, image_size, people, generator, tries=5):
    """The same Finding elsewhere, where nobody is, or None where no such place was met.

    Args:
        finding: Finding.
        image_size: (width, height) [px].
        people: keypoints of everybody [px], (P, K, 2); NaN where outside the image.
        generator: numpy Generator.
        tries: places that are tried.
    """
    shown = finding.points[finding.confidence > 0]
    low, high = shown.min(0), shown.max(0)
    for _ in range(tries):
        shift = generator.uniform(0, 1, 2) * image_size - (low + high) / 2
        inside = ((people >= low + shift) & (people <= high + shift)).all(-1)
        if not inside.any():
            return Finding(finding.points + shift, finding.confidence)
    return None


def _give_away(moved, found, points, others, generator):
    """Puts a limb where the nearest other person has it, in place, now and then."""
    if not len(others) or generator.random() >= NEIGHBOURS:
        return
    limb = _LIMBS[generator.integers(len(_LIMBS))]
    theirs = others[:, limb]
    whole = np.isfinite(theirs).all((1, 2))
    if whole.any():
        away = np.linalg.norm(theirs - points[limb], axis=-1).mean(-1)
        moved[limb], found[limb] = theirs[np.where(whole, away, np.inf).argmin()], True
