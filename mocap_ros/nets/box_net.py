"""A small network that reads Stage I's maps and says where people are, also those whose keypoints make no person."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from mocap_ros.nets.model_format import STRIDE
from mocap_ros.nets.refiner_net import Residual
from mocap_ros.nets.selecsls import convolution, scaled
from mocap_ros.nets.shown_maps import FAINT, MAP_CHANNELS

RARE_PERSON = 0.01  # chance of a cell before training: most hold no person's middle
USUAL_SIDE_PX = 64.0  # of the network's input: a box before training


class BoxOutputs(NamedTuple):
    """Maps at Stage I's stride, of B images.

    Attributes:
        chance_logits: whether the middle of a person's box lies in the cell, (B, h, w).
        boxes: left, top, right, bottom of that box from the cell's centre [px of Stage I's input], (B, 4, h, w).
    """

    chance_logits: torch.Tensor
    boxes: torch.Tensor


class BoxNet(nn.Module):
    """Stage I's heatmaps and part affinity fields to BoxOutputs.

    A U of strides 8 to 64 of the image, so that a cell knows of a whole near person. A person is the middle of a box
    around the keypoints that lie in the image, hidden ones too (Zhou et al. 2019, Objects as points).

    Args:
        width: multiplier of all channels.

    Source: ours. Keypoints become people only where limbs lead from one to the other, and that fails in crowds, behind
    things and far away long before nothing at all is seen of a person (docs/evaluation.md, "People of whom only
    a box tells").
    """

    def __init__(self, width=1.0):
        super().__init__()
        self.width = width
        features = [scaled(each, width) for each in (48, 64, 96, 96)]
        self.inward = convolution(MAP_CHANNELS, features[0], 3, grouped=False)
        self.down = nn.ModuleList(
            nn.Sequential(convolution(finer, coarser, 3, 2, grouped=False), Residual(coarser))
            for finer, coarser in zip(features, features[1:]))
        self.up = nn.ModuleList(convolution(coarser, finer, 1) for finer, coarser in zip(features, features[1:]))
        self.join = nn.ModuleList(convolution(finer, finer, 3, grouped=False) for finer in features[:-1])
        self.head = nn.Conv2d(features[0], 5, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        nn.init.constant_(self.head.bias[0], torch.logit(torch.tensor(RARE_PERSON)).item())

    def forward(self, heatmaps, part_affinity):
        """BoxOutputs of heatmaps (B, K, h, w), 0 to 1, and part affinity fields (B, L, 2, h, w)."""
        shown = heatmaps.clamp(min=FAINT).log() * 0.5 + 1.5
        levels = [self.inward(torch.cat([shown, part_affinity.flatten(1, 2)], 1))]
        for layers in self.down:
            levels.append(layers(levels[-1]))
        features = levels.pop()
        for up, join in zip(reversed(self.up), reversed(self.join)):
            finer = levels.pop()
            features = join(finer + functional.interpolate(up(features), size=finer.shape[2:], mode="nearest"))
        answers = self.head(features).float()
        signs = answers.new_tensor([-1, -1, 1, 1])[:, None, None]
        return BoxOutputs(answers[:, 0], signs * answers[:, 1:].clamp(-5, 5).exp() * (USUAL_SIDE_PX / 2))


def cell_centres(rows, columns, device=None):
    """Centres of the cells of Stage I's maps as pixels (x, y) of its input, (2, rows, columns)."""
    y, x = torch.meshgrid(torch.arange(rows, device=device), torch.arange(columns, device=device), indexing="ij")
    return (torch.stack([x, y]) + 0.5) * STRIDE - 0.5
