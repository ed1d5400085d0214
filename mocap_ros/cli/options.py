"""Options that several commands share: which weights, where they run, which camera, any other setting."""

import ast

from mocap_ros.datatypes.config import MocapConfig, settings_of, with_settings
from mocap_ros.datatypes.config_yaml import read_settings
from mocap_ros.datatypes.errors import ConfigError

OPTIONS = {"--front-end": "front_end.kind", "--front-end-model": "front_end.model", "--weights": "estimator.weights",
           "--device": "estimator.device", "--threads": "estimator.threads",
           "--single-person": "estimator.single_person"}


def add_estimator_options(parser, usual=None):
    """Adds OPTIONS, --params-file and --set; what is not given is None. `usual` is as for config_from."""
    known = {name: (value, details) for name, value, details in settings_of(MocapConfig())}
    for option, name in OPTIONS.items():
        value, details = known[name]
        value = (usual or {}).get(name, value)
        if isinstance(value, bool):
            parser.add_argument(option, dest=name, action="store_true", default=None, help=details["meaning"])
            continue
        parser.add_argument(option, dest=name, type=type(value), choices=details["choices"] or None,
                            help=details["meaning"] + (f" (default: {value})" if value != "" else ""))
    parser.add_argument("--params-file", metavar="YAML", help="ROS 2 parameter file of further settings, such as the "
                        "floor that `mocap calibrate ground` writes; options and --set win over it")
    parser.add_argument("--set", dest="changes", metavar="SECTION.NAME=VALUE", action="append", default=[],
                        help="any setting of config/mocap.yaml, for example tracking.memory=10; may be repeated")


def config_from(options, usual=None):
    """MocapConfig from parsed options.

    Args:
        options: of a parser with add_estimator_options.
        usual: settings by name in which the command differs from the defaults where the user says nothing.

    Raises:
        ConfigError: an unknown setting or a bad value.
    """
    changes = dict(usual or {})
    if options.params_file:
        changes.update(read_settings(options.params_file))
    given = {name: getattr(options, name) for name in OPTIONS.values()}
    changes.update({name: value for name, value in given.items() if value is not None})
    for change in options.changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise ConfigError(f"--set {change}: wanted SECTION.NAME=VALUE")
        changes[name] = _value(text)
    return with_settings(MocapConfig(), changes)


def _value(text):
    """A Python literal where `text` is one (numbers, True, False), else the text itself; yes and no stay text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, (int, float, str)) else text
