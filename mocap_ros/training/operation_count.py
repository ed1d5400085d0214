"""What a piece of torch code asks of a device: how many operations, how many bytes, how often the host has to wait."""

from collections import Counter

import torch
from torch.utils._python_dispatch import TorchDispatchMode

WAITING = ("aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::linalg_inv",
           "aten::_linalg_check_errors")
PICKING = ("aten::index", "aten::gather", "aten::index_select")  # read as much as they write, whatever they pick from
ADDING = ("aten::scatter_reduce_", "aten::index_add_", "aten::index_put_")  # read and write what they are given


class OperationCount(TorchDispatchMode):
    """Counts while it is entered; on a CPU too, where the same operations run as on a GPU.

    Attributes:
        operations: number of operations that compute something; on a GPU each is at least one kernel.
        waits: Counter of the operations, by name, for which the host waits for a GPU: numbers and sizes that it has to
            know, and copies of what the host has made.
        bytes: read and written by all of them, were every array read from and written to memory.
    """

    def __init__(self):
        super().__init__()
        self.operations, self.bytes, self.waits = 0, 0, Counter()

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        name = function.name().partition(".")[0]
        given = list(_tensors([arguments, list((keywords or {}).values())]))
        if name in WAITING or name == "aten::lift_fresh" or _sized_by_values(name, keywords) or _masked(name, given):
            self.waits[name] += 1
        if function.is_view or name in ("aten::lift_fresh", "aten::empty", "aten::detach"):
            return result
        self.operations += 1
        sizes = [_size(each) for each in given]
        if name in PICKING:
            sizes[0] = sum(map(_size, _tensors([result])))
        elif name in ADDING:
            sizes[0] = max(sizes[1:], default=0)
        self.bytes += sum(sizes) + (sizes[0] if name in ADDING else sum(map(_size, _tensors([result]))))
        return result


def _sized_by_values(name, keywords):
    """Whether the result is as long as the values in an array say, and the caller has not said it."""
    return name == "aten::repeat_interleave" and (keywords or {}).get("output_size") is None


def _masked(name, given):
    """Whether elements are picked by a mask."""
    return name in ("aten::index", "aten::index_put_") and any(each.dtype == torch.bool for each in given[1:])


def _tensors(values):
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _size(tensor):
    """Bytes of a tensor; what is repeated by a stride of 0 counts once."""
    return min(tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes())
