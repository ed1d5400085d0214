"""The architecture, checked: imports point left only, ROS and torch stay in their rooms."""

import ast
from pathlib import Path

import mocap_ros

ROOT = Path(mocap_ros.__file__).parent
MAY_SEE = {
    "datatypes": set(),
    "geometry": {"datatypes"},
    "nets": {"datatypes", "geometry"},
    "decoding": {"datatypes", "geometry", "nets"},
    "tracking": {"datatypes", "geometry", "nets", "decoding"},
    "kinematics": {"datatypes", "geometry", "nets", "decoding", "tracking"},
    "front_ends": {"datatypes", "geometry", "nets", "decoding"},
    "pipeline": {"datatypes", "geometry", "nets", "decoding", "front_ends", "tracking", "kinematics"},
    "calibration": {"datatypes", "geometry"},
    "synthesis": {"datatypes", "geometry", "kinematics", "datasets"},
    "datasets": {"datatypes", "geometry"},
    "training": {"datatypes", "geometry", "nets", "decoding", "datasets", "synthesis", "evaluation"},
    "evaluation": {"datatypes", "geometry", "nets", "decoding", "front_ends", "tracking", "kinematics", "pipeline",
                   "datasets"},
    "motion_export": {"datatypes", "geometry", "kinematics"},
}
MAY_SEE["ros"] = MAY_SEE["pipeline"] | {"pipeline", "motion_export", "calibration"}
MAY_SEE["cli"] = set(MAY_SEE) | {"weights"}
ROS = {"rclpy", "sensor_msgs", "std_msgs", "geometry_msgs", "visualization_msgs", "diagnostic_msgs", "tf2_msgs",
       "tf2_ros", "cv_bridge", "hri_msgs", "builtin_interfaces", "launch", "launch_ros", "rcl_interfaces",
       "rosidl_runtime_py", "ament_index_python", "lifecycle_msgs"}
TORCH_FILES = {"decoding/device_candidates.py", "nets/box_net.py", "nets/channel_graph.py", "nets/classifier.py",
               "nets/export.py", "nets/lift_net.py", "nets/onnx_network.py", "nets/pruning.py", "nets/refiner_net.py",
               "nets/resnet.py", "nets/selecsls.py", "nets/sparsity.py", "nets/stage_one.py", "nets/stage_two.py",
               "nets/symmetric.py", "nets/torch_runtime.py", "nets/widening.py"}


def imports():
    """(file relative to the package, room, imported module, line) of every import statement."""
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        room = relative.parts[0] if len(relative.parts) > 1 else ""
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                for name in node.names:
                    yield relative, room, name.name, node.lineno
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{relative}:{node.lineno}: relative import"
                yield relative, room, node.module, node.lineno


def test_every_room_has_a_rule():
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert rooms <= set(MAY_SEE), rooms - set(MAY_SEE)


def test_imports_point_one_way():
    wrong = []
    for file, room, module, line in imports():
        parts = module.split(".")
        if parts[0] == "mocap_ros" and len(parts) > 1 and room and parts[1] != room and parts[1] not in ("msg",):
            if parts[1] not in MAY_SEE[room]:
                wrong.append(f"{file}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_only_the_ros_room_imports_ros():
    wrong = [f"{file}:{line} imports {module}" for file, room, module, line in imports()
             if room != "ros" and (module.split(".")[0] in ROS or module.startswith("mocap_ros.msg"))]
    assert not wrong, "\n".join(wrong)


def test_torch_stays_where_networks_are_trained():
    wrong = [f"{file}:{line} imports {module}" for file, room, module, line in imports()
             if module.split(".")[0] == "torch" and room not in ("synthesis", "training")
             and file.as_posix() not in TORCH_FILES]
    assert not wrong, "\n".join(wrong)


def test_the_check_sees_an_upward_import(tmp_path, monkeypatch):
    (tmp_path / "geometry").mkdir()
    wrong = "from mocap_ros.pipeline import xnect\nimport torch\nimport rclpy\n"
    (tmp_path / "geometry" / "wrong.py").write_text(wrong)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    for check in (test_imports_point_one_way, test_only_the_ros_room_imports_ros,
                  test_torch_stays_where_networks_are_trained):
        try:
            check()
        except AssertionError as error:
            assert "wrong.py" in str(error)
        else:
            raise AssertionError(f"{check.__name__} saw nothing")
