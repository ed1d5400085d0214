"""SelecSLS, the core network of Stage I: Sec. 7.2.3, Fig. 7.5 and Table 7.9, with every choice of Table 7.10.

The thesis chose for Stage I: concatenation skips (CS), cross-module skips from the first module of a level (First),
wide outputs where the resolution changes (W), grouped 3 x 3 convolutions. Those are the defaults.
"""

from typing import NamedTuple

import torch
from torch import nn


class Module(NamedTuple):
    """One row of Table 7.9: stride, intermediate features k, outputs n_o (B) and (W), and whether a level begins."""

    stride: int
    features: int
    base_outputs: int
    wide_outputs: int
    first_of_level: bool


STEM_FEATURES = 32
MODULES = (
    Module(2, 64, 64, 64, True), Module(1, 64, 64, 128, False),
    Module(2, 128, 128, 128, True), Module(1, 128, 128, 128, False), Module(1, 128, 128, 288, False),
    Module(2, 288, 288, 288, True), Module(1, 288, 288, 288, False), Module(1, 288, 288, 288, False),
    Module(1, 288, 416, 416, False),
)
LAST_AT_8 = 4  # the module whose output is the last at stride 8


def scaled(features, width):
    """`features` times the width multiplier, to the nearest multiple of 8 (so that 2 and 4 groups divide it)."""
    return max(8, int(features * width / 8 + 0.5) * 8)


def group_count(outputs):
    """Groups of a 3 x 3 convolution with that many outputs (Sec. 7.2.3)."""
    return 4 if outputs > 192 else 2 if outputs > 96 else 1


def convolution(inputs, outputs, size, stride=1, grouped=True, activated=True):
    """A convolution, batch normalisation and ReLU (where `activated`).

    Where `grouped`, 3 x 3 convolutions have the groups of Sec. 7.2.3, but for those that see the image itself.
    """
    groups = group_count(outputs) if grouped and size == 3 and inputs >= 8 else 1
    layers = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if activated else nn.Sequential(*layers)


class SelecSLSModule(nn.Module):
    """Three 3 x 3 convolutions with 1 x 1 between; all 3 x 3 outputs (k + k/2 + k/2 = 2k) join at the end.

    Args:
        inputs, skip: channels of the two inputs; skip is 0 for a level's first module.
        features: k.
        outputs: n_o.
        stride: of the first convolution.
        additive: add the skip before the last ReLU (AS), through a 1 x 1 convolution where the channels differ;
            else concatenate it (CS).
        grouped: see convolution.
    """

    def __init__(self, inputs, skip, features, outputs, stride, additive=False, grouped=True):
        super().__init__()
        half = features // 2
        self.additive = additive and skip > 0
        self.first = convolution(inputs, features, 3, stride, grouped)
        self.second = nn.Sequential(convolution(features, features, 1), convolution(features, half, 3, 1, grouped))
        self.third = nn.Sequential(convolution(half, features, 1), convolution(features, half, 3, 1, grouped))
        joined = 2 * features + (0 if self.additive else skip)
        self.join = convolution(joined, outputs, 1, activated=not self.additive)
        if self.additive:
            self.activation = nn.ReLU()
            self.match = nn.Identity() if skip == outputs else convolution(skip, outputs, 1, activated=False)

    def forward(self, x, skip):
        """(B, n_o, h, w) from the previous module's output and the skip (None at a level's first module)."""
        first = self.first(x)  # (B, k, h, w)
        second = self.second(first)  # (B, k/2, h, w)
        third = self.third(second)  # (B, k/2, h, w)
        if self.additive:
            return self.activation(self.join(torch.cat([first, second, third], 1)) + self.match(skip))
        parts = [first, second, third] if skip is None else [first, second, third, skip]
        return self.join(torch.cat(parts, 1))


class SelecSLS(nn.Module):
    """The core: (B, 3, H, W) to features at stride 8 and stride 16.

    Args:
        width: multiplier of all channels.
        additive: additive skips (AS) in place of concatenation (CS).
        previous: skips from the previous module (Prev) in place of the level's first (First).
        base: outputs n_o (B) in place of (W).
        grouped: groups in 3 x 3 convolutions; the thesis has none for ImageNet.
    """

    def __init__(self, width=1.0, additive=False, previous=False, base=False, grouped=True):
        super().__init__()
        self.previous = previous
        channels = scaled(STEM_FEATURES, width)
        self.stem = convolution(3, channels, 3, 2)
        modules, level_channels = [], 0
        for number, row in enumerate(MODULES):
            skip = 0 if row.first_of_level else channels if previous else level_channels
            outputs = scaled(row.base_outputs if base else row.wide_outputs, width)
            modules.append(SelecSLSModule(
                channels, skip, scaled(row.features, width), outputs, row.stride, additive, grouped))
            channels = outputs
            if row.first_of_level:
                level_channels = outputs
            if number == LAST_AT_8:
                self.outputs_at_8 = outputs
        self.levels = nn.ModuleList(modules)
        self.outputs_at_16 = channels

    def forward(self, x):
        """Features of levels L2 (B, outputs_at_8, H/8, W/8) and L3 (B, outputs_at_16, H/16, W/16)."""
        x = self.stem(x)
        level_output, at_8 = None, None
        for number, (row, module) in enumerate(zip(MODULES, self.levels)):
            if row.first_of_level:
                level_output = x = module(x, None)
            else:
                x = module(x, x if self.previous else level_output)
            if number == LAST_AT_8:
                at_8 = x
        return at_8, x
