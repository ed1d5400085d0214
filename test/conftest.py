"""ROS tests talk over a graph of their own, on 127.0.0.1 alone; where there is no ROS they are not collected."""

import importlib.util
import os
from pathlib import Path
import tempfile

import pytest

HAS_ROS = importlib.util.find_spec("rclpy") is not None
ROOT = Path(__file__).resolve().parents[1]
collect_ignore_glob = [] if HAS_ROS else ["test_ros*.py"]
os.environ["FASTRTPS_DEFAULT_PROFILES_FILE"] = str(ROOT / "mocap_ros" / "ros" / "loopback_profile.xml")
os.environ["MOCAP_CACHE"] = os.path.join(tempfile.gettempdir(), f"mocap_test_cache_{os.getuid()}")
os.environ["ROS_DOMAIN_ID"] = str(1 + os.getpid() % 100)


@pytest.fixture(scope="module")
def driver():
    """A ros_driver.Driver for all tests of a file."""
    import rclpy
    from ros_driver import Driver

    rclpy.init(args=[])
    node = Driver()
    yield node
    node.close()
    rclpy.try_shutdown()


@pytest.fixture
def ros():
    """rclpy, initialised for one test."""
    import rclpy

    rclpy.init(args=[])
    yield rclpy
    rclpy.try_shutdown()


@pytest.fixture(scope="module")
def doll(tmp_path_factory):
    """The path of the asset file of a doll, from which people are made without anny."""
    from synthesis_scenes import write_doll

    path = tmp_path_factory.mktemp("doll") / "assets.npz"
    write_doll(path)
    return path
