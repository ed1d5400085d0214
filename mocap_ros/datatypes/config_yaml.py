"""config/mocap.yaml from the dataclasses: `python -m mocap_ros.datatypes.config_yaml > config/mocap.yaml`."""

from pathlib import Path
import sys

import yaml

from mocap_ros.datatypes.config import MocapConfig, settings_of
from mocap_ros.datatypes.errors import ConfigError, writing
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


def write_settings(path, settings, comment):
    """Writes a ROS 2 parameter file of a few settings, for every node.

    Args:
        path: file to write.
        settings: dict of dotted name to value.
        comment: one line for whoever opens the file.

    Raises:
        ConfigError: it cannot be written.
    """
    sections = {}
    for name, value in settings.items():
        section, _, leaf = name.partition(".")
        sections.setdefault(section, {})[leaf] = value
    text = f"# {comment}\n" + yaml.safe_dump({"/**": {"ros__parameters": sections}}, sort_keys=False)
    with writing(path, ConfigError):
        Path(path).write_text(text)


def read_settings(path):
    """Settings of a MocapConfig that a ROS 2 parameter file gives, dict of dotted name to value.

    Sections of any node's name are read, in their order; parameters of the nodes alone are left out.

    Raises:
        ConfigError: no such file, or not a parameter file.
    """
    try:
        content = yaml.safe_load(Path(path).read_text())
        sections = [node["ros__parameters"] for node in content.values()]
        given = {f"{section}.{leaf}": value for parameters in sections for section, values in parameters.items()
                 if isinstance(values, dict) for leaf, value in values.items()}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        raise ConfigError(f"{path}: not a ROS 2 parameter file (wanted NODE: ros__parameters: SECTION: ...)") from None
    known = {name for name, _, _ in settings_of(MocapConfig())}
    nodes = {name for name, _, _ in settings_of(NodeConfig())}
    unknown = sorted(set(given) - known - nodes)
    if unknown:
        raise ConfigError(f"{path}: no setting '{unknown[0]}'; config/mocap.yaml lists all of them")
    return {name: value for name, value in given.items() if name in known}


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
