"""Labelled sequences for evaluation: the format that every data set's reader fills and evaluation/ scores."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import ANGLES, J, JOINTS, K

FEWEST_FINDABLE = 4  # keypoints without which nobody can be asked to find a person


@dataclass(frozen=True, eq=False)
class LabelledFrame:
    """One image and the P people annotated in it (0 where it shows nobody).

    The joints of a set are laid into our orders by name; what the set does not annotate is NaN. Arrays may be left out
    (None): then they are filled as "not labelled".

    Attributes:
        number: the frame's or image's own number in the data set (COCO: image_id).
        time: acquisition time from the sequence's start [s]; grows from frame to frame.
        read_image: function without arguments that gives the image, (H, W, 3) uint8 BGR; picklable (a functools.partial
            of a function, not a lambda), so that frames can go to other processes.
        keypoints_px: KEYPOINTS order, pixel (0, 0) at the centre of the top-left pixel [px], (P, K, 2) float32.
        keypoint_visibility: datasets.sample's OUTSIDE (also: not labelled) to SEEN, (P, K) uint8.
        joints_camera: JOINTS order, camera optical frame [m], (P, J, 3) float32.
        joints_universal: the same on the set's own height-normalised skeleton [m], (P, J, 3) float32; all NaN where the
            set publishes none (then evaluation scales joints_camera itself).
        joint_visibility: as keypoint_visibility, for JOINTS, (P, J) uint8; OUTSIDE where the set does not say.
        valid: whether this annotation counts in the set's protocol, (P,) bool.
        person_ids: who each person is, the same over a sequence, (P,) int.
        activities: what each person does, P names; "" where the set does not say.
        head_sizes_px: length by which PCKh divides [px], (P,) float32; NaN where the set has none.
        areas_px: area of the person's mask as COCO's similarity wants it [px^2], (P,) float32; NaN where it has none.
        camera: Camera of the image; None takes the sequence's.
        root_rotations: camera_from_body of the 29 degree-of-freedom chain, (P, 3, 3) float32; NaN where unknown.
        angles: of that chain, ANGLES order [rad], (P, 23) float32; NaN where unknown.
        read_owners: function like read_image that gives whom each pixel shows, (H, W) uint8: 0 nobody, n + 1 person n;
            None where the set does not say.
        world_from_camera: pose of the camera in a world that stands still, Z up and the floor at 0 [m], (4, 4); None
            where the set does not say. Every label stays in the camera's own frame.

    Raises:
        SkeletonError: arrays whose shapes do not agree.
    """

    number: int
    time: float
    read_image: Callable
    keypoints_px: np.ndarray
    keypoint_visibility: np.ndarray
    joints_camera: np.ndarray | None = None
    joints_universal: np.ndarray | None = None
    joint_visibility: np.ndarray | None = None
    valid: np.ndarray | None = None
    person_ids: np.ndarray | None = None
    activities: tuple | None = None
    head_sizes_px: np.ndarray | None = None
    areas_px: np.ndarray | None = None
    camera: Camera | None = None
    root_rotations: np.ndarray | None = None
    angles: np.ndarray | None = None
    read_owners: Callable | None = None
    world_from_camera: np.ndarray | None = None

    def __post_init__(self):
        people = len(self.keypoints_px)
        layout = {  # name: shape, dtype, what stands where the set says nothing
            "keypoints_px": ((people, K, 2), np.float32, np.nan),
            "keypoint_visibility": ((people, K), np.uint8, OUTSIDE),
            "joints_camera": ((people, J, 3), np.float32, np.nan),
            "joints_universal": ((people, J, 3), np.float32, np.nan),
            "joint_visibility": ((people, J), np.uint8, OUTSIDE),
            "valid": ((people,), bool, True),
            "person_ids": ((people,), np.int64, None),
            "head_sizes_px": ((people,), np.float32, np.nan),
            "areas_px": ((people,), np.float32, np.nan),
            "root_rotations": ((people, 3, 3), np.float32, np.nan),
            "angles": ((people, len(ANGLES)), np.float32, np.nan),
        }
        for name, (shape, kind, missing) in layout.items():
            array = getattr(self, name)
            if array is None:
                array = np.arange(people) if missing is None else np.full(shape, missing)
            array = np.array(array, kind)
            if array.shape != shape:
                raise SkeletonError(f"{name} of shape {array.shape}: wanted {shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.world_from_camera is not None:
            pose = np.array(self.world_from_camera, float)
            if pose.shape != (4, 4):
                raise SkeletonError(f"world_from_camera of shape {pose.shape}: wanted (4, 4)")
            pose.setflags(write=False)
            object.__setattr__(self, "world_from_camera", pose)
        activities = ("",) * people if self.activities is None else tuple(self.activities)
        if len(activities) != people:
            raise SkeletonError(f"{len(activities)} activities: wanted {people}, one a person")
        object.__setattr__(self, "activities", activities)

    def __len__(self):
        return len(self.keypoints_px)


class EvaluationSequence(NamedTuple):
    """One recording or image collection of a data set.

    Attributes:
        name: its name in the set's tables, such as "TS1".
        frames: sequence of LabelledFrame with `__len__` and `__getitem__`, in order of time; frames whose annotations
            do not count are there too (valid False), so that tracking sees the whole video.
        camera: Camera of all frames that have none of their own; None where the set publishes none.
        rate: frames/s; 0 for a collection of unrelated images, which are not tracked.
        annotated: names of JOINTS that the set annotates, of which means are taken.
        coco_annotations: path of the person keypoint file by which COCO's own scores are taken; "" for other sets.
    """

    name: str
    frames: object
    camera: Camera | None = None
    rate: float = 0.0
    annotated: tuple = JOINTS
    coco_annotations: str = ""


def findable(visibility):
    """Who can be found at all, (P,) bool: at least FEWEST_FINDABLE keypoints (P, K) are seen or behind the own body.

    For `valid` of generated people, whose labels also tell of those who are quite hidden.
    """
    return np.isin(visibility, (SEEN, HIDDEN_BY_SELF)).sum(1) >= FEWEST_FINDABLE
