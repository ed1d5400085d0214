"""Files that hold encoded images end to end; where each begins stands elsewhere."""

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ImageError

PNG_SETTINGS = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]


def encode_owners(owners):
    """The PNG file of an owners image (H, W) uint8, as bytes."""
    return cv2.imencode(".png", owners, PNG_SETTINGS)[1].tobytes()


def decoded(encoded, path, row, kind=cv2.IMREAD_COLOR):
    """The image of an image file's bytes, in colour or (cv2.IMREAD_GRAYSCALE) grey.

    Args:
        encoded: (N,) uint8.
        path, row: where it came from, for the error.

    Raises:
        ImageError: not an image.
    """
    image = cv2.imdecode(np.asarray(encoded), kind) if len(encoded) else None
    if image is None:
        raise ImageError(f"{path}: image {row} cannot be read")
    return image


def read_packed(path, start, stop, row, kind=cv2.IMREAD_COLOR):
    """Image `row` of a file, which is its bytes from `start` to `stop`; see decoded."""
    try:
        with open(path, "rb") as file:
            file.seek(start)
            encoded = np.frombuffer(file.read(stop - start), np.uint8)
    except OSError as error:
        raise ImageError(f"{path}: {error.strerror}") from error
    return decoded(encoded, path, row, kind)
