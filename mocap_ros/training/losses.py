"""How wrong Stage I's and Stage II's answers are, with labels that may be missing."""

import torch
from torch.nn import functional

from mocap_ros.training.targets import Targets

LOSSES = "heatmaps", "localisation", "part_affinity", "encodings"  # of Stage I
BACKGROUND_OF_LIMBS = 0.25  # weight of a part affinity cell off every limb
NEAR_KEYPOINT = 0.05  # of the target: cells within 2.4 of a keypoint
FACTOR_NEAR_KEYPOINT = 0.3  # about the error of a network that has learned where keypoints are
AT_KEYPOINT = 0.7  # of the target: the cells that may hold the peak
LOWEST_TARGET = 1e-4
FARTHEST_TOP = 1.2  # cells; farther, the parabola runs through two people's targets
LEAST_BEND = 0.2  # per square cell
SMOOTH_PLACE = 0.1  # cells; below it an error of place counts squared
SMOOTH_ENCODING = 0.05  # m; below it an encoding's error counts squared


def stage_one_losses(outputs, targets):
    """The losses of a batch, each per labelled thing and so of order 1 before training.

    Args:
        outputs: StageOneOutputs.
        targets: Targets of tensors with a leading batch axis.

    Returns:
        dict of scalar tensors, keys LOSSES.
    """
    targets = Targets(*(each.float() for each in targets))
    heatmaps = outputs.heatmap_logits.float(), targets.heatmaps, targets.heatmap_weights
    return {
        "heatmaps": heatmap_loss(*heatmaps),
        "localisation": localisation_loss(*heatmaps),
        "part_affinity": part_affinity_loss(
            outputs.part_affinity.float(), targets.part_affinity, targets.part_affinity_weights),
        "encodings": encoding_loss(outputs.encodings.float(), targets.encodings, targets.encoding_weights),
    }


def heatmap_loss(logits, target, weights):
    """Kullback-Leibler divergence, weighed by the error away from keypoints, summed over cells, per keypoint.

    The thesis uses the squared error alone. Most cells show no keypoint, and the error as a factor takes the easy ones
    out of the sum (after Li et al. 2020, Generalized Focal Loss, Eq. 5). Within NEAR_KEYPOINT the factor is constant
    (ours): there the height of each cell tells where between cells the keypoint is, and a factor that vanishes with the
    error stops learning a third of a cell away.
    """
    error = (torch.sigmoid(logits).detach() - target).abs()
    factor = torch.where(target > NEAR_KEYPOINT, FACTOR_NEAR_KEYPOINT, error)
    entropy = functional.binary_cross_entropy(target, target, reduction="none")
    divergence = functional.binary_cross_entropy_with_logits(logits, target, reduction="none") - entropy
    keypoints = (target > 0.5).sum().clamp(min=16)
    return (weights * factor * divergence).sum() / keypoints


def localisation_loss(logits, target, weights):
    """Smooth-L1 distance [cells] of the place that is read out between cells, summed over both axes, per keypoint.

    That place is the top of a parabola through three logarithms, as in decoding/peaks.py; the same parabola through the
    target gives the truth. A keypoint counts as much as the network believes in it, so that one which is not recognised
    is left to heatmap_loss. Ours.
    """
    keypoints = (target > AT_KEYPOINT) & (weights > 0)
    keypoints[..., 0, :] = keypoints[..., -1, :] = keypoints[..., 0] = keypoints[..., -1] = False
    image, keypoint, row, column = torch.nonzero(keypoints, as_tuple=True)
    total = 0
    for down, across in ((0, 1), (1, 0)):
        places = [(image, keypoint, row + step * down, column + step * across) for step in (-1, 0, 1)]
        predicted = _parabola_top(*(functional.logsigmoid(logits[place]) for place in places))
        true = _parabola_top(*(torch.log(target[place].clamp(min=LOWEST_TARGET)) for place in places))
        belief = torch.sigmoid(logits[places[1]]).detach() * (true.abs() < FARTHEST_TOP)
        error = functional.smooth_l1_loss(predicted, true, reduction="none", beta=SMOOTH_PLACE)
        total = total + (belief * error).sum() / belief.sum().clamp(min=16)
    return total


def _parabola_top(before, here, after):
    """Where the parabola through three values has its top [cells]; one that is hardly bent counts as a little bent."""
    return (before - after) / (2 * (before - 2 * here + after).clamp(max=-LEAST_BEND))


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
