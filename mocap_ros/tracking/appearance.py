"""How a person looks: colour histograms of the torso and, beyond the thesis (Sec. 8.3.1), of head, thighs and shins."""

from functools import lru_cache

import cv2
import numpy as np

from mocap_ros.datatypes.observation import APPEARANCE_BINS, BODY_PARTS, GREYS, HUES, PART_BINS, SATURATIONS
from mocap_ros.datatypes.skeleton import KEYPOINTS

TORSO = [KEYPOINTS.index(name) for name in ("neck", "r_shoulder", "l_shoulder", "r_hip", "l_hip", "pelvis")]
UPPER, LOWER = TORSO[:3], TORSO[3:]
FEWEST_CORNERS = 3  # torso keypoints that span a box, of which one is a hip's and one a shoulder's or the neck
OVERLAP = 0.15  # share of a torso's box that another's may cover
GREY, GREY_WIDTH = 28.0, 22.0  # grey levels between the channels at which half of a pixel counts as coloured, and from
# none to all: black, grey and white cloth has no hue, only noise
# Part, between which keypoints, from and to which share of the way, half the width as a share of the way.
_STRIPS = (
    ("torso", "neck", "pelvis", 0.08, 0.95, 0.17),
    ("head", "neck", "head_top", 0.30, 0.97, 0.22),
    ("thighs", "r_hip", "r_knee", 0.15, 0.90, 0.10), ("thighs", "l_hip", "l_knee", 0.15, 0.90, 0.10),
    ("shins", "r_knee", "r_ankle", 0.10, 0.95, 0.08), ("shins", "l_knee", "l_ankle", 0.10, 0.95, 0.08),
)
_PART = np.array([BODY_PARTS.index(strip[0]) for strip in _STRIPS])
_ENDS = np.array([[KEYPOINTS.index(name) for name in strip[1:3]] for strip in _STRIPS])
ALONG, ACROSS = 8, 4  # pixels looked at in a strip
_BEGIN, _END, _HALF = (np.array([strip[n] for strip in _STRIPS], np.float32)[:, None, None] for n in (3, 4, 5))
_WAY, _ASIDE = (np.broadcast_to(each, (len(_STRIPS), ALONG, ACROSS)).reshape(len(_STRIPS), -1) for each in (
    _BEGIN + (_END - _BEGIN) * np.float32((np.arange(ALONG) + 0.5) / ALONG)[:, None],
    _HALF * np.linspace(-1, 1, ACROSS, dtype=np.float32)))  # (S, 32) each
SHORTEST_PX = 3.0  # a shorter strip shows no colours
FEWEST_SEEN = 0.5  # of a strip that must be in the image
_LEVELS, _DROPPED_BITS = 32, 3  # of each channel that colours are told apart by
# Evidence of two histograms: weight times (break-even - distance). The distance is Hellinger's, squared. Break-even and
# weight are those of a logistic fit to people of rendered clips, in clothes of their own and in the same clothes.
WEIGHTS = np.array([6.0, 12.0, 5.0, 8.0])
BREAK_EVEN = np.array([0.15, 0.13, 0.20, 0.13])
FARTHEST = 0.6  # a squared distance beyond counts as this one: one part may be mistaken, by whoever is in the way


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


def body_histograms(image, keypoints_px):
    """Share of each body part's pixels in every colour bin, each pixel shared among the bins next to its colour.

    Args:
        image: (H, W, 3) uint8 BGR.
        keypoints_px: (P, K, 2) in the image [px]; NaN where not seen.

    Returns:
        (P, APPEARANCE_BINS) float32, PART_BINS for each of BODY_PARTS, summing to 1; NaN for a part whose keypoints are
        not seen, too close together, or mostly outside the image.

    Source: ours; the thesis takes the torso's box with 30 x 30 bins of hue and saturation. Strips along the bones hold
    less of the background than boxes; hair, trousers and shins tell people in the same shirt apart.
    """
    people = len(keypoints_px)
    ends = _with_middles(np.asarray(keypoints_px, np.float32))[:, _ENDS]  # (P, S, 2, 2)
    begin, bone = ends[:, :, 0], ends[:, :, 1] - ends[:, :, 0]
    long_enough = (np.abs(bone) >= SHORTEST_PX).any(-1, keepdims=True)  # False where a keypoint is NaN
    x = np.where(long_enough, begin[..., :1] + bone[..., :1] * _WAY - bone[..., 1:] * _ASIDE, -1)
    y = np.where(long_enough, begin[..., 1:] + bone[..., 1:] * _WAY + bone[..., :1] * _ASIDE, -1)  # (P, S, 32)
    rows, columns = image.shape[:2]
    inside = (x > -0.5) & (x < columns - 0.5) & (y > -0.5) & (y < rows - 0.5)
    inside &= inside.sum(-1, keepdims=True) >= FEWEST_SEEN * ALONG * ACROSS
    part = np.repeat(np.arange(people)[:, None] * len(BODY_PARTS) + _PART, inside.sum(-1).ravel())
    pixels = image[(y[inside] + 0.5).astype(np.intp), (x[inside] + 0.5).astype(np.intp)]  # (N, 3)
    counts = _colour_counts(pixels, part, people * len(BODY_PARTS))
    total = counts.sum(1, keepdims=True)
    histograms = counts / np.where(total > 0, total, np.nan)
    return histograms.astype(np.float32).reshape(people, APPEARANCE_BINS)


def _with_middles(keypoints_px):
    """The keypoints with a missing neck or pelvis taken from the shoulders or hips."""
    keypoints_px = keypoints_px.copy()
    for middle, right, left in (UPPER, LOWER[::-1]):
        sides = keypoints_px[:, [right, left]]
        seen = np.isfinite(sides).all(-1, keepdims=True)
        count = seen.sum(1)
        mean = np.where(seen, sides, 0).sum(1) / np.where(count > 0, count, np.nan)
        own = keypoints_px[:, middle]
        keypoints_px[:, middle] = np.where(np.isfinite(own), own, mean)
    return keypoints_px


def _colour_counts(pixels, part, parts):
    """Pixels (N, 3) uint8 BGR counted by colour for each of `parts` histograms, (parts, PART_BINS)."""
    bins, shares = _shares_of_colours()
    levels = (pixels >> _DROPPED_BITS).astype(np.intp)
    colour = (levels[:, 0] * _LEVELS + levels[:, 1]) * _LEVELS + levels[:, 2]
    flat = part[:, None] * PART_BINS + bins[colour]
    return np.bincount(flat.ravel(), shares[colour].ravel(), parts * PART_BINS).reshape(parts, PART_BINS)


@lru_cache(maxsize=None)
def _shares_of_colours():
    """The six bins that each colour of _LEVELS levels a channel is shared among, and the shares, (_LEVELS ** 3, 6)."""
    levels = (np.arange(_LEVELS) * 2 + 1) * 2 ** (_DROPPED_BITS - 1)
    colours = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 1, 3).astype(np.uint8)
    hue, saturation, value = cv2.cvtColor(colours, cv2.COLOR_BGR2HSV)[:, 0].astype(np.float32).T
    coloured = np.clip((saturation * value / 255 - GREY) / GREY_WIDTH + 0.5, 0, 1)
    hues, saturations = hue * (HUES / 180), np.clip(saturation * (SATURATIONS / 256) - 0.5, 0, SATURATIONS - 1)
    greys = np.clip(value * (GREYS / 256) - 0.5, 0, GREYS - 1)
    low = [each.astype(int) for each in (hues, saturations, greys)]
    rest = [each - floor for each, floor in zip((hues, saturations, greys), low)]
    bins, shares = [], []
    for h in (0, 1):
        for s in (0, 1):
            row, column = (low[0] + h) % HUES, np.minimum(low[1] + s, SATURATIONS - 1)
            bins.append(row * SATURATIONS + column)
            shares.append(coloured * (rest[0] if h else 1 - rest[0]) * (rest[1] if s else 1 - rest[1]))
    for v in (0, 1):
        bins.append(HUES * SATURATIONS + np.minimum(low[2] + v, GREYS - 1))
        shares.append((1 - coloured) * (rest[2] if v else 1 - rest[2]))
    return np.stack(bins, -1).astype(np.int16), np.stack(shares, -1).astype(np.float32)


def evidence_of_looks(a, b):
    """How much the looks speak for one person rather than two: natural logarithm of the likelihood ratio, (P, T).

    0 where no part is known of both: looks then say nothing.

    Args:
        a: (P, APPEARANCE_BINS), b: (T, APPEARANCE_BINS); NaN for parts that are not known.

    Source: ours. The thesis takes the squared difference of the torso's histograms; the square roots of Hellinger's
    distance weigh small and large bins alike, and parts that are not seen simply do not count.
    """
    a, b = (np.sqrt(np.asarray(each, np.float32)).reshape(len(each), len(BODY_PARTS), PART_BINS).swapaxes(0, 1)
            for each in (a, b))  # (parts, P, bins)
    distance = 1 - a @ b.swapaxes(1, 2)  # (parts, P, T)
    evidence = WEIGHTS[:, None, None] * (BREAK_EVEN[:, None, None] - np.minimum(distance, FARTHEST))
    return np.where(np.isnan(evidence), 0, evidence).sum(0)


def torsos_in_the_way(keypoints_px):
    """Which torsos another's torso overlaps, so that their histograms may hold the other's clothes, (P,) bool.

    Args:
        keypoints_px: (P, K, 2) [px]; NaN where not seen.
    """
    boxes = torso_boxes(keypoints_px)
    known = np.isfinite(boxes[:, :1])
    low, high = np.where(known, boxes[:, :2], np.inf), np.where(known, boxes[:, 2:], -np.inf)
    shared = np.maximum(np.minimum(high[:, None], high) - np.maximum(low[:, None], low), 0)  # (P, P, 2)
    sides = high - low
    part = shared[..., 0] * shared[..., 1] / np.maximum(sides[:, 0] * sides[:, 1], 1)[:, None]
    np.fill_diagonal(part, 0)
    return (part > OVERLAP).any(1)
