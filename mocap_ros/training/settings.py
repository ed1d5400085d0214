"""Training settings: what one is, and how it is changed by name, from text such as the command line gives."""

from dataclasses import field, fields, replace
import math

from mocap_ros.datatypes.errors import ConfigError


def setting(default, meaning, low=0, high=math.inf):
    """A field of a dataclass of settings, described by `meaning`; a number is from `low` to `high`."""
    return field(default=default, metadata={"meaning": meaning, "low": low, "high": high})


def with_changes(settings, changes):
    """`settings` with some fields replaced.

    Args:
        settings: a dataclass of bool, int, float and str.
        changes: dict of field name to text.

    Raises:
        ConfigError: a name that does not exist, text that is not of the field's type, or a number out of its range.
    """
    known = {each.name: each for each in fields(settings)}
    values = {}
    for name, text in changes.items():
        if name not in known:
            raise ConfigError(f"no training setting '{name}'. Available: {', '.join(known)}")
        values[name] = _converted(name, text, type(getattr(settings, name)))
        _check_range(name, values[name], known[name].metadata)
    return replace(settings, **values)


def stored_settings(settings_class, stored):
    """Settings as a checkpoint holds them, a dict; defaults for those that it is too old to know."""
    names = {each.name for each in fields(settings_class)}
    return settings_class(**{name: value for name, value in stored.items() if name in names})


def described(settings):
    """One line a field: name, value and meaning."""
    return "\n".join(
        f"  {each.name} = {getattr(settings, each.name)}: {each.metadata['meaning']}" for each in fields(settings))


def check_choice(name, value, choices):
    """Raises ConfigError unless `value` is one of `choices`."""
    if value not in choices:
        raise ConfigError(f"{name} = '{value}': wanted one of {', '.join(choices)}")


def _check_range(name, value, details):
    """Raises ConfigError for a number that its field does not allow."""
    low, high = details["low"], details["high"]
    if not isinstance(value, str) and not low <= value <= high:
        raise ConfigError(f"{name} = {value}: wanted " + (f"{low} or more" if high == math.inf else f"{low} to {high}"))


def _converted(name, text, kind):
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{name} = '{text}': wanted true or false")
        return text.lower() == "true"
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{name} = '{text}': wanted {kind.__name__}") from None
