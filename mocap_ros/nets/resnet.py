"""ResNet-34 and ResNet-50 as cores of Stage I: the baselines of Table 7.10.

Source: K. He et al., "Deep residual learning for image recognition", 2016, Table 1; Sec. 7.2.4 keeps the network up to
the first residual block of its fifth level, and takes that level's stride away.
"""

from typing import NamedTuple

from torch import nn

from mocap_ros.nets.selecsls import convolution, scaled

STEM_FEATURES = 64
LEVEL_FEATURES = (64, 128, 256, 512)  # levels 2 to 5


class Depth(NamedTuple):
    """Residual blocks of levels 2 to 5 of the whole network, and how many times wider a block's output is."""

    blocks: tuple
    expansion: int


DEPTHS = {34: Depth((3, 4, 6, 3), 1), 50: Depth((3, 4, 6, 3), 4)}


class ResidualBlock(nn.Module):
    """Convolutions whose output is added to their input: two of 3 x 3, or 1 x 1, 3 x 3, 1 x 1 where outputs widen.

    Args:
        inputs: channels.
        features: of the 3 x 3 convolutions.
        expansion: outputs over features; 1 for the two-layer block.
        stride: of the first 3 x 3 convolution.
    """

    def __init__(self, inputs, features, expansion, stride):
        super().__init__()
        outputs = features * expansion
        if expansion == 1:
            self.body = nn.Sequential(
                convolution(inputs, features, 3, stride, grouped=False),
                convolution(features, outputs, 3, grouped=False, activated=False))
        else:
            self.body = nn.Sequential(
                convolution(inputs, features, 1), convolution(features, features, 3, stride, grouped=False),
                convolution(features, outputs, 1, activated=False))
        self.activation = nn.ReLU()
        same = inputs == outputs and stride == 1
        self.match = nn.Identity() if same else convolution(inputs, outputs, 1, stride, activated=False)

    def forward(self, x):
        """(B, features expansion, h, w)."""
        return self.activation(self.body(x) + self.match(x))


class ResNet(nn.Module):
    """The core: (B, 3, H, W) to features at stride 8 and stride 16.

    Args:
        depth: 34 or 50.
        width: multiplier of all channels.
        whole: keep all of level 5, with its stride, as for image classification; the last features are then at 32.
    """

    def __init__(self, depth, width=1.0, whole=False):
        super().__init__()
        blocks, expansion = DEPTHS[depth]
        channels = scaled(STEM_FEATURES, width)
        self.stem = convolution(3, channels, 7, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        levels = []
        for number, (count, features) in enumerate(zip(blocks, LEVEL_FEATURES)):
            last = number == len(blocks) - 1
            stride = 1 if number == 0 or (last and not whole) else 2
            level = []
            for index in range(1 if last and not whole else count):
                level.append(ResidualBlock(channels, scaled(features, width), expansion, stride if index == 0 else 1))
                channels = scaled(features, width) * expansion
            levels.append(nn.Sequential(*level))
            if number == 1:
                self.outputs_at_8 = channels
        self.levels = nn.ModuleList(levels)
        self.outputs_at_16 = channels

    def forward(self, x):
        """Features of level 3 (B, outputs_at_8, H/8, W/8) and level 5 (B, outputs_at_16, H/16, W/16)."""
        x = self.levels[0](self.pool(self.stem(x)))
        at_8 = self.levels[1](x)
        return at_8, self.levels[3](self.levels[2](at_8))
