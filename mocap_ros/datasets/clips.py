"""Reader of rendered clips: videos of `mocap synth clip`, their labels beside them as .json, masks as .owners.bin."""

from functools import lru_cache, partial
import json
from pathlib import Path

import cv2
import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, findable, LabelledFrame
from mocap_ros.datasets.packed_images import read_packed
from mocap_ros.datasets.sample import OUTSIDE
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import ImageError, SkeletonError
from mocap_ros.datatypes.skeleton import ANGLES, J, JOINT_OF_KEYPOINT, JOINTS, K, KEYPOINTS
from mocap_ros.geometry.ground_plane import GroundPlane
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import from_quaternion, transform
from mocap_ros.geometry.rotation import quaternion_to_matrix

ENDING = ".mp4"
OWNERS_ENDING = ".owners.bin"
NAMES = {"joint_names": JOINTS, "keypoint_names": KEYPOINTS, "angle_names": ANGLES}


def evaluation_sequences(root):
    """EvaluationSequences of rendered clips, by name.

    Args:
        root: a clip's video, or a folder of clips; videos without labels are left out.

    Raises:
        ImageError: no clip there, or labels that cannot be read.
        SkeletonError: labels of another skeleton.
    """
    root = Path(root)
    paths = [root] if root.is_file() else sorted(root.glob("*" + ENDING))
    paths = [path for path in paths if path.with_suffix(".json").is_file()]
    if not paths:
        raise ImageError(f"{root}: no rendered clip (wanted a {ENDING} with its .json beside it, or a folder of them)")
    return [_sequence(path) for path in paths]


def _sequence(path):
    frames = ClipFrames(path)
    return EvaluationSequence(path.stem, frames, frames.camera, frames.rate)


class ClipFrames:
    """The labelled images of one clip as LabelledFrames; person_ids are the rows of the labels.

    Args:
        path: the video.

    Attributes:
        camera: Camera of every image.
        rate: images/s.
        heights: standing height of each person [m], (P,).
        floor: GroundPlane; None for a moving camera (every frame's world_from_camera tells it, see
            geometry.ground_plane.ground_below) and for clips from before it was written.
        readout: time from the first row's exposure to the last one's [s]; every label is of its own row's time.

    Raises:
        ImageError, SkeletonError: see evaluation_sequences.
    """

    def __init__(self, path):
        self.path = Path(path)
        labels = self.path.with_suffix(".json")
        try:
            self._labels = json.loads(labels.read_text())
            self.camera = Camera(self._labels["width"], self._labels["height"], self._labels["K"])
            self.rate, self.heights = float(self._labels["rate"]), np.array(self._labels["heights"], float)
            self.floor = None
            if "floor_up" in self._labels:
                self.floor = GroundPlane(self._labels["floor_up"], self._labels["camera_height"])
            self.readout = float(self._labels.get("readout", 0.0))
            self._owner_offsets = self._labels.get("owner_offsets")
            self._poses = self._read_poses()
            counts = {len(self._labels[name]) for name in ("frames", "joints_camera_mm", "joint_visibility")}
            if self._owner_offsets is not None:
                counts.add(len(self._owner_offsets) - 1)
            if len(self._poses):
                counts.add(len(self._poses))
            names = tuple(list(self._labels.get(name, order)) for name, order in NAMES.items())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImageError(f"{labels}: not the labels of a clip ({type(error).__name__}: {error})") from None
        if len(counts) > 1:
            raise ImageError(f"{labels}: labels of {min(counts)} to {max(counts)} images, "
                             "wanted the same number of each")
        for came, wanted in zip(names, NAMES.values()):
            if came != list(wanted):
                raise SkeletonError(f"{labels}: points {', '.join(came)}; wanted {', '.join(wanted)}")

    def __len__(self):
        return len(self._labels["frames"])

    def __getitem__(self, row):
        if not -len(self) <= row < len(self):
            raise IndexError(f"image {row} of {len(self)}")
        number = int(self._labels["frames"][row])
        joints = np.array(self._labels["joints_camera_mm"][row], float).reshape(-1, J, 3) / 1000
        people = len(joints)
        joint_visibility = _codes(self._labels["joint_visibility"][row], J)
        if "keypoints_px" in self._labels:
            keypoints = np.array(self._labels["keypoints_px"][row], float).reshape(people, K, 2)
            visibility = _codes(self._labels["keypoint_visibility"][row], K)
        else:  # clips from before keypoints were written: those that are joints too
            known = JOINT_OF_KEYPOINT >= 0
            keypoints, visibility = np.full((people, K, 2), np.nan), np.full((people, K), OUTSIDE)
            keypoints[:, known] = project(joints[:, JOINT_OF_KEYPOINT[known]], self.camera)
            visibility[:, known] = joint_visibility[:, JOINT_OF_KEYPOINT[known]]
        return LabelledFrame(number, number / self.rate, partial(read_frame, str(self.path), number), keypoints,
                             visibility, joints, joint_visibility=joint_visibility, valid=findable(visibility),
                             person_ids=np.arange(people), read_owners=self._owners(row),
                             world_from_camera=self._pose(row), **self._chain(row))

    def _read_poses(self):
        """world_from_camera of every frame of a moving camera, (N, 4, 4); none of a still one."""
        rows = np.array(self._labels.get("world_from_camera", []), float).reshape(-1, 7)
        return from_quaternion(rows[:, 3:], rows[:, :3])

    def _pose(self, row):
        """world_from_camera of a frame; a still camera stands above the world's origin and looks along its Y."""
        if len(self._poses):
            return self._poses[row]
        if self.floor is None:
            return None
        right = np.cross([0, 0, 1.0], self.floor.up)
        right /= np.linalg.norm(right)
        return transform(np.stack([right, np.cross(self.floor.up, right), self.floor.up]), [0, 0, self.floor.height])

    def _chain(self, row):
        """Root rotations and angles by name; nothing for clips from before they were written."""
        if "angles_mrad" not in self._labels:
            return {}
        quaternions = np.array(self._labels["root_quaternions"][row], float).reshape(-1, 4)
        angles = np.array(self._labels["angles_mrad"][row], float).reshape(-1, len(ANGLES)) / 1000
        return {"root_rotations": quaternion_to_matrix(quaternions), "angles": angles}

    def _owners(self, row):
        """The function that reads whom each pixel shows; None for clips from before there were masks."""
        if self._owner_offsets is None:
            return None
        row %= len(self)
        place = self._owner_offsets[row], self._owner_offsets[row + 1]
        return partial(read_packed, str(self.path.with_suffix(OWNERS_ENDING)), *place, row, cv2.IMREAD_GRAYSCALE)


def _codes(texts, length):
    """Visibility codes (P, length) from one string of digits a person."""
    return np.array([[int(digit) for digit in text] for text in texts], np.uint8).reshape(len(texts), length)


class _Video:
    """A video file that remembers where it is, so that reading on needs no search."""

    def __init__(self, path):
        self.capture, self.next = cv2.VideoCapture(path), 0


_open_video = lru_cache(maxsize=2)(_Video)


def read_frame(path, number):
    """Image `number` of the video at `path`, (H, W, 3) uint8 BGR.

    Raises:
        ImageError: no such image.
    """
    video = _open_video(path)
    if number != video.next:
        video.capture.set(cv2.CAP_PROP_POS_FRAMES, number)
    ok, image = video.capture.read()
    video.next = number + 1 if ok else -1
    if not ok:
        raise ImageError(f"{path}: no image {number}")
    return image
