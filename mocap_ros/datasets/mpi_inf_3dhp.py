"""MPI-INF-3DHP's test set (Sec. 3.3.1): six sequences with activities, one person each.

Layout: ROOT/TS1 to ROOT/TS6 (or below ROOT/mpi_inf_3dhp_test_set), each with annot_data.mat (MATLAB 7.3, which is HDF5)
and imageSequence/img_000001.jpg onward. The training set is read by mpi_inf_3dhp_training.py.
"""

from functools import partial
from pathlib import Path

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datasets.fitted_camera import fit_camera
from mocap_ros.datasets.label_layout import lay_out_joints, lay_out_keypoints, outside_image
from mocap_ros.datasets.published_files import Origin, need, need_folders, read_hdf5, read_photograph
from mocap_ros.datasets.sample import UNKNOWN
from mocap_ros.datasets.stored_frames import StoredFrames
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS

ORIGIN = Origin("MPI-INF-3DHP's test set (get_testset.sh)", "https://vcai.mpi-inf.mpg.de/3dhp-dataset/")
SEQUENCES = tuple(f"TS{number}" for number in range(1, 7))
FOLDER = "mpi_inf_3dhp_test_set"
POINTS = JOINTS[:17]  # the set's 17 "relevant" joints have our order
CORNER = 0.5  # px; its calibrations put the image's centre at half its width: pixels are counted from the corner
RATES = {"TS5": 60.0, "TS6": 60.0}
RATE = 25.0  # 1/s of the others (Sec. 3.3.1)
# activity_annotation counts from 1.
ACTIVITIES = ("Stand/Walk", "Exercise", "Sit on Chair", "Crouch/Reach", "On the Floor", "Sports", "Misc.")
ARRAYS = ("annot2", "annot3", "univ_annot3", "valid_frame", "activity_annotation")


def evaluation_sequences(root):
    """The EvaluationSequences TS1 to TS6 that are below `root`.

    Raises:
        ImageError: none is there, or a file of one is missing.
    """
    return tuple(_sequence(folder) for folder in need_folders(root, FOLDER, SEQUENCES, ORIGIN))


def _sequence(folder):
    arrays = read_hdf5(folder / "annot_data.mat", ORIGIN, ARRAYS)
    count = len(arrays["valid_frame"].ravel())
    try:
        pixels = arrays["annot2"].reshape(count, len(POINTS), 2) - CORNER
        joints, universal = (arrays[name].reshape(count, len(POINTS), 3) / 1000 for name in ("annot3", "univ_annot3"))
        numbers = arrays["activity_annotation"].ravel()[:count].astype(int)
        activities = tuple(ACTIVITIES[number - 1] if 1 <= number <= len(ACTIVITIES) else "" for number in numbers)
    except ValueError as error:
        raise ImageError(f"{folder / 'annot_data.mat'}: wanted {count} frames of 17 joints ({error})") from error
    height, width = read_photograph(need(image_path(folder, 1), ORIGIN)).shape[:2]
    valid = arrays["valid_frame"].ravel() > 0
    keypoints, visibility = lay_out_keypoints(pixels, np.full(pixels.shape[:2], UNKNOWN), POINTS)
    rate = RATES.get(folder.name, RATE)
    frames = StoredFrames(
        partial(_read, str(folder)), np.arange(1, count + 1), rate, keypoints[:, None],
        outside_image(keypoints, visibility, width, height)[:, None], lay_out_joints(joints, POINTS)[:, None],
        lay_out_joints(universal, POINTS)[:, None], valid=valid[:, None], activities=activities,
    )
    camera = fit_camera(joints[valid], pixels[valid], width, height)
    return EvaluationSequence(folder.name, frames, camera, rate, POINTS)


def image_path(folder, number):
    """Path of image `number`, from 1."""
    return Path(folder) / "imageSequence" / f"img_{number:06d}.jpg"


def _read(folder, number):
    return read_photograph(need(image_path(folder, number), ORIGIN))
