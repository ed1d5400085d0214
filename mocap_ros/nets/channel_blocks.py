"""Grouped convolutions get channels of zeros, so that ONNX Runtime takes the way through them that works on blocks.

Its fast layout holds channels in blocks of 16 (AVX-512) or 8, and passes over a grouped convolution whose groups do not
fill whole blocks: SelecSLS has such of 72 channels. That convolution is then slower, and everything is copied into the
other layout before it and back behind it. Filled up to 80 channels with zeros that nothing reads, the network computes
what it did before. Source: ours.
"""

import numpy as np
from onnx import numpy_helper

BLOCK = 16  # channels
SAME_CHANNELS = ("Relu", "MaxPool", "Resize")


def fill_blocks(model):
    """Fills the groups of a network's convolutions up to whole blocks, in place.

    A convolution is left as it is where its output goes anywhere but through Relu and Concat into other convolutions.

    Args:
        model: onnx.ModelProto whose convolutions have constant weights, nodes in the order in which they run.
    """
    graph = model.graph
    tensors = _own_tensors(graph)
    channels = _channel_counts(graph, tensors)
    order = {}  # of tensors with channels of zeros: index of each channel before, -1 for zeros
    for node in graph.node:
        known = [name for name in node.input if name in order]
        if node.op_type == "Conv" and all(name in tensors for name in node.input[1:]):
            if known:
                read = order[known[0]][:len(order[known[0]]) // _groups(node)]  # every group is laid out alike
                _replace(tensors[node.input[1]], lambda weight: _spread(weight, read, 1))
            groups = _groups_to_fill(node, graph, channels, tensors)
            if groups:
                filled = order[node.output[0]] = _filled_order(channels[node.output[0]], groups)
                for name in node.input[1:]:
                    _replace(tensors[name], lambda values: _spread(values, filled, 0))
        elif known and node.op_type == "Relu":
            order[node.output[0]] = order[known[0]]
        elif known:
            order[node.output[0]] = _joined([order.get(name, np.arange(channels[name])) for name in node.input],
                                            [channels[name] for name in node.input])


def _own_tensors(graph):
    """Initializers by name, after each convolution has got its own: exporters store equal ones once."""
    tensors, taken = {tensor.name: tensor for tensor in graph.initializer}, set()
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in tensors:
            tensors[node.output[0]] = tensors[node.input[0]]
            taken.add(node.output[0])
    for node in graph.node:
        for place, name in enumerate(node.input):
            if node.op_type == "Conv" and name in taken:
                copied = graph.initializer.add()
                copied.CopyFrom(tensors[name])
                node.input[place] = copied.name = f"{name}_of_{node.output[0]}"
                tensors[copied.name] = copied
            elif name in tensors:
                taken.add(name)
    return tensors


def _channel_counts(graph, tensors):
    """Channels of each tensor that convolutions and what follows them make, dict by name."""
    channels = {}
    for node in graph.node:
        if node.op_type == "Conv" and node.input[1] in tensors:
            channels[node.output[0]] = tensors[node.input[1]].dims[0]
        elif node.op_type in SAME_CHANNELS and node.input[0] in channels:
            channels[node.output[0]] = channels[node.input[0]]
        elif node.op_type == "Concat" and _number(node, "axis") == 1 and all(name in channels for name in node.input):
            channels[node.output[0]] = sum(channels[name] for name in node.input)
    return channels


def _groups(node):
    return _number(node, "group") or 1


def _number(node, name):
    """A whole number among a node's attributes; None where it has no such."""
    return next((each.i for each in node.attribute if each.name == name), None)


def _groups_to_fill(node, graph, channels, tensors):
    """Into how many groups a convolution's output is to be filled up, its own or those of its reader; 0 for none."""
    name = node.output[0]
    behind = [name] + [each.output[0] for each in graph.node if each.op_type == "Relu" and name in each.input]
    readers = {_groups(each) for each in graph.node if each.op_type == "Conv" and each.input[0] in behind}
    groups = max(readers | {_groups(node)})
    width = channels[name] // groups
    inside = tensors[node.input[1]].dims[1]  # of a group, after its input was filled up
    if groups == 1 or width < BLOCK or width % BLOCK == 0 or (_groups(node) > 1 and inside % BLOCK):
        return 0
    return groups if groups % _groups(node) == 0 and _is_followed(name, groups, graph, channels, tensors) else 0


def _is_followed(name, groups, graph, channels, tensors):
    """Whether all that reads a tensor can be told of its new channels; `groups` as a reader may have, or 1."""
    if any(each.name == name for each in graph.output):
        return False
    for node in graph.node:
        if name not in node.input:
            continue
        if node.op_type == "Conv":
            if _groups(node) not in (1, groups) or any(each not in tensors for each in node.input[1:]):
                return False
        elif node.op_type == "Relu":
            if not _is_followed(node.output[0], groups, graph, channels, tensors):
                return False
        elif node.op_type != "Concat" or node.output[0] not in channels:
            return False
        elif not _is_followed(node.output[0], 1, graph, channels, tensors):
            return False
    return True


def _filled_order(count, groups):
    """Index of each channel before, group after group, each filled up with -1 to whole blocks."""
    width = count // groups
    filled = np.full((groups, -(-width // BLOCK) * BLOCK), -1)
    filled[:, :width] = np.arange(count).reshape(groups, width)
    return filled.ravel()


def _joined(orders, counts):
    """The order of a concatenation from those of its parts."""
    begins = np.cumsum([0, *counts[:-1]])
    return np.concatenate([np.where(order < 0, -1, order + begin) for order, begin in zip(orders, begins)])


def _spread(values, order, axis):
    """`values` with the entries of `axis` in `order`, zeros for -1."""
    shape = [1] * values.ndim
    shape[axis] = len(order)
    return values.take(np.maximum(order, 0), axis) * (order >= 0).reshape(shape).astype(values.dtype)


def _replace(tensor, change):
    """Replaces the values of an initializer, in place."""
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(change(numpy_helper.to_array(tensor))), tensor.name))
