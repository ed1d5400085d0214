"""What the pipeline says of one image: people with identity, pose and place."""

from dataclasses import dataclass, field

import numpy as np

from mocap_ros.datatypes.skeleton import J

NEW, TRACKED, OCCLUDED = "new", "tracked", "occluded"
STATES = (NEW, TRACKED, OCCLUDED)
ASSUMED, MEASURED, GIVEN = "assumed", "measured", "given"


@dataclass(frozen=True, eq=False)
class Person:
    """One person at one instant.

    Attributes:
        id: five lower-case letters (REP-155).
        state: one of STATES; an occluded person is predicted, not seen.
        score: 0 to 1.
        keypoints_px: KEYPOINTS order [px] in the image as taken, (K, 2); NaN where not seen.
        keypoint_confidence: (K,), 0 where not seen.
        joints_camera: JOINTS order in the camera optical frame [m], (J, 3).
        joint_confidence: (J,).
        root_position: mid-hip in the camera optical frame [m], (3,).
        root_orientation: camera_from_body, the REP-155 body frame (x out of the chest, y left, z to the head) seen
            from the camera optical frame; quaternion xyzw, (4,).
        angles: joint angles in ANGLES order [rad], (23,).
        bone_lengths: in BONES order [m], (20,).
        height: standing height [m].
        height_source: ASSUMED, MEASURED or GIVEN.
        velocity: of the root in the camera frame [m/s], (3,).
        root_covariance: of root_position [m^2], (3, 3).
        joint_deviation: how far each joint, seen from the root, is expected to be from the truth (root mean square)
            [m], (J,); grows while a limb is unseen; NaN where not known.
    """

    id: str
    state: str
    score: float
    keypoints_px: np.ndarray
    keypoint_confidence: np.ndarray
    joints_camera: np.ndarray
    joint_confidence: np.ndarray
    root_position: np.ndarray
    root_orientation: np.ndarray
    angles: np.ndarray
    bone_lengths: np.ndarray
    height: float
    height_source: str
    velocity: np.ndarray
    root_covariance: np.ndarray
    joint_deviation: np.ndarray = field(default_factory=lambda: np.full(J, np.nan))

    def __post_init__(self):
        for name, value in list(vars(self).items()):
            if isinstance(value, np.ndarray):
                value = np.array(value, float)
                value.setflags(write=False)
                object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class PeopleFrame:
    """Everybody at one image's instant.

    Attributes:
        time: the image's acquisition time [s].
        width, height: image size [px].
        people: tuple of Person; empty where nobody is seen.
        processing_seconds: seconds spent on this image.
        calibrated: False where the camera's intrinsics were assumed.
    """

    time: float
    width: int
    height: int
    people: tuple
    processing_seconds: float
    calibrated: bool
