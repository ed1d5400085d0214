"""A message as bytes, ready to be sent, of which only the numbers change: they are written in without ROS."""

import numpy as np
from rclpy.serialization import serialize_message


class LearnedBytes:
    """The bytes of one message, and where in them some of its numbers stand.

    The places are found, not computed: ROS serialises the message once, and the numbers are looked for.

    Args:
        message: ROS message that holds `numbers`, which must occur nowhere else in it.
        numbers: arrays as `write` takes them, each with its numbers in the order in which they follow in the message.
    """

    def __init__(self, message, *numbers):
        data = serialize_message(message)
        self._bytes = np.frombuffer(data, np.uint8).copy()
        self._places = [_places(data, each) for each in numbers]

    def write(self, *numbers):
        """The bytes of the message with other numbers: arrays of the same sizes and types, contiguous."""
        for places, each in zip(self._places, numbers):
            self._bytes[places] = each.reshape(-1).view(np.uint8)
        return self._bytes.tobytes()


def _places(data, numbers):
    """Where each byte of `numbers`, an array of numbers or records, stands in `data`."""
    begins, sizes, at = [], [], 0
    for each in _scalars(numbers):
        at = data.index(each, at)
        begins.append(at)
        sizes.append(len(each))
        at += len(each)
    # The first byte of every number, repeated for each of its bytes, and which of them it is.
    sizes = np.array(sizes, int)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(np.array(begins, int), sizes) + within


def _scalars(numbers):
    """The bytes of every number of an array, fields of records one after the other."""
    if numbers.dtype.names is None:
        return [each.tobytes() for each in numbers.ravel()]
    return [each for record in numbers for name in numbers.dtype.names for each in _scalars(np.asarray(record[name]))]
