"""The bytes of people are those that ROS would make of the message."""

from dataclasses import replace

from mocap_ros.msg import PersonArray
import numpy as np
from rclpy.serialization import deserialize_message, serialize_message
from std_msgs.msg import Header

from mocap_ros.motion_export.messages import people_message
from mocap_ros.ros.person_bytes import PersonBytes
from mocap_ros.ros.person_conversions import TYPES
from test_fitter import CAMERA, empty, fitter, observe, RATE, walkers


def test_the_bytes_hold_the_message_while_people_come_and_go():
    stage, people, counts, states = fitter(tracking__shown_while_lost=0.3), PersonBytes(), set(), set()
    for number in range(40):
        seen = empty() if 10 <= number < 25 else observe(walkers(number))
        frame = stage.update(seen, CAMERA, 1.0 + number / RATE)
        header = Header(frame_id="camera" if number < 35 else "another_camera")
        header.stamp.sec, header.stamp.nanosec = number, 2 ** 30 + number
        if number == 38:  # a number that is not known, and an image of another size
            frame = replace(frame, width=640, people=tuple(
                replace(person, joint_deviation=np.full_like(person.joint_deviation, np.nan))
                for person in frame.people))
        found = deserialize_message(people.serialised(frame, header), PersonArray)
        wanted = deserialize_message(serialize_message(people_message(frame, header, TYPES)), PersonArray)
        assert str(found) == str(wanted)  # NaN where not seen
        counts.add(len(found.people))
        states.update(person.state for person in frame.people)
    assert counts == {0, 2} and states == {"new", "tracked", "occluded"}
