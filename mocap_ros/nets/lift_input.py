"""What lift-2d reads of each person: where the keypoints are and how sure they are, nothing of the image.

Any 2D detector can be in front, so the rows hold no pixels: the keypoints become view rays of the camera, seen by a
virtual camera that looks straight at the person, and are divided by their spread. Neither the image's size, the focal
length nor the place in the image matters then; the spread itself is one more number, because near people look more
foreshortened. Running and training share this file.

Source: ours; the thesis feeds neck-relative pixels (Sec. 6.3.2).
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.geometry.perspective_correction import view_from_camera

LIFT_FEATURES = 3 * K + 1
FEWEST_KEYPOINTS = 4  # of a person who is lifted
SMALLEST_SPREAD = 1e-3  # rad
_USUAL_LOG_SPREAD = -2.0  # a person of 1.7 m five metres away
# The view axis goes through the first of these of which all keypoints are seen.
_ANCHORS = [[KEYPOINTS.index(name) for name in names] for names in (
    ("neck",), ("r_shoulder", "l_shoulder"), ("pelvis",), ("r_hip", "l_hip"))]


class LiftInput(NamedTuple):
    """What the network reads, and in which frames it answers.

    Attributes:
        rows: (P, LIFT_FEATURES) float32; zeros where not seen.
        view_from_camera: (P, 3, 3).
    """

    rows: np.ndarray
    view_from_camera: np.ndarray


def lift_input(rays, confidence):
    """LiftInput of people.

    Args:
        rays: view directions through the keypoints, scaled to z = 1, in the camera optical frame, (P, K, 3); anything
            where not seen.
        confidence: 0 to 1, (P, K); 0 where not seen.
    """
    seen = (confidence > 0) & np.isfinite(rays).all(-1)
    people = len(seen)
    rays = np.where(seen[..., None], rays, [0.0, 0.0, 1.0])
    view = view_from_camera(anchor_rays(rays, seen))
    turned = rays @ np.swapaxes(view, 1, 2)  # (P, K, 3)
    flat = np.where(seen[..., None], turned[..., :2] / np.maximum(turned[..., 2:], 0.05), 0)
    count = np.maximum(seen.sum(1), 1)[:, None]
    centred = np.where(seen[..., None], flat - (flat.sum(1) / count)[:, None], 0)
    spread = np.maximum(np.sqrt((centred ** 2).sum((1, 2)) / count[:, 0]), SMALLEST_SPREAD)  # (P,)
    parts = [
        (flat / spread[:, None, None]).reshape(people, 2 * K), np.where(seen, np.clip(confidence, 0, 1), 0),
        np.log(spread)[:, None] - _USUAL_LOG_SPREAD,
    ]
    return LiftInput(np.concatenate(parts, 1).astype(np.float32), view)


def lift_input_mirror():
    """Where each number of a mirror image's row stands in the person's, and its sign there, both (LIFT_FEATURES,)."""
    places = (2 * KEYPOINT_MIRROR[:, None] + [0, 1]).ravel()
    signs = np.ones(LIFT_FEATURES)
    signs[:2 * K:2] = -1
    return np.concatenate([places, 2 * K + KEYPOINT_MIRROR, [3 * K]]), signs


def anchor_rays(rays, seen):
    """Directions of the view axes: the neck, else mid-shoulders, pelvis, mid-hips, else the mean of what is seen.

    COCO's detectors have neither neck nor pelvis; their middles stand nearly in the same place.

    Args:
        rays: (P, K, 3), finite.
        seen: (P, K) bool.

    Returns:
        (P, 3); along the optical axis for a person of whom nothing is seen.
    """
    count = seen.sum(1)[:, None]
    anchor = np.where(count > 0, (rays * seen[..., None]).sum(1) / np.maximum(count, 1), [0.0, 0.0, 1.0])
    for keypoints in reversed(_ANCHORS):
        anchor = np.where(seen[:, keypoints].all(1)[:, None], rays[:, keypoints].mean(1), anchor)
    return anchor
