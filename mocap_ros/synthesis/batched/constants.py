"""Constants on a device: sent there once, because every copy from the host makes the host wait for the device."""

from functools import lru_cache

import torch


@lru_cache(maxsize=None)
def constant(values, device, dtype):
    """A tensor of a number or of nested tuples of numbers, kept for the next call; not to be written to."""
    return torch.tensor(values, device=device, dtype=dtype)


def as_tuples(array):
    """A numpy array as nested tuples, as `constant` wants them."""
    return tuple(map(as_tuples, array)) if array.ndim else array.item()
