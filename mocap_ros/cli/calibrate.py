"""`mocap calibrate`: the camera's intrinsics and the floor, from boards or clicked points, without ROS."""

from argparse import ArgumentTypeError
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from mocap_ros.calibration.board import Board, draw_board, find_board, PATTERNS
from mocap_ros.calibration.clicking import click_points
from mocap_ros.calibration.coverage import missing
from mocap_ros.calibration.drawing import draw_coverage, draw_ground
from mocap_ros.calibration.floor import ambiguity, describe_floor, floor_from_boards, floor_from_points, floor_settings
from mocap_ros.calibration.intrinsics import calibrate_intrinsics
from mocap_ros.calibration.view_collection import collect, describe_intrinsics, ViewCollection
from mocap_ros.datatypes.camera import DISTORTION_MODELS
from mocap_ros.datatypes.config_yaml import write_settings
from mocap_ros.datatypes.errors import ConfigError, ImageError
from mocap_ros.pipeline.camera_file import read_camera, write_camera
from mocap_ros.pipeline.frames import Frames

SOURCE = "path of a video, image or folder of images; number of a webcam (0); rtsp or http address of a stream"
DOTS_PER_INCH = 300  # of a printed board
FLOOR_VIEWS = 30  # images of the board on the floor that are averaged


def add_parser(subparsers):
    """Adds the command and its own commands to the command line."""
    parser = subparsers.add_parser(
        "calibrate", help="the camera's lens from a board, and the floor's plane",
        description="Measures the camera (intrinsics and distortion) and the floor that people stand on.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    board = commands.add_parser("board", help="write a board to print")
    add_board_options(board)
    board.add_argument("--out", required=True, metavar="PNG", help="picture to write; print it at 300 dots per inch")
    board.set_defaults(run=run_board)

    camera = commands.add_parser("camera", help="intrinsics and distortion from a board shown to the camera")
    camera.add_argument("source", help=SOURCE)
    add_board_options(camera)
    camera.add_argument("--model", choices=DISTORTION_MODELS, default=DISTORTION_MODELS[0],
                        help="distortion model; equidistant is for fisheye lenses (default: %(default)s)")
    camera.add_argument("--views", type=int, default=60, help="most views of the board that are used (default: 60)")
    camera.add_argument("--name", default="camera", help="camera_name in the file (default: camera)")
    camera.add_argument("--out", required=True, metavar="YAML", help="camera_info file to write")
    camera.add_argument("--picture", metavar="PNG", help="also write a picture of what was covered")
    camera.set_defaults(run=run_camera)

    ground = commands.add_parser(
        "ground", help="the floor's plane, the camera's height and tilt",
        description="Measures the floor from a board that lies on it, or from three points on it whose distances from "
                    "each other are known.")
    ground.add_argument("source", help=SOURCE + "; the camera must not move")
    add_board_options(ground)
    ground.add_argument("--camera-info", required=True, metavar="YAML", help="the camera's calibration")
    ground.add_argument("--ground-points", nargs=3, type=point, metavar="X,Y",
                        help="three points A, B and C on the floor in the first image [px]")
    ground.add_argument("--click", action="store_true", help="click the three points in a window (needs an OpenCV with "
                                                             "windows: opencv-python, not the headless one)")
    ground.add_argument("--ground-sides", nargs=3, type=float, metavar=("AB", "BC", "CA"),
                        help="distances between the points on the floor [m], or in any one unit with --camera-height")
    ground.add_argument("--camera-height", type=float, metavar="M", help="the camera's height above the floor [m], for "
                                                                         "sides in a unit of their own")
    ground.add_argument("--out", required=True, metavar="YAML", help="parameter file to write, for --params-file and "
                                                                     "params_file:=")
    ground.add_argument("--picture", metavar="PNG", help="also write the first image with the floor as a metric grid")
    ground.set_defaults(run=run_ground)


def add_board_options(parser):
    """Adds --pattern, --size, --square, --marker and --dictionary, with Board's defaults."""
    default = Board()
    parser.add_argument("--pattern", choices=PATTERNS, default=default.pattern,
                        help="kind of board (default: %(default)s)")
    parser.add_argument("--size", type=board_size, default=(default.columns, default.rows), metavar="CxR",
                        help="columns x rows: inner corners of a checkerboard, squares of a ChArUco board "
                             "(default: 8x6)")
    parser.add_argument("--square", type=float, default=default.square,
                        help="side of a square [m] (default: %(default)s)")
    parser.add_argument("--marker", type=float, default=default.marker,
                        help="side of a ChArUco marker [m] (default: %(default)s)")
    parser.add_argument("--dictionary", default=default.dictionary, help="ArUco dictionary (default: %(default)s)")


def board_from(options):
    """Board from parsed options."""
    return Board(options.pattern, *options.size, options.square, options.marker, options.dictionary)


def board_size(text):
    """(columns, rows) of text such as 8x6."""
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdigit() and rows.isdigit()):
        raise ArgumentTypeError(f"{text}: wanted COLUMNSxROWS, such as 8x6")
    return int(columns), int(rows)


def point(text):
    """[x, y] of text such as 320.5,400."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text}: wanted X,Y in pixels, such as 320.5,400") from None
    return [x, y]


def run_board(options):
    """Writes a board to print."""
    board = board_from(options)
    pixels = max(1, round(board.square / 0.0254 * DOTS_PER_INCH))
    picture = draw_board(board, pixels)
    write_picture(options.out, picture)
    millimetres = [1000 * side / pixels * board.square for side in picture.shape[::-1]]
    height, width = picture.shape
    print(f"{options.out}: {width} x {height} px, {millimetres[0]:.0f} x {millimetres[1]:.0f} mm at "
          f"{25.4 * pixels / (1000 * board.square):.1f} dots per inch. Measure a printed square and give it with "
          "--square.")


def run_camera(options):
    """Measures and writes the intrinsics."""
    board = board_from(options)
    with Frames(options.source) as frames:
        collection = ViewCollection(board, frames.width, frames.height)
        images, last = 0, None
        # A video or stream shows the same board many times and while it moves; a folder was chosen by hand.
        moving = frames.live or frames.count is None or Path(options.source).is_file()
        try:
            with tqdm(total=frames.count, unit=" images", disable=None) as bar:
                for frame in frames:
                    if frame.image.shape[:2] != (frames.height, frames.width):
                        height, width = frame.image.shape[:2]
                        raise ImageError(f"image {frame.number} is {width} x {height}, the first is {frames.width} x "
                                         f"{frames.height}: wanted one size")
                    images, last = images + 1, frame.image
                    collection = collect(collection, frame.image, moving)
                    bar.set_postfix(views=len(collection.views), refresh=False)
                    bar.update()
                    if len(collection.views) >= options.views or frames.live and collection.complete:
                        break
        except KeyboardInterrupt:
            pass  # what was seen so far is used
    if last is None:
        raise ImageError(f"{options.source}: no image")
    lacks = missing(collection.placements)
    print(f"{images} images, {collection.found} with the board, {len(collection.views)} different views")
    for line in lacks:
        print(f"    missing: {line}")
    if options.picture:
        write_picture(options.picture, draw_coverage(last, collection.newest, collection.placements, lacks))
    result = calibrate_intrinsics(collection.views, board, collection.width, collection.height, options.model)
    write_camera(options.out, result.camera, options.name)
    print("\n".join(describe_intrinsics(result)))
    print(f"{options.out}: written")


def run_ground(options):
    """Measures and writes the floor."""
    camera = read_camera(options.camera_info)
    with Frames(options.source) as frames:
        if (frames.width, frames.height) != (camera.width, camera.height):
            raise ImageError(f"images are {frames.width} x {frames.height}, the camera is calibrated for "
                             f"{camera.width} x {camera.height}")
        if options.click or options.ground_points:
            first = next(iter(frames)).image
            fit = floor_of_points(options, first, camera)
        else:
            first, fit = floor_of_boards(frames, board_from(options), camera)
    print(describe_floor(fit.plane))
    if ambiguity(fit):
        print(f"warning: {ambiguity(fit)}")
    write_settings(options.out, floor_settings(fit.plane), f"The floor: {describe_floor(fit.plane)}.")
    if options.picture:
        write_picture(options.picture, draw_ground(first, fit.plane, camera))
    print(f"{options.out}: written")


def floor_of_points(options, image, camera):
    """FloorFit of three points in `image`, given or clicked."""
    if not options.ground_sides:
        raise ConfigError("three points alone fix no floor: give the distances between them with --ground-sides")
    pixels = click_points(image) if options.click else options.ground_points
    fit = floor_from_points(pixels, options.ground_sides, camera, options.camera_height)
    print("points " + " ".join(f"{x:g},{y:g}" for x, y in pixels))
    return fit


def floor_of_boards(frames, board, camera):
    """The first image and the FloorFit of the boards in FLOOR_VIEWS images at most."""
    first, views = None, []
    for frame in frames:
        first = frame.image if first is None else first
        view = find_board(frame.image, board)
        if view is not None:
            views.append(view)
        if len(views) == FLOOR_VIEWS:
            break
    fit = floor_from_boards(views, board, camera)
    spread = f", {1000 * fit.error:.1f} mm from one plane" if len(views) > 1 else ""  # one board is a plane by itself
    print(f"board on the floor in {len(views)} images{spread}")
    return first, fit


def write_picture(path, picture):
    """Writes a picture file.

    Raises:
        ImageError: it cannot be written.
    """
    try:
        written = cv2.imwrite(str(path), np.ascontiguousarray(picture))
    except cv2.error:
        written = False
    if not written:
        raise ImageError(f"{path}: cannot be written as a picture")
