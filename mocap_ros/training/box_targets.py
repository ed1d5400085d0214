"""What BoxNet should answer for a labelled image, and what it is trained to make small."""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, SEEN, UNKNOWN
from mocap_ros.geometry.boxes import boxes_of
from mocap_ros.nets.box_net import cell_centres

FEWEST_SEEN = 3  # keypoints of a person who must be found
SMALLEST_BOX_PX = 10.0  # longer side, of the network's input, of a person who must be found
SPREAD = 0.12  # standard deviation of the target around a middle, of the box's sides
LEAST_SPREAD_PX = 4.0
MIDDLE = 0.5  # target's value from which on a cell learns the box
IGNORED = 0.2  # that of people who need not be found, from which on nothing is asked


class BoxTargets(NamedTuple):
    """Maps of B images as tensors.

    Attributes:
        chance: Gaussians around the middles of boxes, 1 at the cell nearest to each, (B, h, w).
        weights: 0 where nobody knows, (B, h, w).
        boxes: left, top, right, bottom from the cell's centre [px], (B, 4, h, w).
        box_weights: (B, h, w).
    """

    chance: torch.Tensor
    weights: torch.Tensor
    boxes: torch.Tensor
    box_weights: torch.Tensor


class BoxLosses(NamedTuple):
    """Scalars: chance [nats a person] and boxes (1 - generalised intersection over union)."""

    chance: torch.Tensor
    boxes: torch.Tensor


def person_boxes(shown_px, visibility):
    """Boxes of the people of whom something is in the image, and whether each must be found.

    Args:
        shown_px: keypoints [px of the network's input], (P, K, 2); NaN where outside the image.
        visibility: codes of datasets.sample, (P, K).

    Returns:
        left, top, right, bottom [px], (N, 4), and (N,) bool.
    """
    present = np.isfinite(shown_px).all(-1).any(1)
    shown_px, visibility = shown_px[present], visibility[present]
    if not len(shown_px):
        return np.zeros((0, 4)), np.zeros(0, bool)
    boxes = boxes_of(shown_px)
    seen = (visibility == SEEN) | (visibility == UNKNOWN) | (visibility == HIDDEN_BY_SELF)
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes, (seen.sum(1) >= FEWEST_SEEN) & (sides.max(1) >= SMALLEST_BOX_PX)


def box_targets(boxes, wanted, rows, columns):
    """BoxTargets of one image without the first dimension, numpy arrays.

    Args:
        boxes, wanted: see person_boxes.
        rows, columns: size of the maps.
    """
    cells = cell_centres(rows, columns).numpy()  # (2, rows, columns)
    chance, weights = np.zeros((rows, columns), np.float32), np.ones((rows, columns), np.float32)
    best = np.zeros((rows, columns), np.float32)  # of whose box a cell learns
    targets = np.zeros((4, rows, columns), np.float32)
    for box, meant in zip(boxes, wanted):
        middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        spread = np.maximum(SPREAD * sides, LEAST_SPREAD_PX)[:, None, None]
        falloff = np.exp(-(((cells - middle[:, None, None]) / spread) ** 2).sum(0) / 2).astype(np.float32)
        if not meant:
            weights[falloff > IGNORED] = 0
            continue
        falloff /= falloff.max() or 1
        chance = np.maximum(chance, falloff)
        nearest = falloff > np.maximum(best, MIDDLE)
        best[nearest] = falloff[nearest]
        both = np.concatenate([cells, cells])
        targets[:, nearest] = (box.astype(np.float32)[:, None, None] - both)[:, nearest]
    weights[chance > IGNORED] = 1
    return BoxTargets(chance, weights, targets, best)


def box_losses(outputs, targets):
    """BoxLosses of BoxOutputs.

    Chance: the focal loss of Zhou et al. 2019 (Objects as points, Eq. 1; after Law and Deng 2018). Boxes: generalised
    intersection over union (Rezatofighi et al. 2019).
    """
    chance = outputs.chance_logits.sigmoid()
    log_yes, log_no = functional.logsigmoid(outputs.chance_logits), functional.logsigmoid(-outputs.chance_logits)
    peak = targets.chance == 1
    loss = torch.where(peak, (1 - chance) ** 2 * log_yes, (1 - targets.chance) ** 4 * chance ** 2 * log_no)
    people = peak.sum().clamp(min=1)
    ours, theirs = outputs.boxes, targets.boxes
    low, high = torch.maximum(ours[:, :2], theirs[:, :2]), torch.minimum(ours[:, 2:], theirs[:, 2:])
    common = (high - low + 1).clamp(min=0).prod(1)
    union = sum((each[:, 2:] - each[:, :2] + 1).clamp(min=0).prod(1) for each in (ours, theirs)) - common
    hull = (torch.maximum(ours[:, 2:], theirs[:, 2:]) - torch.minimum(ours[:, :2], theirs[:, :2]) + 1).prod(1)
    likeness = common / union.clamp(min=1) - (hull - union) / hull.clamp(min=1)
    weights = targets.box_weights
    return BoxLosses(-(loss * targets.weights).sum() / people,
                     ((1 - likeness) * weights).sum() / weights.sum().clamp(min=1))
