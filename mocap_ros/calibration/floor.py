"""The floor's plane from what lies on it: boards, or three points whose distances are known (thesis Sec. 8.3.2).

Three points in an image alone fix no plane: any plane meets their three rays. Their distances on the floor do, by the
three-point problem (Grunert 1841): it has up to four answers, of which cameras that are held level leave one, the least
rolled. Lengths in a unit of their own, say tiles, give the plane up to a factor, which the camera's height then fixes.
"""

from typing import NamedTuple

import cv2
import numpy as np

from mocap_ros.calibration.board_pose import board_pose
from mocap_ros.datatypes.errors import CameraError
from mocap_ros.geometry.ground_plane import GroundPlane, ground_through
from mocap_ros.geometry.pinhole import project, undistort_pixels

CLOSE = np.radians(5)  # rad of roll; answers that differ by less cannot be told apart by it


class FloorFit(NamedTuple):
    """A floor and how well it agrees with what it was made from.

    Attributes:
        plane: GroundPlane.
        error: root mean square distance of the points from the plane [m].
        rivals: other planes that explain three clicked points as well, less level than `plane`; a tuple.
    """

    plane: GroundPlane
    error: float
    rivals: tuple = ()


def floor_from_boards(views, board, camera):
    """FloorFit of boards that lie on the floor, in one or more images of a camera that does not move.

    Args:
        views: list of BoardView, one at least.
        board: Board.
        camera: Camera, calibrated.

    Raises:
        CameraError: no view.
    """
    if not views:
        raise CameraError("no image shows the board on the floor")
    points = np.concatenate([board_pose(view, board, camera)[1] for view in views])
    plane = ground_through(points)
    return FloorFit(plane, float(np.sqrt((plane.elevation(points) ** 2).mean())))


def floor_from_points(pixels, sides, camera, camera_height=None):
    """FloorFit of three points on the floor whose distances from each other are known.

    Args:
        pixels: the points A, B, C as the image shows them [px], (3, 2).
        sides: lengths AB, BC, CA [m], or in any one unit where `camera_height` is given, (3,).
        camera: Camera, calibrated.
        camera_height: of the camera above the floor [m]; None takes the scale from `sides`.

    Raises:
        CameraError: lengths that make no triangle, points on one line, or no floor that shows them so.
    """
    pixels, sides = np.asarray(pixels, float), np.asarray(sides, float)
    if pixels.shape != (3, 2) or not np.isfinite(pixels).all():
        raise CameraError(f"floor points of shape {pixels.shape}: wanted three, x,y each")
    if sides.shape != (3,) or not (sides > 0).all() or 2 * sides.max() >= sides.sum():
        raise CameraError(f"distances {', '.join(f'{side:g}' for side in sides)}: wanted the three sides of a triangle")
    ideal = undistort_pixels(pixels, camera)
    triangle = _triangle(sides)
    count, turns, places = cv2.solveP3P(triangle[:, None], ideal[:, None], camera.matrix, None, cv2.SOLVEPNP_P3P)
    planes = []
    for turn, place in zip(turns[:count], places[:count]):
        points = triangle @ cv2.Rodrigues(turn)[0].T + place.ravel()
        off = np.linalg.norm(project(points, camera) - pixels, axis=-1).max() if (points[:, 2] > 0).all() else np.inf
        if off < 0.5:  # px; OpenCV also hands out answers that are none
            planes.append(ground_through(points))
    planes = sorted((plane for plane in planes if plane.up[1] < 0), key=lambda plane: abs(plane.roll))
    if not planes:
        raise CameraError("no floor below the camera shows the three points at these distances: check their order A, "
                          "B, C and the lengths AB, BC, CA")
    if camera_height is not None:
        planes = [GroundPlane(plane.up, camera_height) for plane in planes]
    best, rivals = planes[0], tuple(plane for plane in planes[1:] if _apart(plane, planes[0]))
    return FloorFit(best, 0.0, rivals)


def ambiguity(fit):
    """One sentence about another floor that is nearly as level, "" where there is none."""
    close = [each for each in fit.rivals if abs(each.roll) - abs(fit.plane.roll) < CLOSE]
    if not close:
        return ""
    return (f"another floor fits the three points nearly as well (height {close[0].height:.2f} m, tilt "
            f"{np.degrees(close[0].tilt):.1f} degrees): check the result, or choose points farther apart")


def describe_floor(plane):
    """Height, tilt and roll of the camera in words."""
    return (f"camera {plane.height:.3f} m above the floor, tilted {np.degrees(plane.tilt):.1f} degrees down, "
            f"rolled {np.degrees(plane.roll):.1f} degrees clockwise")


def floor_settings(plane):
    """The settings that give the pipeline a floor, dict of name to value."""
    return {"camera.ground_height": round(plane.height, 5), "camera.ground_tilt": round(plane.tilt, 6),
            "camera.ground_roll": round(plane.roll, 6)}


def _triangle(sides):
    """Corners A, B, C of a triangle with sides AB, BC, CA in the plane z = 0, (3, 3)."""
    ab, bc, ca = sides
    x = (ab * ab + ca * ca - bc * bc) / (2 * ab)
    return np.array([[0, 0, 0], [ab, 0, 0], [x, np.sqrt(max(ca * ca - x * x, 0)), 0]])


def _apart(plane, other):
    """True where two planes differ by more than rounding."""
    return np.linalg.norm(plane.up - other.up) > 1e-3 or abs(plane.height / other.height - 1) > 1e-3
