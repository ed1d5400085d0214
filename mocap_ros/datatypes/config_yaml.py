"""config/mocap.yaml from the dataclasses: `python -m mocap_ros.datatypes.config_yaml > config/mocap.yaml`."""

import sys

import yaml

from mocap_ros.datatypes.config import MocapConfig, settings_of
from mocap_ros.datatypes.node_config import NodeConfig

HEADER = """\
# Every parameter of every node with its default. Generated: change the dataclasses, then
#     python -m mocap_ros.datatypes.config_yaml > config/mocap.yaml
/**:
  ros__parameters:
"""


def config_as_yaml():
    """A ROS 2 parameter file with every setting's default, meaning, unit and range."""
    lines, current = [], None
    for config in (MocapConfig(), NodeConfig()):
        for name, value, details in settings_of(config):
            section, _, leaf = name.partition(".")
            if section != current:
                lines.append(f"    {section}:")
                current = section
            lines.append(f"      # {describe(details)}")
            lines.append(f"      {leaf}: {scalar(value)}")
    return HEADER + "\n".join(lines) + "\n"


def describe(details):
    """One line for a user: meaning, unit, allowed values and whether a change needs a restart."""
    words = details["meaning"] + (f" [{details['unit']}]" if details["unit"] else "")
    if details["choices"]:
        words += f"; one of {', '.join(details['choices'])}"
    if details["low"] is not None and details["high"] is not None:
        words += f"; {details['low']:g} to {details['high']:g}"
    return words + ("; set at start only" if details["fixed"] else "")


def scalar(value):
    """`value` as YAML that reads back as the same type: 1e-05 alone would read back as a string."""
    return yaml.safe_dump(value, default_flow_style=True).split("\n")[0]


if __name__ == "__main__":
    sys.stdout.write(config_as_yaml())
