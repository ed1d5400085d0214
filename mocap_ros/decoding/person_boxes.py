"""Boxes around people, read from BoxNet's maps, and which of them tell of somebody of whom nothing else was found."""

from typing import NamedTuple

import numpy as np

from mocap_ros.decoding.keypoint_similarity import similarities
from mocap_ros.decoding.several_looks import SAME_PERSON
from mocap_ros.geometry import boxes
from mocap_ros.geometry.boxes import boxes_of, keep_distinct

LEAST_CHANCE = 0.2  # of a box
SAME_BOX = 0.5  # intersection over union from which two boxes are of one person
LIKE_BOX = 0.3  # of a person's keypoints and the box that told of them
_LAST_PIXEL = np.array([0, 0, 1, 1])


class PersonBoxes(NamedTuple):
    """Q people, best first.

    Attributes:
        corners: left, top, right, bottom of the keypoints [px], (Q, 4).
        scores: 0 to 1, (Q,).
    """

    corners: np.ndarray
    scores: np.ndarray

    def take(self, rows):
        """Those of the people."""
        return PersonBoxes(self.corners[rows], self.scores[rows])


NO_BOXES = PersonBoxes(np.zeros((0, 4)), np.zeros(0))


def read_boxes(chances, sides, stride, least=LEAST_CHANCE):
    """PersonBoxes in pixels of the network's input.

    Args:
        chances: whether the middle of a person's box lies in a cell, 0 to 1, (h, w).
        sides: left, top, right, bottom of the box from the cell's centre [px], (4, h, w).
        stride: pixels of the network's input per cell.
        least: smallest chance.
    """
    rows, columns = chances.shape
    padded = np.pad(chances, 1, constant_values=-1.0)
    around = np.max([padded[1 + y:1 + y + rows, 1 + x:1 + x + columns] for y in (-1, 0, 1) for x in (-1, 0, 1)], axis=0)
    row, column = np.nonzero((chances >= around) & (chances >= least))
    centres = (np.column_stack([column, row, column, row]) + 0.5) * stride - 0.5
    found = PersonBoxes((centres + sides[:, row, column].T).astype(np.float32), chances[row, column])
    return distinct(found)


def distinct(found):
    """PersonBoxes without those that overlap a better one by SAME_BOX."""
    return found.take(keep_distinct(overlaps(found.corners, found.corners) >= SAME_BOX, found.scores))


def unexplained(found, people):
    """PersonBoxes that none of the Detections `people` fill."""
    if not len(people):
        return found
    return found.take((overlaps(found.corners, boxes_of(people.keypoints_px)) < SAME_BOX).all(1))


def whom_it_tells_of(box, shown, others):
    """Index, in a list, of whom of the Detections `shown` a box tells; empty for nobody, or for one of `others`.

    Args:
        box: left, top, right, bottom [px], (4,).
        shown: Detections of a look into the box.
        others: Detections of people who are not asked for.
    """
    if not len(shown):
        return []
    likeness = overlaps(box[None], boxes_of(shown.keypoints_px))[0]
    best = int(likeness.argmax())
    other = (similarities(shown.keypoints_px[best:best + 1], others.keypoints_px) > SAME_PERSON).any()
    return [best] if likeness[best] >= LIKE_BOX and not other else []


def distinct_people(some, others):
    """Rows of the Detections `some` that are none of `others`, each person once, the best first."""
    same = similarities(some.keypoints_px, some.keypoints_px) > SAME_PERSON
    rows = keep_distinct(same | same.T, some.scores)
    known = similarities(some.keypoints_px[rows], others.keypoints_px) > SAME_PERSON
    return rows[~known.any(1)]


def overlaps(some, others):
    """Intersection over union of boxes around keypoints, (M, 4) and (N, 4) [px], as (M, N); pixels have a width."""
    return boxes.overlaps(some + _LAST_PIXEL, others + _LAST_PIXEL)
