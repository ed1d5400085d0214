"""How a person looks: the hue-saturation histogram of the torso (thesis Sec. 8.3.1)."""

import cv2
import numpy as np

from mocap_ros.datatypes.observation import HISTOGRAM_BINS
from mocap_ros.datatypes.skeleton import KEYPOINTS

TORSO = [KEYPOINTS.index(name) for name in ("neck", "r_shoulder", "l_shoulder", "r_hip", "l_hip", "pelvis")]
SMALLEST_BOX_PX = 4  # a smaller torso has too few pixels for a histogram


def torso_histograms(image, keypoints_px):
    """Share of the torso's pixels in each hue and saturation bin.

    Args:
        image: (H, W, 3) uint8 BGR.
        keypoints_px: (P, K, 2) in the image [px]; NaN where not seen.

    Returns:
        (P, 900) float32, rows summing to 1; NaN where fewer than three torso keypoints are seen, or the box that
        they span is smaller than SMALLEST_BOX_PX or outside the image.
    """
    histograms = np.full((len(keypoints_px), HISTOGRAM_BINS ** 2), np.nan, np.float32)
    rows, columns = image.shape[:2]
    torso = np.asarray(keypoints_px)[:, TORSO]
    for person in np.flatnonzero(np.isfinite(torso).all(-1).sum(-1) >= 3):
        left, top = np.nanmin(torso[person], axis=0)
        right, bottom = np.nanmax(torso[person], axis=0)
        x0, x1 = int(np.clip(left, 0, columns)), int(np.clip(right + 1, 0, columns))
        y0, y1 = int(np.clip(top, 0, rows)), int(np.clip(bottom + 1, 0, rows))
        if min(x1 - x0, y1 - y0) < SMALLEST_BOX_PX:
            continue
        stride = 1 + max(x1 - x0, y1 - y0) // 64  # 64 samples a side are plenty for 900 bins
        box = cv2.cvtColor(np.ascontiguousarray(image[y0:y1:stride, x0:x1:stride]), cv2.COLOR_BGR2HSV)
        counts = cv2.calcHist([box], [0, 1], None, [HISTOGRAM_BINS] * 2, [0, 180, 0, 256]).ravel()
        histograms[person] = counts / counts.sum()
    return histograms


def histogram_distance(a, b):
    """Hellinger distance between histograms, 0 (same) to 1 (nothing in common); NaN where either is unknown.

    Args:
        a: (P, 900), b: (T, 900).

    Returns:
        (P, T).

    Source: ours. The thesis takes the squared difference, which for histograms of 900 bins hardly depends on the
    bins that differ little; the square roots weigh small and large bins alike.
    """
    overlap = np.sqrt(a) @ np.sqrt(b).T
    return np.sqrt(np.clip(1 - overlap, 0, 1))
