"""Where to look for one person in the next image, from the keypoints of this one (thesis Sec. 8.2.2)."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.nets.image_crop import Crop

ROOM_ABOVE_AND_BELOW = 0.2  # of the keypoints' height, both sides together
ROOM_BESIDE = 0.4  # of their width, both sides together
MOMENTUM = 0.75  # weight of the last box
CROP_PX = 368
SMALLEST_BOX_PX = 16.0


@dataclass(frozen=True)
class Box:
    """A rectangle in an image.

    Attributes:
        left, top, right, bottom: [px].
    """

    left: float
    top: float
    right: float
    bottom: float


def box_of(keypoints_px):
    """Box with room around one person's keypoints, shifted sideways so that their centroid is in its middle.

    Args:
        keypoints_px: (K, 2) [px]; NaN where not seen, at least one seen.
    """
    (left, top), (right, bottom) = np.nanmin(keypoints_px, axis=0), np.nanmax(keypoints_px, axis=0)
    width, height = max(right - left, SMALLEST_BOX_PX), max(bottom - top, SMALLEST_BOX_PX)
    half = (1 + ROOM_BESIDE) * width / 2
    middle = np.nanmean(keypoints_px[:, 0])
    room = ROOM_ABOVE_AND_BELOW * height / 2
    centre = (top + bottom) / 2
    return Box(middle - half, centre - height / 2 - room, middle + half, centre + height / 2 + room)


def follow(box, keypoints_px):
    """The next image's Box: the last one, drawn toward the box of this image's keypoints.

    Args:
        box: the last Box; None at the start.
        keypoints_px: (K, 2) [px]; NaN where not seen, at least one seen.
    """
    new = box_of(keypoints_px)
    if box is None:
        return new
    return Box(*(MOMENTUM * getattr(box, side) + (1 - MOMENTUM) * getattr(new, side)
                 for side in ("left", "top", "right", "bottom")))


def crop_around(box, size=CROP_PX):
    """The square Crop around a Box: its longer side fits, so that nobody is squeezed (the thesis does not say).

    Args:
        size: the crop's side as an image [px].
    """
    side = max(box.right - box.left, box.bottom - box.top, SMALLEST_BOX_PX)
    return Crop((box.left + box.right - side) / 2, (box.top + box.bottom - side) / 2, side, size)
