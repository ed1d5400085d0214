"""The dataclass settings as ROS parameters: declared with descriptor, range and read_only, checked, and built back."""

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import ParameterException

from mocap_ros.datatypes.config import settings_of, with_settings
from mocap_ros.datatypes.config_yaml import describe
from mocap_ros.datatypes.errors import ConfigError


def declare_settings(node, config):
    """`config` with what the user gave for it, every setting declared as a parameter of `node`.

    Args:
        node: rclpy Node.
        config: MocapConfig or NodeConfig (or any dataclass of sections made with `setting`).

    Raises:
        ConfigError: a value of the wrong type or outside its range; the node should not start.
    """
    changes = {}
    for name, value, details in settings_of(config):
        try:
            changes[name] = node.declare_parameter(name, value, descriptor(value, details)).value
        except ParameterException as error:
            raise ConfigError(f"parameter {name}: {one_line(error)}. It means: {describe(details)}") from None
    return with_settings(config, changes)


def follow_settings(node, config, on_change):
    """Lets users change settings while the node runs.

    Args:
        node: rclpy Node whose settings were declared.
        config: the config now in use.
        on_change: called with the new config after a change was accepted.

    A change that `with_settings` refuses is refused with its message, and nothing is changed.
    """
    known = {name for name, _, _ in settings_of(config)}
    newest = config

    def check(parameters):
        nonlocal newest
        changes = {each.name: each.value for each in parameters if each.name in known}
        try:
            newest = with_settings(newest, changes)
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        if changes:
            on_change(newest)
        return SetParametersResult(successful=True)

    node.add_on_set_parameters_callback(check)


def descriptor(default, details):
    """ParameterDescriptor of one setting."""
    made = ParameterDescriptor(description=describe(details), read_only=details["fixed"])
    if details["choices"]:
        made.additional_constraints = f"one of {', '.join(details['choices'])}"
    low, high = details["low"], details["high"]
    if low is not None and high is not None and not isinstance(default, bool):
        if isinstance(default, float):
            made.floating_point_range = [FloatingPointRange(from_value=float(low), to_value=float(high))]
        elif isinstance(default, int):
            made.integer_range = [IntegerRange(from_value=int(low), to_value=int(high))]
    return made


def one_line(error):
    """An exception's message without line breaks."""
    return " ".join(str(error).split())
