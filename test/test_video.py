"""A video's images stand at the times they were taken."""

import cv2
import numpy as np
import pytest

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.motion_export.video import VideoFile


def grey(value, size=(64, 48)):
    return np.full((size[1], size[0], 3), value, np.uint8)


def read(path):
    capture = cv2.VideoCapture(str(path))
    values = []
    while True:
        ok, image = capture.read()
        if not ok:
            return values
        values.append(float(image.mean()))


def test_every_image_of_an_even_sequence_is_one_image_of_the_file(tmp_path):
    with VideoFile(tmp_path / "a.mp4", 10.0) as video:
        for k, value in enumerate((20, 120, 220)):
            video.write(grey(value), 100.0 + k / 10)
    np.testing.assert_allclose(read(tmp_path / "a.mp4"), [20, 120, 220], atol=4)  # grey levels lost by the codec


def test_an_image_stands_until_the_next(tmp_path):
    with VideoFile(tmp_path / "a.mp4", 10.0) as video:
        video.write(grey(20), 5.0)
        video.write(grey(220), 5.3)
    np.testing.assert_allclose(read(tmp_path / "a.mp4"), [20, 20, 20, 220], atol=4)


def test_images_faster_than_the_file_are_left_out(tmp_path):
    with VideoFile(tmp_path / "a.mp4", 10.0) as video:
        for k in range(20):
            video.write(grey(100), k / 20)
    assert len(read(tmp_path / "a.mp4")) in (10, 11)  # the last, at half an image, is rounded up or down


def test_a_long_gap_is_cut(tmp_path):
    with VideoFile(tmp_path / "a.mp4", 2.0) as video:
        video.write(grey(20), 0.0)
        video.write(grey(220), 1000.0)
        video.write(grey(220), 1000.5)
    assert len(read(tmp_path / "a.mp4")) == 23  # 1 + 10 s of 2 images/s + 2


def test_images_of_another_size_are_scaled(tmp_path):
    with VideoFile(tmp_path / "a.mp4", 10.0) as video:
        video.write(grey(20), 0.0)
        video.write(grey(220, (640, 100)), 0.1)
    np.testing.assert_allclose(read(tmp_path / "a.mp4"), [20, 220], atol=4)


def test_an_unwritable_folder_is_named(tmp_path):
    with pytest.raises(ImageError, match="missing/a.mp4: cannot be written"):
        VideoFile(tmp_path / "missing" / "a.mp4", 10.0).write(grey(0), 0.0)
