"""The JSON files that commands write."""

import json
import math
from pathlib import Path

from mocap_ros.datatypes.errors import ConfigError, writing


def write_json(path, content, indent=1):
    """Writes `content` (dicts, lists, tuples, text, numbers) to a file; NaN becomes null.

    Args:
        indent: spaces of each level; None puts all on one line.

    Raises:
        ConfigError: the file cannot be written.
    """
    with writing(path, ConfigError):
        Path(path).write_text(json.dumps(_without_nan(content), indent=indent, allow_nan=False) + "\n")


def _without_nan(value):
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
