"""How motion looks over time: error of the joints' acceleration (jitter), and feet that slide while they should stand.

Joints are (T, P, J, 3) [m] at a constant rate [frames/s], NaN where a person was not found; nothing is asked of a gap.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import JOINTS

STANDING_SPEED = 0.1  # m/s below which a true foot stands (ours; labels in whole mm show 0.03 at 25 frames/s)
LAG_FRAMES = 3, 6  # delays are looked for from this many frames ahead to this many behind
LARGEST_SPEED = 3.0  # m/s
FEET = tuple(JOINTS.index(name) for name in ("r_ankle", "r_toe", "l_ankle", "l_toe"))


def acceleration_error(joints, true, rate):
    """Mean distance of the joints' accelerations from the true ones [m/s^2]; NaN without three frames in a row.

    Source: Kanazawa et al. 2019, "Learning 3D human dynamics from video", Sec. 5 (there in mm/s^2).
    """
    error = np.asarray(joints, float) - true
    return _mean_length(np.diff(error, 2, axis=0) * rate ** 2)


def lag(joints, true, rate):
    """By how much the joints move later than the true ones [s]; NaN where too little moves or too few frames are there.

    The delay at which their velocities agree best, to a fraction of a frame; velocities count as LARGEST_SPEED at most,
    so that a jump decides nothing. How far a prediction moves does not matter, only when. Source: ours.
    """
    ahead, behind = LAG_FRAMES
    moved, truly = (np.diff(np.asarray(each, float), axis=0) for each in (joints, true))
    if len(moved) <= ahead + behind:
        return float("nan")
    speed = rate * np.linalg.norm(moved, axis=-1, keepdims=True)
    moved = moved * np.minimum(1, LARGEST_SPEED / np.maximum(speed, 1e-9))
    moved, agreement = moved[behind:len(moved) - ahead], []
    for delay in range(-ahead, behind + 1):
        then = truly[behind - delay:][:len(moved)]
        both = np.isfinite(moved) & np.isfinite(then)
        agreement.append((moved[both] * then[both]).sum() / max(np.sqrt((then[both] ** 2).sum()), 1e-12))
    best = int(np.argmax(agreement))
    if agreement[best] <= 0 or not 0 < best < len(agreement) - 1:
        return float("nan")
    before, at, after = agreement[best - 1:best + 2]
    return float(best - ahead + 0.5 * (before - after) / (before - 2 * at + after)) / rate


def standing_feet(true, rate, speed=STANDING_SPEED):
    """Which feet stand from one frame to the next, (T - 1, P, 4) bool, for ankle and toe of either side.

    Args:
        true: joints in a frame that does not move [m], (T, P, J, 3).
        rate: [frames/s].
        speed: below which a foot stands [m/s].
    """
    steps = np.diff(np.asarray(true, float)[:, :, FEET], axis=0)
    return np.linalg.norm(steps, axis=-1) * rate < speed  # False for NaN


def foot_sliding(joints, standing):
    """Mean way of standing feet from one frame to the next [m]; NaN where none stands.

    Args:
        joints: in a frame that does not move [m], (T, P, J, 3).
        standing: from standing_feet, (T - 1, P, 4) bool.
    """
    steps = np.diff(np.asarray(joints, float)[:, :, FEET], axis=0)
    return _mean_length(np.where(standing[..., None], steps, np.nan))


def floor_error(joints, true, standing, floor):
    """Mean depth of standing feet below where they truly stand [m]; negative where they float.

    Args:
        joints, true: in the camera frame [m], (T, P, J, 3).
        standing: as in foot_sliding.
        floor: GroundPlane.
    """
    depth = (floor.elevation(np.asarray(true, float)) - floor.elevation(np.asarray(joints, float)))[1:, :, FEET]
    depth = depth[standing & np.isfinite(depth)]
    return float(depth.mean()) if depth.size else float("nan")


def _mean_length(vectors):
    lengths = np.linalg.norm(vectors, axis=-1)
    lengths = lengths[np.isfinite(lengths)]
    return float(lengths.mean()) if lengths.size else float("nan")
