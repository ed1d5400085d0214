"""Training settings: what one is, and how it is changed by name, from text such as the command line gives."""

from dataclasses import field, fields, replace

from mocap_ros.datatypes.errors import ConfigError


def setting(default, meaning):
    """A field of a dataclass of settings, described by `meaning`."""
    return field(default=default, metadata={"meaning": meaning})


def with_changes(settings, changes):
    """`settings` with some fields replaced.

    Args:
        settings: a dataclass of bool, int, float and str.
        changes: dict of field name to text.

    Raises:
        ConfigError: a name that does not exist, or text that is not of the field's type.
    """
    defaults = {each.name: getattr(settings, each.name) for each in fields(settings)}
    values = {}
    for name, text in changes.items():
        if name not in defaults:
            raise ConfigError(f"no training setting '{name}'. Available: {', '.join(defaults)}")
        values[name] = _converted(name, text, type(defaults[name]))
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


def _converted(name, text, kind):
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{name} = '{text}': wanted true or false")
        return text.lower() == "true"
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{name} = '{text}': wanted {kind.__name__}") from None
