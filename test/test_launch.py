"""The launch file and RViz's displays, as far as they can be read without launch and RViz, which PyPI lacks."""

import ast
from pathlib import Path

import yaml

from mocap_ros.datatypes.config import MocapConfig, settings_of
from mocap_ros.datatypes.node_config import NodeConfig

ROOT = Path(__file__).resolve().parents[1]
LAUNCH = (ROOT / "launch" / "xnect.launch.py").read_text()
DEFAULTS = {"front_end": "front_end.kind", "front_end_model": "front_end.model", "weights": "estimator.weights",
            "device": "estimator.device"}
WANTED = {*DEFAULTS, "people_2d", "people_2d_format", "image", "camera_info", "rviz", "record", "namespace",
          "params_file", "use_sim_time"}


def arguments():
    """(name, default, description) of every launch argument."""
    tree = ast.parse(LAUNCH)
    assignment = next(node for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "ARGUMENTS")
    return ast.literal_eval(assignment.value)


def test_every_argument_is_described_and_used():
    names = {name for name, _, _ in arguments()}
    assert WANTED <= names
    for name, default, description in arguments():
        assert isinstance(default, str) and len(description.split()) >= 3, name
        assert LAUNCH.count(f'"{name}"') >= 2, f"{name} is declared and never used"


def test_the_nodes_that_are_launched_exist():
    names = {call.args[0].value for call in ast.walk(ast.parse(LAUNCH))
             if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "node"}
    assert names == {"capture", "lifter", "fitter", "visualizer"}
    for name in names:
        assert (ROOT / "mocap_ros" / "ros" / f"{name}_node.py").is_file()


def test_what_is_launched_by_default_is_what_the_settings_say():
    settings = {name: (value, details) for name, value, details in settings_of(MocapConfig())}
    given = {name: default for name, default, _ in arguments()}
    for argument, setting in DEFAULTS.items():
        assert given[argument] == settings[setting][0]
    described = {name: description for name, _, description in arguments()}
    assert all(kind in described["front_end"] for kind in settings["front_end.kind"][1]["choices"])
    formats = next(details["choices"] for name, _, details in settings_of(NodeConfig()) if name == "people_2d.format")
    assert all(each in described["people_2d_format"] for each in formats)


def test_rviz_shows_the_topics_that_the_visualizer_publishes():
    displays = yaml.safe_load((ROOT / "config" / "mocap.rviz").read_text())["Visualization Manager"]["Displays"]
    topics = {each["Topic"]["Value"] for each in displays if "Topic" in each}
    visualizer = (ROOT / "mocap_ros" / "ros" / "visualizer_node.py").read_text()
    assert topics == {"overlay", "markers"}
    assert all(f'"{topic}"' in visualizer for topic in topics)
    assert any(each["Class"].endswith("/TF") for each in displays)
