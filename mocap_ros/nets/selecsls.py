"""SelecSLS, the core network of Stage I: Sec. 7.2.3 and Table 7.9.

The variant is the one that the thesis chose for Stage I: concatenation skips (CS), cross-module skips from the first
module of a level (First), wide outputs where the resolution changes (W).
"""

from typing import NamedTuple

import torch
from torch import nn


class Module(NamedTuple):
    """One row of Table 7.9: stride, intermediate features k, outputs n_o, and whether a level begins here."""

    stride: int
    features: int
    outputs: int
    first_of_level: bool


STEM_FEATURES = 32
MODULES = (
    Module(2, 64, 64, True), Module(1, 64, 128, False),
    Module(2, 128, 128, True), Module(1, 128, 128, False), Module(1, 128, 288, False),
    Module(2, 288, 288, True), Module(1, 288, 288, False), Module(1, 288, 288, False), Module(1, 288, 416, False),
)


def scaled(features, width):
    """`features` times the width multiplier, to the nearest multiple of 8 (so that 2 and 4 groups divide it)."""
    return max(8, int(features * width / 8 + 0.5) * 8)


def group_count(outputs):
    """Groups of a 3 x 3 convolution with that many outputs (Sec. 7.2.3)."""
    return 4 if outputs > 192 else 2 if outputs > 96 else 1


def convolution(inputs, outputs, size, stride=1):
    """A convolution, batch normalisation and ReLU; 3 x 3 ones are grouped by the rule of Sec. 7.2.3."""
    groups = group_count(outputs) if size == 3 and inputs >= 8 else 1
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class SelecSLSModule(nn.Module):
    """Three 3 x 3 convolutions with 1 x 1 between; all 3 x 3 outputs (k + k/2 + k/2 = 2k) and the skip join at the end."""

    def __init__(self, inputs, skip, features, outputs, stride):
        super().__init__()
        half = features // 2
        self.first = convolution(inputs, features, 3, stride)
        self.second = nn.Sequential(convolution(features, features, 1), convolution(features, half, 3))
        self.third = nn.Sequential(convolution(half, features, 1), convolution(features, half, 3))
        self.join = convolution(2 * features + skip, outputs, 1)

    def forward(self, x, skip):
        """(B, n_o, h, w) from the previous module's output and the level's first output (None at its first module)."""
        first = self.first(x)  # (B, k, h, w)
        second = self.second(first)  # (B, k/2, h, w)
        third = self.third(second)  # (B, k/2, h, w)
        parts = [first, second, third] if skip is None else [first, second, third, skip]
        return self.join(torch.cat(parts, 1))


class SelecSLS(nn.Module):
    """The core: (B, 3, H, W) to features at stride 8 and stride 16."""

    def __init__(self, width=1.0):
        super().__init__()
        channels = scaled(STEM_FEATURES, width)
        self.stem = convolution(3, channels, 3, 2)
        modules, level_channels = [], 0
        for row in MODULES:
            skip = 0 if row.first_of_level else level_channels
            outputs = scaled(row.outputs, width)
            modules.append(SelecSLSModule(channels, skip, scaled(row.features, width), outputs, row.stride))
            channels = outputs
            if row.first_of_level:
                level_channels = outputs
        self.levels = nn.ModuleList(modules)
        self.outputs_at_8 = scaled(MODULES[4].outputs, width)
        self.outputs_at_16 = channels

    def forward(self, x):
        """Features of levels L2 (B, outputs_at_8, H/8, W/8) and L3 (B, outputs_at_16, H/16, W/16)."""
        x = self.stem(x)
        level_output, at_8 = None, None
        for row, module in zip(MODULES, self.levels):
            if row.first_of_level:
                at_8 = x
                level_output = x = module(x, None)
            else:
                x = module(x, level_output)
        return at_8, x
