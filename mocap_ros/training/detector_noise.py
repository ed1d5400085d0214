"""What a 2D detector makes of exact keypoints: errors, exchanged sides, misses, and a confidence that tells of them."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR, KEYPOINTS

# Standard deviation of the usual error over the person's size (projected standing height), by keypoint.
USUAL = {"nose": .010, "eye": .010, "ear": .010, "neck": .014, "shoulder": .016, "elbow": .017, "wrist": .018,
         "hip": .022, "knee": .018, "ankle": .018, "pelvis": .018, "head_top": .014}
SIGMA = np.array([USUAL[name[2:] if name[1] == "_" else name] for name in KEYPOINTS])
ARMS = [[KEYPOINTS.index(f"{side}_{name}") for name in ("elbow", "wrist")] for side in "rl"]
LEGS = [[KEYPOINTS.index(f"{side}_{name}") for name in ("knee", "ankle")] for side in "rl"]
FAR = 0.08
NOT_COCO = [KEYPOINTS.index(name) for name in ("neck", "pelvis", "head_top")]


class Keypoints2D(NamedTuple):
    """Keypoints as a detector gives them: (B, K, 2) at z = 1 and confidence (B, K), 0 where not seen."""

    plane: np.ndarray
    confidence: np.ndarray


def detect(views, generator):
    """Keypoints2D of Views."""
    count = len(views.plane)
    level = np.exp(generator.normal(0, 0.5, (count, 1)))
    sigma = SIGMA * level * np.where(views.hidden, 2.5, 1)
    far = generator.random((count, K)) < np.where(views.hidden, 0.15, 0.03)
    sigma = np.where(far, FAR, sigma)
    shift = generator.normal(0, 1, (count, K, 2)) * sigma[..., None]
    for limb in ARMS + LEGS:
        shift[:, limb[1]] += 0.5 * shift[:, limb[0]]
    plane = views.plane + shift * views.size[:, None, None]
    for limbs, share in ((ARMS, 0.02), (LEGS, 0.02)):
        swapped = generator.random(count) < share
        plane[np.ix_(swapped, np.ravel(limbs))] = plane[np.ix_(swapped, KEYPOINT_MIRROR[np.ravel(limbs)])]
    whole = generator.random(count) < 0.01
    plane[whole] = plane[whole][:, KEYPOINT_MIRROR]
    error = np.linalg.norm(plane - views.plane, axis=-1) / views.size[:, None]
    known = 1 / (1 + (error / 0.04) ** 2) * np.where(views.hidden, 0.7, 1)
    confidence = np.clip(known + generator.normal(0, 0.12, (count, K)), 0.05, 1) ** np.exp(
        generator.normal(0, 0.6, (count, 1)))
    confidence = np.where(generator.random((count, 1)) < 0.15, 1.0, np.clip(confidence, 0.02, 1))
    missed = generator.random((count, K)) < np.where(views.hidden, 0.25, 0.03) + 0.15 * (error > 0.06)
    missed |= ~views.inside
    missed |= _missing_parts(count, generator)
    kind = generator.random(count)
    missed[np.ix_(kind < 0.5, NOT_COCO)] = True
    return Keypoints2D(np.where(missed[..., None], 0, plane), np.where(missed, 0, confidence))


def _missing_parts(count, generator):
    """Legs, an arm, the head or random joints that are behind something, (B, K) bool."""
    missing = np.zeros((count, K), bool)
    draw = generator.random(count)
    legs = [KEYPOINTS.index(f"{side}_{name}") for side in "rl" for name in ("knee", "ankle")]
    missing[np.ix_(draw < 0.08, legs)] = True
    for number, limb in enumerate(ARMS + LEGS):
        missing[np.ix_((draw > 0.08 + 0.02 * number) & (draw < 0.10 + 0.02 * number), limb)] = True
    some = (draw > 0.2) & (draw < 0.35)
    missing |= some[:, None] & (generator.random((count, K)) < 0.3)
    return missing
