"""A folder of photographs that show nobody: hard negatives for the training, and occluders."""

from pathlib import Path

import cv2

from mocap_ros.datasets.sample import unlabelled
from mocap_ros.datatypes.errors import ImageError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


class Photographs:
    """Samples with P = 0 from every image file below `folder`, in the order of their names.

    Raises:
        ImageError: no image file there, or (on access) a file that cannot be read.
    """

    def __init__(self, folder):
        self.paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES)
        if not self.paths:
            raise ImageError(f"{folder}: no photograph there. Wanted files ending in {', '.join(SUFFIXES)}")

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        image = cv2.imread(str(self.paths[index]), cv2.IMREAD_COLOR)
        if image is None:
            raise ImageError(f"{self.paths[index]}: not an image that OpenCV can read")
        return unlabelled(image)
