"""Where a board is, seen by a camera that is known."""

import cv2
import numpy as np

from mocap_ros.geometry.pinhole import undistort_pixels
from mocap_ros.geometry.rigid import apply, transform
from mocap_ros.geometry.rotation import rotvec_to_matrix


def board_pose(view, board, camera):
    """camera_from_board (4, 4) of a BoardView and the board points that it shows, in the camera frame [m], (N, 3).

    Args:
        view: BoardView.
        board: Board.
        camera: Camera of the image.
    """
    points = board.points[view.numbers]
    pixels = undistort_pixels(view.pixels, camera)
    seen = np.isfinite(pixels).all(1)
    # A plane has two poses that look nearly alike; IPPE gives both, the better one first (Collins and Bartoli 2014).
    _, turns, places, _ = cv2.solvePnPGeneric(points[seen], pixels[seen][:, None], camera.matrix, None,
                                              flags=cv2.SOLVEPNP_IPPE)
    turn, place = cv2.solvePnPRefineLM(points[seen], pixels[seen][:, None], camera.matrix, None, turns[0], places[0])
    camera_from_board = transform(rotvec_to_matrix(turn.ravel()), place.ravel())
    return camera_from_board, apply(camera_from_board, points)
