"""Whole people as a real detector saw them: its errors go with the pose, so they are taken from people in like poses.

Errors that are drawn keypoint by keypoint do not know that a detector errs where the pose is unusual: far limbs, limbs
laid onto the trunk, people who lie, sit or are seen from behind, sides exchanged as a whole. All of that is in the
errors of real cases, so a person in training gets the errors of the measured person whose pose is nearest.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import ConfigError, SkeletonError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, J, JOINT_MIRROR, JOINTS, K, KEYPOINT_MIRROR, ROOT
from mocap_ros.geometry.perspective_correction import view_from_camera
from mocap_ros.nets.person_frame import reference_scale

FILE = Path(__file__).with_name("measured_people.npz")
COMPARED = [JOINTS.index(name) for name in EVALUATION_JOINTS]
AXES = np.array([1.0, 1.0, 0.7], np.float32)  # how much a difference counts in the image and in depth


@dataclass(frozen=True, eq=False)
class MeasuredPeople:
    """People of known pose with what a detector said of them, M of them.

    Attributes:
        joints: root-relative, seen straight on, at the reference height [m] (see poses_seen_straight), (M, J, 3).
        error: of each keypoint over the person's size, (M, K, 2); NaN where nothing can be said.
        confidence: (M, K); 0 where the detector missed the keypoint, NaN where nothing can be said.
    """

    joints: np.ndarray
    error: np.ndarray
    confidence: np.ndarray

    def __post_init__(self):
        count = len(self.joints)
        freeze_arrays(self, {"joints": (count, J, 3), "error": (count, K, 2), "confidence": (count, K)}, SkeletonError)

    def __len__(self):
        return len(self.joints)


def nearest_people(people, joints_camera):
    """Number of the person in the nearest pose for each of B people, (B,).

    Args:
        people: MeasuredPeople.
        joints_camera: [m], (B, J, 3).
    """
    asked, known = _compared(poses_seen_straight(joints_camera)), _compared(people.joints)
    squares = (asked * -2) @ known.T  # of the distances; the square of `asked` is the same for all
    squares += np.einsum("mc,mc->m", known, known)
    return squares.argmin(1)


def poses_seen_straight(joints_camera):
    """Root-relative joints at the reference height, turned so that the root's view ray is the z axis, (B, J, 3) [m]."""
    root = joints_camera[:, JOINTS.index(ROOT), None]
    turned = (joints_camera - root) @ np.swapaxes(view_from_camera(root[:, 0]), 1, 2)
    return turned * reference_scale(joints_camera)[:, None, None]


def with_mirror_images(people):
    """MeasuredPeople and their mirror images, 2 M of them."""
    both = [np.concatenate([straight, mirrored]) for straight, mirrored in (
        (people.joints, people.joints[:, JOINT_MIRROR] * [-1, 1, 1]),
        (people.error, people.error[:, KEYPOINT_MIRROR] * [-1, 1]),
        (people.confidence, people.confidence[:, KEYPOINT_MIRROR]),
    )]
    return MeasuredPeople(*both)


def some_of(people, count, generator):
    """MeasuredPeople, `count` of them at random; all if there are fewer."""
    rows = generator.permutation(len(people))[:count]
    return MeasuredPeople(people.joints[rows], people.error[rows], people.confidence[rows])


def save_people(path, people):
    """Writes MeasuredPeople in half precision (0.5 mm, 1e-5 of the size)."""
    np.savez_compressed(path, **{name: getattr(people, name).astype(np.float16)
                                 for name in ("joints", "error", "confidence")})


def load_people(path=FILE):
    """MeasuredPeople of a file.

    Raises:
        ConfigError: not such a file.
    """
    try:
        with np.load(path) as file:
            return MeasuredPeople(file["joints"], file["error"], file["confidence"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ConfigError(f"{path}: not measured people ({error})") from error


def _compared(joints):
    return (joints[:, COMPARED] * AXES).reshape(len(joints), -1).astype(np.float32)
