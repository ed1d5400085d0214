"""A wide network that answers as a narrow one does, to go on training from (Net2WiderNet).

Every wide filter is a copy of a narrow one, and what reads several copies shares the narrow weight out among them, so
the answers stay the same, with batch statistics too. The shares are unequal: copies get different gradients from the
first step, and the answers need not be disturbed by noise to tell the copies apart (the source adds noise).

Source: T. Chen et al., "Net2Net: accelerating learning via knowledge transfer", 2016, Sec. 2.1; groups are ours.
"""

import numpy as np
import torch

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.nets.channel_graph import follow_channels
from mocap_ros.nets.sparsity import normalised_layers


@torch.no_grad()
def widen(narrow, wide, unevenness=0.25, seed=0):
    """Fills `wide` so that it answers as `narrow` does.

    Where a convolution of `wide` has more groups than that of `narrow`, each of its groups copies all filters of a
    group of `narrow`, and must find copies of all that they read in its slice of the input. It does where channels grow
    with the groups, as at twice the width; else filters begin without what their group cannot see.

    Args:
        narrow, wide: networks of one architecture and different width, on one device.
        unevenness: standard deviation of the shares of copies, in units of the layer's mean share; 0 shares equally.
        seed: of the unevenness.

    Returns:
        Names of the layers of `wide` that cannot see all that they should; where there are none, the answers are the
        same.

    Raises:
        WeightsError: a layer of `wide` is the narrower one, or the two are of different architectures.
    """
    layers, wide_layers = dict(narrow.named_modules()), dict(wide.named_modules())
    if list(layers) != list(wide_layers):
        raise WeightsError("widening: the two networks do not have the same layers")
    partner = {layer: layers[name] for name, layer in wide_layers.items()}
    _, made_by, read_by, _ = follow_channels(narrow)
    families, wide_made_by, wide_read_by, _ = follow_channels(wide)
    copied = _copied_filters(partner, families, wide_made_by, wide_read_by)
    original = np.concatenate([made_by[partner[layer]][0][copied[layer]] for layer in wide_made_by])
    inputs = {layer: channels.names for layer, channels in read_by}
    wide_inputs = {layer: original[channels.names] for layer, channels in wide_read_by}

    generator = torch.Generator().manual_seed(seed)
    lacking = []
    for name, layer in wide_layers.items():
        if not isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            continue
        source = partner[layer]
        filters = copied.get(layer, np.arange(len(source.weight)))
        if layer in wide_inputs:
            seen = _share_out(layer, source, filters, inputs[source], wide_inputs[layer], unevenness, generator)
            lacking += [] if seen else [name]
        else:
            layer.weight.copy_(source.weight[filters])
        if layer.bias is not None:
            layer.bias.copy_(source.bias[filters])
    for (_, conv, norm, _), (_, _, source, _) in zip(normalised_layers(wide), normalised_layers(narrow)):
        for field in ("weight", "bias", "running_mean", "running_var"):
            getattr(norm, field).copy_(getattr(source, field)[copied[conv]])
    return lacking


def _copied_filters(partner, families, made_by, read_by):
    """Which narrow filter each filter of every wide layer copies, dict of layer to (C,) int.

    Blocks of filters are laid out as the groups need it that make or read them; summed layers are laid out alike.
    """
    readers = {}
    for layer, channels in read_by:
        for family in {families.of(name) for name in channels.names}:
            readers.setdefault(family, []).append(layer)
    makers = {}
    for layer, (names, _) in made_by.items():
        for family in {families.of(name) for name in names}:
            makers.setdefault(family, []).append(layer)
    copied = {}
    for layer, (names, _) in made_by.items():
        there = {each for family in {families.of(name) for name in names} for each in makers[family]}
        if max(getattr(each, "groups", 1) for each in there) == 1:
            there = {each for family in {families.of(name) for name in names} for each in readers.get(family, [])}
        groups, group_of = max([(1, 1)] + [(getattr(each, "groups", 1), getattr(partner[each], "groups", 1))
                                           for each in there])
        count, wide_count = len(partner[layer].weight), len(layer.weight)
        if wide_count < count:
            raise WeightsError(f"widening: a layer of {count} filters cannot become one of {wide_count}")
        block, place = np.divmod(np.arange(wide_count), wide_count // groups)
        place += block // group_of * (wide_count // groups)  # blocks of the same filters go on where the last one ended
        copied[layer] = block % group_of * (count // group_of) + place % (count // group_of)
    return copied


def _share_out(layer, source, filters, names, wide_names, unevenness, generator):
    """Fills a layer's weights from those of its narrow partner.

    Args:
        layer, source: wide and narrow convolution or fully connected layer.
        filters: narrow filter that each filter copies, (outputs,).
        names: narrow channels that `source` reads, (inputs,).
        wide_names: the same of `layer`, by what they are copies of.
        unevenness, generator: see widen.

    Returns:
        Whether each group sees copies of all that it has to read.
    """
    groups, source_groups = getattr(layer, "groups", 1), getattr(source, "groups", 1)
    spread = unevenness * float(source.weight.std()) * len(names) / len(wide_names)
    group_of = filters // (len(source.weight) // source_groups)  # narrow group that each filter comes from
    parts, complete = [], True
    for chosen, group, slots in zip(*(np.split(each, groups) for each in (filters, group_of, wide_names))):
        fitting = torch.as_tensor(group == group[0], dtype=source.weight.dtype)
        weights = source.weight[chosen].flatten(2) if source.weight.ndim > 2 else source.weight[chosen][..., None]
        weights = weights * fitting.to(weights)[:, None, None]  # (outputs, inputs, taps)
        read = names.reshape(source_groups, -1)[group[0]]
        copies = torch.as_tensor(read[:, None] == slots).to(weights)  # (inputs, slots)
        mean = copies / copies.sum(1, keepdim=True).clamp(min=1)
        noise = torch.randn((len(chosen), len(slots), weights.shape[2]), generator=generator).to(weights)
        noise = noise * copies.sum(0)[None, :, None]
        noise -= torch.einsum("ojt,ij,ik->okt", noise, mean, copies)  # the copies' shares sum to the whole
        parts.append(torch.einsum("oit,ij->ojt", weights, mean) + spread * noise)
        complete &= bool(fitting.all()) and bool(copies.any(1).all())
    layer.weight.copy_(torch.cat(parts).reshape(layer.weight.shape))
    return complete
