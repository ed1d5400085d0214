"""Boards as a known camera sees them: rendered through lens and pose, with blur and noise."""

import cv2
import numpy as np

from mocap_ros.calibration.board import draw_board
from mocap_ros.geometry.pinhole import rays
from mocap_ros.geometry.rigid import inverse, transform
from mocap_ros.geometry.rotation import rotvec_to_matrix

PIXELS_PER_SQUARE, MARGIN = 60, 0.5
OVERSAMPLING = 2
NOISE = 2.0  # grey levels


def view_directions(camera):
    """Directions of all finely sampled pixels of a camera, (H f, W f, 3) float32: its lens, exactly, ray by ray."""
    columns, rows = np.meshgrid(np.arange(camera.width * OVERSAMPLING), np.arange(camera.height * OVERSAMPLING))
    return rays((np.stack([columns, rows], -1) + 0.5) / OVERSAMPLING - 0.5, camera).astype(np.float32)


def render_board(board, camera_from_board, directions, generator, background=None):
    """What a camera sees of a board, (H, W, 3) uint8 BGR.

    Args:
        board: Board.
        camera_from_board: (4, 4).
        directions: of the camera, from view_directions.
        generator: draws the noise.
        background: grey level (H, W) behind the board; None for a flat grey.
    """
    fine = OVERSAMPLING
    height, width = directions.shape[0] // fine, directions.shape[1] // fine
    board_from_camera = inverse(camera_from_board).astype(np.float32)
    directions = directions @ board_from_camera[:3, :3].T
    eye = board_from_camera[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = eye[:2] - directions[..., :2] * (eye[2] / directions[..., 2:])
    ahead = np.isfinite(hits).all(-1) & (directions[..., 2] * eye[2] < 0)
    picture = draw_board(board, PIXELS_PER_SQUARE, MARGIN).astype(np.float32)
    texel = (hits / board.square + 1 + MARGIN) * PIXELS_PER_SQUARE - 0.5  # the first inner corner is one square in
    texel = np.where(ahead[..., None], texel, -1e6).astype(np.float32)
    seen = cv2.remap(picture, texel[..., 0], texel[..., 1], cv2.INTER_LINEAR, borderValue=-1)
    behind = np.full(seen.shape, 128, np.float32) if background is None else background.repeat(fine, 0).repeat(fine, 1)
    image = np.where(seen < 0, behind, 20 + 0.8 * seen)
    image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    image = cv2.GaussianBlur(image, (0, 0), 0.7) + generator.normal(0, NOISE, image.shape)
    return cv2.cvtColor(np.clip(np.round(image), 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def poses_all_over(board, camera, generator, number):
    """camera_from_board of boards at many places, distances and tilts in front of a camera, (number, 4, 4).

    The first nine are one in each ninth of the image; every board has its middle in the image.
    """
    poses = []
    middle = board.points.mean(0)
    size = np.linalg.norm(np.ptp(board.points, axis=0))
    focal = camera.matrix[0, 0]
    for which in range(number):
        spread = np.array([which % 3 - 1, which // 3 % 3 - 1]) * 0.3 + generator.uniform(-0.06, 0.06, 2)
        extent = (0.3, 0.42, 0.62)[which % 3] if which >= 9 else 0.38  # of the image's width
        depth = size * focal / (extent * camera.width)
        if which >= 9 and which % 3 == 2:
            spread *= 0.3
        pixel = (0.5 + spread) * [camera.width, camera.height]
        tilt = generator.uniform(0.35, 0.6, 2) * [(-1) ** which, (-1) ** (which // 2)]
        turn = rotvec_to_matrix([tilt[0], tilt[1], generator.uniform(-0.3, 0.3)])
        place = rays(pixel, camera)
        place = place / np.linalg.norm(place) * depth
        poses.append(transform(turn, place - turn @ middle))
    return np.array(poses)
