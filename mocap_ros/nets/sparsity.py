"""How many filters of a network do nothing, how selective the others are (Sec. 7.1, "Quantifying Feature Sparsity").

A feature is a filter with its batch normalisation and ReLU. Layers are those `convolution` blocks of a network that end
in a ReLU module.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import ConfigError

SMALLEST_SCALE = 1e-3  # |gamma| below which a feature counts as inactive
SMALLEST_ACTIVATION = 1e-12  # largest activation over a data set below which a feature is inactive
UNIVERSAL_ACTIVATION = 1e-3  # of a feature's largest activation: below it, the feature did not see the image


@dataclass(frozen=True, eq=False)
class LayerSparsity:
    """What a layer's features do over a data set.

    Attributes:
        name: of the layer in the network.
        scales: |gamma| of the batch normalisation, (C,).
        largest_activations: over the data set, (C,).
        universality: share of images that a feature responds to, 0 to 1, (C,); selectivity is 1 minus it.
    """

    name: str
    scales: np.ndarray
    largest_activations: np.ndarray
    universality: np.ndarray

    def __post_init__(self):
        features = (len(self.scales),)
        freeze_arrays(self, {"scales": features, "largest_activations": features, "universality": features},
                      ConfigError, np.float64)

    def inactive_by_scale(self, smallest=SMALLEST_SCALE):
        """(C,) bool."""
        return self.scales < smallest

    def inactive_by_activation(self, smallest=SMALLEST_ACTIVATION):
        """(C,) bool."""
        return self.largest_activations < smallest


def normalised_layers(model):
    """(name, convolution, batch normalisation, activation or None) of every normalised convolution, in order."""
    found = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Sequential) and len(module) >= 2 and isinstance(module[0], nn.Conv2d) \
                and isinstance(module[1], nn.BatchNorm2d):
            found.append((name, module[0], module[1], module[2] if len(module) > 2 else None))
    return found


def sparsity_by_scale(model, smallest=SMALLEST_SCALE):
    """Features and inactive ones by |gamma|, dict of layer name to (features, inactive)."""
    return {name: (len(norm.weight), int((norm.weight.abs() < smallest).sum()))
            for name, _, norm, _ in normalised_layers(model)}


def measure_sparsity(model, batches):
    """Scales, activations and universality of every layer over a data set.

    Args:
        model: network in evaluation mode.
        batches: iterable of the network's input tensors.

    Returns:
        list of LayerSparsity.
    """
    layers = [layer for layer in normalised_layers(model) if layer[3] is not None]
    peaks = {name: [] for name, *_ in layers}
    hooks = [activation.register_forward_hook(_peak_into(peaks[name])) for name, _, _, activation in layers]
    try:
        with torch.no_grad():
            for batch in batches:
                model(batch)
    finally:
        for hook in hooks:
            hook.remove()
    results = []
    for name, _, norm, _ in layers:
        pooled = torch.cat(peaks[name]).double().cpu().numpy()  # (images, C)
        largest = pooled.max(0)
        responds = pooled > UNIVERSAL_ACTIVATION * np.maximum(largest, SMALLEST_ACTIVATION)
        results.append(LayerSparsity(name, norm.weight.detach().abs().cpu().numpy(), largest, responds.mean(0)))
    return results


def _peak_into(found):
    """A hook that appends each image's largest absolute activation of every feature, (B, C)."""
    def hook(_, __, output):
        found.append(output.abs().amax(tuple(range(2, output.ndim))).float())
    return hook
