"""The frame and the scale in which both networks speak of a person.

A convolution answers the same wherever a person stands in the image, while the pose relative to the camera's axes
turns with the place: two people who stand alike at the left and the right border look different in camera axes. So
3D pose is predicted in the person's own view frame, the camera frame turned so that its axis goes through the
person's anchor (the idea of Sec. 4.1.4's perspective correction), and turned back afterwards. Size cannot be told
from one image either: lengths are those of a person of 1.7 m.

Source: ours; the thesis predicts in camera axes and metres.
"""

import numpy as np

from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS

NECK, PELVIS = KEYPOINTS.index("neck"), KEYPOINTS.index("pelvis")
# Bones from the head's top to one ankle; their summed length times HEIGHT_OVER_BONES is the standing height.
_TRUNK = [JOINTS.index(name) for name in ("head_top", "head", "neck", "spine", "pelvis")]
_LEGS = [[JOINTS.index(f"{side}_{name}") for name in ("hip", "knee", "ankle")] for side in "rl"]
HEIGHT_OVER_BONES = 1.041  # over the shapes of the synthetic people, standard deviation 0.009


def standing_height(joints):
    """Height that a person would have upright [m], from the bone lengths, whatever the pose.

    Args:
        joints: JOINTS order, any frame [m], (..., J, 3).

    Returns:
        (...); NaN where a joint of the trunk or of both legs is unknown.
    """
    trunk = _path_length(joints, _TRUNK)
    legs = np.stack([_path_length(joints, leg) for leg in _LEGS])
    known = np.isfinite(legs)
    leg = np.where(known, legs, 0).sum(0) / np.where(known.any(0), known.sum(0), np.nan)
    return HEIGHT_OVER_BONES * (trunk + leg)


def reference_scale(joints):
    """Factor that brings a person to the reference height, (...), from joints [m], (..., J, 3)."""
    return REFERENCE_HEIGHT / standing_height(joints)


def anchor_pixels(keypoints_px, seen):
    """The point of each person through which the view axis goes: the neck, else the pelvis, else the mean.

    Args:
        keypoints_px: (P, K, 2) [px].
        seen: (P, K) bool.

    Returns:
        (P, 2) [px]; NaN for a person without any keypoint.
    """
    weights = seen[..., None].astype(float)
    sums = (np.where(seen[..., None], keypoints_px, 0) * weights).sum(1)
    counts = weights.sum(1)
    mean = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    anchor = np.where(seen[:, PELVIS, None], keypoints_px[:, PELVIS], mean)
    return np.where(seen[:, NECK, None], keypoints_px[:, NECK], anchor)


def _path_length(joints, path):
    """Summed length of the straight lines along joint indices `path`, (...)."""
    return np.linalg.norm(np.diff(joints[..., path, :], axis=-2), axis=-1).sum(-1)
