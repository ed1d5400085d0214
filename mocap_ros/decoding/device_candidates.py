"""Keypoint candidates and limb scores on the device that holds Stage I's maps, so that no map has to leave it.

The same rules as peaks.py, limb_scores.py and pose_readout.py with fixed sizes, as a CUDA graph needs them; a test
holds the two against each other.
"""

import numpy as np
import torch
from torch import nn

from mocap_ros.datatypes.skeleton import J, K, LIMB_INDICES
from mocap_ros.decoding.limb_scores import COINCIDENT, COINCIDENT_WORTH, Connections, SAMPLES
from mocap_ros.decoding.peaks import FLOOR, Peaks

MOST = 64  # peaks of one keypoint, as in find_peaks
NEIGHBOURS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


class DeviceCandidates(nn.Module):
    """Peaks, limbs and encodings of one image's maps; `on_cpu` makes of them what grouping takes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("limbs", torch.from_numpy(np.array(LIMB_INDICES, dtype=np.int64)))
        self.register_buffer("along", torch.linspace(0, 1, SAMPLES))

    def forward(self, heatmaps, part_affinity, encodings, values):
        """Candidates.

        Args:
            heatmaps, part_affinity, encodings: (1, K, h, w), (1, L, 2, h, w), (1, J, 3, h, w).
            values: peak threshold, limb threshold, limb fraction, (3,).

        Returns:
            score (K, MOST), 0 where there is no peak; cells (K, MOST, 2); limb scores (L, MOST, MOST), 0 where
            not accepted; encodings at the peaks (K, MOST, J, 3).
        """
        score, cells = _peaks(heatmaps[0], values[0])
        limbs = self._limb_scores(part_affinity[0], score, cells, values[1], values[2])
        return score, cells, limbs, _read(encodings[0], cells)

    def _limb_scores(self, fields, score, cells, threshold, fraction):
        rows, columns = fields.shape[-2:]
        flat = fields.flatten(2)  # (L, 2, h w)
        start, end = (cells[self.limbs[:, side]] for side in (0, 1))  # (L, MOST, 2)
        step = end[:, None] - start[:, :, None]  # (L, MOST, MOST, 2)
        length = step.norm(dim=-1)
        unit = step / length.clamp(min=1e-6)[..., None]
        points = start[:, :, None, None] + step[..., None, :] * self.along[:, None]  # (L, MOST, MOST, S, 2)
        at = _nearest(points, rows, columns).flatten(1)
        x, y = (flat[:, side].gather(1, at).unflatten(1, (MOST, MOST, SAMPLES)) for side in (0, 1))
        agreement = x * unit[..., :1] + y * unit[..., 1:]
        worth = agreement.mean(-1) + (0.5 * rows / length.clamp(min=1e-6) - 1).clamp(max=0)
        accepted = ((agreement > threshold).float().mean(-1) >= fraction - 1e-6) & (worth > 0)
        here = _nearest(start, rows, columns)
        strength = torch.hypot(*(flat[:, side].gather(1, here) for side in (0, 1)))[:, :, None].expand_as(worth)
        coincident = length < COINCIDENT
        worth = torch.where(coincident, COINCIDENT_WORTH * strength, worth)
        accepted = torch.where(coincident, strength > threshold, accepted)
        present = score > 0
        accepted = accepted & present[self.limbs[:, 0]][:, :, None] & present[self.limbs[:, 1]][:, None]
        return torch.where(accepted, worth, torch.zeros_like(worth))

    @staticmethod
    def on_cpu(score, cells, limbs, encodings):
        """Peaks, Connections and the peaks' encodings (N, J, 3) from forward's results as arrays."""
        keypoint, place = np.nonzero(score)
        number = np.full((K, MOST), -1)
        number[keypoint, place] = np.arange(len(keypoint))
        limb, first, last = np.nonzero(limbs)
        start, end = number[LIMB_INDICES[limb, 0], first], number[LIMB_INDICES[limb, 1], last]
        peaks = Peaks(keypoint, cells[keypoint, place], score[keypoint, place])
        return peaks, Connections(limb, start, end, limbs[limb, first, last]), encodings[keypoint, place]


def _peaks(heatmaps, threshold):
    """Scores (K, MOST), falling, 0 where there is no more, and cells (K, MOST, 2)."""
    _, rows, columns = heatmaps.shape
    padded = nn.functional.pad(heatmaps, (1, 1, 1, 1), value=-torch.inf)

    def shifted(y, x):
        return padded[:, 1 + y:1 + y + rows, 1 + x:1 + x + columns]

    highest = heatmaps > threshold
    for y, x in NEIGHBOURS:
        # On a plateau only the last cell in reading order is a peak.
        highest = highest & (heatmaps > shifted(y, x) if (y, x) > (0, 0) else heatmaps >= shifted(y, x))
    count = min(MOST, rows * columns)
    score, index = torch.where(highest, heatmaps, torch.zeros_like(heatmaps)).flatten(1).topk(count)
    row, column = index // columns, index % columns

    def read(y, x):
        return padded.flatten(1).gather(1, (row + 1 + y) * (columns + 2) + column + 1 + x)

    here = read(0, 0)
    cells = torch.stack([column + _offset(read(0, -1), here, read(0, 1)), row + _offset(read(-1, 0), here, read(1, 0))],
                        -1)
    missing = MOST - count
    return nn.functional.pad(score, (0, missing)), nn.functional.pad(cells, (0, 0, 0, missing))


def _offset(before, here, after):
    """As in peaks.py: the top of the parabola through three logarithms; 0 at the border."""
    known = torch.isfinite(before) & torch.isfinite(after)
    a, b, c = (torch.where(known, each, torch.ones_like(each)).clamp(min=FLOOR).log() for each in (before, here, after))
    curvature = a - 2 * b + c
    safe = torch.where(curvature < 0, curvature, -torch.ones_like(curvature))
    return torch.where(known & (curvature < 0), ((a - c) / (2 * safe)).clamp(-0.5, 0.5), torch.zeros_like(here))


def _nearest(points, rows, columns):
    """Index of the nearest cell of each point (..., 2) in a flattened map."""
    column, row = points.round().long().unbind(-1)
    return row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)


def _read(encodings, cells):
    """Encodings between cells by bilinear interpolation, (K, MOST, J, 3)."""
    rows, columns = encodings.shape[-2:]
    flat = encodings.reshape(J * 3, rows * columns)
    x, y = cells.unbind(-1)
    x, y = x.clamp(0, columns - 1), y.clamp(0, rows - 1)
    left, top = x.long().clamp(max=max(columns - 2, 0)), y.long().clamp(max=max(rows - 2, 0))
    across, down = x - left, y - top
    total = 0
    for right, below, weight in ((0, 0, (1 - across) * (1 - down)), (1, 0, across * (1 - down)),
                                 (0, 1, (1 - across) * down), (1, 1, across * down)):
        at = (top + below).clamp(max=rows - 1) * columns + (left + right).clamp(max=columns - 1)
        total = total + flat[:, at.flatten()].unflatten(1, at.shape) * weight
    return total.permute(1, 2, 0).unflatten(2, (J, 3))
