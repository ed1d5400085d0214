"""Who makes and who reads every channel of a network, followed through its traced graph.

Pruning and widening both need it: concatenations, chunks, sums and grouped convolutions carry channels from the layer
that makes them to the layers that read them.
"""

import inspect
import operator

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.nets.sparsity import normalised_layers

PASS_THROUGH = (nn.ReLU, nn.Identity, nn.MaxPool2d, nn.AdaptiveAvgPool2d, nn.Flatten)


class Channels:
    """Channels of one tensor in the graph: `names` (C,) of who made each, `constants` (C,), NaN where it varies."""

    def __init__(self, names, constants):
        self.names, self.constants = names, constants


class Families:
    """Channels that are summed together live or go together (disjoint sets over channel numbers)."""

    def __init__(self):
        self.parents = []

    def new(self, count):
        """`count` new channels, (count,) int."""
        start = len(self.parents)
        self.parents += range(start, start + count)
        return np.arange(start, start + count)

    def of(self, channel):
        """The family's number."""
        while self.parents[channel] != channel:
            channel = self.parents[channel]
        return channel

    def join(self, a, b):
        """Makes two families one."""
        self.parents[self.of(a)] = self.of(b)


def _defaults(function):
    """Arguments that have a default, as dict: the graph is traced with them."""
    arguments = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in arguments if each.default is not each.empty}


def follow_channels(model, smallest_scale=0.0):
    """Walks a network's graph and notes who makes and who reads every channel.

    Args:
        model: network of convolutions (each directly followed by its batch normalisation, or by nothing), ReLU,
            pooling, upsampling, chunks, concatenation and sums.
        smallest_scale: |gamma| below which a filter is inactive.

    Returns:
        Families; dict of convolution to (names, inactive); list of (layer, Channels); list of (names, chunks) of
        tensors that are cut into equal chunks.

    Raises:
        ConfigError: the network has an operation that is not among those.
    """
    graph = fx.Tracer().trace(model, _defaults(model.forward))
    modules = dict(model.named_modules())
    norm_of = {id(conv): norm for _, conv, norm, _ in normalised_layers(model)}
    families, tensors, made_by, read_by, chunked = Families(), {}, {}, [], []
    for node in graph.nodes:
        sources = [each for each in node.all_input_nodes if each in tensors]
        module = modules.get(node.target) if node.op == "call_module" else None
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            if sources:
                read_by.append((module, _as_read(module, tensors[sources[0]])))
            if isinstance(module, nn.Conv2d) and id(module) in norm_of:
                gamma, beta = norm_of[id(module)].weight, norm_of[id(module)].bias
                inactive = (gamma.abs() < smallest_scale).detach().cpu().numpy()
                names = families.new(module.out_channels)
                made_by[module] = names, inactive
                constants = np.where(inactive, beta.detach().cpu().numpy().astype(float), np.nan)
                tensors[node] = Channels(names, constants)
        elif not sources:
            continue
        elif isinstance(module, nn.BatchNorm2d):
            tensors[node] = tensors[sources[0]]
        elif isinstance(module, PASS_THROUGH) or node.target is functional.interpolate:
            channels = tensors[sources[0]]
            constants = np.maximum(channels.constants, 0) if isinstance(module, nn.ReLU) else channels.constants
            tensors[node] = Channels(channels.names, constants)
        elif node.target is torch.cat:
            parts = [tensors[each] for each in node.args[0]]
            tensors[node] = Channels(*(np.concatenate([getattr(part, field) for part in parts])
                                       for field in ("names", "constants")))
        elif node.target is torch.chunk:
            channels, count = tensors[sources[0]], node.args[1]
            chunked.append((channels.names, count))
            tensors[node] = [Channels(*pair) for pair in zip(np.split(channels.names, count),
                                                             np.split(channels.constants, count))]
        elif node.target is operator.getitem and isinstance(tensors[sources[0]], list):
            tensors[node] = tensors[sources[0]][node.args[1]]
        elif node.target in (operator.add, operator.iadd, torch.add):
            first, second = (tensors[each] for each in node.args[:2])
            for a, b in zip(first.names, second.names):
                families.join(a, b)
            tensors[node] = Channels(first.names, first.constants + second.constants)
        else:
            raise ConfigError(f"cannot follow channels through '{node.name}' ({node.op} {node.target})")
    return families, made_by, read_by, chunked


def _as_read(layer, channels):
    """Channels as a layer's inputs: flattened maps give each channel as many inputs as it has cells."""
    if isinstance(layer, nn.Conv2d):
        return channels
    cells = layer.in_features // len(channels.names)
    return Channels(channels.names.repeat(cells), channels.constants.repeat(cells))
