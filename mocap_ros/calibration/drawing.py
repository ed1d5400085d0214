"""Pictures for whoever calibrates: the board that was found, what is covered and missing, and the floor as a grid."""

import cv2
import numpy as np

from mocap_ros.calibration.coverage import covered_cells, GRID
from mocap_ros.geometry.pinhole import project

FOUND, COVERED, TEXT, SHADE = (80, 220, 60), (60, 200, 60), (255, 255, 255), (30, 30, 30)  # BGR
GRID_LINES, AXIS_LINES = (230, 200, 60), (60, 60, 240)  # BGR
REACH = 12.0  # m ahead and 6 m to each side of the camera that the grid covers
STEP = 0.05  # m between the points of a drawn line, so that it bends with the lens


def draw_coverage(image, view, placements, lines):
    """A copy of `image` with the covered cells tinted, the board's corners and lines of text.

    Args:
        image: (H, W, 3) uint8 BGR.
        view: BoardView of this image, None where no board is seen.
        placements: list of Placement of the views that were taken.
        lines: texts, drawn from the top.
    """
    height, width = image.shape[:2]
    covered = cv2.resize(covered_cells(placements).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    drawn = image.copy()
    tinted = (0.8 * image + 0.2 * np.array(COVERED)).astype(np.uint8)
    drawn[covered > 0] = tinted[covered > 0]
    for share in range(1, GRID[0]):
        cv2.line(drawn, (width * share // GRID[0], 0), (width * share // GRID[0], height), SHADE, 1)
    for share in range(1, GRID[1]):
        cv2.line(drawn, (0, height * share // GRID[1]), (width, height * share // GRID[1]), SHADE, 1)
    if view is not None:
        radius = max(2, width // 250)
        for x, y in np.round(view.pixels).astype(int).tolist():
            cv2.circle(drawn, (x, y), radius, FOUND, -1, cv2.LINE_AA)
    return draw_text(drawn, lines)


def draw_text(image, lines):
    """`image` with lines of text on a dark ground in the top left corner; drawn into it and returned."""
    scale = max(0.35, image.shape[0] / 1100)
    line_height = round(32 * scale)
    for row, line in enumerate(lines):
        (width, _), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        top = row * line_height
        cv2.rectangle(image, (0, top), (width + 8, top + line_height), SHADE, -1)
        cv2.putText(image, line, (4, top + round(0.75 * line_height)), cv2.FONT_HERSHEY_SIMPLEX, scale, TEXT, 1,
                    cv2.LINE_AA)
    return image


def draw_ground(image, plane, camera):
    """A copy of `image` with the floor as a grid of metres; the two red lines cross below the camera.

    Args:
        image: (H, W, 3) uint8 BGR.
        plane: GroundPlane.
        camera: Camera of the image.
    """
    foot = -plane.height * plane.up
    ahead = np.array([0, 0, 1.0]) - plane.up[2] * plane.up
    ahead = ahead / np.linalg.norm(ahead) if np.linalg.norm(ahead) > 1e-6 else np.array([0, -1.0, 0])
    right = np.cross(ahead, plane.up)
    drawn = image.copy()
    along = np.arange(0, REACH + STEP, STEP)[:, None]
    across = np.arange(-REACH / 2, REACH / 2 + STEP, STEP)[:, None]
    for metre in range(int(REACH / 2) + 1):
        for side in (metre, -metre):
            colour = AXIS_LINES if side == 0 else GRID_LINES
            _draw_line(drawn, foot + side * right + along * ahead, camera, colour)
    for metre in range(int(REACH) + 1):
        _draw_line(drawn, foot + metre * ahead + across * right, camera, AXIS_LINES if metre == 0 else GRID_LINES)
    return drawn


def _draw_line(image, points, camera, colour):
    """Draws points in the camera frame (N, 3) [m] as a line, as far as they are in front of the camera."""
    seen = points[:, 2] > 0.1
    pixels = project(points[seen], camera)
    near = np.isfinite(pixels).all(1) & (np.abs(pixels) < 1e4).all(1)
    if near.sum() > 1:
        cv2.polylines(image, [np.round(pixels[near]).astype(np.int32)], False, colour, 1, cv2.LINE_AA)
