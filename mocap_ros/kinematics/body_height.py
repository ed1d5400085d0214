"""Standing height of a person from the floor: foot ray and billboard (thesis Sec. 8.3.2)."""

import numpy as np

from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS
from mocap_ros.geometry.pinhole import rays
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT

HEAD_TOP, RIGHT_ANKLE, LEFT_ANKLE = (KEYPOINTS.index(name) for name in ("head_top", "r_ankle", "l_ankle"))
_TRUNK = (JOINTS.index("pelvis"), JOINTS.index("neck"))
_LEGS = [(JOINTS.index(s + "hip"), JOINTS.index(s + "knee"), JOINTS.index(s + "ankle")) for s in ("r_", "l_")]
MINIMUM_HEIGHT, MAXIMUM_HEIGHT = 0.5, 2.5  # m; anything else is not a standing person on this floor


def height_from_ground(keypoints_px, confidence, camera, plane, minimum_confidence=0.3):
    """Standing heights of people whose ankles and head top are seen.

    The ankle ray meets the floor, raised by the ankle's own height; a vertical billboard through that point, facing the
    camera, meets the head ray. Both steps are linear in the height, so the ankle's height is exact, not iterated.

    Args:
        keypoints_px: KEYPOINTS order [px], as taken, (..., K, 2).
        confidence: (..., K).
        camera: Camera.
        plane: GroundPlane.
        minimum_confidence: of head top and both ankles.

    Returns:
        Heights [m], (...); NaN where a keypoint is missing, the feet are above the horizon, or the result is absurd.

    Source: Sec. 8.3.2; the ankle's height is ours: the thesis takes the ankle for the floor.
    """
    feet = rays(np.asarray(keypoints_px, float)[..., [RIGHT_ANKLE, LEFT_ANKLE], :], camera).mean(-2)
    head = rays(np.asarray(keypoints_px, float)[..., HEAD_TOP, :], camera)
    trusted = (np.asarray(confidence)[..., [HEAD_TOP, RIGHT_ANKLE, LEFT_ANKLE]] >= minimum_confidence).all(-1)
    towards = feet - (feet @ plane.up)[..., None] * plane.up  # level direction from the camera to the person
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    fall, away = -(feet @ plane.up), (head * towards).sum(-1)
    possible = trusted & (fall > 1e-6) & (away > 1e-6)
    fall, away = np.where(possible, fall, 1), np.where(possible, away, 1)
    # head elevation = H + (H - a h) q must be h, with camera height H and ankle height a h
    q = (feet * towards).sum(-1) / away * (head @ plane.up) / fall
    height = plane.height * (1 + q) / (1 + ANKLE_HEIGHT * q)
    possible &= (height >= MINIMUM_HEIGHT) & (height <= MAXIMUM_HEIGHT)
    return np.where(possible, height, np.nan)


def stands_upright(joints_relative, plane, tolerance=0.95):
    """Which people stand straight: trunk vertical and at least one leg straight and vertical.

    Args:
        joints_relative: JOINTS order, camera axes [m], (..., J, 3).
        plane: GroundPlane.
        tolerance: least share of the trunk's and of a leg's length that must go straight up.

    Returns:
        (...) bool; False where a needed joint is NaN.

    Source: ours; the thesis measures once, when the person appears, and hopes for a standing one.
    """
    joints = np.asarray(joints_relative, float)
    trunk = joints[..., _TRUNK[1], :] - joints[..., _TRUNK[0], :]
    upright = trunk @ plane.up >= tolerance * np.linalg.norm(trunk, axis=-1)
    straight = [
        (joints[..., hip, :] - joints[..., ankle, :]) @ plane.up >= tolerance * (
            np.linalg.norm(joints[..., hip, :] - joints[..., knee, :], axis=-1)
            + np.linalg.norm(joints[..., knee, :] - joints[..., ankle, :], axis=-1)
        )
        for hip, knee, ankle in _LEGS
    ]
    return upright & (straight[0] | straight[1])
