"""The launch file and RViz's displays, as far as they can be read without launch and RViz, which PyPI lacks."""

import ast
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
LAUNCH = (ROOT / "launch" / "xnect.launch.py").read_text()
WANTED = {"image", "camera_info", "rviz", "record", "device", "weights", "namespace", "params_file", "use_sim_time"}


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
    executables = {node.value.value for node in ast.walk(ast.parse(LAUNCH))
                   if isinstance(node, ast.keyword) and node.arg == "executable"} - {"rviz2"}
    assert executables == {"capture_node", "visualizer_node"}
    for name in executables:
        assert (ROOT / "mocap_ros" / "ros" / f"{name}.py").is_file()


def test_rviz_shows_the_topics_that_the_visualizer_publishes():
    displays = yaml.safe_load((ROOT / "config" / "mocap.rviz").read_text())["Visualization Manager"]["Displays"]
    topics = {each["Topic"]["Value"] for each in displays if "Topic" in each}
    visualizer = (ROOT / "mocap_ros" / "ros" / "visualizer_node.py").read_text()
    assert topics == {"overlay", "markers"}
    assert all(f'"{topic}"' in visualizer for topic in topics)
    assert any(each["Class"].endswith("/TF") for each in displays)
