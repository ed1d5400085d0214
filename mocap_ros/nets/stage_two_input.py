"""What Stage II reads of each person: K x (3 + 3J) numbers (Sec. 6.3.2). Running and training share this file."""

import numpy as np

from mocap_ros.datatypes.skeleton import ENCODED_BONES, J, JOINT_MIRROR, K, KEYPOINT_MIRROR
from mocap_ros.nets.person_frame import anchor_pixels

FEATURES = K * (3 + 3 * J)
PARTS = ("2d", "confidence", "encodings")  # what Stage II may read: each with all before it (Table 6.10)
SUPERVISIONS = SPARSE, DENSE = "sparse", "dense"  # bones that Stage I learns at a keypoint: those that meet there, all
SMALLEST_EXTENT_PX = 4.0


def stage_two_input(detections, supervision=SPARSE):
    """One row of numbers a person: relative pixel, confidence and encoding of each keypoint.

    Pixels are relative to the neck (where it is not seen: the pelvis, else the mean) and divided by the longer side
    of the box around the person's keypoints, so that neither place nor size matters (the divisor is ours; the thesis
    names none). Of a sparse encoding only the bones that meet at the keypoint pass, since no other was trained there.

    Args:
        detections: Detections with encodings, in pixels of any scale.
        supervision: one of SUPERVISIONS, as Stage I was trained (Sec. 6.3.3).

    Returns:
        (P, K (3 + 3J)) float32; zeros for keypoints that are not seen.
    """
    seen = detections.confidence > 0
    people = len(seen)
    points = np.where(seen[..., None], detections.keypoints_px, 0)  # (P, K, 2)
    anchor = np.where(seen.any(1)[:, None], anchor_pixels(points, seen), 0)
    relative = np.where(seen[..., None], points - anchor[:, None], 0)
    extent = (relative.max(1) - relative.min(1)).max(-1) if people else np.zeros(0)
    relative = relative / np.maximum(extent, SMALLEST_EXTENT_PX)[:, None, None]
    bones = ENCODED_BONES if supervision == SPARSE else np.ones_like(ENCODED_BONES)
    encodings = detections.encodings * (bones & seen[..., None])[..., None]  # (P, K, J, 3)
    parts = [relative, detections.confidence[..., None] * seen[..., None], encodings.reshape(people, K, 3 * J)]
    return np.concatenate(parts, -1).reshape(people, FEATURES).astype(np.float32)


def stage_two_input_mirror():
    """Where each number of a mirror image's row stands in the person's, and its sign there, both (FEATURES,)."""
    encodings = 3 + (3 * JOINT_MIRROR[:, None] + [0, 1, 2]).ravel()
    columns = (3 + 3 * J) * KEYPOINT_MIRROR[:, None] + np.concatenate([[0, 1, 2], encodings])
    signs = np.ones(3 + 3 * J)
    signs[[0, *range(3, 3 + 3 * J, 3)]] = -1
    return columns.ravel(), np.tile(signs, K)


def features_of(part):
    """Which of the FEATURES belong to `part`, one of PARTS, or to a part before it, (FEATURES,) bool."""
    columns = {"2d": 2, "confidence": 3, "encodings": 3 + 3 * J}[part]
    return np.tile(np.arange(3 + 3 * J) < columns, K)
