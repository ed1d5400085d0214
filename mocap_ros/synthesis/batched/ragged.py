"""Lists of different lengths laid end to end, so that a batch needs no loop over people, meshes or triangles."""

import torch


def expanded(counts):
    """For lists of `counts` (N,) items laid end to end: each item's list, and its place in that list, (sum,) int."""
    lists = torch.repeat_interleave(counts)
    starts = torch.cumsum(counts, 0) - counts
    return lists, torch.arange(len(lists), device=counts.device) - starts[lists]


def pieces(counts, most):
    """Ranges (from, to) of lists that hold about `most` items together; one list is never cut in two."""
    if not len(counts):
        return []
    ends = torch.cumsum(counts, 0)
    total = int(ends[-1])
    wanted = torch.arange(most, total + most, most, device=counts.device)
    cuts = [0, *torch.searchsorted(ends, wanted, right=False).add(1).clamp(max=len(counts)).tolist()]
    return [(a, b) for a, b in zip(cuts[:-1], cuts[1:]) if b > a]
