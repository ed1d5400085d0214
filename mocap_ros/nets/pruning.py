"""Filters that do nothing are taken out of a network, with everything that read them (Sec. 7.1, 7.2.2).

Training with Adam and L2 regularisation leaves filters whose batch normalisation scales by (almost) nothing: their
output is a constant, the ReLU of the normalisation's bias. Such a filter goes, and its constant moves into the layers
that read it. Works on any network of the family: concatenations, sums and grouped convolutions are followed through the
traced graph (ours; the thesis prunes plain chains).
"""

import copy
import inspect
import operator

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.nets.sparsity import SMALLEST_SCALE, normalised_layers

PASS_THROUGH = (nn.ReLU, nn.Identity, nn.MaxPool2d, nn.AdaptiveAvgPool2d, nn.Flatten)


class _Channels:
    """Channels of one tensor in the graph: `names` (C,) of who made each, `constants` (C,), NaN where it varies."""

    def __init__(self, names, constants):
        self.names, self.constants = names, constants


class _Families:
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


def prune(model, smallest_scale=SMALLEST_SCALE):
    """A copy of a network without its inactive filters; evaluation mode, same inputs and outputs.

    A filter stays, though inactive, where taking it out could not be made good: its constant is not zero and a padded
    convolution reads it (the border would change), the groups of a convolution would become unequal, or it is the last
    one of its layer or group.

    Args:
        model: network of convolutions (each directly followed by its batch normalisation, or by nothing), ReLU, pooling,
            upsampling, concatenation and sums.
        smallest_scale: |gamma| below which a filter is inactive.

    Raises:
        ConfigError: the network has an operation that is not among those.
    """
    model = copy.deepcopy(model).eval()
    graph = fx.Tracer().trace(model, _defaults(model.forward))
    modules = dict(model.named_modules())
    norm_of = {id(conv): norm for _, conv, norm, _ in normalised_layers(model)}
    families, tensors, made_by, read_by = _follow(graph, modules, norm_of, smallest_scale)
    removed = _removable(families, made_by, read_by)
    with torch.no_grad():
        _shrink(made_by, read_by, norm_of, lambda name: families.of(name) in removed)
    return model


def fold_batch_norm(model):
    """A copy of a network in evaluation mode whose batch normalisations are part of their convolutions."""
    model = copy.deepcopy(model).eval()
    for name, conv, norm, _ in normalised_layers(model):
        block = model.get_submodule(name)
        block[0], block[1] = fuse_conv_bn_eval(conv, norm), nn.Identity()
    return model


def largest_difference(model, other, inputs):
    """Largest absolute difference between two networks' outputs (a tensor, or a tuple of them) for `inputs`."""
    with torch.no_grad():
        outputs = [each(inputs) for each in (model, other)]
    pairs = [outputs] if isinstance(outputs[0], torch.Tensor) else zip(*outputs)
    return max(float((a - b).abs().max()) for a, b in pairs)


def _defaults(function):
    """Arguments that have a default, as dict: the graph is traced with them."""
    arguments = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in arguments if each.default is not each.empty}


def _follow(graph, modules, norm_of, smallest_scale):
    """Walks the graph and notes who makes and who reads every channel.

    Returns:
        _Families; dict of node to _Channels; dict of convolution to (names, inactive); list of (layer, _Channels).
    """
    families, tensors, made_by, read_by = _Families(), {}, {}, []
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
                tensors[node] = _Channels(names, constants)
        elif not sources:
            continue
        elif isinstance(module, nn.BatchNorm2d):
            tensors[node] = tensors[sources[0]]
        elif isinstance(module, PASS_THROUGH) or node.target is functional.interpolate:
            channels = tensors[sources[0]]
            constants = np.maximum(channels.constants, 0) if isinstance(module, nn.ReLU) else channels.constants
            tensors[node] = _Channels(channels.names, constants)
        elif node.target is torch.cat:
            parts = [tensors[each] for each in node.args[0]]
            tensors[node] = _Channels(*(np.concatenate([getattr(part, field) for part in parts])
                                        for field in ("names", "constants")))
        elif node.target in (operator.add, operator.iadd, torch.add):
            first, second = (tensors[each] for each in node.args[:2])
            for a, b in zip(first.names, second.names):
                families.join(a, b)
            tensors[node] = _Channels(first.names, first.constants + second.constants)
        else:
            raise ConfigError(f"pruning: cannot follow channels through '{node.name}' ({node.op} {node.target})")
    return families, tensors, made_by, read_by


def _as_read(layer, channels):
    """Channels as a layer's inputs: flattened maps give each channel as many inputs as it has cells."""
    if isinstance(layer, nn.Conv2d):
        return channels
    cells = layer.in_features // len(channels.names)
    return _Channels(channels.names.repeat(cells), channels.constants.repeat(cells))


def _removable(families, made_by, read_by):
    """Numbers of the families that can go."""
    inactive = {}
    for names, dead in made_by.values():
        for name, is_dead in zip(names, dead):
            family = families.of(name)
            inactive[family] = inactive.get(family, True) and bool(is_dead)
    removed = {family for family, is_dead in inactive.items() if is_dead}
    for layer, channels in read_by:
        padded = isinstance(layer, nn.Conv2d) and any(layer.padding)
        for name, constant in zip(channels.names, channels.constants):
            if not np.isfinite(constant) or (padded and constant != 0):
                removed.discard(families.of(name))
    while True:
        kept = {families.of(name) for names, groups in _blocks(made_by, read_by) for name in
                _kept_for_balance(names, groups, lambda name: families.of(name) in removed)}
        if not kept & removed:
            return removed
        removed -= kept


def _blocks(made_by, read_by):
    """(names, groups) of everything whose channels must stay alike in number."""
    for layer, (names, _) in made_by.items():
        yield names, layer.groups
    for layer, channels in read_by:
        yield channels.names, getattr(layer, "groups", 1)


def _kept_for_balance(names, groups, goes):
    """Names that must stay so that every group loses as many as the others, and keeps one."""
    blocks = [[name for name in block if goes(name)] for block in np.array_split(names, groups)]
    share = min(min(len(block) for block in blocks), len(names) // groups - 1)
    return [name for block in blocks for name in block[share:]]


def _shrink(made_by, read_by, norm_of, goes):
    """Cuts filters and inputs of all layers, in place, and moves constants to where they are read."""
    stays = {layer: np.array([not goes(name) for name in names]) for layer, (names, _) in made_by.items()}
    for layer, channels in read_by:
        kept = np.array([not goes(name) for name in channels.names])
        constants = torch.as_tensor(channels.constants[~kept], dtype=layer.weight.dtype)
        groups = getattr(layer, "groups", 1)
        blocks = layer.weight.unflatten(0, (groups, -1))  # (groups, outputs, inputs, ...)
        masks = torch.as_tensor(kept).reshape(groups, -1)
        if len(constants):
            moved = torch.cat([
                block[:, ~mask].flatten(2).sum(2) @ values if block.ndim > 2 else block[:, ~mask] @ values
                for block, mask, values in zip(blocks, masks, constants.reshape(groups, -1))])
            _add_bias(layer, norm_of.get(id(layer)), moved)
        layer.weight = nn.Parameter(torch.cat([block[:, mask] for block, mask in zip(blocks, masks)]))
        if isinstance(layer, nn.Conv2d):
            layer.in_channels = int(kept.sum())
        else:
            layer.in_features = int(kept.sum())
    for layer, kept in stays.items():
        mask, norm = torch.as_tensor(kept), norm_of[id(layer)]
        layer.weight = nn.Parameter(layer.weight[mask])
        layer.out_channels = norm.num_features = int(kept.sum())
        norm.weight, norm.bias = nn.Parameter(norm.weight[mask]), nn.Parameter(norm.bias[mask])
        norm.running_mean, norm.running_var = norm.running_mean[mask], norm.running_var[mask]


def _add_bias(layer, norm, added):
    """Adds to a layer's output what its lost inputs gave; a batch normalisation behind it takes it off its mean."""
    if norm is not None:
        norm.running_mean -= added
    else:
        layer.bias += added
