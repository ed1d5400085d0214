"""A network from people to poses, made to treat left and right alike."""

import torch
from torch import nn

from mocap_ros.datatypes.skeleton import JOINT_MIRROR


class Symmetric(nn.Module):
    """The mean of a network's answers for a person and for the person's mirror image, turned back: what is exported.

    Args:
        net: from rows (P, N) to joints (P, J, 3), x to the right.
        columns: where each number of the mirror image's row stands in the person's, (N,) int.
        signs: what it is multiplied by, (N,).
    """

    def __init__(self, net, columns, signs):
        super().__init__()
        self.net = net
        self.register_buffer("columns", torch.from_numpy(columns))
        self.register_buffer("signs", torch.from_numpy(signs).float())
        self.register_buffer("joints", torch.from_numpy(JOINT_MIRROR.copy()))
        self.register_buffer("axes", torch.tensor([-1.0, 1.0, 1.0]))

    def forward(self, people):
        """Joints, (P, J, 3), of rows (P, N)."""
        both = torch.stack([people, people[:, self.columns] * self.signs])  # (2, P, N), weights read once
        joints = self.net(both.flatten(0, 1)).unflatten(0, (2, -1))
        return (joints[0] + joints[1][:, self.joints] * self.axes) / 2
