"""BasicNet, the small classifier on which the thesis watches filters die (Sec. 7.1.1, Fig. 7.1, Appendix D)."""

from torch import nn

from mocap_ros.nets.selecsls import scaled

FEATURES = (64, 128, 128, 256, 256, 512, 512)  # C1 to C7, Table D.1
FIRST_SIZE = 5  # only then do the convolutions have Table D.1's 4 649 664 weights; the others are 3 x 3
POOLED_AFTER = (0, 2, 4, 6)  # of the convolutions; ours: the text does not say where it pools
HIDDEN = 512  # of the first of the two fully connected layers; ours


class BasicNet(nn.Module):
    """Seven convolutions with batch normalisation and ReLU, and two fully connected layers.

    Args:
        classes: number of classes.
        width: multiplier of all features.
        negative_slope: of a leaky ReLU (Table 7.1); 0 for ReLU.
    """

    def __init__(self, classes, width=1.0, negative_slope=0.0):
        super().__init__()
        blocks, channels = [], 3
        for number, features in enumerate(FEATURES):
            features, size = scaled(features, width), FIRST_SIZE if number == 0 else 3
            activation = nn.LeakyReLU(negative_slope) if negative_slope else nn.ReLU()
            blocks.append(nn.Sequential(nn.Conv2d(channels, features, size, padding=size // 2, bias=False),
                                        nn.BatchNorm2d(features), activation))
            if number in POOLED_AFTER:
                blocks.append(nn.MaxPool2d(2))
            channels = features
        self.features = nn.Sequential(*blocks)
        hidden = scaled(HIDDEN, width)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, hidden), nn.ReLU(),
                                  nn.Linear(hidden, classes))

    def forward(self, images):
        """Logits (B, classes) of images (B, 3, H, W), H and W at least 16."""
        return self.head(self.features(images))
