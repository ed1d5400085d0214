"""The joint positions of REP-155's stock human model (human_description), for `joint_states`.

The stock model turns the shoulder about z, x, z, the hip about z, x, y, the head about x, z, y, and bends at the waist,
elbows and knees. Its limbs and head take exactly the directions of ours relative to the trunk; of the trunk it knows
the flexion alone, and the ankles are stiff. Its shoulder is in gimbal lock while an arm hangs: the first and third
angle are then any two of the right sum. Positions are not clamped to its limits, which a seated person exceeds.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES
from mocap_ros.geometry.rotation import matrix_to_angles
from mocap_ros.kinematics.chain import LINKS, local_rotations

JOINT_NAMES = (
    "waist", "r_head", "y_head", "p_head",
    "l_y_shoulder", "l_p_shoulder", "l_r_shoulder", "l_elbow",
    "r_y_shoulder", "r_p_shoulder", "r_r_shoulder", "r_elbow",
    "l_y_hip", "l_p_hip", "l_r_hip", "l_knee",
    "r_y_hip", "r_p_hip", "r_r_hip", "r_knee",
)
SHOULDER_LIMITS = np.array([[-1.1, 1.9], [-0.4, 3.3], [-1.7, 1.5]])  # rad; tell which of two equal triples to take
_HEAD_AXES = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def joint_positions(angles):
    """Positions [rad] of JOINT_NAMES, (P, 20), for people with `angles` in ANGLES order [rad], (P, 23)."""
    angles = np.asarray(angles, float)
    turned = local_rotations(angles)[2]  # (P, 12, 3, 3)

    def link(name):
        return turned[:, LINKS.index(name) - 1]

    def angle(name):
        return angles[:, [ANGLES.index(name)]]

    parts = [angle("spine_flexion"), matrix_to_angles(link("head"), _HEAD_AXES)]
    for side, sign in (("l_", 1.0), ("r_", -1.0)):
        parts += [_shoulder(link(side + "upper_arm"), sign), angle(side + "elbow_flexion")]
    for side, sign in (("l_", 1.0), ("r_", -1.0)):
        axes = np.array([[0, 0, -1.0], [sign, 0, 0], [0, -1.0, 0]])
        parts += [matrix_to_angles(link(side + "thigh"), axes), -angle(side + "knee_flexion")]
    return np.concatenate(parts, axis=1)


def _shoulder(matrix, sign):
    """Angles (P, 3) about -sign z, sign x and sign z whose product is `matrix` (P, 3, 3)."""
    sine = np.hypot(matrix[:, 0, 2], matrix[:, 1, 2])
    locked = sine < 1e-9
    first = np.where(locked, 0.0, np.arctan2(matrix[:, 0, 2], -matrix[:, 1, 2]))
    third = np.where(locked, np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0]),
                     np.arctan2(matrix[:, 2, 0], matrix[:, 2, 1]))
    middle = np.arctan2(sine, matrix[:, 2, 2])
    raised = np.stack([first, middle, third], -1) * [-sign, sign, sign]
    other = np.stack([first + np.pi, -middle, third + np.pi], -1) * [-sign, sign, sign]
    choices = np.stack([raised, other])  # the same rotation twice
    choices[..., [0, 2]] = (choices[..., [0, 2]] + np.pi) % (2 * np.pi) - np.pi
    outside = np.abs(choices - np.clip(choices, *SHOULDER_LIMITS.T)).sum(-1)
    return choices[outside.argmin(0), np.arange(len(matrix))]
