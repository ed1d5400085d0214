"""The package as colcon builds it for a ROS workspace: messages and modules together, every file in its place."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOT_SOURCE = (".*", "build", "install", "log", "demo_output", "__pycache__", "*.egg-info")
COLCON = Path(sys.prefix) / "bin" / "colcon"
pytestmark = pytest.mark.skipif(not COLCON.is_file(), reason="no colcon beside this Python: run `make test`")


@pytest.fixture(scope="module")
def install(tmp_path_factory):
    """The install folder of a workspace that holds this package."""
    workspace = tmp_path_factory.mktemp("workspace")
    source = workspace / "src" / "mocap_ros"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    prefix = {"AMENT_PREFIX_PATH": sys.prefix, "CMAKE_PREFIX_PATH": sys.prefix}
    built = subprocess.run(
        [COLCON, "--log-base", workspace / "log", "build", "--base-paths", source,
         "--build-base", workspace / "build", "--install-base", workspace / "install",
         "--cmake-args", f"-DPython3_EXECUTABLE={sys.executable}", "-DBUILD_TESTING=OFF"],
        cwd=workspace, env={**os.environ, **prefix, "PATH": f"{COLCON.parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, built.stdout[-3000:]
    return workspace / "install" / "mocap_ros"


def run_installed(install, code):
    """What `code` prints in a process that finds this package only where colcon has installed it."""
    packages, = install.glob("lib/python*/site-packages")
    libraries = os.pathsep.join([str(install / "lib"), os.environ["LD_LIBRARY_PATH"]])  # the wheels set the latter
    without_source = f"import sys; sys.path = [path for path in sys.path if path != {str(ROOT)!r}]\n"
    done = subprocess.run([sys.executable, "-c", without_source + code], capture_output=True, text=True,
                          cwd=install.parent,
                          env={**os.environ, "PYTHONPATH": str(packages), "LD_LIBRARY_PATH": libraries})
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_messages_and_modules_come_from_the_installed_package(install):
    files = run_installed(install, """
import mocap_ros.msg, mocap_ros.datatypes.skeleton as skeleton, mocap_ros.ros.capture_node as node
from mocap_ros.msg import Keypoint, Person, PersonArray, SkeletonModel
from rclpy.serialization import deserialize_message, serialize_message
sent = PersonArray(people=[Person(id="abcde", keypoints=[Keypoint(x=1.5)] * 20)])
assert deserialize_message(serialize_message(sent), PersonArray) == sent
print(mocap_ros.msg.__file__, skeleton.__file__, node.__file__)
""")
    assert len(files) == 3 and all(file.startswith(str(install)) for file in files), files


def test_everything_a_workspace_needs_is_installed(install):
    share = install / "share" / "mocap_ros"
    for name in ("package.xml", "msg/PersonArray.msg", "launch/xnect.launch.py", "config/mocap.yaml",
                 "config/mocap.rviz"):
        assert (share / name).is_file(), name
    package, = install.glob("lib/python*/site-packages/mocap_ros")
    sources = {path.relative_to(ROOT / "mocap_ros") for path in (ROOT / "mocap_ros").rglob("*")
               if path.is_file() and "__pycache__" not in path.parts}
    missing = {path for path in sources if not (package / path).is_file()}
    assert not missing, missing


def test_every_node_module_has_an_executable_that_runs_it(install):
    modules = {path.stem for path in (ROOT / "mocap_ros" / "ros").glob("*_node.py")} - {"managed_node", "core_node"}
    executables = {path.name: path for path in (install / "lib" / "mocap_ros").iterdir()}
    assert set(executables) == modules
    for name, path in executables.items():
        assert os.access(path, os.X_OK)
        assert f"from mocap_ros.ros.{name} import main" in path.read_text()


def test_pip_and_colcon_agree_on_the_version(install):
    from importlib.metadata import version
    assert f"<version>{version('mocap_ros')}</version>" in (install / "share" / "mocap_ros" / "package.xml").read_text()
