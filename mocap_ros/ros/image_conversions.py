"""sensor_msgs/Image and CompressedImage from and to arrays. No copy where the message already is BGR."""

import array

import cv2
import numpy as np
from sensor_msgs.msg import Image

from mocap_ros.datatypes.errors import ImageError

# Encoding -> (channels, OpenCV's conversion to BGR or None). OpenCV names a Bayer pattern after its second row.
ENCODINGS = {
    "bgr8": (3, None),
    "8UC3": (3, None),
    "rgb8": (3, cv2.COLOR_RGB2BGR),
    "bgra8": (4, cv2.COLOR_BGRA2BGR),
    "8UC4": (4, cv2.COLOR_BGRA2BGR),
    "rgba8": (4, cv2.COLOR_RGBA2BGR),
    "mono8": (1, cv2.COLOR_GRAY2BGR),
    "8UC1": (1, cv2.COLOR_GRAY2BGR),
    "yuv422": (2, cv2.COLOR_YUV2BGR_UYVY),
    "uyvy": (2, cv2.COLOR_YUV2BGR_UYVY),
    "yuv422_yuy2": (2, cv2.COLOR_YUV2BGR_YUY2),
    "yuyv": (2, cv2.COLOR_YUV2BGR_YUY2),
    "bayer_rggb8": (1, cv2.COLOR_BayerBG2BGR),
    "bayer_bggr8": (1, cv2.COLOR_BayerRG2BGR),
    "bayer_gbrg8": (1, cv2.COLOR_BayerGR2BGR),
    "bayer_grbg8": (1, cv2.COLOR_BayerGB2BGR),
}


def image_to_bgr(message):
    """The image as (H, W, 3) uint8 BGR; a read-only view of the message where its encoding is bgr8.

    Args:
        message: sensor_msgs/Image.

    Raises:
        ImageError: no pixels, an encoding that is not in ENCODINGS, a step shorter than a row, too little data.
    """
    width, height, step = message.width, message.height, message.step
    if width < 1 or height < 1:
        raise ImageError(f"image of {width} x {height} pixels")
    if message.encoding not in ENCODINGS:
        raise ImageError(f"encoding '{message.encoding}': wanted one of {', '.join(ENCODINGS)}")
    channels, conversion = ENCODINGS[message.encoding]
    if step < width * channels:
        raise ImageError(f"step of {step} bytes: a row of {width} {message.encoding} pixels has {width * channels}")
    data = np.frombuffer(message.data, np.uint8)
    wanted = (height - 1) * step + width * channels  # the last row may lack its padding
    if data.size < wanted:
        raise ImageError(f"{data.size} bytes of pixels: {width} x {height} {message.encoding} needs {wanted}")
    pixels = np.lib.stride_tricks.as_strided(data, (height, width, channels), (step, channels, 1), writeable=False)
    if channels == 2 and width % 2:
        raise ImageError(f"{message.encoding} image {width} pixels wide: two pixels share a colour, width must be even")
    return pixels if conversion is None else cv2.cvtColor(np.ascontiguousarray(pixels), conversion)


def compressed_to_bgr(message):
    """The image as (H, W, 3) uint8 BGR.

    Args:
        message: sensor_msgs/CompressedImage of any format that OpenCV decodes (jpeg, png, webp, tiff).

    Raises:
        ImageError: not such an image, or compressed depth.
    """
    if "compressedDepth" in message.format:
        raise ImageError(f"format '{message.format}': a depth image, not a colour image")
    data = np.frombuffer(message.data, np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None:
        raise ImageError(f"{data.size} bytes of format '{message.format}' that are no image")
    return image


def image_from_bgr(image, header):
    """sensor_msgs/Image of encoding bgr8 from (H, W, 3) uint8 BGR."""
    height, width = image.shape[:2]
    message = Image(header=header, height=height, width=width, encoding="bgr8", is_bigendian=0, step=3 * width)
    data = array.array("B")  # the one type that the message takes without looking at every byte
    data.frombytes(memoryview(np.ascontiguousarray(image)).cast("B"))
    message.data = data
    return message
