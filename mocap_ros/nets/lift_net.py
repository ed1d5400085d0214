"""lift-2d: a fully connected network from the keypoints of one person to the whole 3D pose."""

import numpy as np
import torch
from torch import nn

from mocap_ros.datatypes.skeleton import J, JOINT_MIRROR, JOINTS, K, KEYPOINT_MIRROR, ROOT
from mocap_ros.nets.lift_input import LIFT_FEATURES

PELVIS = JOINTS.index(ROOT)


class LiftNet(nn.Module):
    """Rows of lift_input, (P, LIFT_FEATURES), to root-relative joints in the view frame, at the reference height [m],
    (P, J, 3).

    One layer in, `blocks` residual blocks of two layers, one layer out (Martinez et al. 2017, A simple yet effective
    baseline for 3D human pose estimation); the thesis's Stage II has five plain layers.
    """

    def __init__(self, features=768, blocks=3):
        super().__init__()
        self.features = features
        self.inward = _layer(LIFT_FEATURES, features)
        self.blocks = nn.ModuleList(
            nn.Sequential(_layer(features, features), _layer(features, features)) for _ in range(blocks))
        self.outward = nn.Linear(features, 3 * J)

    def forward(self, people):
        """Joints, (P, J, 3) [m], from rows of lift_input, (P, LIFT_FEATURES)."""
        hidden = self.inward(people)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        joints = self.outward(hidden).unflatten(1, (J, 3))
        return joints - joints[:, PELVIS:PELVIS + 1]


class SymmetricLift(nn.Module):
    """The mean of a LiftNet's answers for a person and for the person's mirror image, turned back: what is exported."""

    def __init__(self, lift):
        super().__init__()
        self.lift = lift
        places = (2 * KEYPOINT_MIRROR[:, None] + [0, 1]).ravel()
        columns = np.concatenate([places, 2 * K + KEYPOINT_MIRROR, [3 * K]])
        signs = np.ones(LIFT_FEATURES)
        signs[:2 * K:2] = -1
        self.register_buffer("columns", torch.from_numpy(columns))
        self.register_buffer("signs", torch.from_numpy(signs).float())
        self.register_buffer("joints", torch.from_numpy(JOINT_MIRROR.copy()))
        self.register_buffer("axes", torch.tensor([-1.0, 1.0, 1.0]))

    def forward(self, people):
        """Joints, (P, J, 3) [m], from rows of lift_input, (P, LIFT_FEATURES)."""
        both = torch.stack([people, people[:, self.columns] * self.signs])  # (2, P, LIFT_FEATURES), weights read once
        joints = self.lift(both.flatten(0, 1)).unflatten(0, (2, -1))
        return (joints[0] + joints[1][:, self.joints] * self.axes) / 2


def _layer(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True))
