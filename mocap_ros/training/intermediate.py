"""Intermediate supervision: the core's features learn the maps too, with a weight that falls to zero (Sec. 5.3, B.2.1).

The heads stand beside the network in training only; they are neither averaged nor exported.
"""

import torch
from torch import nn
from torch.nn import functional

from mocap_ros.datatypes.skeleton import J, K, L
from mocap_ros.nets.stage_one import RARE_KEYPOINT, StageOneOutputs


class IntermediateHeads(nn.Module):
    """A linear 1 x 1 head on each of the core's two outputs, all maps each (ours: the thesis has them in a ResNet).

    Args:
        model: the StageOne whose core they read.
    """

    def __init__(self, model):
        super().__init__()
        maps = K + 2 * L + 3 * J
        self.at_8 = nn.Conv2d(model.core.outputs_at_8, maps, 1)
        self.at_16 = nn.Conv2d(model.core.outputs_at_16, maps, 1)
        for head in (self.at_8, self.at_16):
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            nn.init.constant_(head.bias[:K], float(torch.logit(torch.tensor(RARE_KEYPOINT))))

    def forward(self, at_8, at_16):
        """Two StageOneOutputs at stride 8 from the core's features."""
        coarse = functional.interpolate(self.at_16(at_16), scale_factor=2.0, mode="bilinear", align_corners=False)
        return tuple(
            StageOneOutputs(maps[:, :K], maps[:, K:K + 2 * L].unflatten(1, (L, 2)),
                            maps[:, K + 2 * L:].unflatten(1, (J, 3)))
            for maps in (self.at_8(at_8), coarse))


class SupervisedStageOne(nn.Module):
    """A StageOne and its IntermediateHeads as one network, to train.

    Args:
        model: StageOne.
    """

    def __init__(self, model):
        super().__init__()
        self.stage_one, self.heads = model, IntermediateHeads(model)

    def forward(self, images, with_3d=True):
        """StageOneOutputs of the whole network, and a tuple of two from the core's features."""
        features = self.stage_one.core_features(images)
        return self.stage_one.answers(*features, with_3d), self.heads(*features)


def intermediate_weight(step, weight, steps):
    """Weight of the intermediate losses: `weight` at step 0, falling linearly to 0 at the end of the run.

    The thesis tapers it in steps (Table B.1); a straight line needs no table (ours).
    """
    return weight * max(0.0, 1 - step / steps)
