"""Statistics with a sign, by which a systematic fault is told from a weak network: swapped sides, flipped axes, half a
pixel, millimetres for metres. A network that merely guesses badly leaves them near their right values.

Source: ours.
"""

import numpy as np

from mocap_ros.datasets.sample import SEEN
from mocap_ros.datatypes.skeleton import JOINT_MIRROR, JOINTS, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.evaluation.matching import PLACED_WITHIN
from mocap_ros.evaluation.pose_metrics import MPJPE_JOINTS

LARGE_PERSON_PX = 100.0  # people below this say nothing about fractions of a pixel
APART = 0.1  # of the person's size: a left and a right keypoint closer than this cannot be told apart
APART_3D = 0.1  # m
AXES = ("x", "y", "z")


def signed_statistics(people):
    """Signed statistics of the matched people as a dict; NaN where nothing can be said.

    offset_x_px, offset_y_px: median of predicted minus annotated keypoints that are seen and placed, on large people.
    sides_2d, sides_3d: percent of left-right pairs that lie nearer as named than exchanged.
    correlation_x, _y, _z: of predicted and annotated root-relative joints along each camera axis.
    size_ratio: median of predicted over true knee-to-neck length.
    distance_ratio: median of predicted over true distance of the pelvis from the camera.

    Args:
        people: ScoredPeople.
    """
    offset = _offsets(people)
    statistics = {"offset_x_px": _median(offset[:, 0]), "offset_y_px": _median(offset[:, 1]),
                  "sides_2d": _sides_2d(people), "sides_3d": _sides_3d(people)}
    columns = [JOINTS.index(name) for name in MPJPE_JOINTS if name != "pelvis"]
    predicted, truth = (each[:, columns].reshape(-1, 3).astype(float) for each in (people.predicted, people.truth))
    both = np.isfinite(predicted).all(-1) & np.isfinite(truth).all(-1)
    for axis, name in enumerate(AXES):
        statistics[f"correlation_{name}"] = _correlation(predicted[both, axis], truth[both, axis])
    statistics["size_ratio"] = _median(people.size_ratios)
    distances = [np.linalg.norm(each, axis=-1) for each in (people.predicted_roots, people.truth_roots)]
    statistics["distance_ratio"] = _median(distances[0] / distances[1])
    return statistics


def _offsets(people):
    """Predicted minus annotated place of keypoints that are seen and roughly right, of large people [px], (M, 2)."""
    offset = (people.predicted_px - people.truth_px).astype(float)
    placed = np.linalg.norm(offset, axis=-1) < PLACED_WITHIN * people.sizes_px[:, None]
    large = (people.sizes_px >= LARGE_PERSON_PX)[:, None]
    return offset[placed & large & people.keypoint_seen & (people.keypoint_visibility == SEEN)]


def _sides_2d(people):
    """Percent of pairs of keypoints that are nearer as named."""
    left = [k for k, name in enumerate(KEYPOINTS) if name.startswith("l_")]
    seen = people.keypoint_seen & (people.keypoint_visibility == SEEN)
    predicted = np.where(seen[..., None], people.predicted_px, np.nan)
    return _as_named(predicted, people.truth_px, left, KEYPOINT_MIRROR[left], APART * people.sizes_px[:, None])


def _sides_3d(people):
    """Percent of pairs of joints that are nearer as named."""
    left = [j for j, name in enumerate(JOINTS) if name.startswith("l_") and name in MPJPE_JOINTS]
    return _as_named(people.predicted, people.truth, left, JOINT_MIRROR[left], APART_3D)


def _as_named(predicted, truth, left, right, apart):
    """Percent of the pairs, `apart` by truth, whose summed distance is smaller as named than exchanged."""

    def distance(a, b):
        return np.linalg.norm(predicted[:, a] - truth[:, b], axis=-1)

    named = distance(left, left) + distance(right, right)
    exchanged = distance(left, right) + distance(right, left)
    counted = np.linalg.norm(truth[:, left] - truth[:, right], axis=-1) > apart
    counted &= np.isfinite(named) & np.isfinite(exchanged)
    return 100 * _mean((named < exchanged)[counted].astype(float))


def _correlation(a, b):
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and a.std() > 0 and b.std() > 0 else float("nan")


def _median(values):
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _mean(values):
    return float(values.mean()) if values.size else float("nan")
