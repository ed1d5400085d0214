"""Standing height of a person from the floor: foot ray, billboard, head ray (thesis Sec. 8.3.2)."""

import numpy as np

from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS
from mocap_ros.geometry.pinhole import rays
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, TOE_HEIGHT

HEAD_TOP = KEYPOINTS.index("head_top")
ANKLES = [KEYPOINTS.index(name) for name in ("r_ankle", "l_ankle")]
_HEAD_TOP, _PELVIS, _NECK = (JOINTS.index(name) for name in ("head_top", "pelvis", "neck"))
_LEGS = np.array([[JOINTS.index(s + name) for name in ("hip", "knee", "ankle")] for s in ("r_", "l_")])
_ANKLES, _TOES = _LEGS[:, 2], [JOINTS.index(s + "toe") for s in ("r_", "l_")]
MINIMUM_HEIGHT, MAXIMUM_HEIGHT = 0.5, 2.5  # m; anything else is no person on this floor
# All below as shares of the standing height.
FOOT_SOFTNESS = 0.03  # difference of the soles' heights at which the higher foot counts a third
STANDS_STRAIGHT = 0.5  # how far an upright person is taken to stand as straight as at the rod; the rest is the 3D pose
LEAST_RISE = 0.3  # from the ankles to the head's top; of people who lie or bend lower nothing is measured
SHORTEST_LEG = 1.45  # from hip to ankle, against pelvis to neck; 1.6 of people who stand, 1.0 of who sits facing us
UPRIGHT_WEIGHT, OTHER_WEIGHT = 1.0, 0.25  # of measurements against each other


def measure_heights(keypoints_px, confidence, joints_relative, camera, plane, minimum_confidence=0.3):
    """Standing heights of people whose head top and an ankle are seen, and how much each measurement counts.

    The ray of the ankle that stands lower meets the floor, raised by the ankle's own height. A billboard through that
    point, facing the camera, would meet the head ray at the height of a rod. People lean, bend their heads, bend their
    knees and sit: the 3D pose, whose size does not matter, says how far above and before the ankle the head's top lies
    as a share of the standing height, and so which height agrees with both rays. All steps are linear in the height.
    For people who stand upright the pose and the rod are averaged, since both err.

    Args:
        keypoints_px: KEYPOINTS order [px], as taken, (P, K, 2).
        confidence: (P, K).
        joints_relative: JOINTS order, camera axes, scaled to REFERENCE_HEIGHT [m], (P, J, 3); people of whom there are
            none (NaN) are measured as rods while they look upright.
        camera: Camera.
        plane: GroundPlane.
        minimum_confidence: of the head top and of an ankle.

    Returns:
        Heights [m], (P,), NaN where a keypoint is missing, the feet are above the horizon, or the result is absurd; and
        weights, (P,): UPRIGHT_WEIGHT, OTHER_WEIGHT or 0.

    Source: Sec. 8.3.2 for the rays; the ankle's height and the pose are ours. The thesis takes the ankle for the floor,
    measures once, when the person appears, and hopes for one who stands.
    """
    keypoints_px, confidence = np.asarray(keypoints_px, float), np.asarray(confidence)
    trusted = (confidence >= minimum_confidence) & np.isfinite(keypoints_px).all(-1)
    feet, head = rays(keypoints_px[..., ANKLES, :], camera), rays(keypoints_px[..., HEAD_TOP, :], camera)
    pose = np.asarray(joints_relative, float) / REFERENCE_HEIGHT
    solid = np.isfinite(pose[..., [_HEAD_TOP, *_ANKLES, *_TOES], :]).all((-1, -2))
    shares, ankle_height = _standing_feet(pose @ plane.up, trusted[..., ANKLES], solid)

    foot = (np.where(trusted[..., ANKLES, None], feet, 0) * shares[..., None]).sum(-2)
    level = foot - (foot @ plane.up)[..., None] * plane.up  # from the camera to the person, along the floor
    distance = np.linalg.norm(level, axis=-1)
    towards = level / np.where(distance > 1e-9, distance, 1)[..., None]
    fall, away = -(foot @ plane.up), (head * towards).sum(-1)
    possible = trusted[..., HEAD_TOP] & trusted[..., ANKLES].any(-1) & (fall > 1e-6) & (away > 1e-6)
    fall, away = np.where(possible, fall, 1), np.where(possible, away, 1)
    slope = (head @ plane.up) / away  # of the head ray

    reach = pose[..., _HEAD_TOP, :] - (shares[..., None] * pose[..., _ANKLES, :]).sum(-2)  # ankle to head's top
    upright = np.where(solid, stands_upright(joints_relative, plane), looks_upright(keypoints_px, camera, plane))
    straight = np.where(solid, np.where(upright, STANDS_STRAIGHT, 0.0), 1.0)
    rise = straight * (1 - ankle_height) + (1 - straight) * np.where(solid, reach @ plane.up, 0)
    before = (1 - straight) * np.where(solid, (reach * towards).sum(-1), 0)
    # camera height + (foot's distance + H before) slope = H (ankle height + rise)
    q = slope * distance / fall
    share = ankle_height * (1 + q) + rise - slope * before
    possible &= (rise > LEAST_RISE) & (share > LEAST_RISE * 0.5) & (solid | upright)
    height = plane.height * (1 + q) / np.where(possible, share, 1)
    possible &= (height >= MINIMUM_HEIGHT) & (height <= MAXIMUM_HEIGHT)
    weights = np.where(possible, np.where(upright, UPRIGHT_WEIGHT, OTHER_WEIGHT), 0.0)
    return np.where(possible, height, np.nan), weights


def _standing_feet(elevation, seen, solid):
    """Shares of the right and left foot in bearing the person, (..., 2), and the ankle's height over the sole, (...).

    Args:
        elevation: of all joints over any level, as shares of the standing height, (..., J).
        seen: which ankles are seen in the image, (..., 2).
        solid: where `elevation` is known, (...).
    """
    ankles, toes = elevation[..., _ANKLES], elevation[..., _TOES]
    sole = np.where(solid[..., None], np.minimum(ankles - ANKLE_HEIGHT, toes - TOE_HEIGHT), 0.0)
    lowest = np.where(seen, sole, np.inf).min(-1, keepdims=True)
    lowest = np.where(np.isfinite(lowest), lowest, 0)
    shares = np.where(seen, np.exp(-(sole - lowest) / FOOT_SOFTNESS), 0)
    shares = shares / np.maximum(shares.sum(-1, keepdims=True), 1e-9)
    above = np.where(solid, (shares * (np.where(solid[..., None], ankles, 0) - lowest)).sum(-1), ANKLE_HEIGHT)
    return shares, above


def stands_upright(joints_relative, plane, tolerance=0.95):
    """Which people stand straight: trunk vertical and at least one leg straight and vertical.

    Args:
        joints_relative: JOINTS order, camera axes [m], (..., J, 3).
        plane: GroundPlane.
        tolerance: least share of the trunk's and of a leg's length that must go straight up.

    Returns:
        (...) bool; False where a needed joint is NaN.

    Source: ours.
    """
    joints = np.asarray(joints_relative, float)
    trunk = joints[..., _NECK, :] - joints[..., _PELVIS, :]
    upright = trunk @ plane.up >= tolerance * np.linalg.norm(trunk, axis=-1)
    legs = joints[..., _LEGS, :]  # (..., 2, 3, 3)
    bones = np.linalg.norm(np.diff(legs, axis=-2), axis=-1).sum(-1)
    straight = (legs[..., 0, :] - legs[..., 2, :]) @ plane.up >= tolerance * bones
    return upright & straight.any(-1)


def looks_upright(keypoints_px, camera, plane):
    """Which people look as if they stood straight, from the image alone: `stands_upright` on a billboard at their feet,
    with legs as long against the trunk as a standing person's, so that who sits and faces the camera is left out.

    Args:
        keypoints_px: KEYPOINTS order [px], as taken, (P, K, 2).
        camera: Camera.
        plane: GroundPlane.

    Returns:
        (P,) bool; False where the trunk or both legs are not seen.
    """
    seen = rays(np.asarray(keypoints_px, float), camera)
    feet = seen[..., ANKLES, :]
    counted = np.isfinite(feet).all(-1)
    foot = np.where(counted[..., None], feet, 0).sum(-2) / np.maximum(counted.sum(-1), 1)[..., None]
    towards = foot - (foot @ plane.up)[..., None] * plane.up
    along = (seen * towards[..., None, :]).sum(-1, keepdims=True)
    flat = seen / np.where(along > 1e-9, along, np.nan)  # where each ray meets the billboard, up to one scale
    joints = np.full(flat.shape[:-2] + (len(JOINTS), 3), np.nan)
    both = [name for name in JOINTS if name in KEYPOINTS]
    joints[..., [JOINTS.index(name) for name in both], :] = flat[..., [KEYPOINTS.index(name) for name in both], :]
    legs = joints[..., _LEGS, :]
    lengths = np.linalg.norm(np.diff(legs, axis=-2), axis=-1).sum(-1)
    length = np.where(np.isfinite(lengths), lengths, 0).max(-1)
    trunk = np.linalg.norm(joints[..., _NECK, :] - joints[..., _PELVIS, :], axis=-1)
    return stands_upright(joints, plane) & (length > SHORTEST_LEG * trunk)
