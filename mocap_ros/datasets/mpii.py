"""MPII Human Pose (Andriluka et al. 2014): photographs with 2D labels of several people.

Layout: ROOT/mpii_human_pose_v1_u12_1.mat (or below ROOT/mpii_human_pose_v1_u12_2) and ROOT/images/*.jpg. Pixels count
from 1. The set's own test labels are not published, and its files name no validation split: every eighth labelled image
is kept for evaluation here.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, LabelledFrame
from mocap_ros.datasets.frame_samples import FrameSamples
from mocap_ros.datasets.label_layout import labelled_keypoints, lay_out_keypoints
from mocap_ros.datasets.published_files import Origin, need, read_matlab, read_photograph
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, MPII_16

ORIGIN = Origin("MPII Human Pose", "http://human-pose.mpi-inf.mpg.de/")
FILE = "mpii_human_pose_v1_u12_1.mat"
FOLDER = "mpii_human_pose_v1_u12_2"
KEPT_FOR_EVALUATION = 8  # every such image
HEAD_SHARE = 0.6  # of the head box's diagonal: the head size of PCKh (Andriluka et al. 2014)
MATLAB = 1.0  # px


class _Photograph(NamedTuple):
    """One image's labels: points [px] (P, 16, 2), their states (P, 16) and head sizes [px] (P,)."""

    number: int
    name: str
    points: np.ndarray
    states: np.ndarray
    head_sizes: np.ndarray


def evaluation_sequences(root):
    """One EvaluationSequence of the labelled images that are kept from training.

    Raises:
        ImageError: a file is missing, or the MATLAB file is not MPII's.
    """
    labels, images = _find(root)
    return (_sequence("MPII kept", _photographs(labels)[::KEPT_FOR_EVALUATION], images),)


def training_samples(root):
    """Samples of the other labelled images; only the surroundings of labelled people are learned."""
    labels, images = _find(root)
    chosen = [each for n, each in enumerate(_photographs(labels)) if n % KEPT_FOR_EVALUATION]
    return FrameSamples([_sequence("MPII", chosen, images)], labelled_keypoints(MPII_16), bystanders=True)


def _find(root):
    """Paths of the MATLAB file and of the folder of images."""
    root = Path(root)
    labels = root / FILE if (root / FILE).exists() else root / FOLDER / FILE
    return need(labels if labels.exists() else root / FILE, ORIGIN), need(root / "images", ORIGIN)


def _sequence(name, photographs, images):
    annotated = tuple(joint for joint in JOINTS if joint in MPII_16)
    return EvaluationSequence(name, _Frames(tuple(photographs), images), annotated=annotated)


class _Frames:
    """LabelledFrames of some photographs."""

    def __init__(self, photographs, images):
        self.photographs, self.images = photographs, images

    def __len__(self):
        return len(self.photographs)

    def __getitem__(self, index):
        one = self.photographs[index]
        keypoints, visibility = lay_out_keypoints(one.points, one.states, MPII_16)
        read = partial(_read, str(self.images), one.name)
        return LabelledFrame(one.number, float(index), read, keypoints, visibility, head_sizes_px=one.head_sizes)


def _read(folder, name):
    return read_photograph(need(Path(folder) / name, ORIGIN))


def _photographs(path):
    """Every training image on which somebody has labelled joints."""
    try:
        release = read_matlab(path, ORIGIN, as_objects=True)["RELEASE"]
        found = []
        for number, (image, training) in enumerate(zip(_items(release.annolist), _items(release.img_train))):
            people = [each for each in _items(getattr(image, "annorect", ())) if _points(each)] if training else ()
            if people:
                points, states = zip(*map(_person, people))
                found.append(_Photograph(number, str(image.image.name), np.stack(points), np.stack(states),
                                         np.array([_head_size(each) for each in people], np.float32)))
        return found
    except (KeyError, AttributeError, ValueError, TypeError) as error:
        raise ImageError(f"{path}: not the MATLAB file of {ORIGIN.name} ({error})") from error


def _items(value):
    """The elements of what MATLAB may have squeezed to one or to nothing."""
    return [] if value is None else list(np.atleast_1d(value))


def _points(person):
    """The labelled points of a person, [] where there are none."""
    annotated = getattr(person, "annopoints", None)
    return _items(annotated.point) if hasattr(annotated, "point") else []


def _person(person):
    """Pixels (16, 2) and states (16,) of a person's joints; a point without is_visible (the head's) is UNKNOWN."""
    pixels, states = np.full((16, 2), np.nan, np.float32), np.full(16, OUTSIDE, np.uint8)
    for point in _points(person):
        pixels[int(point.id)] = float(point.x) - MATLAB, float(point.y) - MATLAB
        flag = np.ravel(getattr(point, "is_visible", ()))  # a number, a digit as text, or empty
        states[int(point.id)] = UNKNOWN if not flag.size else SEEN if int(flag[0]) else HIDDEN_BY_OBJECT
    return pixels, states


def _head_size(person):
    sides = [float(getattr(person, name, np.nan)) for name in ("x1", "y1", "x2", "y2")]
    return HEAD_SHARE * np.hypot(sides[2] - sides[0], sides[3] - sides[1])
