"""TFMessage of everybody as bytes, ready to be sent: of people who were there before, only the numbers are written."""

import numpy as np
from std_msgs.msg import Header

from mocap_ros.motion_export.messages import people_links, transforms_message
from mocap_ros.ros.learned_bytes import LearnedBytes
from mocap_ros.ros.person_conversions import TYPES

NUMBERS = 7  # of a transform: x, y, z of the place, x, y, z, w of the turn
MARK = 0x5EC0DE  # seconds of a stamp that nobody's clock shows with as many nanoseconds


class TransformBytes:
    """Keeps the bytes of the last message.

    A message of four people has 108 transforms: to fill them in Python and to serialise them takes 1.2 ms, this 0.3 ms.
    """

    def __init__(self):
        self._key = None

    def serialised(self, frame, header):
        """The bytes of transforms_message(frame, header, TYPES)."""
        key = header.frame_id, tuple(person.id for person in frame.people)
        if key != self._key:
            self._learn(frame, header)
            self._key = key
        if not frame.people:
            return self._learned.write()
        links = people_links(frame)
        stamp = np.array([header.stamp.sec, header.stamp.nanosec], np.uint32)
        count = links.translations.shape[0] * links.translations.shape[1]
        return self._learned.write(
            np.concatenate([links.translations, links.rotations], -1), np.broadcast_to(stamp, (count, 2)))

    def _learn(self, frame, header):
        """Takes over the layout of a message of these people."""
        marked = Header(frame_id=header.frame_id)
        marked.stamp.sec = marked.stamp.nanosec = MARK
        message = transforms_message(frame, marked, TYPES)
        values = 1e300 * (1 + 1e-9 * np.arange(NUMBERS * len(message.transforms)))
        for each, (x, y, z, *turn) in zip(message.transforms, values.reshape(-1, NUMBERS).tolist()):
            place, rotation = each.transform.translation, each.transform.rotation
            place.x, place.y, place.z = x, y, z
            rotation.x, rotation.y, rotation.z, rotation.w = turn
        stamps = np.full(2 * len(message.transforms), MARK, np.uint32)
        self._learned = LearnedBytes(message, values, stamps) if message.transforms else LearnedBytes(message)
