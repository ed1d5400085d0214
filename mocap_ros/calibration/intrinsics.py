"""Intrinsics and distortion from views of a board (Zhang 2000, as OpenCV has it)."""

from dataclasses import dataclass

import cv2
import numpy as np

from mocap_ros.datatypes.camera import Camera, DISTORTION_MODELS, EQUIDISTANT, RATIONAL
from mocap_ros.datatypes.errors import CameraError

FEWEST_VIEWS = 5
OUTLIER = 3.0  # a view whose error is so many times the median, and LEAST_OUTLIER at least, is left out
LEAST_OUTLIER = 0.5  # px
FISHEYE_CORNERS = (0.8, 1.1, 1.4, 1.7)  # rad off the axis at the image's corner; guesses to start from
_FISHEYE_FLAGS = cv2.fisheye.CALIB_RECOMPUTE_EXTRINSIC | cv2.fisheye.CALIB_FIX_SKEW


@dataclass(frozen=True, eq=False)
class Intrinsics:
    """A calibration.

    Attributes:
        camera: Camera.
        error_px: root mean square distance of seen and projected corners [px].
        view_errors_px: the same per view, NaN for views that were left out, (N,).
        deviations_px: standard deviations of fx, fy, cx, cy [px], (4,); NaN for a fisheye, where OpenCV gives none.
    """

    camera: Camera
    error_px: float
    view_errors_px: np.ndarray
    deviations_px: np.ndarray


def calibrate_intrinsics(views, board, width, height, model):
    """Intrinsics from views of a board; views that do not fit with the others are left out once.

    Args:
        views: list of BoardView, FEWEST_VIEWS at least.
        board: Board.
        width, height: image size [px].
        model: one of DISTORTION_MODELS.

    Raises:
        CameraError: too few views, an unknown model, or views that fix no camera.
    """
    if model not in DISTORTION_MODELS:
        raise CameraError(f"distortion model '{model}': wanted one of {', '.join(DISTORTION_MODELS)}")
    if len(views) < FEWEST_VIEWS:
        raise CameraError(f"the board was seen in {len(views)} different places: wanted at least {FEWEST_VIEWS}")
    kept = np.arange(len(views))
    camera, found, deviations = _solve(views, board, width, height, model)
    good = np.flatnonzero(found <= max(OUTLIER * np.median(found), LEAST_OUTLIER))
    if FEWEST_VIEWS <= len(good) < len(views):
        kept = good
        camera, found, deviations = _solve([views[number] for number in kept], board, width, height, model)
    errors = np.full(len(views), np.nan)
    errors[kept] = found
    counts = np.array([len(views[number].numbers) for number in kept])
    error = float(np.sqrt((counts * errors[kept] ** 2).sum() / counts.sum()))
    return Intrinsics(camera, error, errors, deviations)


def _solve(views, board, width, height, model):
    """Camera, error of each view [px] and standard deviations of fx, fy, cx, cy, with all views."""
    objects = [board.points[view.numbers].astype(np.float32)[:, None] for view in views]
    pixels = [view.pixels.astype(np.float32)[:, None] for view in views]
    try:
        if model == EQUIDISTANT:
            camera, errors = _solve_fisheye(objects, pixels, width, height)
            return camera, errors, np.full(4, np.nan)
        flags = cv2.CALIB_RATIONAL_MODEL if model == RATIONAL else 0
        _, matrix, distortion, _, _, deviations, _, errors = cv2.calibrateCameraExtended(
            objects, pixels, (width, height), None, None, flags=flags)
    except cv2.error as error:
        raise CameraError(f"the views of the board fix no camera: {_reason(error)}") from None
    distortion = distortion.ravel()[: 8 if model == RATIONAL else 5]
    return Camera(width, height, matrix, distortion), errors.ravel(), deviations.ravel()[:4]


def _solve_fisheye(objects, pixels, width, height):
    """Camera and error of each view [px] by OpenCV's fisheye model, which starts from a focal length that must fit."""
    objects, pixels = [each.astype(float) for each in objects], [each.astype(float) for each in pixels]
    solutions, problem = [], None
    for corner in FISHEYE_CORNERS:
        focal = np.hypot(width, height) / 2 / corner
        guess = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
        try:
            solutions.append(cv2.fisheye.calibrate(objects, pixels, (width, height), guess, np.zeros(4),
                                                   flags=_FISHEYE_FLAGS | cv2.fisheye.CALIB_USE_INTRINSIC_GUESS))
        except cv2.error as error:
            problem = error
    solutions = [each for each in solutions if np.isfinite(each[0])]
    if not solutions:
        raise problem or cv2.error("the views do not agree")
    _, matrix, distortion, turns, places = min(solutions, key=lambda each: each[0])
    errors = [
        np.sqrt(((cv2.fisheye.projectPoints(points, turn, place, matrix, distortion)[0].reshape(-1, 2)
                  - seen.reshape(-1, 2)) ** 2).sum(1).mean())
        for points, seen, turn, place in zip(objects, pixels, turns, places)
    ]
    return Camera(width, height, matrix, distortion, fisheye=True), np.array(errors)


def _reason(error):
    """OpenCV's reason without the place in its source, one line."""
    return " ".join(str(error).split("error:")[-1].split())
