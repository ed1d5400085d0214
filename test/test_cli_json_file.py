"""JSON files that any reader takes: no NaN in them, and a clear error where they cannot be written."""

import json

import pytest

from mocap_ros.cli.json_file import write_json
from mocap_ros.datatypes.errors import ConfigError, DeviceError, needing_extra


def test_what_is_not_a_number_is_null(tmp_path):
    write_json(tmp_path / "a.json", {"a": [1.5, float("nan")], "b": ("text", None, True)})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [1.5, None], "b": ["text", None, True]}


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ConfigError, match="missing/a.json: cannot be written .No such file or directory.$"):
        write_json(tmp_path / "missing" / "a.json", {})


def test_a_missing_package_names_its_extra():
    with pytest.raises(DeviceError, match=r"^pruning: no_such_package is .* 'mocap_ros\[train\]'.$"):
        with needing_extra("pruning", "train"):
            import no_such_package  # noqa: F401
    with pytest.raises(ImportError), needing_extra("pruning", "train"):
        import mocap_ros.no_such_module  # noqa: F401
