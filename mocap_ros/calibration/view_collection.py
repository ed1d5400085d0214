"""Views of the board taken from a stream of images: those that are sharp and say something new."""

from dataclasses import dataclass, replace

import numpy as np

from mocap_ros.calibration.board import Board, BoardView, find_board
from mocap_ros.calibration.coverage import is_new, missing, Placement, placement_of
from mocap_ros.datatypes.camera import EQUIDISTANT

STILL = 0.004  # image widths that corners may move between two images; faster boards are blurred or skewed
ENOUGH = 15  # views that a complete collection has


@dataclass(frozen=True, eq=False)
class ViewCollection:
    """Views taken so far.

    Attributes:
        board: Board.
        width, height: image size [px].
        views: tuple of BoardView.
        placements: tuple of Placement, one a view.
        found: images that showed the board.
        newest: BoardView of the last image, None where it showed none.
    """

    board: Board
    width: int
    height: int
    views: tuple[BoardView, ...] = ()
    placements: tuple[Placement, ...] = ()
    found: int = 0
    newest: BoardView | None = None

    @property
    def complete(self):
        """True where nothing is missing."""
        return len(self.views) >= ENOUGH and not missing(self.placements)


def collect(collection, image, moving=True):
    """The collection after one more image.

    Args:
        collection: ViewCollection.
        image: (H, W, 3) uint8 BGR of the collection's size.
        moving: False takes every different view; True only boards that stand still since the last image.
    """
    view = find_board(image, collection.board)
    last, collection = collection.newest, replace(collection, newest=view)
    if view is None:
        return collection
    collection = replace(collection, found=collection.found + 1)
    if moving and not _still(view, last, collection.width):
        return collection
    placement = placement_of(view, collection.board, collection.width, collection.height)
    if not is_new(placement, collection.placements):
        return collection
    return replace(collection, views=(*collection.views, view), placements=(*collection.placements, placement))


def describe_intrinsics(result):
    """Lines for the user about an Intrinsics."""
    camera = result.camera
    used = np.isfinite(result.view_errors_px)
    focal, centre = camera.matrix[[0, 1], [0, 1]], camera.matrix[:2, 2]
    lines = [f"focal length {focal[0]:.2f}, {focal[1]:.2f} px; principal point {centre[0]:.2f}, {centre[1]:.2f} px"]
    if np.isfinite(result.deviations_px).all():
        deviations = ", ".join(f"{value:.2f}" for value in result.deviations_px)
        lines.append(f"standard deviations {deviations} px")
    lines.append(f"{camera.distortion_model}: {', '.join(f'{value:.5f}' for value in camera.padded_distortion)}")
    if camera.distortion_model != EQUIDISTANT:
        lines.append(f"vertical field of view {np.degrees(camera.vertical_field_of_view):.1f} degrees")
    left_out = f", {(~used).sum()} left out" if (~used).any() else ""
    lines.append(f"reprojection error {result.error_px:.3f} px over {used.sum()} views, the worst "
                 f"{np.nanmax(result.view_errors_px):.3f} px{left_out}")
    return lines


def _still(view, last, width):
    """True where the corners that two views share lie within STILL of each other."""
    if last is None:
        return False
    _, here, there = np.intersect1d(view.numbers, last.numbers, return_indices=True)
    if not len(here):
        return False
    moved = np.linalg.norm(view.pixels[here] - last.pixels[there], axis=1)
    return bool(moved.max() <= STILL * width)
