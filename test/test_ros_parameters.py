"""Settings as ROS parameters: declared with range and read_only, refused with a reason, built back."""

import pytest
from rcl_interfaces.msg import ParameterType
from rclpy.node import Node
from rclpy.parameter import Parameter

from mocap_ros.datatypes.config import MocapConfig, settings_of
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.ros.parameters import declare_settings, follow_settings


def node_with(*overrides):
    return Node("test_parameters", parameter_overrides=[Parameter(name, value=value) for name, value in overrides])


@pytest.mark.parametrize("config", [MocapConfig(), NodeConfig()])
def test_every_setting_is_declared_and_built_back(ros, config):
    node = node_with()
    assert declare_settings(node, config) == config
    for name, value, details in settings_of(config):
        described = node.describe_parameter(name)
        assert node.get_parameter(name).value == value
        assert details["meaning"] in described.description
        assert described.read_only == details["fixed"]
        if isinstance(value, float) and details["high"] is not None:
            assert described.floating_point_range[0].to_value == details["high"]
        if type(value) is int and details["high"] is not None:
            assert described.integer_range[0].to_value == details["high"]
            assert described.type == ParameterType.PARAMETER_INTEGER
    node.destroy_node()


def test_overrides_reach_the_config(ros):
    node = node_with(("tracking.memory", 9.5), ("decoding.maximum_people", 3), ("estimator.device", "cpu"))
    config = declare_settings(node, MocapConfig())
    assert (config.tracking.memory, config.decoding.maximum_people, config.estimator.device) == (9.5, 3, "cpu")
    node.destroy_node()


@pytest.mark.parametrize("name, value, message", [
    ("tracking.memory", -3.0, "parameter tracking.memory"),
    ("tracking.memory", "long", "parameter tracking.memory"),
    ("estimator.device", "tpu", "wanted one of auto, cpu, cuda, tensorrt"),
])
def test_a_bad_override_is_named_when_the_node_starts(ros, name, value, message):
    node = node_with((name, value))
    with pytest.raises(ConfigError, match=message):
        declare_settings(node, MocapConfig())
    node.destroy_node()


def test_changes_are_followed_and_bad_ones_refused_with_a_reason(ros):
    node = node_with()
    seen = []
    follow_settings(node, declare_settings(node, MocapConfig()), seen.append)

    assert node.set_parameters([Parameter("tracking.memory", value=7.0)])[0].successful
    assert seen[-1].tracking.memory == 7.0
    assert node.set_parameters([Parameter("fitting.iterations", value=3)])[0].successful
    assert (seen[-1].tracking.memory, seen[-1].fitting.iterations) == (7.0, 3)

    for name, value in (("tracking.memory", -1.0), ("tracking.memory", 5), ("fitting.iterations", 2.5),
                        ("estimator.device", "cuda")):
        count = len(seen)
        result = node.set_parameters([Parameter(name, value=value)])[0]
        assert not result.successful and result.reason, name
        assert len(seen) == count
    assert node.get_parameter("tracking.memory").value == 7.0
    node.destroy_node()


def test_a_parameter_of_another_part_of_the_node_is_left_alone(ros):
    node = node_with()
    seen = []
    follow_settings(node, declare_settings(node, MocapConfig()), seen.append)
    node.declare_parameter("something_else", 1)
    assert node.set_parameters([Parameter("something_else", value=2)])[0].successful
    assert not seen
    node.destroy_node()
