"""MPI-INF-3DHP's training recordings (Sec. 3.2.1): files, labels, images and chroma-key masks of one camera.

Layout: ROOT/S1/Seq1 to ROOT/S8/Seq2, each with annot.mat and camera.calibration; the images of camera 0 as
imageSequence/video_0.avi, or extracted as the set's documentation advises, imageSequence/img_0_000001.jpg onward; and
the masks likewise in FGmasks and ChairMasks. A mask is 0 where the green screen (FGmasks, red), the upper body's cloth
(green), the lower body's (blue) or the chair (ChairMasks, red) was keyed out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from mocap_ros.datasets.frame_choice import distinct_frames
from mocap_ros.datasets.label_layout import lay_out_joints, lay_out_keypoints
from mocap_ros.datasets.mpi_inf_3dhp import CORNER
from mocap_ros.datasets.published_files import Origin, image_or_frame, need, read_matlab, video_length
from mocap_ros.datasets.sample import UNKNOWN
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import MPI_INF_3DHP_28

ORIGIN = Origin("MPI-INF-3DHP (get_dataset.sh)", "https://vcai.mpi-inf.mpg.de/3dhp-dataset/")
SUBJECTS = range(1, 9)
CAMERAS = tuple(range(14))
CEILING = (11, 12, 13)
DISTINCT = 0.2  # m (Sec. 4.1.1)
IMAGES, SCREEN, CHAIR = "imageSequence", "FGmasks", "ChairMasks"
SMOOTHING = 2.0  # px of the full image; the set advises to smooth the masks
# Frames whose left and right are exchanged in the labels, first and behind the last.
EXCHANGED = {(4, 2): (3759, 5853)}


class Maskable(NamedTuple):
    """Which masks of a recording the set says are good."""

    background: bool
    upper_body: bool
    lower_body: bool


# Of the subjects' plain clothes; everywhere else only the background. The chair's masks are good everywhere.
PLAIN = {(1, 2): Maskable(False, True, False), (4, 2): Maskable(False, True, False)} | {
    place: Maskable(True, True, True) for place in ((2, 2), (3, 2), (5, 2), (6, 2), (7, 1), (8, 1))
}


class Masks(NamedTuple):
    """Where things are, 0 to 1, (H, W) float32 each: the person with the chair, its two clothes, the chair alone."""

    foreground: np.ndarray
    upper_body: np.ndarray
    lower_body: np.ndarray
    chair: np.ndarray


@dataclass(frozen=True, eq=False)
class Recording:
    """One camera's view of one sequence: the chosen frames and their labels.

    Attributes:
        folder: of the sequence.
        subject, sequence, camera: numbers, from 1, 1 and 0.
        matrix: K [px], (3, 3).
        frames: chosen frames, from 0, (N,).
        keypoints_px, visibility: (N, K, 2) and (N, K); everything UNKNOWN.
        joints_camera: (N, J, 3) [m].
        maskable: Maskable.
    """

    folder: Path
    subject: int
    sequence: int
    camera: int
    matrix: np.ndarray
    frames: np.ndarray
    keypoints_px: np.ndarray
    visibility: np.ndarray
    joints_camera: np.ndarray
    maskable: Maskable

    def read(self, row, kind=IMAGES, shrink=1):
        """Image (H, W, 3) uint8 BGR, or the mask video's picture, of a chosen frame, made smaller by a factor."""
        frame, folder = int(self.frames[row]), self.folder / kind
        path = folder / f"img_{self.camera}_{frame + 1:06d}.jpg"
        image = image_or_frame(path, folder / f"video_{self.camera}.avi", frame, ORIGIN)()
        size = image.shape[1] // shrink, image.shape[0] // shrink
        return image if shrink == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)

    def read_masks(self, row, shrink=1):
        """Masks of a chosen frame, made smaller by a factor."""
        screen = cv2.GaussianBlur(self.read(row, SCREEN, shrink), (0, 0), SMOOTHING / shrink).astype(np.float32) / 255
        chair = 1 - self.read(row, CHAIR, shrink)[..., 2].astype(np.float32) / 255
        nothing = np.zeros_like(chair)
        return Masks(
            np.maximum(screen[..., 2], chair), 1 - screen[..., 1] if self.maskable.upper_body else nothing,
            1 - screen[..., 0] if self.maskable.lower_body else nothing, chair,
        )


def find_recordings(root, cameras=CAMERAS, subjects=SUBJECTS, universal=False, distinct=DISTINCT):
    """Recordings of every sequence below `root` and every camera whose images are there.

    Args:
        cameras, subjects: which of them.
        universal: take the height-normalised skeleton (univ_annot3) for 3D.
        distinct: least movement of some joint between chosen frames [m]; 0 takes every frame.

    Raises:
        ImageError: no sequence is there, or a file of one is missing.
    """
    root = Path(root)
    found = []
    for subject in subjects:
        for sequence in (1, 2):
            folder = root / f"S{subject}" / f"Seq{sequence}"
            if folder.is_dir():
                found += _sequence(folder, subject, sequence, cameras, universal, distinct)
    if not found:
        need(root / "S1" / "Seq1" / IMAGES / "video_0.avi", ORIGIN)
    return found


def _sequence(folder, subject, sequence, cameras, universal, distinct):
    lengths = {camera: _length(folder / IMAGES, camera) for camera in cameras}
    matrices = _calibration(folder / "camera.calibration")
    annotations = read_matlab(folder / "annot.mat", ORIGIN)
    found = []
    try:
        order = list(np.ravel(annotations["cameras"]))
        for camera, length in lengths.items():
            if not length:
                continue
            cell = order.index(camera)
            pixels = _cell(annotations["annot2"], cell, 2)
            joints = _cell(annotations["univ_annot3" if universal else "annot3"], cell, 3) / 1000
            pixels = pixels - CORNER
            usable = np.arange(min(length, len(pixels), len(joints)))
            first, last = EXCHANGED.get((subject, sequence), (0, 0))
            usable = usable[(usable < first) | (usable >= last)]
            chosen = usable[distinct_frames(joints[usable], distinct)] if distinct else usable
            unknown = np.full((len(chosen), len(MPI_INF_3DHP_28)), UNKNOWN)
            keypoints, visibility = lay_out_keypoints(pixels[chosen], unknown, MPI_INF_3DHP_28)
            found.append(Recording(
                folder, subject, sequence, camera, matrices[camera], chosen, keypoints.astype(np.float32), visibility,
                lay_out_joints(joints[chosen], MPI_INF_3DHP_28).astype(np.float32),
                PLAIN.get((subject, sequence), Maskable(True, False, False)),
            ))
    except (KeyError, ValueError, IndexError) as error:
        message = f"{folder}: annot.mat or camera.calibration is not laid out as MPI-INF-3DHP's ({error})"
        raise ImageError(message) from error
    return found


def _cell(cells, number, dimensions):
    """Labels (N, 28, dimensions) of one camera, from MATLAB's column of cells."""
    return np.asarray(cells.ravel()[number], float).reshape(-1, len(MPI_INF_3DHP_28), dimensions)


def _length(folder, camera):
    """How many images of a camera there are; 0 for none."""
    video = folder / f"video_{camera}.avi"
    return video_length(video) if video.exists() else sum(1 for _ in folder.glob(f"img_{camera}_*.jpg"))


def _calibration(path):
    """Intrinsics (3, 3) by camera number, with pixel (0, 0) at the centre of the top-left pixel."""
    matrices, camera = {}, None
    for line in need(path, ORIGIN).read_text().splitlines():
        word, *numbers = line.split() or [""]
        if word == "name":
            camera = int(numbers[0])
        elif word == "intrinsic":
            matrix = np.array(numbers, float).reshape(4, 4)[:3, :3]
            matrix[:2, 2] -= CORNER
            matrices[camera] = matrix
    return matrices
