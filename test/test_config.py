"""config/mocap.yaml, the dataclasses and the checks on them agree."""

from pathlib import Path

import pytest
import yaml

from mocap_ros.datatypes.config import MocapConfig, settings_of, with_settings
from mocap_ros.datatypes.config_yaml import config_as_yaml
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.node_config import NodeConfig

YAML = Path(__file__).parents[1] / "config" / "mocap.yaml"


def test_yaml_is_the_generated_one_byte_for_byte():
    assert YAML.read_bytes() == config_as_yaml().encode(), "run python -m mocap_ros.datatypes.config_yaml"


@pytest.mark.parametrize("config", [MocapConfig(), NodeConfig()])
def test_yaml_reads_back_as_the_defaults_with_their_types(config):
    parameters = yaml.safe_load(YAML.read_text())["/**"]["ros__parameters"]
    for name, value, _ in settings_of(config):
        section, leaf = name.split(".")
        assert parameters[section][leaf] == value
        assert type(parameters[section][leaf]) is type(value), name


@pytest.mark.parametrize("config", [MocapConfig(), NodeConfig()])
def test_defaults_pass_their_own_checks(config):
    assert with_settings(config, {name: value for name, value, _ in settings_of(config)}) == config


def test_section_names_of_both_configs_differ():
    core = {name.split(".")[0] for name, _, _ in settings_of(MocapConfig())}
    nodes = {name.split(".")[0] for name, _, _ in settings_of(NodeConfig())}
    assert not core & nodes


def test_an_integer_is_taken_for_a_float_and_nothing_else_is_converted():
    assert with_settings(MocapConfig(), {"tracking.memory": 4}).tracking.memory == 4.0
    with pytest.raises(ConfigError, match="wanted int, got float"):
        with_settings(MocapConfig(), {"fitting.iterations": 4.0})
    with pytest.raises(ConfigError, match="wanted float, got str"):
        with_settings(MocapConfig(), {"tracking.memory": "4"})
    with pytest.raises(ConfigError, match="wanted int, got bool"):
        with_settings(MocapConfig(), {"fitting.iterations": True})


@pytest.mark.parametrize("changes, message", [
    ({"tracking.memory": -1.0}, r"wanted [0-9.]+ to 3600.0 s"),
    ({"tracking.memory": float("nan")}, r"wanted [0-9.]+ to 3600.0 s"),
    ({"estimator.device": "tpu"}, "wanted one of auto, cpu, cuda, tensorrt"),
    ({"tracking.patience": 1.0}, "no setting 'tracking.patience'. Available: estimator.weights"),
])
def test_bad_settings_are_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        with_settings(MocapConfig(), changes)
