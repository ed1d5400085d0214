"""Stage II: five fully connected layers from what was seen of a person to the whole 3D pose (Sec. 6.3.2)."""

import torch
from torch import nn

from mocap_ros.datatypes.skeleton import J, JOINTS, ROOT
from mocap_ros.nets.stage_two_input import FEATURES, features_of, stage_two_input_mirror
from mocap_ros.nets.symmetric import Symmetric

PELVIS = JOINTS.index(ROOT)


class StageTwo(nn.Module):
    """(P, K (3 + 3J)) to root-relative joints in the view frame, at the reference height [m], (P, J, 3).

    Args:
        features: width of the hidden layers.
        part: what it reads, one of stage_two_input.PARTS; the rest of its input counts as zero (Table 6.10).
    """

    def __init__(self, features=384, part="encodings"):
        super().__init__()
        self.features = features
        used = features_of(part)
        self.register_buffer("used", None if used.all() else torch.from_numpy(used).float(), persistent=False)
        sizes = [FEATURES, features, features, features, features]
        layers = []
        for inputs, outputs in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Linear(features, 3 * J))

    def forward(self, people):
        """Joints, (P, J, 3) [m], from rows of stage_two_input, (P, FEATURES)."""
        if self.used is not None:
            people = people * self.used
        joints = self.layers(people).unflatten(1, (J, 3))
        return joints - joints[:, PELVIS:PELVIS + 1]


def symmetric_stage_two(model):
    """The Symmetric of a StageTwo, from rows of stage_two_input."""
    return Symmetric(model, *stage_two_input_mirror()).eval()
