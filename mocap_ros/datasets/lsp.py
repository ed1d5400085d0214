"""Leeds Sports Poses and its extended training set (Johnson and Everingham 2010, 2011): one labelled person an image.

Layouts: ROOT/joints.mat with `joints`, 3 x 14 x 2000, and ROOT/images/im0001.jpg onward (lsp_dataset.zip; the first
thousand train, the rest test); ROOT/joints.mat with `joints`, 14 x 3 x 10000, and ROOT/images/im00001.jpg onward
(lspet_dataset.zip). Pixels count from 1.
"""

from functools import partial
from pathlib import Path

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datasets.frame_samples import FrameSamples
from mocap_ros.datasets.label_layout import labelled_keypoints, lay_out_keypoints
from mocap_ros.datasets.published_files import Origin, need, read_matlab, read_photograph
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN
from mocap_ros.datasets.stored_frames import StoredFrames
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, LSP_14

ORIGIN = Origin("Leeds Sports Poses (lsp_dataset.zip)", "http://sam.johnson.io/research/lsp.html")
EXTENDED_ORIGIN = Origin("Leeds Sports Poses extended (lspet_dataset.zip)", "http://sam.johnson.io/research/lspet.html")
TRAINING_SHARE = 0.5  # of LSP's images, the first ones
MATLAB = 1.0  # px


def evaluation_sequences(root):
    """One EvaluationSequence of LSP's test half. Its neck, where the skull begins, is not ours and left out."""
    joints = _joints(root, ORIGIN, (3, 14))
    hidden = joints[:, :, 2] > 0  # the third number is 1 where a joint is hidden, whatever the set's own README says
    state = np.where(hidden, HIDDEN_BY_OBJECT, SEEN)
    first = int(len(joints) * TRAINING_SHARE)
    return (_sequence(root, "LSP test", joints, state, np.arange(first, len(joints)), 4, ORIGIN),)


def training_samples(root):
    """Samples of LSP's training half."""
    joints = _joints(root, ORIGIN, (3, 14))
    state = np.where(joints[:, :, 2] > 0, HIDDEN_BY_OBJECT, SEEN)
    numbers = np.arange(int(len(joints) * TRAINING_SHARE))
    return _samples(_sequence(root, "LSP", joints, state, numbers, 4, ORIGIN))


def extended_training_samples(root):
    """Samples of LSP extended; a joint whose third number is 0 has no label."""
    joints = _joints(root, EXTENDED_ORIGIN, (14, 3))
    state = np.where(joints[:, :, 2] > 0, SEEN, OUTSIDE)
    return _samples(_sequence(root, "LSP extended", joints, state, np.arange(len(joints)), 5, EXTENDED_ORIGIN))


def _samples(sequence):
    return FrameSamples([sequence], labelled_keypoints(LSP_14), bystanders=True)


def _joints(root, origin, shape):
    """Joints and their third number, (N, 14, 3)."""
    path = Path(root) / "joints.mat"
    joints = read_matlab(path, origin).get("joints")
    if joints is None or joints.ndim != 3 or joints.shape[:2] != shape:
        raise ImageError(f"{path}: wanted `joints` of {shape[0]} x {shape[1]} x images, as in {origin.name}")
    return np.moveaxis(joints, 2, 0).swapaxes(1, 2 if shape[0] == 3 else 1).astype(float)


def _sequence(root, name, joints, state, numbers, digits, origin):
    """An EvaluationSequence of the images `numbers`, counted from 0."""
    images = need(Path(root) / "images", origin)
    keypoints, visibility = lay_out_keypoints(joints[numbers, :, :2] - MATLAB, state[numbers], LSP_14)
    annotated = tuple(joint for joint in JOINTS if joint in LSP_14)
    frames = StoredFrames(partial(_read, str(images), digits, origin), numbers + 1, 0.0, keypoints[:, None],
                          visibility[:, None])
    return EvaluationSequence(name, frames, annotated=annotated)


def _read(folder, digits, origin, number):
    return read_photograph(need(Path(folder) / f"im{number:0{digits}d}.jpg", origin))
