"""Core networks by name, so that a setting or a checkpoint can choose one."""

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.nets.resnet import ResNet
from mocap_ros.nets.selecsls import SelecSLS

RESNETS = {"resnet34": 34, "resnet50": 50}
SELECSLS_CHOICES = ("additive", "previous", "base", "ungrouped")


def core_named(name, width=1.0):
    """A core network with outputs_at_8, outputs_at_16 and forward(x) to features at both strides.

    Args:
        name: selecsls, with any of -additive, -previous, -base, -ungrouped behind it (Table 7.10), resnet34 or
            resnet50.
        width: multiplier of all channels.

    Raises:
        ConfigError: another name.
    """
    if name in RESNETS:
        return ResNet(RESNETS[name], width)
    family, *choices = name.split("-")
    if family != "selecsls" or len(set(choices)) != len(choices) or not set(choices) <= set(SELECSLS_CHOICES):
        raise ConfigError(f"core '{name}'; there are {', '.join(RESNETS)}, and selecsls with any of "
                          + ", ".join(f"-{choice}" for choice in SELECSLS_CHOICES))
    return SelecSLS(width, additive="additive" in choices, previous="previous" in choices, base="base" in choices,
                    grouped="ungrouped" not in choices)
