"""3DPW (von Marcard et al. 2018): one or two people outdoors, from a moving camera.

Layout: ROOT/sequenceFiles/{train,validation,test}/SEQUENCE.pkl and ROOT/imageFiles/SEQUENCE/image_00000.jpg onward.
The pickles are opened with an unpickler that builds numpy arrays and plain values only.
"""

import pickle
from functools import partial
from pathlib import Path

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datasets.frame_samples import FrameSamples
from mocap_ros.datasets.label_layout import (
    hidden_by_others, labelled_keypoints, lay_out_joints, lay_out_keypoints, outside_image,
)
from mocap_ros.datasets.published_files import Origin, need, read_photograph
from mocap_ros.datasets.sample import OUTSIDE, UNKNOWN
from mocap_ros.datasets.stored_frames import StoredFrames
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, SMPL_24
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import apply

ORIGIN = Origin("3DPW", "https://virtualhumans.mpi-inf.mpg.de/3DPW/")
RATE = 30.0  # 1/s
ALLOWED = {
    (module, name) for module, names in {
        "numpy": ("ndarray", "dtype"), "_codecs": ("encode",),
        "numpy.core.multiarray": ("_reconstruct", "scalar"), "numpy._core.multiarray": ("_reconstruct", "scalar"),
    }.items() for name in names
}


def evaluation_sequences(root, split="test", step=1):
    """The EvaluationSequences of a split; people whose camera pose the set calls bad are not `valid`.

    Raises:
        ImageError: the split's folder, a sequence's images or a field is missing.
    """
    folder = need(Path(root) / "sequenceFiles" / split, ORIGIN)
    paths = sorted(folder.glob("*.pkl"))
    if not paths:
        need(folder / "SEQUENCE.pkl", ORIGIN)
    return tuple(_sequence(Path(root), path, step) for path in paths)


def training_samples(root, split="train", step=5):
    """Samples of every `step`-th frame. SMPL has no head top, so they teach the 2D branch only.

    Passers-by have no labels: only the surroundings of the labelled people are learned.
    """
    return FrameSamples(evaluation_sequences(root, split, step), labelled_keypoints(SMPL_24), bystanders=True)


def _sequence(root, path, step):
    images = need(root / "imageFiles" / path.stem, ORIGIN)
    content = read_pickle(path)
    try:
        world = np.stack([np.asarray(each, float).reshape(-1, 24, 3) for each in content["jointPositions"]], 1)
        camera_from_world = np.asarray(content["cam_poses"], float)
        matrix = np.asarray(content["cam_intrinsics"], float)
        valid = np.stack([np.asarray(each).astype(bool) for each in content["campose_valid"]], 1)
    except (KeyError, ValueError, TypeError) as error:
        raise ImageError(f"{path}: not a sequence file of 3DPW ({error})") from error
    height, width = read_photograph(need(image_path(images, 0), ORIGIN)).shape[:2]
    camera = Camera(width, height, matrix)
    numbers = np.arange(0, min(len(world), len(camera_from_world), len(valid)), step)
    points = apply(camera_from_world[numbers][:, None], world[numbers])  # (N, P, 24, 3) [m]
    keypoints, visibility = lay_out_keypoints(points, np.full(points.shape[:3], UNKNOWN), SMPL_24)
    pixels = project(keypoints, camera)
    visibility = np.where(np.isfinite(pixels).all(-1), visibility, OUTSIDE)
    visibility = np.stack([hidden_by_others(*each) for each in zip(keypoints, visibility)])
    visibility = outside_image(pixels, visibility, width, height)
    frames = StoredFrames(
        partial(_read, str(images)), numbers, RATE, pixels.astype(np.float32), visibility,
        lay_out_joints(points, SMPL_24).astype(np.float32), valid=valid[numbers],
    )
    annotated = tuple(joint for joint in JOINTS if joint in SMPL_24)
    return EvaluationSequence(path.stem, frames, camera, RATE / step, annotated)


def read_pickle(path):
    """The content of a pickle that holds only plain values and numpy arrays.

    Raises:
        ImageError: it holds anything else, or is damaged.
    """
    try:
        with open(path, "rb") as file:
            return _Unpickler(file, encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ValueError, IndexError, KeyError, TypeError) as error:
        raise ImageError(f"{path}: not a pickle of plain values and arrays ({error})") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


def image_path(folder, number):
    """Path of image `number`, from 0."""
    return Path(folder) / f"image_{number:05d}.jpg"


def _read(folder, number):
    return read_photograph(need(image_path(folder, number), ORIGIN))
