"""Calibrations survive their YAML file, which has the layout of ROS's camera_calibration_parsers."""

import pytest
import yaml

from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import CameraError
from mocap_ros.pipeline.camera_file import read_camera, write_camera

MATRIX = [[700.25, 0, 641.5], [0, 702.125, 358.75], [0, 0, 1]]
CAMERAS = {
    "plumb_bob": Camera(1280, 720, MATRIX, [-0.3, 0.1, 0.001, -0.002, 0.01]),
    "rational_polynomial": Camera(1280, 720, MATRIX, [2.1, 1.3, 1e-4, -2e-4, 0.2, 2.4, 1.6, 0.4]),
    "equidistant": Camera(1280, 720, MATRIX, [-0.02, 0.01, -0.004, 0.001], fisheye=True),
}
# As camera_calibration writes it, abridged to what the parsers ask for.
FROM_ROS = """\
image_width: 640
image_height: 480
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [438.783367, 0.000000, 305.593336, 0.000000, 437.302876, 243.738352, 0.000000, 0.000000, 1.000000]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.361976, 0.110510, 0.001014, 0.000505, 0.000000]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1, 0, 0, 0, 1, 0, 0, 0, 1]
projection_matrix:
  rows: 3
  cols: 4
  data: [393.653800, 0, 322.797939, 0, 0, 393.653800, 241.090902, 0, 0, 0, 1, 0]
"""


@pytest.mark.parametrize("model", CAMERAS)
def test_what_was_written_reads_back_equal(tmp_path, model):
    camera = CAMERAS[model]
    write_camera(tmp_path / "camera.yaml", camera, "left")
    back = read_camera(tmp_path / "camera.yaml")
    assert (back.width, back.height, back.fisheye, back.calibrated) == (1280, 720, model == "equidistant", True)
    assert (back.matrix == camera.matrix).all() and (back.distortion == camera.distortion).all()


@pytest.mark.parametrize("model", CAMERAS)
def test_the_file_has_every_key_of_the_standard_layout(tmp_path, model):
    write_camera(tmp_path / "camera.yaml", CAMERAS[model], "left")
    written, wanted = yaml.safe_load((tmp_path / "camera.yaml").read_text()), yaml.safe_load(FROM_ROS)
    assert list(written) == list(wanted) and written["distortion_model"] == model
    for name in ("camera_matrix", "distortion_coefficients", "rectification_matrix", "projection_matrix"):
        assert list(written[name]) == ["rows", "cols", "data"]
        assert written[name]["rows"] * written[name]["cols"] == len(written[name]["data"])


def test_a_file_of_ros_is_read(tmp_path):
    (tmp_path / "camera.yaml").write_text(FROM_ROS)
    camera = read_camera(tmp_path / "camera.yaml")
    assert (camera.matrix[0, 0], camera.matrix[1, 2], camera.distortion[1]) == (438.783367, 243.738352, 0.110510)


@pytest.mark.parametrize("text, problem", [
    ("plain text", "not a camera_info YAML"),
    (FROM_ROS.replace("plumb_bob", "wide"), "distortion model 'wide', wanted one of plumb_bob, rational_polynomial"),
    (FROM_ROS.replace("438.783367", "-438.8"), "both must be positive"),
])
def test_a_bad_file_is_one_line(tmp_path, text, problem):
    (tmp_path / "camera.yaml").write_text(text)
    with pytest.raises(CameraError, match=problem) as caught:
        read_camera(tmp_path / "camera.yaml")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(CameraError, match="cannot be written"):
        write_camera(tmp_path / "no such folder" / "camera.yaml", CAMERAS["plumb_bob"])
