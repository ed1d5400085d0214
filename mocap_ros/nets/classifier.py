"""Image classification on top of a core: Fig. 7.6 (right) and Table 7.15, to compare and to transfer from."""

from torch import nn

from mocap_ros.nets.selecsls import SelecSLS, convolution, scaled

# Convolutions of the head: outputs, size, stride. The thesis gives their sum only (30.67 M parameters and 3.5 G
# multiply-adds with the core); the widths are those of the network that its author published.
HEAD = ((756, 3, 2), (1024, 3, 1), (1024, 3, 2), (1280, 1, 1))


class Classifier(nn.Module):
    """SelecSLS and a classification head: (B, 3, H, W) to logits (B, classes).

    Args:
        classes: number of classes.
        width: multiplier of all channels.
        core: options of SelecSLS; the thesis has no groups here.
    """

    def __init__(self, classes=1000, width=1.0, **core):
        super().__init__()
        self.core = SelecSLS(width, **{"grouped": False, **core})
        layers, channels = [], self.core.outputs_at_16
        for outputs, size, stride in HEAD:
            outputs = outputs if width == 1 else scaled(outputs, width)
            layers.append(convolution(channels, outputs, size, stride, grouped=False))
            channels = outputs
        self.head = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))

    def forward(self, x):
        """Logits (B, classes)."""
        return self.head(self.core(x)[1])
