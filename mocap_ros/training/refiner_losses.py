"""What the refiner is trained to make small."""

from typing import NamedTuple

import torch
from torch.nn import functional

from mocap_ros.nets.refiner_input import CELL_PX, CELLS
from mocap_ros.training.train_lift import lift_loss

TARGET_SIGMA = 0.75  # cells: spread of the chance that a keypoint's true place gives to the cells around it


class RefinerLosses(NamedTuple):
    """Each a scalar: places [nats], seen and person [nats], pose [m]."""

    places: torch.Tensor
    seen: torch.Tensor
    person: torch.Tensor
    pose: torch.Tensor


def refiner_losses(outputs, views):
    """RefinerLosses of RefinerOutputs for RefinerViews, as tensors.

    Places: cross entropy of the chance of every cell against a Gaussian around the truth. Source: ours, after the
    classification of coordinates of Li et al. 2022 (SimCC), here over cells of both axes together.
    """
    cells = (views.places + 0.5) / CELL_PX - 0.5  # (N, K, 2)
    grid = torch.arange(CELLS, device=cells.device)
    falloff = torch.exp(-(grid - cells[..., None]) ** 2 / (2 * TARGET_SIGMA ** 2))  # (N, K, 2, CELLS)
    wanted = (falloff[:, :, 1, :, None] * falloff[:, :, 0, None]).flatten(2)
    wanted = wanted / wanted.sum(-1, keepdim=True).clamp(min=1e-6)
    entropy = -(wanted * outputs.heatmap_logits.flatten(2).log_softmax(-1)).sum(-1)  # (N, K)
    places = (entropy * views.place_weights).sum() / views.place_weights.sum().clamp(min=1)
    each = functional.binary_cross_entropy_with_logits(outputs.seen_logits, views.seen, reduction="none")
    seen = (each * views.seen_weights).sum() / views.seen_weights.sum().clamp(min=1)
    person = functional.binary_cross_entropy_with_logits(outputs.person_logits, views.person)
    return RefinerLosses(places, seen, person, lift_loss(outputs.joints, views.joints))
