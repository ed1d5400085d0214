"""MuPoTS-3D (Sec. 3.3.2): 20 sequences of up to three people with occlusion labels. A test set.

Layout: ROOT/TS1 to ROOT/TS20 (or below ROOT/MultiPersonTestSet), each with annot.mat, occlusion.mat and img_000000.jpg
onward. The intrinsics are not among these files: they are fitted to the 3D and 2D labels of each sequence.
"""

from functools import partial
from pathlib import Path

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datasets.fitted_camera import fit_camera
from mocap_ros.datasets.label_layout import lay_out_joints, lay_out_keypoints, outside_image
from mocap_ros.datasets.mpi_inf_3dhp import CORNER, POINTS
from mocap_ros.datasets.published_files import Origin, need, need_folders, read_matlab, read_photograph
from mocap_ros.datasets.sample import HIDDEN_BY_OTHER, OUTSIDE, SEEN
from mocap_ros.datasets.stored_frames import StoredFrames
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, select

ORIGIN = Origin("MuPoTS-3D", "https://vcai.mpi-inf.mpg.de/projects/SingleShotMultiPerson/")
SEQUENCES = tuple(f"TS{number}" for number in range(1, 21))
FOLDER = "MultiPersonTestSet"
RATE = 30.0  # 1/s; the files do not say


def evaluation_sequences(root):
    """The EvaluationSequences TS1 to TS20 that are below `root`.

    The set's occlusion label does not say what hides a joint: it becomes HIDDEN_BY_OTHER.

    Raises:
        ImageError: none is there, or a file of one is missing.
    """
    return tuple(_sequence(folder) for folder in need_folders(root, FOLDER, SEQUENCES, ORIGIN))


def _sequence(folder):
    cells = read_matlab(folder / "annot.mat", ORIGIN)
    hidden_cells = read_matlab(folder / "occlusion.mat", ORIGIN)
    try:
        annotations, hidden_cells = cells["annotations"], hidden_cells["occlusion_labels"]
        count, people = annotations.shape
        pixels = np.full((count, people, len(POINTS), 2), np.nan)
        joints, universal = (np.full((count, people, len(POINTS), 3), np.nan) for _ in range(2))
        hidden, valid = np.zeros((count, people, len(POINTS)), bool), np.zeros((count, people), bool)
        for place in np.ndindex(count, people):
            one = annotations[place]
            if not one.size:
                continue
            for target, name in ((pixels, "annot2"), (joints, "annot3"), (universal, "univ_annot3")):
                target[place] = one[name][0, 0].T[:len(POINTS)]
            valid[place] = bool(one["isValidFrame"][0, 0].ravel()[0])
            labels = np.ravel(hidden_cells[place])
            hidden[place] = labels[:len(POINTS)] > 0 if labels.size else False
    except (KeyError, ValueError, IndexError) as error:
        raise ImageError(f"{folder}: annot.mat or occlusion.mat is not laid out as MuPoTS-3D's ({error})") from error
    pixels, joints, universal = pixels - CORNER, joints / 1000, universal / 1000
    present = valid & np.isfinite(pixels).all((2, 3))
    height, width = read_photograph(need(image_path(folder, 0), ORIGIN)).shape[:2]
    state = np.where(hidden, HIDDEN_BY_OTHER, SEEN)
    keypoints, visibility = lay_out_keypoints(pixels, state, POINTS)
    frames = StoredFrames(
        partial(_read, str(folder)), np.arange(count), RATE, keypoints,
        outside_image(keypoints, visibility, width, height), lay_out_joints(joints, POINTS),
        lay_out_joints(universal, POINTS), select(state[..., None], POINTS, JOINTS, fill=OUTSIDE)[..., 0],
        present=present,
    )
    return EvaluationSequence(folder.name, frames, fit_camera(joints[present], pixels[present], width, height), RATE,
                              POINTS)


def image_path(folder, number):
    """Path of image `number`, from 0."""
    return Path(folder) / f"img_{number:06d}.jpg"


def _read(folder, number):
    return read_photograph(need(image_path(folder, number), ORIGIN))
