"""Frames of one recording whose labels are arrays: the images stay in their files until they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mocap_ros.datasets.evaluation_sequence import LabelledFrame


@dataclass(frozen=True, eq=False)
class StoredFrames:
    """A sequence of LabelledFrame with at most P people, N frames long.

    Attributes:
        read: function of a frame's number that gives its image; picklable.
        numbers: each frame's own number, (N,) int.
        rate: of the recording's numbers [1/s].
        keypoints_px, visibility: (N, P, K, 2) and (N, P, K).
        joints_camera, joints_universal: (N, P, J, 3) [m], or None.
        joint_visibility: (N, P, J), or None.
        valid: (N, P) bool, or None for all.
        present: who is in each frame at all, (N, P) bool, or None for everybody.
        activities: N names; None where the set does not say.
        head_sizes_px: (N, P), or None.
    """

    read: Callable
    numbers: np.ndarray
    rate: float
    keypoints_px: np.ndarray
    visibility: np.ndarray
    joints_camera: np.ndarray | None = None
    joints_universal: np.ndarray | None = None
    joint_visibility: np.ndarray | None = None
    valid: np.ndarray | None = None
    present: np.ndarray | None = None
    activities: tuple | None = None
    head_sizes_px: np.ndarray | None = None

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        people = np.arange(self.keypoints_px.shape[1]) if self.present is None else np.flatnonzero(self.present[index])
        chosen = {
            name: getattr(self, name)[index][people]
            for name in ("keypoints_px", "joints_camera", "joints_universal", "joint_visibility", "valid",
                         "head_sizes_px") if getattr(self, name) is not None
        }
        number = int(self.numbers[index])
        activities = None if self.activities is None else (self.activities[index],) * len(people)
        return LabelledFrame(
            number, (number - int(self.numbers[0])) / self.rate if self.rate else float(index),
            partial(self.read, number), keypoint_visibility=self.visibility[index][people], person_ids=people,
            activities=activities, **chosen,
        )
