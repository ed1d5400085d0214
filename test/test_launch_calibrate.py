"""The calibrator's launch file, as far as it can be read without launch, which PyPI lacks."""

import ast
from pathlib import Path

from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.datatypes.config import settings_of

ROOT = Path(__file__).resolve().parents[1]
LAUNCH = (ROOT / "launch" / "calibrate.launch.py").read_text()


def constant(name):
    """The source of a module's constant."""
    tree = ast.parse(LAUNCH)
    return next(node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == name)


def test_every_argument_is_described_and_used():
    for name, default, description in ast.literal_eval(constant("ARGUMENTS")):
        assert isinstance(default, str) and len(description.split()) >= 3, name
        assert LAUNCH.count(f'"{name}"') >= 2, f"{name} is declared and never used"


def test_every_parameter_exists_and_has_the_default_that_the_settings_have():
    given = {name: default for name, default, _ in ast.literal_eval(constant("ARGUMENTS"))}
    known = {name: value for name, value, _ in settings_of(NodeConfig())}
    assert given["size"] == f"{known['calibration.columns']}x{known['calibration.rows']}"
    for key, value in zip(constant("SETTINGS").keys, constant("SETTINGS").values):
        argument, kind = value.elts[0].value, value.elts[1].id
        if key.value != "use_sim_time":
            assert {"str": str, "float": float}[kind](given[argument]) == known[key.value]


def test_the_node_that_is_launched_exists():
    assert 'executable="calibrator_node"' in LAUNCH
    assert (ROOT / "mocap_ros" / "ros" / "calibrator_node.py").is_file()
