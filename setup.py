"""`pip install .`: the ROS-free core and the command `mocap`. colcon builds the same tree through CMakeLists.txt."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

setup(
    version=ElementTree.parse(Path(__file__).with_name("package.xml")).findtext("version"),
    packages=find_packages(include=["mocap_ros", "mocap_ros.*"]),
    package_dir={"": "."},
    data_files=[("share/mocap_ros/msg", sorted(str(path) for path in Path("msg").glob("*.msg")))],  # to write rosbag2
    package_data={"mocap_ros": ["weights/**", "ros/*.xml", "training/*.json", "training/*.npz"]},
)
