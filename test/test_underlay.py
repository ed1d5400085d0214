"""What builds .venv: paths of the wheels' CMake files, what a machine lacks, and when a step must run again."""

import importlib.util
from pathlib import Path
import shutil
import sys
import sysconfig

import pytest

UNDERLAY = Path(__file__).resolve().parents[1] / "underlay"


def load(name, folder=UNDERLAY):
    """A script of the underlay as a module."""
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_build_machines_paths_become_this_pythons(tmp_path):
    file = tmp_path / "share" / "a" / "cmake" / "export.cmake"
    file.parent.mkdir(parents=True)
    file.write_text('set(A "/opt/python/cp311-cp311/include/python3.11;/usr/include")\n'
                    'set(B "/opt/python/cp313-cp313/lib/python3.13/site-packages/numpy/_core/include")\n')
    fixer = load("fix_cmake_paths")
    assert fixer.fix(tmp_path) == 1
    assert file.read_text() == (f'set(A "{sysconfig.get_path("include")};/usr/include")\n'
                                f'set(B "{sysconfig.get_path("purelib")}/numpy/_core/include")\n')
    assert fixer.fix(tmp_path) == 0


@pytest.mark.skipif(not (Path(sys.prefix) / "share" / "rclpy").is_dir(), reason="no ROS wheels beside this Python")
def test_no_path_of_the_build_machine_is_left():
    left = [path for path in (Path(sys.prefix) / "share").rglob("*.cmake") if "/opt/python/" in path.read_text()]
    assert not left


def test_a_missing_compiler_is_named_as_its_package(monkeypatch):
    builder = load("build_environment")
    monkeypatch.setattr(builder.shutil, "which", lambda name: None)
    assert builder.missing_packages()[:2] == ["g++", "make"]


def test_what_is_missing_is_one_line_where_apt_cannot_bring_it(monkeypatch):
    builder = load("build_environment")
    monkeypatch.setattr(builder, "missing_packages", lambda: ["g++", "python3.11-dev"])
    monkeypatch.setattr(builder.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match=r"^Missing system packages: sudo apt-get install g\+\+ python3.11-dev$"):
        builder.check_machine()


def test_an_unfit_python_is_named(monkeypatch):
    builder = load("build_environment")
    monkeypatch.setattr(builder.sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match="wanted 3.10 to 3.13"):
        builder.check_machine()


def test_a_step_runs_once_per_key_and_again_after_a_failure(tmp_path, monkeypatch, capsys):
    builder = load("build_environment")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    monkeypatch.setattr(builder, "STEPS", tmp_path / "steps")
    mark = [sys.executable, "-c", "open('ran', 'a').write('x')"]
    for key in ("a", "a", "b"):
        builder.step("name", "title", key, [mark])
    assert (tmp_path / "ran").read_text() == "xx"

    failing = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(SystemExit, match="failed; all of its output: steps/name.log"):
        builder.step("name", "title", "c", [failing])
    assert "the reason" in capsys.readouterr().out
    builder.step("name", "title", "c", [mark])
    assert (tmp_path / "ran").read_text() == "xxx"


def test_messages_are_built_again_when_one_changes_and_not_when_a_module_does(tmp_path):
    root = tmp_path / "package"
    shutil.copytree(UNDERLAY.parent, root, ignore=shutil.ignore_patterns(".*", "demo", "weights", "test"))
    builder = load("build_environment", root / "underlay")
    before = builder.workspace_digest()
    (root / "mocap_ros" / "another.py").write_text("")
    assert builder.workspace_digest() == before
    with (root / "msg" / "Keypoint.msg").open("a") as message:
        message.write("float32 z\n")
    assert builder.workspace_digest() != before
