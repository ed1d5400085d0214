"""The recorder's motion files stand on the floor that the settings or TF tell of."""

import pytest
import rclpy
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from mocap_ros.geometry.ground_plane import GroundPlane
from mocap_ros.motion_export.messages import people_message
from mocap_ros.motion_export.people_files import BVH, PeopleFiles
from mocap_ros.motion_export.people_messages import people_from_message
from mocap_ros.ros.person_conversions import TYPES
from mocap_ros.ros.recorder_node import RecorderNode
from test_fitter import CAMERA, fitter, observe, RATE, walkers

HEIGHT = 1.25  # m, of the camera above the floor


def messages():
    """PersonArrays of two people who walk for a second."""
    stage = fitter()
    frames = [stage.update(observe(walkers(n)), CAMERA, 1.0 + n / RATE) for n in range(int(RATE))]
    made = []
    for frame in frames:
        header = Header(frame_id="camera")
        header.stamp.sec, header.stamp.nanosec = int(frame.time), int(frame.time % 1 * 1e9)
        made.append(people_message(frame, header, TYPES))
    return made


def written(folder):
    """The text of the only two BVH files of a folder."""
    found = sorted(folder.glob("*.bvh"))
    assert len(found) == 2
    return [path.read_text() for path in found]


def record(folder, parameters, before=lambda node: None):
    """What the node writes of `messages()`; `before` is called with it when it has started."""
    rclpy.init(args=["--ros-args", "-p", f"recorder.folder:={folder}", "-p", "recorder.overlay:=false",
                     *(word for each in parameters for word in ("-p", each))])
    node = RecorderNode()
    try:
        node.load()
        node.start()
        before(node)
        for message in messages():
            node._recorded[0].callback(serialize_message(message))
    finally:
        node.close()
        node.destroy_node()
        rclpy.try_shutdown()
    return written(folder)


@pytest.fixture
def expected(tmp_path):
    """The text of the files of the same people, by GroundPlane or None."""
    def write(plane):
        folder = tmp_path / f"expected{plane is not None}"
        folder.mkdir()
        with PeopleFiles(folder, (BVH,), plane) as files:
            for message in messages():
                files.add(people_from_message(message))
        return written(folder)

    return write


def level_camera_above_floor(node):
    """Tells the node's TF of a camera HEIGHT above the floor that looks ahead."""
    transform = TYPES.TransformStamped(child_frame_id="camera")
    transform.header.frame_id = "base_footprint"
    transform.transform.translation.z = HEIGHT
    turn = transform.transform.rotation
    turn.x, turn.y, turn.z, turn.w = -0.5, 0.5, -0.5, 0.5
    node._frames.ground._transforms._on_static(TFMessage(transforms=[transform]))


@pytest.mark.parametrize("parameters, before", [
    ([f"camera.ground_height:={HEIGHT}"], lambda node: None),
    (["input.ground_frame:=base_footprint"], level_camera_above_floor),
    ([], lambda node: node.set_parameters([Parameter("camera.ground_height", value=HEIGHT)])),
], ids=["settings", "tf", "a change while it runs"])
def test_motion_files_stand_on_the_floor(tmp_path, expected, parameters, before):
    plane = GroundPlane([0.0, -1.0, 0.0], HEIGHT)
    found = record(tmp_path / "recording", parameters, before)
    assert found == expected(plane)
    assert found != expected(None)
