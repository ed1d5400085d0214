"""2D scores: PCKh of MPII, PCK of LSP, and the share of keypoints laid right for sets without such a length."""

import numpy as np

from mocap_ros.datasets.sample import OUTSIDE
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.evaluation.matching import PLACED_WITHIN
from mocap_ros.evaluation.pose_metrics import JOINT_GROUPS
from mocap_ros.evaluation.protocols import PCK_TORSO, PCKH

# Largest distance as a share of the unit length, and the thresholds of the area under the curve up to it.
PCKH_THRESHOLD, PCK_THRESHOLD = 0.5, 0.2
CURVE_STEPS = 51
_SHOULDER, _HIP = KEYPOINTS.index("l_shoulder"), KEYPOINTS.index("r_hip")


def keypoint_summary(people, kind):
    """Scores of 2D keypoints in percent, as a dict.

    PCKh (Andriluka et al. 2014): share of annotated keypoints closer than half the head's size, without the neck, as on
    MPII. PCK (Yang and Ramanan 2013): closer than 0.2 of the torso, from the left shoulder to the right hip. `placed`:
    within PLACED_WITHIN of the person's size; `mirrored`: would be if left and right were exchanged, and is not (ours).
    People who were not found count all keypoints wrong.

    Args:
        people: ScoredPeople.
        kind: PCKH, PCK_TORSO or NO_HEAD_SIZE.
    """
    errors = people.keypoint_errors_px()
    sizes = PLACED_WITHIN * people.sizes_px[:, None]
    labelled = people.keypoint_visibility > OUTSIDE
    crossed = np.linalg.norm(people.predicted_px[:, KEYPOINT_MIRROR] - people.truth_px, axis=-1)
    right = errors < sizes
    scores = {"placed": _percent(right[labelled]), "mirrored": _percent(((crossed < sizes) & ~right)[labelled])}
    if kind in (PCKH, PCK_TORSO):
        unit = people.head_sizes_px if kind == PCKH else torso_sizes(people.truth_px)
        largest = PCKH_THRESHOLD if kind == PCKH else PCK_THRESHOLD
        relative = np.where(np.isfinite(unit)[:, None], errors / unit[:, None], np.nan)
        scores.update(_relative_scores(relative, largest, with_neck=kind == PCK_TORSO))
        scores["threshold"] = f"{largest} {'head' if kind == PCKH else 'torso'}"
    return scores


def torso_sizes(keypoints_px):
    """Distance from the left shoulder to the right hip [px], (N,); NaN where one is not annotated."""
    return np.linalg.norm(keypoints_px[:, _SHOULDER] - keypoints_px[:, _HIP], axis=-1)


def _relative_scores(relative, largest, with_neck):
    """PCK, its area under the curve and its split by joint, of distances in unit lengths, (N, K)."""
    groups = {name: group for name, group in JOINT_GROUPS.items() if with_neck or name != "Neck"}
    names = [name for name in EVALUATION_JOINTS if any(name in group for group in groups.values())]
    counted = relative[:, [KEYPOINTS.index(name) for name in names]]
    steps = np.linspace(0, largest, CURVE_STEPS)
    return {
        "pck": _share(counted, largest), "auc": float(np.mean([_share(counted, step) for step in steps])),
        "by_joint": {name: _share(relative[:, [KEYPOINTS.index(one) for one in group]], largest)
                     for name, group in groups.items()},
    }


def _share(relative, largest):
    """Percent of the annotated that are within `largest`, which itself counts as within."""
    return _percent((relative <= largest)[~np.isnan(relative)])


def _percent(flags):
    return 100 * float(np.mean(flags)) if flags.size else float("nan")
