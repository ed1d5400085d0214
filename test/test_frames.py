"""Images from files and folders, good and bad."""

import cv2
import numpy as np
import pytest

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.pipeline.frames import Frames, read_image


def write_video(path, count=7, rate=20.0):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (64, 48))
    for number in range(count):
        writer.write(np.full((48, 64, 3), 30 * number, np.uint8))
    writer.release()


def test_a_video_gives_every_image_once_with_its_time(tmp_path):
    write_video(tmp_path / "clip.avi")
    with Frames(tmp_path / "clip.avi") as frames:
        assert (frames.width, frames.height, frames.count, frames.rate, frames.live) == (64, 48, 7, 20.0, False)
        read = list(frames)
    assert [frame.number for frame in read] == list(range(7))
    assert np.allclose([frame.time for frame in read], np.arange(7) / 20.0)
    assert np.abs([frame.image.mean() - 30 * n for n, frame in enumerate(read)]).max() < 3  # grey levels of JPEG


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for number in (2, 0, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((20, 30, 3), 50 * number, np.uint8))
    (tmp_path / "notes.txt").write_text("not an image")
    assert [int(frame.image.mean()) for frame in Frames(tmp_path)] == [0, 50, 100]


def test_a_broken_image_in_a_folder_is_noted_and_skipped(tmp_path):
    for number in (0, 2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((20, 30, 3), 50 * number, np.uint8))
    (tmp_path / "1.png").write_bytes(b"broken")
    frames = Frames(tmp_path)
    assert [int(frame.image.mean()) for frame in frames] == [0, 100]
    assert len(frames.skipped) == 1 and "1.png" in frames.skipped[0]


def test_sixteen_bit_and_grey_files_become_eight_bit_colour(tmp_path):
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((20, 30), 257 * 128, np.uint16))
    image = read_image(tmp_path / "deep.png")
    assert image.shape == (20, 30, 3) and image.dtype == np.uint8 and abs(int(image[0, 0, 0]) - 128) <= 1


@pytest.mark.parametrize("name, content, text", [
    ("missing.avi", None, "no such file"), ("text.avi", b"this is no video", "cannot be opened as a video"),
    ("empty.mp4", b"", "cannot be opened as a video"), ("broken.jpg", b"\xff\xd8\xff no image", "not an image"),
])
def test_a_bad_file_is_named_with_the_reason(tmp_path, name, content, text):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=text) as error:
        list(Frames(tmp_path / name))
    assert name in str(error.value) and "\n" not in str(error.value)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ImageError, match="no images in this folder"):
        Frames(tmp_path)


def test_a_webcam_that_is_not_there_is_refused():
    with pytest.raises(ImageError, match="webcam"):
        Frames("97")
