"""How wrong Stage I's and Stage II's answers are, with labels that may be missing."""

import torch
from torch.nn import functional

from mocap_ros.training.targets import Targets

BACKGROUND_OF_LIMBS = 0.25  # weight of a part affinity cell off every limb
SMOOTH_ENCODING = 0.05  # m; below it an encoding's error counts squared


def stage_one_losses(outputs, targets):
    """The three losses of a batch, each per labelled thing and so of order 1 before training.

    Args:
        outputs: StageOneOutputs.
        targets: Targets of tensors with a leading batch axis.

    Returns:
        dict of scalar tensors: heatmaps, part_affinity, encodings.
    """
    targets = Targets(*(each.float() for each in targets))
    return {
        "heatmaps": heatmap_loss(outputs.heatmap_logits.float(), targets.heatmaps, targets.heatmap_weights),
        "part_affinity": part_affinity_loss(
            outputs.part_affinity.float(), targets.part_affinity, targets.part_affinity_weights),
        "encodings": encoding_loss(outputs.encodings.float(), targets.encodings, targets.encoding_weights),
    }


def heatmap_loss(logits, target, weights):
    """Cross-entropy times the squared error, summed over cells, per keypoint in the batch.

    The thesis uses the squared error alone. Most cells show no keypoint, and the first factor makes the few that do
    weigh from the first step, the second takes the easy background out of the sum (Li et al. 2020, Generalized Focal
    Loss, Eq. 5); the minimum is at the same place.
    """
    error = torch.sigmoid(logits).detach() - target
    cross_entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    keypoints = (target > 0.5).sum().clamp(min=16)
    return (weights * error ** 2 * cross_entropy).sum() / keypoints


def part_affinity_loss(predicted, target, weights):
    """Weighted squared error of the fields, per cell that lies on a limb; shapes (B, L, 2, h, w) and (B, L, h, w)."""
    on_limb = (target ** 2).sum(2) > 0  # (B, L, h, w)
    weights = torch.where(on_limb, weights, weights * BACKGROUND_OF_LIMBS)
    error = ((predicted - target) ** 2).sum(2)
    return (weights * error).sum() / on_limb.sum().clamp(min=64)


def encoding_loss(predicted, target, weights):
    """Smooth-L1 error of the supervised bone vectors [m], per cell and bone, over SMOOTH_ENCODING's scale."""
    error = functional.smooth_l1_loss(predicted, target, reduction="none", beta=SMOOTH_ENCODING).sum(2)
    return (weights * error).sum() / weights.sum().clamp(min=64)


def stage_two_loss(predicted, target):
    """Smooth-L1 error of joints [m], (P, J, 3), over known joints (NaN = unknown) (Sec. 6.3.2)."""
    known = torch.isfinite(target)
    error = functional.smooth_l1_loss(predicted, torch.where(known, target, predicted), reduction="none", beta=0.1)
    return (error * known).sum() / known.sum().clamp(min=1)
