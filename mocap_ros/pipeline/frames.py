"""Images with their times from a video file, an image, a folder of images, a webcam or a network camera."""

from pathlib import Path
import time
from typing import NamedTuple

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ImageError

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
FOLDER_RATE = 25.0  # images/s given to a folder of images, which has no clock of its own
STREAM_SCHEMES = ("rtsp://", "rtsps://", "rtmp://", "http://", "https://", "udp://", "tcp://")


class Frame(NamedTuple):
    """One image: its number from 0, its time [s] (from 0 in a file, since 1970 when live), (H, W, 3) uint8 BGR."""

    number: int
    time: float
    image: np.ndarray


class Frames:
    """Iterates the images of a source once; `with` closes it.

    Args:
        source: path of a video, image or folder of images; the number of a webcam ("0"); or a stream's address.

    Attributes:
        live: True for webcams and network streams, whose images cannot wait.
        rate: images/s as the source says.
        count: number of images, None where it is not known.
        width, height: size of the first image [px].
        skipped: messages about images of a folder that could not be decoded, so far.

    Raises:
        ImageError: nothing there, or nothing in it that OpenCV can decode.
    """

    def __init__(self, source):
        self.source = str(source)
        self._capture = None
        self._paths = None
        self.skipped = []
        self.live = self.source.isdigit() or self.source.startswith(STREAM_SCHEMES)
        if self.live:
            self._open_capture(int(self.source) if self.source.isdigit() else self.source)
        elif not Path(self.source).exists():
            raise ImageError(f"{self.source}: no such file or folder")
        elif Path(self.source).is_dir():
            self._paths = sorted(p for p in Path(self.source).iterdir() if p.suffix.lower() in IMAGE_ENDINGS)
            if not self._paths:
                raise ImageError(f"{self.source}: no images in this folder (looked for {', '.join(IMAGE_ENDINGS)})")
        elif Path(self.source).suffix.lower() in IMAGE_ENDINGS:
            self._paths = [Path(self.source)]
        else:
            self._open_capture(self.source)
        self._first = self._read_first()
        self.height, self.width = self._first.shape[:2]

    def _open_capture(self, source):
        self._capture = cv2.VideoCapture(source)
        if not self._capture.isOpened():
            kind = "webcam" if isinstance(source, int) else "stream" if self.live else "video"
            raise ImageError(f"{self.source}: cannot be opened as a {kind}")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = float(rate) if np.isfinite(rate) and 0 < rate <= 1000 else FOLDER_RATE
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.count = count if count > 0 and not self.live else None

    def _read_first(self):
        if self._paths is not None:
            self.rate, self.count = FOLDER_RATE, len(self._paths)
            self._rest = self._decodable()
            image = next(self._rest, None)
            if image is None:
                raise ImageError(self.skipped[0])
            return image
        ok, image = self._capture.read()
        if not ok or image is None:
            self.close()
            raise ImageError(f"{self.source}: no image could be decoded")
        return image

    def __iter__(self):
        """Yields Frame after Frame."""
        for number, image in enumerate(self._images()):
            yield Frame(number, time.time() if self.live else number / self.rate, image)

    def _images(self):
        yield self._first
        if self._paths is not None:
            yield from self._rest
            return
        while True:
            ok, image = self._capture.read()
            if not ok:
                return
            yield image

    def _decodable(self):
        """The folder's images; what cannot be decoded is noted in `skipped` and left out."""
        for path in self._paths:
            try:
                yield read_image(path)
            except ImageError as error:
                self.skipped.append(str(error))

    def close(self):
        """Releases the device or file."""
        if self._capture is not None:
            self._capture.release()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def read_image(path):
    """An image file as (H, W, 3) uint8 BGR; 16-bit and grey files are converted.

    Raises:
        ImageError: no such file, or not an image.
    """
    path = Path(path)
    if not path.is_file():
        raise ImageError(f"{path}: no such file")
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ImageError(f"{path}: not an image that can be decoded")
    return image
