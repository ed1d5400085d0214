"""Files of published data sets: named with their source where they are missing, and read lazily."""

from collections import OrderedDict
from functools import partial
import os
from pathlib import Path
from typing import NamedTuple
import zlib

import cv2
import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from mocap_ros.datatypes.errors import ImageError, needing_extra

OPEN_VIDEOS = 16


class Origin(NamedTuple):
    """Who publishes a data set: its name and its official page."""

    name: str
    page: str


def need(path, origin):
    """`path`, which is there.

    Raises:
        ImageError: it is not; the message says whose file it is and where it comes from.
    """
    path = Path(path)
    if not path.exists():
        raise ImageError(f"{path}: missing. It is part of {origin.name}, from {origin.page}")
    return path


def need_folders(root, inner, names, origin):
    """Which of the folders `names` are below `root`, or below `root`/`inner` where that is there; one at least.

    Raises:
        ImageError: none is there.
    """
    root = Path(root)
    root = root / inner if (root / inner).is_dir() else root
    return [root / name for name in names if (root / name).is_dir()] or [need(root / names[0], origin)]


def read_matlab(path, origin, as_objects=False):
    """Variables of a MATLAB file up to version 7, by name, as scipy lays them out.

    Args:
        as_objects: structs as objects with attributes, and axes of length 1 left out.

    Raises:
        ImageError: the file is missing, or not a MATLAB file of these versions.
    """
    path = need(path, origin)
    try:
        return loadmat(str(path), struct_as_record=not as_objects, squeeze_me=as_objects)
    except (MatReadError, NotImplementedError, ValueError, TypeError, IndexError, OSError, zlib.error) as error:
        raise ImageError(f"{path}: not a MATLAB file that scipy can read ({error})") from error


def read_hdf5(path, origin, names):
    """Named arrays of a MATLAB 7.3 (HDF5) file; their axes are in the reverse of MATLAB's order.

    Raises:
        ImageError: the file is missing, not HDF5, or lacks a name.
        DeviceError: h5py is not installed.
    """
    path = need(path, origin)
    with needing_extra(path, "datasets"):
        import h5py
    try:
        with h5py.File(path, "r") as file:
            return {name: np.array(file[name]) for name in names}
    except (OSError, KeyError) as error:
        raise ImageError(f"{path}: not the HDF5 file of {origin.name} with {', '.join(names)} ({error})") from error


def read_cdf(path, origin, name):
    """One variable of a NASA CDF file.

    Raises:
        ImageError: the file is missing, or not CDF, or lacks the variable.
        DeviceError: cdflib is not installed.
    """
    path = need(path, origin)
    with needing_extra(path, "datasets"):
        import cdflib
    try:
        return np.asarray(cdflib.CDF(str(path)).varget(name))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ImageError(f"{path}: not a CDF file with '{name}' ({error})") from error


def read_photograph(path):
    """The image (H, W, 3) uint8 BGR of a file, unturned whatever its EXIF says: labels are in stored pixels."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise ImageError(f"{path}: not an image that OpenCV can read")
    return image


def read_video_frame(path, number):
    """Frame `number`, from 0, of a video file, (H, W, 3) uint8 BGR; fast for frames in order."""
    video = _VIDEOS.open(str(path))
    if int(video.get(cv2.CAP_PROP_POS_FRAMES)) != number:
        video.set(cv2.CAP_PROP_POS_FRAMES, number)
    read, image = video.read()
    if not read:
        raise ImageError(f"{path}: frame {number} cannot be read")
    return image


def video_length(path):
    """How many frames a video says that it has."""
    return int(_VIDEOS.open(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))


def image_or_frame(image_path, video_path, number, origin):
    """A picklable function that reads an extracted image where it is there, else the frame of the video.

    Raises:
        ImageError: neither is there.
    """
    if image_path is not None and Path(image_path).exists():
        return partial(read_photograph, str(image_path))
    return partial(read_video_frame, str(need(video_path, origin)), number)


class _Videos:
    """The videos that this process read last, kept open.

    A forked process must not use its parent's: they share a file position, and even closing one waits for threads that
    did not come along. So it puts them aside.
    """

    def __init__(self):
        self.process, self.videos, self.inherited = os.getpid(), OrderedDict(), []

    def open(self, path):
        if self.process != os.getpid():
            self.inherited.append(self.videos)
            self.process, self.videos = os.getpid(), OrderedDict()
        if path not in self.videos:
            video = cv2.VideoCapture(path)
            if not video.isOpened():
                raise ImageError(f"{path}: cannot be opened as a video")
            self.videos[path] = video
            if len(self.videos) > OPEN_VIDEOS:
                self.videos.popitem(last=False)[1].release()
        self.videos.move_to_end(path)
        return self.videos[path]


_VIDEOS = _Videos()
