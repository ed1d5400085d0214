"""How a person looks: the hue-saturation histogram of the torso (thesis Sec. 8.3.1)."""

import math

import cv2
import numpy as np

from mocap_ros.datatypes.observation import HISTOGRAM_BINS
from mocap_ros.datatypes.skeleton import KEYPOINTS

TORSO = [KEYPOINTS.index(name) for name in ("neck", "r_shoulder", "l_shoulder", "r_hip", "l_hip", "pelvis")]
SMALLEST_BOX_PX = 4  # a smaller torso has too few pixels for a histogram
UPPER, LOWER = TORSO[:3], TORSO[3:]
FEWEST_CORNERS = 3  # torso keypoints that span a box, of which one is a hip's and one a shoulder's or the neck
GREY = 28  # grey levels; pixels whose channels differ by less have no hue worth the name
OVERLAP = 0.15  # share of a torso's box that another's may cover
_LEVELS = np.arange(256, dtype=np.uint16)
_BRIGHTNESS_BIN = _LEVELS * HISTOGRAM_BINS // 256 * HISTOGRAM_BINS
_HUE_BIN = np.minimum(_LEVELS, 179) * HISTOGRAM_BINS // 180 * HISTOGRAM_BINS
_SATURATION_BIN = np.maximum(_LEVELS * HISTOGRAM_BINS // 256, 1)


def torso_boxes(keypoints_px):
    """Boxes around the torso's keypoints: left, top, right, bottom [px], (P, 4).

    NaN where fewer than FEWEST_CORNERS are seen, or none of the hips, or none of the shoulders and the neck.
    """
    keypoints_px = np.asarray(keypoints_px, float)
    torso = keypoints_px[:, TORSO]
    seen = np.isfinite(keypoints_px).all(-1)
    known = seen[:, TORSO, None]
    boxes = np.concatenate([np.where(known, torso, np.inf).min(1), np.where(known, torso, -np.inf).max(1)], -1)
    whole = seen[:, UPPER].any(1) & seen[:, LOWER].any(1) & (seen[:, TORSO].sum(1) >= FEWEST_CORNERS)
    boxes[~whole] = np.nan
    return boxes


def torso_histograms(image, keypoints_px):
    """Share of the torso's pixels in each hue and saturation bin, each pixel shared with the bins next to its own.

    Args:
        image: (H, W, 3) uint8 BGR.
        keypoints_px: (P, K, 2) in the image [px]; NaN where not seen.

    Returns:
        (P, 900) float32, rows summing to 1; NaN where the torso has no box (see torso_boxes), or one that is smaller
        than SMALLEST_BOX_PX or outside the image.

    Source: thesis 8.3.1, and ours for grey: black, grey and white cloth has no hue, only noise. Such pixels go to the
    lowest saturation, where the hue's place is taken by the brightness. Sharing with neighbours makes up for light that
    moves a colour across the border of its bin.
    """
    counts = np.zeros((len(keypoints_px), HISTOGRAM_BINS, HISTOGRAM_BINS), np.float32)
    rows, columns = image.shape[:2]
    for person, (left, top, right, bottom) in enumerate(torso_boxes(keypoints_px).tolist()):
        if math.isnan(left):
            continue
        x0, x1 = (int(min(max(x, 0), columns)) for x in (left, right + 1))
        y0, y1 = (int(min(max(y, 0), rows)) for y in (top, bottom + 1))
        if min(x1 - x0, y1 - y0) < SMALLEST_BOX_PX:
            continue
        stride = 1 + max(x1 - x0, y1 - y0) // 64  # 64 samples a side are plenty for 900 bins
        counts[person] = _counts(np.ascontiguousarray(image[y0:y1:stride, x0:x1:stride]))
    return _smoothed(counts).reshape(len(counts), HISTOGRAM_BINS ** 2)


def _counts(pixels):
    """How many of (h, w, 3) uint8 BGR pixels fall into each bin, (30, 30)."""
    hue, saturation, value = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV))
    grey = cv2.multiply(saturation, value, dtype=cv2.CV_16U) < 255 * GREY
    cells = np.where(grey, _BRIGHTNESS_BIN.take(value), _HUE_BIN.take(hue) + _SATURATION_BIN.take(saturation))
    return np.bincount(cells.ravel(), minlength=HISTOGRAM_BINS ** 2).reshape(HISTOGRAM_BINS, HISTOGRAM_BINS)


def _smoothed(counts):
    """Histograms (P, 30, 30) of counts: shared with the bins next to each and summing to 1, NaN where all are 0."""
    rows = np.arange(-1, HISTOGRAM_BINS + 1)
    brightness = _spread(counts[:, np.clip(rows, 0, HISTOGRAM_BINS - 1), :1])
    colours = _spread(counts[:, rows % HISTOGRAM_BINS, 1:])  # hue goes round
    columns = np.clip(np.arange(-1, HISTOGRAM_BINS), 0, HISTOGRAM_BINS - 2)
    colours = _spread(colours[:, :, columns].swapaxes(1, 2)).swapaxes(1, 2)
    histograms = np.concatenate([brightness, colours], 2)
    total = histograms.sum((1, 2), keepdims=True)
    return histograms / np.where(total > 0, total, np.nan)


def _spread(counts):
    """Each row of (P, n + 2, m) with a quarter of the rows before and after it, (P, n, m)."""
    return 0.25 * (counts[:, :-2] + counts[:, 2:]) + 0.5 * counts[:, 1:-1]


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


def torsos_in_the_way(keypoints_px):
    """Which torsos another's torso overlaps, so that their histograms may hold the other's clothes, (P,) bool.

    Args:
        keypoints_px: (P, K, 2) [px]; NaN where not seen.
    """
    boxes = torso_boxes(keypoints_px)
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    shared = np.minimum(high, boxes[None, :, 2:]) - np.maximum(low, boxes[None, :, :2])  # (P, P, 2)
    overlap = (np.nan_to_num(shared, nan=-1.0) > 0).all(-1)
    area = np.prod(np.nan_to_num(boxes[:, 2:] - boxes[:, :2], nan=1.0), axis=-1)
    part = np.where(overlap, np.prod(np.nan_to_num(shared), axis=-1), 0) / np.maximum(area, 1)[:, None]
    np.fill_diagonal(part, 0)
    return (part > OVERLAP).any(1)
