"""How a person looks: the hue-saturation histogram of the torso (thesis Sec. 8.3.1)."""

import warnings

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
_SMOOTHING = np.array([0.25, 0.5, 0.25], np.float32)


def torso_boxes(keypoints_px):
    """Boxes around the torso's keypoints: left, top, right, bottom [px], (P, 4).

    NaN where fewer than FEWEST_CORNERS are seen, or none of the hips, or none of the shoulders and the neck.
    """
    keypoints_px = np.asarray(keypoints_px, float)
    torso = keypoints_px[:, TORSO]
    seen = np.isfinite(keypoints_px).all(-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no keypoint of the torso at all
        boxes = np.concatenate([np.nanmin(torso, axis=1), np.nanmax(torso, axis=1)], -1)
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
    histograms = np.full((len(keypoints_px), HISTOGRAM_BINS ** 2), np.nan, np.float32)
    rows, columns = image.shape[:2]
    for person, (left, top, right, bottom) in enumerate(torso_boxes(keypoints_px)):
        if np.isnan(left):
            continue
        x0, x1 = int(np.clip(left, 0, columns)), int(np.clip(right + 1, 0, columns))
        y0, y1 = int(np.clip(top, 0, rows)), int(np.clip(bottom + 1, 0, rows))
        if min(x1 - x0, y1 - y0) < SMALLEST_BOX_PX:
            continue
        stride = 1 + max(x1 - x0, y1 - y0) // 64  # 64 samples a side are plenty for 900 bins
        histograms[person] = _histogram(np.ascontiguousarray(image[y0:y1:stride, x0:x1:stride]))
    return histograms


def _histogram(pixels):
    """Smoothed histogram of (h, w, 3) uint8 BGR, (900,)."""
    hue, saturation, value = np.moveaxis(cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV).reshape(-1, 3).astype(np.int32), -1, 0)
    grey = saturation * value < 255 * GREY
    row = np.where(grey, value * HISTOGRAM_BINS // 256, hue * HISTOGRAM_BINS // 180)
    column = np.where(grey, 0, np.maximum(saturation * HISTOGRAM_BINS // 256, 1))
    counts = np.bincount(row * HISTOGRAM_BINS + column, minlength=HISTOGRAM_BINS ** 2)
    counts = counts.reshape(HISTOGRAM_BINS, HISTOGRAM_BINS).astype(np.float32)
    brightness = np.convolve(np.pad(counts[:, 0], 1, mode="edge"), _SMOOTHING, "valid")
    around = np.pad(counts[:, 1:], ((1, 1), (0, 0)), mode="wrap")  # hue goes round
    colours = _SMOOTHING[0] * (around[:-2] + around[2:]) + _SMOOTHING[1] * around[1:-1]
    around = np.pad(colours, ((0, 0), (1, 1)), mode="edge")
    colours = _SMOOTHING[0] * (around[:, :-2] + around[:, 2:]) + _SMOOTHING[1] * around[:, 1:-1]
    histogram = np.concatenate([brightness[:, None], colours], 1)
    return (histogram / histogram.sum()).ravel()


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
