"""Filters that do nothing are taken out of a network, with everything that read them (Sec. 7.1, 7.2.2).

Training with Adam and L2 regularisation leaves filters whose batch normalisation scales by (almost) nothing: their
output is a constant, the ReLU of the normalisation's bias. Such a filter goes, and its constant moves into the layers
that read it. Works on any network of the family: concatenations, sums and grouped convolutions are followed through the
traced graph (ours; the thesis prunes plain chains).
"""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mocap_ros.nets.channel_graph import follow_channels
from mocap_ros.nets.sparsity import SMALLEST_SCALE, normalised_layers


def prune(model, smallest_scale=SMALLEST_SCALE):
    """A copy of a network without its inactive filters; evaluation mode, same inputs and outputs.

    A filter stays, though inactive, where taking it out could not be made good: its constant is not zero and a padded
    convolution reads it (the border would change), the groups of a convolution would become unequal, or it is the last
    one of its layer or group.

    Args:
        model: network of convolutions (each directly followed by its batch normalisation, or by nothing), ReLU,
            pooling, upsampling, concatenation and sums.
        smallest_scale: |gamma| below which a filter is inactive.

    Raises:
        ConfigError: the network has an operation that is not among those.
    """
    model = copy.deepcopy(model).eval()
    norm_of = {id(conv): norm for _, conv, norm, _ in normalised_layers(model)}
    families, made_by, read_by, chunked = follow_channels(model, smallest_scale)
    removed = _removable(families, made_by, read_by, chunked)
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


def _removable(families, made_by, read_by, chunked):
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
        kept = {families.of(name) for names, groups in _blocks(made_by, read_by, chunked) for name in
                _kept_for_balance(names, groups, lambda name: families.of(name) in removed)}
        if not kept & removed:
            return removed
        removed -= kept


def _blocks(made_by, read_by, chunked):
    """(names, groups) of everything whose channels must stay alike in number."""
    for layer, (names, _) in made_by.items():
        yield names, layer.groups
    for layer, channels in read_by:
        yield channels.names, getattr(layer, "groups", 1)
    yield from chunked


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
