"""Messages that are filled again are as new ones."""

from std_msgs.msg import Header

from mocap_ros.motion_export.messages import people_message
from mocap_ros.ros.person_conversions import TYPES
from mocap_ros.ros.recycled_messages import RecycledMessages
from test_fitter import CAMERA, empty, fitter, observe, RATE, walkers


def test_recycled_messages_hold_nothing_of_the_image_before():
    stage, messages, counts = fitter(tracking__shown_while_lost=0.3), RecycledMessages(TYPES), set()
    for number in range(40):
        seen = empty() if 10 <= number < 25 else observe(walkers(number))
        frame = stage.update(seen, CAMERA, 1.0 + number / RATE)
        header = Header(frame_id="camera")
        messages.restart()
        found = people_message(frame, header, messages)
        assert str(found) == str(people_message(frame, header, TYPES))  # NaN where not seen
        counts.add(len(found.people))
    assert counts == {0, 2}
