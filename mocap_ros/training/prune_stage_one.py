"""A trained Stage I without its idle filters: what there was, what is left, and that nothing else changed."""

from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE
from mocap_ros.nets.pruning import fold_batch_norm, largest_difference, prune
from mocap_ros.nets.sparsity import SMALLEST_SCALE, measure_sparsity, sparsity_by_scale
from mocap_ros.training.checkpoint import load_checkpoint
from mocap_ros.training.train_stage_one import stage_one_of

PROBES = 8  # of the images, on which the network before and after is compared
MOST_DIFFERENT = 1e-4  # of any output; a network that answers otherwise after pruning is refused


class LayerReport(NamedTuple):
    """A layer's features, how many of them have a small scale and how many no image moved, and mean selectivity.

    The last two are None where no images were given.
    """

    name: str
    features: int
    small_scale: int
    silent: int | None
    selectivity: float | None


class Size(NamedTuple):
    """Filters, parameters and multiply-adds for one image of 512 x 320."""

    filters: int
    parameters: int
    multiply_adds: int


class PrunedStageOne(NamedTuple):
    """The network before and after (batch normalisations folded), and the report."""

    before: torch.nn.Module
    after: torch.nn.Module
    layers: list
    size_before: Size
    size_after: Size
    difference: float


def prune_stage_one(checkpoint, scale=None, samples=()):
    """Takes out of a checkpoint's Stage I all filters that do nothing.

    Args:
        checkpoint: path.
        scale: |gamma| below which a filter does nothing; SMALLEST_SCALE if None.
        samples: Samples whose images tell which filters are silent and how selective the others are.

    Returns:
        PrunedStageOne.

    Raises:
        WeightsError: no such checkpoint, or a scale at which the network would answer otherwise.
    """
    scale = SMALLEST_SCALE if scale is None else scale
    model = stage_one_of(load_checkpoint(checkpoint))
    images = [torch.from_numpy(sample.image[None]) for sample in samples]
    measured = {each.name: each for each in measure_sparsity(model, images)} if images else {}
    layers = []
    for name, (features, small) in sparsity_by_scale(model, scale).items():
        found = measured.get(name)
        layers.append(LayerReport(name, features, small, *(
            (None, None) if found is None else
            (int(found.inactive_by_activation().sum()), float(1 - found.universality.mean())))))
    pruned = prune(model, scale)
    after = fold_batch_norm(pruned)
    noise = torch.randint(0, 256, (1, 128, 192, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    difference = max(largest_difference(model, after, probe) for probe in (noise, *images[:PROBES]))
    if difference > MOST_DIFFERENT:
        raise WeightsError(f"pruned at scale {scale:g}, the network answers otherwise by {difference:.2g}; at most "
                           f"{MOST_DIFFERENT:g} is allowed: choose a smaller scale")
    return PrunedStageOne(model, after, layers, _size(model), _size(pruned), difference)


def _size(model):
    width, height = DEFAULT_INPUT_SIZE
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, height, width, 3, dtype=torch.uint8))
    return Size(sum(features for features, _ in sparsity_by_scale(model).values()),
                sum(each.numel() for each in model.parameters()), counter.get_total_flops() // 2)
