"""A video file of images that may come at uneven times."""

import cv2

from mocap_ros.datatypes.errors import ImageError

CODEC = "mp4v"  # the one that every build of OpenCV writes into .mp4
LONGEST_HOLD = 10.0  # s for which an image stands still where none came


class VideoFile:
    """Writes a video of constant rate; an image stands until the next one's time. `with` closes it.

    Args:
        path: of the file, .mp4.
        rate: images/s.

    Images of another size than the first one's are scaled to it.
    """

    def __init__(self, path, rate):
        self.path = str(path)
        self.rate = rate
        self.size = None  # (width, height) [px]
        self.written = 0  # images in the file
        self._writer = None
        self._begin = None  # time of the first image [s]
        self._last = None

    def write(self, image, time):
        """Adds an image taken at `time` [s]. One that falls onto the same place as the last is left out.

        Args:
            image: (H, W, 3) uint8 BGR.

        Raises:
            ImageError: the file cannot be written.
        """
        if self._writer is None:
            self._open(image, time)
        if (image.shape[1], image.shape[0]) != self.size:
            image = cv2.resize(image, self.size)
        place = round((time - self._begin) * self.rate)
        missing = place - self.written
        for _ in range(min(missing, int(LONGEST_HOLD * self.rate))):
            self._add(self._last)
        self._begin += max(0, missing - int(LONGEST_HOLD * self.rate)) / self.rate  # a longer gap is cut
        if missing >= 0:
            self._add(image)
        self._last = image

    def _open(self, image, time):
        self.size = image.shape[1], image.shape[0]
        self._begin = time
        self._writer = cv2.VideoWriter(self.path, cv2.VideoWriter_fourcc(*CODEC), self.rate, self.size)
        if not self._writer.isOpened():
            raise ImageError(f"{self.path}: cannot be written as a video")

    def _add(self, image):
        self._writer.write(image)
        self.written += 1

    def close(self):
        """Finishes the file."""
        if self._writer is not None:
            self._writer.release()
            self._writer = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
