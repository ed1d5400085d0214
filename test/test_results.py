"""Recordings made without ROS, read back."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS
from mocap_ros.geometry.rotation import quaternion_to_matrix
from mocap_ros.motion_export.people_files import TABLE
from mocap_ros.motion_export.recording import BAG
from mocap_ros.motion_export.results import OVERLAY, ResultsFolder
from mocap_ros.motion_export.rosbag import message_types
from test_fitter import CAMERA, fitter, observe, RATE, walkers


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A folder of results of two walkers, and the frames that went in."""
    folder = tmp_path_factory.mktemp("results") / "walk"
    stage, frames = fitter(), []
    image = np.full((CAMERA.height, CAMERA.width, 3), 60, np.uint8)
    with ResultsFolder(folder, RATE) as results:
        for number in range(12):
            frames.append(stage.update(observe(walkers(number)), CAMERA, number / RATE))
            results.add(image, frames[-1], CAMERA)
    return SimpleNamespace(folder=folder, frames=frames)


def messages(recording, topic):
    with AnyReader([recording.folder / BAG], default_typestore=message_types()) as reader:
        connections = [each for each in reader.connections if each.topic == topic]
        return [(time, reader.deserialize(data, connection.msgtype))
                for connection, time, data in reader.messages(connections)]


def test_persons_read_back_as_they_were(recording):
    read = messages(recording, "/mocap/persons")
    assert len(read) == 12
    for (time, message), frame in zip(read, recording.frames):
        assert time == round(frame.time * 1e9)
        assert message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec == pytest.approx(frame.time, abs=1e-9)
        assert [person.id for person in message.people] == [person.id for person in frame.people]
        for written, person in zip(message.people, frame.people):
            joints = np.array([[point.x, point.y, point.z] for point in written.joints])
            assert np.abs(joints - person.joints_camera).max() < 1e-12
            assert np.abs(written.angles - person.angles).max() < 1e-6  # float32 radians


def test_transforms_lead_from_the_camera_to_the_joints(recording):
    _, message = messages(recording, "/tf")[-1]
    person = recording.frames[-1].people[0]
    above = {each.child_frame_id: each for each in message.transforms}
    wrist, name = np.zeros(3), f"l_wrist_{person.id}"
    while name != "camera_optical_frame":
        each = above[name]
        shift, turn = each.transform.translation, each.transform.rotation
        wrist = quaternion_to_matrix(np.array([turn.x, turn.y, turn.z, turn.w])) @ wrist + [shift.x, shift.y, shift.z]
        name = each.header.frame_id
    # The published joints pass one more filter than the transforms; it lags by millimetres.
    assert np.abs(wrist - person.joints_camera[JOINTS.index("l_wrist")]).max() < 0.02


def test_the_recording_explains_itself(recording):
    (_, model), = messages(recording, "/mocap/skeleton_model")
    assert tuple(model.joint_names) == JOINTS and tuple(model.angle_names) == ANGLES
    assert (model.angle_lower < model.angle_upper).all()
    _, camera = messages(recording, "/mocap/camera_info")[0]
    assert np.allclose(camera.k.reshape(3, 3), CAMERA.matrix)


def test_video_table_and_motion_are_there(recording):
    video = cv2.VideoCapture(str(recording.folder / OVERLAY))
    assert int(video.get(cv2.CAP_PROP_FRAME_COUNT)) == 12
    names = {person.id for frame in recording.frames for person in frame.people}
    assert {path.stem for path in recording.folder.glob("*.bvh")} == names
    assert (recording.folder / TABLE).read_text().count("\n") > 12


def test_a_recording_is_never_overwritten(recording):
    with pytest.raises(ImageError, match="holds bag"):
        ResultsFolder(recording.folder, RATE)


def test_an_unwritable_folder_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ImageError, match="cannot be written"):
        ResultsFolder(tmp_path / "file" / "out", RATE)
