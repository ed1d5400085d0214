"""lift-2d: a fully connected network from the keypoints of one person to the whole 3D pose."""

from torch import nn

from mocap_ros.datatypes.skeleton import J, JOINTS, ROOT
from mocap_ros.nets.lift_input import LIFT_FEATURES, lift_input_mirror
from mocap_ros.nets.symmetric import Symmetric

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
        self.inward = dense_layer(LIFT_FEATURES, features)
        self.blocks = nn.ModuleList(
            nn.Sequential(dense_layer(features, features), dense_layer(features, features)) for _ in range(blocks))
        self.outward = nn.Linear(features, 3 * J)

    def forward(self, people):
        """Joints, (P, J, 3) [m], from rows of lift_input, (P, LIFT_FEATURES)."""
        hidden = self.inward(people)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        joints = self.outward(hidden).unflatten(1, (J, 3))
        return joints - joints[:, PELVIS:PELVIS + 1]


def symmetric_lift(lift):
    """The Symmetric of a LiftNet, from rows of lift_input."""
    return Symmetric(lift, *lift_input_mirror()).eval()


def dense_layer(inputs, outputs):
    """A fully connected layer, batch normalisation and ReLU."""
    return nn.Sequential(nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True))
