"""Command line options from a training's settings class, and back."""

from dataclasses import fields


def add_setting_options(parser, settings_class):
    """One option `--name` for each field of a dataclass of bool, int, float and str, with its default shown."""
    for each in fields(settings_class):
        kind = _truth if each.type in (bool, "bool") else type(each.default)
        parser.add_argument(f"--{each.name.replace('_', '-')}", type=kind, default=None, metavar=kind.__name__.upper()
                            .strip("_"), help=f"{each.metadata['meaning']} (default: {each.default})")


def given_settings(options, settings_class):
    """dict of the fields that were given on the command line."""
    return {each.name: getattr(options, each.name) for each in fields(settings_class)
            if getattr(options, each.name) is not None}


def _truth(text):
    if text.lower() not in ("true", "false"):
        raise ValueError(f"'{text}': wanted true or false")
    return text.lower() == "true"
