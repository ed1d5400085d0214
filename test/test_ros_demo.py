"""The real nodes in processes of their own, over DDS: a clip goes in, and what is recorded is what was shown."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from standing_model import HEIGHT, standing_people, WIDTH, write_standing_model

from mocap_ros.datatypes.skeleton import KEYPOINTS
from mocap_ros.motion_export.bvh import read_bvh
from mocap_ros.motion_export.rosbag import message_types

ROOTS = np.array([[-0.6, 0.1, 3.5], [0.7, 0.1, 4.0]])  # m, camera frame
RATE = 25  # images/s
DARK_FRAMES, BRIGHT_FRAMES = 10, 30  # nobody is in the dark ones
FRAMES = DARK_FRAMES + BRIGHT_FRAMES
LIMIT = 120  # s; a demo of this clip takes 10 s on two free cores


def demo(video, out, model, *options, **arguments):
    command = [sys.executable, "-m", "mocap_ros.cli.main", "demo", str(video), "--out", str(out),
               "--weights", str(model), "--device", "cpu", "--set", "estimator.refined_people=0", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            cwd=Path(__file__).parents[1], **arguments)


def finish(process):
    """Exit status and output."""
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, output


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_standing_model(folder, ROOTS)
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (WIDTH, HEIGHT))
    for k in range(FRAMES):
        video.write(np.full((HEIGHT, WIDTH, 3), 0 if k < DARK_FRAMES else 120, np.uint8))
    video.release()
    return path


@pytest.fixture(scope="module")
def recording(model, clip, tmp_path_factory):
    out = tmp_path_factory.mktemp("recording") / "out"
    status, output = finish(demo(clip, out, model))
    assert status == 0, output + "".join(path.read_text() for path in (out / "log").glob("*.txt"))
    return out


@pytest.fixture(scope="module")
def bag(recording):
    """Messages by topic, in order of recording."""
    messages = {}
    with AnyReader([recording / "bag"], default_typestore=message_types()) as reader:
        for connection, _, data in reader.messages():
            messages.setdefault(connection.topic, []).append(reader.deserialize(data, connection.msgtype))
    return messages


def stamps(messages):
    return [(each.header.stamp.sec, each.header.stamp.nanosec) for each in messages]


def test_every_image_gives_one_persons_message_in_order(bag):
    persons = bag["/mocap/persons"]
    assert len(persons) == FRAMES
    times = np.array([sec + 1e-9 * nanosec for sec, nanosec in stamps(persons)])
    np.testing.assert_allclose(np.diff(times), 1 / RATE, atol=1e-6)  # s, the file's own pace
    assert stamps(bag["/mocap/camera_info"]) == stamps(persons)
    assert {each.header.frame_id for each in persons} == {"camera_optical_frame"}
    assert {(each.image_width, each.image_height) for each in persons} == {(WIDTH, HEIGHT)}


def test_nobody_is_published_as_an_empty_array(bag):
    counts = [len(each.people) for each in bag["/mocap/persons"]]
    assert counts[:DARK_FRAMES] == [0] * DARK_FRAMES
    assert counts[-BRIGHT_FRAMES + 5:] == [len(ROOTS)] * (BRIGHT_FRAMES - 5)  # confirmed after a few images


def test_people_stand_where_they_were_put_and_keep_their_ids(bag):
    wanted_px, wanted_joints = standing_people(ROOTS)
    ids = set()
    for message in bag["/mocap/persons"][-10:]:
        people = sorted(message.people, key=lambda each: each.root.position.x)
        ids.add(tuple(each.id for each in people))
        for person, root, keypoints_px, joints in zip(people, ROOTS, wanted_px, wanted_joints):
            at = person.root.position
            np.testing.assert_allclose([at.x, at.y, at.z], root, atol=0.05)  # m; sub-cell peaks of a stride-8 map
            seen = np.array([[each.x, each.y] for each in person.keypoints])
            np.testing.assert_allclose(seen, keypoints_px, atol=2.0)  # px, a quarter of a cell
            found = np.array([[each.x, each.y, each.z] for each in person.joints])
            assert np.linalg.norm(found - joints, axis=-1).max() < 0.15  # m
            assert person.state == person.STATE_TRACKED and person.height == pytest.approx(1.7)
    assert len(ids) == 1
    assert all(len(each) == 5 and each.isalpha() and each.islower() for each in next(iter(ids)))


def test_tf_is_recorded_with_the_images_stamp_and_agrees_with_persons(bag):
    by_stamp = dict(zip(stamps(bag["/mocap/persons"]), bag["/mocap/persons"]))
    for message in bag["/tf"][-5:]:
        stamp, = {(each.header.stamp.sec, each.header.stamp.nanosec) for each in message.transforms}
        placed = {each.child_frame_id: each for each in message.transforms}
        assert len(placed) == len(message.transforms)
        for person in by_stamp[stamp].people:
            body = placed[f"body_{person.id}"]
            assert body.header.frame_id == "camera_optical_frame"
            for axis in "xyz":
                assert getattr(body.transform.translation, axis) == pytest.approx(getattr(person.root.position, axis))
            assert placed[f"l_knee_{person.id}"].header.frame_id == f"l_hip_{person.id}"


def test_the_latched_skeleton_model_is_in_the_bag(bag):
    model, = bag["/mocap/skeleton_model"]
    assert list(model.keypoint_names) == list(KEYPOINTS)


def test_the_overlay_has_every_image_and_people_are_drawn(recording):
    video = cv2.VideoCapture(str(recording / "overlay.mp4"))
    images = [video.read()[1] for _ in range(int(video.get(cv2.CAP_PROP_FRAME_COUNT)))]
    assert len(images) == FRAMES
    x, y = standing_people(ROOTS)[0][0, KEYPOINTS.index("r_knee")].round().astype(int)
    assert np.ptp(images[-1][y, x].astype(int)) > 40  # coloured, on a grey image
    assert np.ptp(images[2][y, x].astype(int)) < 10


def test_each_person_has_a_bvh_of_the_frames_that_show_them(recording, bag):
    ids = {each.id for message in bag["/mocap/persons"] for each in message.people}
    assert {path.stem for path in recording.glob("*.bvh")} == ids
    for name in ids:
        shown = sum(any(each.id == name for each in message.people) for message in bag["/mocap/persons"])
        assert len(read_bvh(recording / f"{name}.bvh")) == shown


def test_the_summary_counts_right(recording):
    text = (recording / "summary.txt").read_text()
    for line in (f"frames in: {FRAMES}", f"frames processed: {FRAMES}", "frames dropped: 0", "frames rejected: 0",
                 "people: 2", "camera: assumed field of view", "engine: ONNX Runtime on the CPU"):
        assert line in text, text


def sending(out, setting):
    """True once the demo whose parameters have `setting` sends images."""
    log = out / "log" / "video_source.txt"
    return (setting in (out / "parameters.yaml").read_text() if (out / "parameters.yaml").exists() else False) and (
        log.exists() and "images/s" in log.read_text())


def test_a_second_demo_replaces_the_first_and_ctrl_c_keeps_what_was_recorded(recording, model, clip):
    process = demo(clip, recording, model, "--real-time", "--set", "tracking.memory=7.5", start_new_session=True)
    begin = time.monotonic()
    while not sending(recording, "memory: 7.5"):
        assert process.poll() is None and time.monotonic() - begin < LIMIT
        time.sleep(0.1)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    status, output = finish(process)
    assert status == 0, output
    with AnyReader([recording / "bag"], default_typestore=message_types()) as reader:
        assert reader.message_count > 0


def test_ctrl_c_while_the_nodes_come_up_is_no_traceback(model, clip, tmp_path):
    for moment in (0.0, 1.0):  # s: while ROS is imported, while nodes start
        out = tmp_path / str(moment)
        process = demo(clip, out, model, start_new_session=True)
        begin = time.monotonic()
        while not (out / "parameters.yaml").exists():
            assert time.monotonic() - begin < LIMIT
            time.sleep(0.01)
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGINT)
        status, output = finish(process)
        assert "Traceback" not in output, output
        assert status in (0, 130)


def test_a_node_that_cannot_start_ends_the_demo_with_one_line(clip, tmp_path):
    (tmp_path / "broken").mkdir()
    for name in ("stage_one.onnx", "stage_two.onnx"):
        (tmp_path / "broken" / name).write_bytes(b"not a model")
    status, output = finish(demo(clip, tmp_path / "out", tmp_path / "broken"))
    assert status == 2
    assert "the node capture ended" in output and "damaged weights file" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("video, problem", [
    ("nothing.mp4", "no such file"),
    (__file__, "cannot be opened as a video"),
])
def test_a_bad_video_is_named_in_one_line(model, tmp_path, video, problem):
    status, output = finish(demo(video, tmp_path / "out", model))
    assert status == 2 and problem in output and len(output.strip().splitlines()) == 1


def test_a_folder_with_other_results_is_left_alone(model, clip, tmp_path):
    (tmp_path / "summary.txt").write_text("mine")
    status, output = finish(demo(clip, tmp_path, model))
    assert status == 2 and "summary.txt of something else" in output
    assert (tmp_path / "summary.txt").read_text() == "mine"
