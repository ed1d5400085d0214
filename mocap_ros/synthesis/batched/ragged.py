"""Lists of different lengths laid end to end, so that a batch needs no loop over people, meshes or triangles."""

import torch


def expanded(counts, total):
    """For lists of `counts` (N,) items laid end to end: each item's list, and its place in that list, (total,) int.

    `total` is the sum of the counts, from the host, which would else have to wait for the device's.
    """
    lists = torch.repeat_interleave(counts, output_size=total)
    starts = torch.cumsum(counts, 0) - counts
    return lists, torch.arange(len(lists), device=counts.device) - starts[lists]


def pieces(counts, most):
    """Ranges (from, to, items) of lists that hold about `most` items together; one list is never cut in two."""
    if not len(counts):
        return []
    ends = torch.cumsum(counts, 0)
    total = int(ends[-1])
    if total <= most:
        return [(0, len(counts), total)] if total else []
    wanted = torch.arange(most, total + most, most, device=counts.device)
    cuts = torch.searchsorted(ends, wanted, right=False).add(1).clamp(max=len(counts))
    cuts = [(0, 0), *torch.stack([cuts, ends[cuts - 1]], 1).tolist()]
    return [(a, b, end - start) for (a, start), (b, end) in zip(cuts[:-1], cuts[1:]) if end > start]
