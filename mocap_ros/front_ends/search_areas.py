"""Where BlazePose looks for people in an image, and the upright regions of those whom it marks."""

import numpy as np

from mocap_ros.front_ends.regions import Regions

MARGIN = 1.25  # of a region over the circle around a person's hips, as the landmark model was trained
SQUARES = (1.0, 0.6)  # sides of the squares over the image's shorter side
STEP = 0.6  # of a square's side, from one square to the next


def search_areas(width, height, scales):
    """(left, top, right, bottom) of the parts of an image in which people are searched [px]; the whole image first."""
    areas = [(0, 0, width, height)]
    for share in SQUARES[:scales - 1]:
        side = max(int(min(width, height) * share), 1)
        columns, rows = (np.linspace(0, length - side, int(np.ceil((length - side) / (STEP * side))) + 1).astype(int)
                         for length in (width, height))
        areas += [(int(x), int(y), int(x) + side, int(y) + side) for y in rows for x in columns]
    return areas


def regions_from_marks(marks, scores):
    """Regions that stand upright on people: from mid-hip and the point above the head, (P, 2, 2) [px]."""
    upwards = marks[:, 1] - marks[:, 0]
    side = 2 * MARGIN * np.linalg.norm(upwards, axis=-1)
    rotation = np.arctan2(upwards[:, 0], -upwards[:, 1])  # clockwise; 0 where the head is above the hips
    return Regions(marks[:, 0], np.stack([side, side], -1), rotation, scores)
