"""Where in the image, how near and how tilted boards were seen, and what is still missing."""

from dataclasses import dataclass

import cv2
import numpy as np

from mocap_ros.calibration.board_pose import board_pose
from mocap_ros.datatypes.camera import assumed_camera

GRID = (8, 6)  # cells along x and y whose share of seen ones is reported
FIELD_OF_VIEW = np.radians(54)  # rad, vertical; assumed while the camera is not known, good enough to tell tilts apart
TILTED = np.radians(20)  # a board tilted by more fixes the focal length
FAR, NEAR = 0.3, 0.45  # board's extent over the image's: sqrt of the share of the image's area
NOVELTY = 0.12  # distance of Placements below which a view says nothing new
_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


@dataclass(frozen=True, eq=False)
class Placement:
    """How one view shows the board.

    Attributes:
        centre: of the corners, in image widths and heights, (2,).
        extent: sqrt of the share of the image that the corners' hull fills.
        tilt: how far the board is turned out of facing the camera, to the right and down [rad], (2,).
        cells: cells of GRID in which corners lie, (GRID[1], GRID[0]) bool.
    """

    centre: np.ndarray
    extent: float
    tilt: np.ndarray
    cells: np.ndarray

    def distance(self, other):
        """How different two placements are, in image sizes; 45 degrees of tilt count as a half, twice the size as a
        quarter of an image."""
        moved = np.abs(self.centre - other.centre).max()
        nearer = 0.25 * abs(np.log2(max(self.extent, 1e-6) / max(other.extent, 1e-6)))
        return max(moved, nearer, np.abs(self.tilt - other.tilt).max() / np.radians(90))


def placement_of(view, board, width, height):
    """Placement of a BoardView in an image of width x height [px]."""
    share = (view.pixels + 0.5) / [width, height]
    columns, rows = np.clip((share * GRID).astype(int), 0, np.array(GRID) - 1).T
    cells = np.zeros(GRID[::-1], bool)
    cells[rows, columns] = True
    area = _hull_area(view.pixels) / (width * height)
    camera_from_board, _ = board_pose(view, board, assumed_camera(width, height, FIELD_OF_VIEW))
    towards = camera_from_board[:3, 2] * -np.sign(camera_from_board[2, 2] or 1.0)  # board's normal, to the camera
    ray = camera_from_board[:3, 3] + camera_from_board[:3, :3] @ board.points.mean(0)
    ray = ray / np.linalg.norm(ray)
    tilt = np.arcsin(np.clip(towards[:2] + ray[:2], -1, 1))
    return Placement(share.mean(0), float(np.sqrt(area)), tilt, cells)


def is_new(placement, others):
    """True where `placement` differs from all others by NOVELTY at least."""
    return all(placement.distance(other) >= NOVELTY for other in others)


def covered_cells(placements):
    """Cells of GRID in which corners were seen, (GRID[1], GRID[0]) bool."""
    return np.any([placement.cells for placement in placements] or [np.zeros(GRID[::-1], bool)], axis=0)


def missing(placements):
    """What a good calibration still lacks, as short sentences for the user; empty where it lacks nothing."""
    lacks = []
    thirds = [(slice(0, 2), slice(0, 2)), (slice(2, 4), slice(2, 6)), (slice(4, 6), slice(6, 8))]
    cells = covered_cells(placements)
    empty = [f"{row} {column}" if (row, column) != ("middle", "centre") else "middle"
             for row, (rows, _) in zip(_ROWS, thirds) for column, (_, columns) in zip(_COLUMNS, thirds)
             if not cells[rows, columns].any()]
    if empty:
        lacks.append(f"no board in the image's {', '.join(empty)}")
    extents = np.array([placement.extent for placement in placements])
    if not (extents >= NEAR).any():
        lacks.append("none near: bring the board closer, until it fills a quarter of the image")
    if not (extents <= FAR).any():
        lacks.append("none far: hold the board farther away")
    tilts = np.array([placement.tilt for placement in placements]).reshape(-1, 2)
    for axis, sign, words in ((0, 1, "to the right"), (0, -1, "to the left"), (1, -1, "up"), (1, 1, "down")):
        if not (sign * tilts[:, axis] >= TILTED).any():
            lacks.append(f"none facing {words}: tilt it by 20 degrees or more")
    return lacks


def _hull_area(pixels):
    """Area of the convex hull of points (N, 2) [px^2]."""
    return float(cv2.contourArea(cv2.convexHull(pixels.astype(np.float32))))
