"""Calibration boards: checkerboards and ChArUco boards, found in images and drawn for printing."""

from dataclasses import dataclass

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ConfigError, DeviceError

CHECKERBOARD, CHARUCO = "checkerboard", "charuco"
PATTERNS = (CHECKERBOARD, CHARUCO)
REFINED = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-3)
FEWEST_CORNERS = 6  # of a ChArUco board that is partly covered or out of the image


@dataclass(frozen=True)
class Board:
    """A flat board. Its frame: origin at one inner corner, x along the columns, y along the rows, z = 0 on the board.

    Attributes:
        pattern: one of PATTERNS.
        columns, rows: inner corners of a checkerboard, as ROS's camera_calibration counts them; squares of a ChArUco
            board, as OpenCV counts them.
        square: side of a square [m].
        marker: side of a ChArUco board's markers [m].
        dictionary: ArUco dictionary of a ChArUco board, such as 4X4_50.

    Raises:
        ConfigError: a size that no such board can have, or an unknown name.
        DeviceError: this OpenCV has no ArUco.
    """

    pattern: str = CHECKERBOARD
    columns: int = 8
    rows: int = 6
    square: float = 0.025
    marker: float = 0.018
    dictionary: str = "4X4_50"

    def __post_init__(self):
        if self.pattern not in PATTERNS:
            raise ConfigError(f"board '{self.pattern}': wanted one of {', '.join(PATTERNS)}")
        if min(self.columns, self.rows) < 3:
            raise ConfigError(f"board of {self.columns} x {self.rows}: wanted at least 3 x 3")
        if not self.square > 0:
            raise ConfigError(f"squares of {self.square:g} m: wanted more than 0")
        if self.pattern == CHARUCO:
            if not 0 < self.marker < self.square:
                raise ConfigError(f"markers of {self.marker:g} m: wanted less than the squares' {self.square:g} m")
            _aruco_board(self)

    @property
    def points(self):
        """All corners on the board [m], (N, 3), numbered row by row."""
        columns, rows = self.corners
        grid = np.mgrid[0:columns, 0:rows].T.reshape(-1, 2)  # x runs fastest
        return np.concatenate([grid * self.square, np.zeros((len(grid), 1))], 1)

    @property
    def corners(self):
        """Inner corners along x and y."""
        return (self.columns - 1, self.rows - 1) if self.pattern == CHARUCO else (self.columns, self.rows)


@dataclass(frozen=True, eq=False)
class BoardView:
    """A board as one image shows it.

    Attributes:
        numbers: which of the board's points are seen, (N,) int.
        pixels: where [px], (N, 2).
    """

    numbers: np.ndarray
    pixels: np.ndarray

    def __post_init__(self):
        self.numbers.setflags(write=False)
        self.pixels.setflags(write=False)


def find_board(image, board):
    """BoardView of the board in an image, None where it is not seen (a checkerboard: not as a whole).

    Args:
        image: (H, W, 3) uint8 BGR.
        board: Board.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2GRAY)
    if board.pattern == CHECKERBOARD:
        flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ACCURACY
        found, pixels = cv2.findChessboardCornersSB(grey, (board.columns, board.rows), flags=flags)
        return BoardView(np.arange(len(board.points)), pixels[:, 0].astype(float)) if found else None
    pixels, numbers = _find_charuco(grey, _aruco_board(board))
    if numbers is None or len(numbers) < FEWEST_CORNERS or _on_one_line(board.points[numbers.ravel()]):
        return None
    return BoardView(numbers.ravel().astype(int), pixels.reshape(-1, 2).astype(float))


def draw_board(board, pixels_per_square=100, margin=0.5):
    """The board as it is printed: (H, W) uint8, with a white margin of so many squares.

    Args:
        board: Board.
        pixels_per_square: resolution.
        margin: white around the board, in squares.
    """
    edge = round(margin * pixels_per_square)
    if board.pattern == CHARUCO:
        size = board.columns * pixels_per_square, board.rows * pixels_per_square
        aruco = _aruco_board(board)
        squares = aruco.generateImage(size) if hasattr(aruco, "generateImage") else aruco.draw(size)
    else:
        dark = np.add.outer(np.arange(board.rows + 1), np.arange(board.columns + 1)) % 2 == 0
        squares = np.where(dark, 0, 255).astype(np.uint8).repeat(pixels_per_square, 0).repeat(pixels_per_square, 1)
    return np.pad(squares, edge, constant_values=255)


def _aruco_board(board):
    """OpenCV's ChArUco board; the interface changed in OpenCV 4.7, before which ArUco is in opencv-contrib alone."""
    if not hasattr(cv2, "aruco"):
        raise DeviceError(f"OpenCV {cv2.__version__} has no ArUco here: ChArUco boards need OpenCV 4.7, or "
                          "opencv-contrib")
    name = f"DICT_{board.dictionary.upper()}"
    if not hasattr(cv2.aruco, name):
        known = ", ".join(each[5:] for each in sorted(dir(cv2.aruco)) if each.startswith("DICT_"))
        raise ConfigError(f"ArUco dictionary '{board.dictionary}': wanted one of {known}")
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))
    if hasattr(cv2.aruco, "CharucoBoard_create"):
        return cv2.aruco.CharucoBoard_create(board.columns, board.rows, board.square, board.marker, dictionary)
    return cv2.aruco.CharucoBoard((board.columns, board.rows), board.square, board.marker, dictionary)


def _find_charuco(grey, aruco):
    """Corner pixels and numbers, from the top row down, of a ChArUco board; (None, None) where nothing is seen."""
    if hasattr(cv2.aruco, "CharucoDetector"):
        pixels, numbers, _, _ = cv2.aruco.CharucoDetector(aruco).detectBoard(grey)
        return pixels, numbers
    corners, markers, _ = cv2.aruco.detectMarkers(grey, aruco.dictionary)
    if markers is None or not len(markers):
        return None, None
    _, pixels, numbers = cv2.aruco.interpolateCornersCharuco(corners, markers, grey, aruco)
    if numbers is None:
        return None, None
    pixels = cv2.cornerSubPix(grey, pixels, (3, 3), (-1, -1), REFINED)
    columns, rows = (each - 1 for each in aruco.getChessboardSize())
    return pixels, (rows - 1 - numbers // columns) * columns + numbers % columns  # it counts rows from the bottom


def _on_one_line(points):
    """True where board points (N, 3) do not span the board."""
    return np.linalg.matrix_rank(points[:, :2] - points[0, :2], tol=1e-9) < 2
