"""The answers of the usual kinds of 2D models as points and boxes in pixels of their input."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.errors import WeightsError


class Rows(NamedTuple):
    """What a one-stage model says of N candidates.

    Attributes:
        left_top, right_bottom: corners of the boxes [px of the input], (N, 2).
        scores: (N,).
        points: joints [px of the input], (N, joints, 2).
        confidence: (N, joints).
    """

    left_top: np.ndarray
    right_bottom: np.ndarray
    scores: np.ndarray
    points: np.ndarray
    confidence: np.ndarray


def read_heatmaps(heatmaps, size, first_cell_px):
    """Joints at the maxima, between cells by the parabola through each maximum and its neighbours.

    Args:
        heatmaps: (P, N, h, w).
        size: (width, height) of the input [px].
        first_cell_px: the input's pixel at the centre of the first cell.

    Returns:
        points (P, N, 2) [px of the input], confidence (P, N).
    """
    people, joints, rows, columns = heatmaps.shape
    flat = heatmaps.reshape(people * joints, rows * columns)
    peak = flat.argmax(1)
    y, x = np.divmod(peak, columns)
    every = np.arange(len(flat))
    maps = flat.reshape(-1, rows, columns)

    def refined(before, top, after, inside):
        bend = 2 * top - before - after
        bent = inside & (bend > 1e-9)
        return np.where(bent, np.clip((after - before) / np.where(bent, 2 * bend, 1), -0.5, 0.5), 0)

    top = maps[every, y, x]
    left, right = maps[every, y, np.maximum(x - 1, 0)], maps[every, y, np.minimum(x + 1, columns - 1)]
    above, below = maps[every, np.maximum(y - 1, 0), x], maps[every, np.minimum(y + 1, rows - 1), x]
    cells = np.stack([x + refined(left, top, right, (x > 0) & (x < columns - 1)),
                      y + refined(above, top, below, (y > 0) & (y < rows - 1))], -1)
    stride = np.array(size) / [columns, rows]
    return (cells * stride + first_cell_px).reshape(people, joints, 2), np.clip(top, 0, 1).reshape(people, joints)


def read_simcc(along_x, along_y, split):
    """Joints of two rows of bins each: points (P, N, 2) [px of the input], confidence (P, N).

    Args:
        along_x, along_y: (P, N, bins).
        split: bins per input pixel.
    """
    points = np.stack([along_x.argmax(-1), along_y.argmax(-1)], -1) / split
    return points, np.clip(np.minimum(along_x.max(-1), along_y.max(-1)), 0, 1)


def read_yolo(answer, joints, description):
    """Rows of a YOLO head without suppression: centre, size, classes and joints of every candidate.

    Args:
        answer: (1, features, candidates) or (1, candidates, features).
        joints: their number, 0 for a person detector.
        description: OutputDescription.
    """
    table = answer[0].astype(float)
    fixed = 4 + description.objectness + 3 * joints
    by_column = table.shape[0] < table.shape[1]
    table = table.T if by_column else table  # (candidates, features)
    classes = table.shape[1] - fixed
    if classes <= description.person_class:
        raise WeightsError(f"its rows have {table.shape[1]} numbers: wanted 4 of a box, "
                           f"{'1 objectness, ' if description.objectness else ''}{description.person_class + 1} or "
                           f"more classes and {3 * joints} of {joints} joints")
    start = 4 + description.objectness
    scores = table[:, start + description.person_class] * (table[:, 4] if description.objectness else 1)
    half = table[:, 2:4] / 2
    triples = table[:, start + classes:].reshape(-1, joints, 3)
    return Rows(table[:, :2] - half, table[:, :2] + half, scores, triples[..., :2], triples[..., 2])


def read_end_to_end(answer, joints, description):
    """Rows of a YOLO head that suppresses by itself: corners, score, class, joints, (1, candidates, 6 + 3 joints)."""
    table = answer[0].astype(float)
    if table.shape[1] != 6 + 3 * joints:
        raise WeightsError(f"its rows have {table.shape[1]} numbers: wanted {6 + 3 * joints}, 4 of a box, score, class "
                           f"and {3 * joints} of {joints} joints")
    triples = table[:, 6:].reshape(-1, joints, 3)
    scores = np.where(table[:, 5] == description.person_class, table[:, 4], 0)
    return Rows(table[:, :2], table[:, 2:4], scores, triples[..., :2], triples[..., 2])


def read_boxes(answers, description):
    """Rows of a person detector that suppresses by itself: corners, score and perhaps class; labels may come beside."""
    table = answers[0].reshape(-1, answers[0].shape[-1]).astype(float)
    if table.shape[1] not in (5, 6):
        raise WeightsError(f"its boxes have {table.shape[1]} numbers: wanted 5 or 6, corners, score and class")
    labels = answers[1].ravel() if len(answers) > 1 else table[:, 5] if table.shape[1] == 6 else np.full(
        len(table), description.person_class)
    scores = np.where(labels == description.person_class, table[:, 4], 0)
    return Rows(table[:, :2], table[:, 2:4], scores, np.zeros((len(table), 0, 2)), np.zeros((len(table), 0)))
