"""sensor_msgs/Image read where it lies in the bytes that came: rclpy would copy its pixels twice more."""

import struct
from typing import NamedTuple

from builtin_interfaces.msg import Time
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image
from std_msgs.msg import Header

BYTE_ORDERS = {0: ">", 1: "<"}  # second byte of plain CDR (OMG DDSI-RTPS, 10.2), which all of ROS sends by default
BODY = 4  # bytes before the message's own, to which its alignment counts


class ReceivedImage(NamedTuple):
    """What is needed of a sensor_msgs/Image, by the names of its fields; `data` is a view of the bytes that came."""

    header: Header
    height: int
    width: int
    encoding: str
    step: int
    data: memoryview


def read_image(received):
    """The sensor_msgs/Image of its serialised `received` bytes: a ReceivedImage, or an Image where they are not CDR."""
    if received[1] not in BYTE_ORDERS:
        return deserialize_message(received, Image)
    order, view = BYTE_ORDERS[received[1]], memoryview(received)
    sec, nanosec = struct.unpack_from(order + "iI", view, BODY)
    frame_id, at = _read_string(view, BODY + 8, order)
    height, width = struct.unpack_from(order + "II", view, at)
    encoding, at = _read_string(view, at + 8, order, alignment=1)
    step, size = struct.unpack_from(order + "II", view, _aligned(at + 1))  # after is_bigendian
    begin = _aligned(at + 1) + 8
    header = Header(stamp=Time(sec=sec, nanosec=nanosec), frame_id=frame_id)
    return ReceivedImage(header, height, width, encoding, step, view[begin:begin + size])


def _read_string(view, at, order, alignment=4):
    """The string at `at`, and where the next number begins that is aligned to `alignment` bytes."""
    length, = struct.unpack_from(order + "I", view, at)
    end = at + 4 + length
    return bytes(view[at + 4:end - 1]).decode(), _aligned(end, alignment)  # without the closing zero


def _aligned(at, alignment=4):
    return at + (BODY - at) % alignment
