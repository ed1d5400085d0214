"""Stage I: from an image to heatmaps, part affinity fields and 3D encodings (Sec. 6.3.1, Fig. 7.6)."""

import math
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from mocap_ros.datatypes.skeleton import J, K, L
from mocap_ros.nets.cores import core_named
from mocap_ros.nets.selecsls import convolution, group_count, scaled

PIXEL_MEAN = 114.0
PIXEL_SCALE = 1 / 64.0
RARE_KEYPOINT = 0.01  # a heatmap's value before training: most cells hold no keypoint


class StageOneOutputs(NamedTuple):
    """Raw maps at stride 8.

    Attributes:
        heatmap_logits: (B, K, h, w).
        part_affinity: (B, L, 2, h, w).
        encodings: [m], (B, J, 3, h, w).
    """

    heatmap_logits: torch.Tensor
    part_affinity: torch.Tensor
    encodings: torch.Tensor


def joined(parts, groups):
    """Tensors side by side, (B, C, h, w), so that each of a reader's groups sees its share of every one of them.

    Ours: simply laid end to end, the first group of the branches' convolutions would see no feature of stride 8.
    """
    if groups == 1:
        return torch.cat(parts, 1)
    chunks = [torch.chunk(part, groups, 1) for part in parts]
    return torch.cat([chunk[group] for group in range(groups) for chunk in chunks], 1)


class Branch(nn.Module):
    """Two 3 x 3 convolutions and a linear 1 x 1 head; returns the features too, since the 3D branch reads the 2D's."""

    def __init__(self, inputs, features, outputs):
        super().__init__()
        self.groups = group_count(features)
        self.features = nn.Sequential(convolution(inputs, features, 3), convolution(features, features, 3))
        self.head = nn.Conv2d(features, outputs, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, *parts):
        """Features (B, features, h, w) and outputs (B, outputs, h, w) from tensors that are read together."""
        features = self.features(joined(parts, self.groups))
        return features, self.head(features)


class StageOne(nn.Module):
    """A core, then a 2D and a 3D branch at stride 8 (Fig. 7.6, left).

    The core's stride-16 features are brought to stride 8 bilinearly and joined with the last features that the core
    had there (ours: the thesis upsamples only; the join costs 2 % and keeps keypoints sharp).

    Args:
        width: multiplier of all channels; 1 is Table 7.9.
        core: see core_named.
    """

    def __init__(self, width=1.0, core="selecsls"):
        super().__init__()
        self.width, self.core_name = width, core
        self.core = core_named(core, width)
        self.coarse = convolution(self.core.outputs_at_16, scaled(192, width), 1)
        self.fine = convolution(self.core.outputs_at_8, scaled(96, width), 1)
        fused = scaled(192, width) + scaled(96, width)
        self.branch_2d = Branch(fused, scaled(192, width), K + 2 * L)
        self.branch_3d = Branch(fused + scaled(192, width), scaled(128, width), 3 * J)
        nn.init.constant_(self.branch_2d.head.bias[:K], math.log(RARE_KEYPOINT / (1 - RARE_KEYPOINT)))

    def forward(self, images, with_3d=True):
        """Maps of `images`, (B, H, W, 3) uint8 BGR with H and W multiples of 16.

        Without `with_3d` the 3D branch is left out and the encodings are zeros.
        """
        return self.answers(*self.core_features(images), with_3d)

    def core_features(self, images):
        """The core's features at stride 8 and at stride 16 of `images`, see forward."""
        return self.core((images.float().permute(0, 3, 1, 2) - PIXEL_MEAN) * PIXEL_SCALE)

    def answers(self, at_8, at_16, with_3d=True):
        """StageOneOutputs from the core's features, (B, C, H/8, W/8) and (B, D, H/16, W/16)."""
        coarse = functional.interpolate(self.coarse(at_16), scale_factor=2.0, mode="bilinear", align_corners=False)
        fine = self.fine(at_8)  # (B, C, H/8, W/8)
        features_2d, maps_2d = self.branch_2d(coarse, fine)
        if with_3d:
            _, maps_3d = self.branch_3d(coarse, fine, features_2d)
        else:
            maps_3d = maps_2d.new_zeros((len(maps_2d), 3 * J) + maps_2d.shape[2:])
        return StageOneOutputs(
            maps_2d[:, :K], maps_2d[:, K:].unflatten(1, (L, 2)), maps_3d.unflatten(1, (J, 3))
        )
