"""What any detector says of people becomes Detections: joints by name, and only what can be true of the image."""

import numpy as np

from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import index_map, K, KEYPOINTS, MIDPOINTS

FEWEST_KEYPOINTS = 3  # of a person; fewer have neither a pose nor a size
NOT_FINITE, BAD_CONFIDENCE, OUTSIDE = (
    "keypoints that are NaN or infinite", "keypoints whose confidence is not 0 to 1", "keypoints outside the image")
TOO_FEW = f"people with fewer than {FEWEST_KEYPOINTS} keypoints"


def detections_of(points_px, confidence, scores, names, width, height, settings, problems):
    """Detections of people in another joint order.

    A keypoint that is not finite, not trusted or outside the image counts as not seen; what other software should not
    have sent is counted. Neck and pelvis are put half-way between shoulders and hips where the detector has none.

    Args:
        points_px: image points [px], (P, N, 2).
        confidence: 0 to 1, (P, N); 0 where not seen.
        scores: 0 to 1, (P,).
        names: joint order, N names as joint_order gives them.
        width, height: of the image [px].
        settings: FrontEndConfig.
        problems: Counter to which the number of each kind of dropped keypoints and people is added.

    Raises:
        SkeletonError: not N joints a person.
    """
    points, confidence = np.asarray(points_px, float), np.asarray(confidence, float)
    scores = np.asarray(scores, float)
    people = len(scores)
    if points.shape != (people, len(names), 2) or confidence.shape != (people, len(names)):
        raise SkeletonError(f"{points.shape[1] if points.ndim == 3 else points.shape} joints a person, wanted "
                            f"{len(names)}: {', '.join(names)}")
    source = index_map(names, KEYPOINTS)
    claimed = (confidence > 0) | np.isnan(confidence)
    finite = np.isfinite(points).all(-1)
    possible = (confidence >= 0) & (confidence <= 1 + 1e-3)
    with np.errstate(invalid="ignore"):
        inside = ((points >= -0.5) & (points <= np.array([width, height]) - 0.5)).all(-1)
    used = np.isin(np.arange(len(names)), source)
    for reason, wrong in ((NOT_FINITE, claimed & ~finite), (BAD_CONFIDENCE, ~possible),
                          (OUTSIDE, claimed & finite & ~inside)):
        count(problems, reason, (wrong & used).sum())
    seen = finite & possible & inside & (confidence > 0) & (confidence >= settings.minimum_confidence)
    points = np.where(seen[..., None], points, np.nan)
    confidence = np.where(seen, np.minimum(confidence, 1), 0)

    there = source >= 0
    keypoints = np.where(there[:, None], points[:, source], np.nan)  # (P, K, 2)
    trusted = np.where(there, confidence[:, source], 0)
    for middle, ends in MIDPOINTS.items():
        if middle not in names:
            m, a, b = (KEYPOINTS.index(name) for name in (middle, *ends))
            keypoints[:, m] = (keypoints[:, a] + keypoints[:, b]) / 2
            trusted[:, m] = np.minimum(trusted[:, a], trusted[:, b])
    enough = (trusted > 0).sum(1) >= FEWEST_KEYPOINTS
    count(problems, TOO_FEW, (~enough).sum())
    scores = np.where(np.isfinite(scores), np.clip(scores, 0, 1), 0)
    kept = np.flatnonzero(enough & (scores >= settings.minimum_score))
    return Detections(keypoints[kept].reshape(-1, K, 2), trusted[kept].reshape(-1, K), scores[kept])


def count(problems, reason, number):
    """Adds `number` to a reason of the Counter `problems`, which holds what has happened only."""
    if number:
        problems[reason] += int(number)
