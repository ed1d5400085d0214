"""TF's bytes are those that ROS would make of the message."""

import numpy as np
from rclpy.serialization import deserialize_message
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from mocap_ros.motion_export.messages import transforms_message
from mocap_ros.ros.person_conversions import TYPES
from mocap_ros.ros.transform_bytes import TransformBytes
from test_fitter import CAMERA, empty, fitter, observe, RATE, walkers


def test_the_bytes_hold_the_message_while_people_come_and_go():
    stage, transforms, counts = fitter(tracking__shown_while_lost=0.3), TransformBytes(), []
    for number in range(40):
        seen = empty() if 10 <= number < 25 else observe(walkers(number))
        frame = stage.update(seen, CAMERA, 1.0 + number / RATE)
        header = Header(frame_id="camera" if number < 35 else "another_camera")
        header.stamp.sec, header.stamp.nanosec = number, 2 ** 30 + number
        found = deserialize_message(transforms.serialised(frame, header), TFMessage)
        assert found == transforms_message(frame, header, TYPES)
        counts.append(len(found.transforms))
    assert set(np.unique(counts)) == {0, 54}  # nobody, or two people of 27 links
