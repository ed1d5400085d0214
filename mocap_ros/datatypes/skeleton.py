"""Joint names, joint orders, limbs and the maps between joint sets: the only file that knows an order.

Sources: REP-155 (2D order), thesis Ch. 5 (21 joints), Sec. 3.3 (evaluation joints), Sec. 8.3.3 (29 degrees of
freedom), Cao et al. 2017 (limbs as part affinity fields), and each data set's own documentation for its order.
"""

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError

# 2D heatmap order, K = 20: REP-155's eighteen in its own order (left eye and ear first), then two of ours.
KEYPOINTS = (
    "nose", "neck",
    "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist",
    "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle",
    "l_eye", "r_eye", "l_ear", "r_ear",
    "pelvis", "head_top",
)

# 3D order, J = 21. The root is the pelvis. The first fourteen are the evaluation joints of Sec. 3.3.
JOINTS = (
    "head_top", "neck",
    "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist",
    "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle",
    "pelvis", "spine", "head",
    "r_hand", "l_hand", "r_toe", "l_toe",
)
ROOT = "pelvis"
EVALUATION_JOINTS = JOINTS[:14]

PARENTS = {
    "pelvis": None, "spine": "pelvis", "neck": "spine", "head": "neck", "head_top": "head",
    "r_shoulder": "neck", "r_elbow": "r_shoulder", "r_wrist": "r_elbow", "r_hand": "r_wrist",
    "l_shoulder": "neck", "l_elbow": "l_shoulder", "l_wrist": "l_elbow", "l_hand": "l_wrist",
    "r_hip": "pelvis", "r_knee": "r_hip", "r_ankle": "r_knee", "r_toe": "r_ankle",
    "l_hip": "pelvis", "l_knee": "l_hip", "l_ankle": "l_knee", "l_toe": "l_ankle",
}

# Directed limbs of the part affinity fields, L = 23. The first nineteen span all keypoints as a tree; the last four
# are ours and redundant, so that a person seen from behind (no nose) or without a neck stays in one piece.
LIMBS = (
    ("neck", "pelvis"),
    ("neck", "r_shoulder"), ("r_shoulder", "r_elbow"), ("r_elbow", "r_wrist"),
    ("neck", "l_shoulder"), ("l_shoulder", "l_elbow"), ("l_elbow", "l_wrist"),
    ("pelvis", "r_hip"), ("r_hip", "r_knee"), ("r_knee", "r_ankle"),
    ("pelvis", "l_hip"), ("l_hip", "l_knee"), ("l_knee", "l_ankle"),
    ("neck", "head_top"), ("neck", "nose"),
    ("nose", "l_eye"), ("nose", "r_eye"), ("l_eye", "l_ear"), ("r_eye", "r_ear"),
    ("r_shoulder", "r_hip"), ("l_shoulder", "l_hip"), ("r_shoulder", "r_ear"), ("l_shoulder", "l_ear"),
)

# Length of each limb as a share of the standing height, for telling limbs of one person from accidents. Means over the
# synthetic bodies of this project (ours); in an image a limb can look shorter, but hardly longer.
LIMB_PROPORTIONS = (
    0.32,
    0.11, 0.155, 0.14,
    0.11, 0.155, 0.14,
    0.065, 0.24, 0.25,
    0.065, 0.24, 0.25,
    0.17, 0.12,
    0.03, 0.03, 0.065, 0.065,
    0.31, 0.31, 0.16, 0.16,
)

# The 23 joint angles of Sec. 8.3.3 after root translation (3) and root rotation (3); axes in kinematics/chain.py.
ANGLES = (
    "spine_flexion", "spine_lateral", "spine_twist",
    "head_flexion", "head_twist",
    "r_shoulder_abduction", "r_shoulder_flexion", "r_shoulder_twist", "r_elbow_flexion",
    "l_shoulder_abduction", "l_shoulder_flexion", "l_shoulder_twist", "l_elbow_flexion",
    "r_hip_flexion", "r_hip_abduction", "r_hip_twist", "r_knee_flexion", "r_ankle_flexion",
    "l_hip_flexion", "l_hip_abduction", "l_hip_twist", "l_knee_flexion", "l_ankle_flexion",
)

COCO_17 = (
    "nose", "l_eye", "r_eye", "l_ear", "r_ear",
    "l_shoulder", "r_shoulder", "l_elbow", "r_elbow", "l_wrist", "r_wrist",
    "l_hip", "r_hip", "l_knee", "r_knee", "l_ankle", "r_ankle",
)
# Our neck is between the shoulders: what MPII calls thorax. MPII's and LSP's neck is where the skull begins.
MPII_16 = (
    "r_ankle", "r_knee", "r_hip", "l_hip", "l_knee", "l_ankle", "pelvis", "neck",
    "upper_neck", "head_top", "r_wrist", "r_elbow", "r_shoulder", "l_shoulder", "l_elbow", "l_wrist",
)
LSP_14 = (
    "r_ankle", "r_knee", "r_hip", "l_hip", "l_knee", "l_ankle",
    "r_wrist", "r_elbow", "r_shoulder", "l_shoulder", "l_elbow", "l_wrist", "upper_neck", "head_top",
)
HUMAN36M_17 = (
    "pelvis", "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle",
    "spine", "neck", "head", "head_top",
    "l_shoulder", "l_elbow", "l_wrist", "r_shoulder", "r_elbow", "r_wrist",
)
# The 32 points of Human3.6M's own files, of which the 17 above are the usual subset; some coincide.
HUMAN36M_32 = (
    "pelvis", "r_hip", "r_knee", "r_ankle", "r_toe_base", "r_toe", "l_hip", "l_knee", "l_ankle", "l_toe_base", "l_toe",
    "spine_base", "spine", "neck", "head", "head_top",
    "l_clavicle", "l_shoulder", "l_elbow", "l_wrist", "l_thumb", "l_thumb_end", "l_wrist_end", "l_wrist_end_site",
    "r_clavicle", "r_shoulder", "r_elbow", "r_wrist", "r_thumb", "r_thumb_end", "r_wrist_end", "r_wrist_end_site",
)
# CMU Panoptic's joints19 (hdPose3d_stage1_coco19).
PANOPTIC_19 = (
    "neck", "nose", "pelvis", "l_shoulder", "l_elbow", "l_wrist", "l_hip", "l_knee", "l_ankle",
    "r_shoulder", "r_elbow", "r_wrist", "r_hip", "r_knee", "r_ankle", "l_eye", "l_ear", "r_eye", "r_ear",
)
# SMPL's foot is the ball of the foot, its hand the middle of the palm: neither is one of our tips.
SMPL_24 = (
    "pelvis", "l_hip", "r_hip", "lower_spine", "l_knee", "r_knee", "spine", "l_ankle", "r_ankle", "upper_spine",
    "l_foot", "r_foot", "neck", "l_collar", "r_collar", "head",
    "l_shoulder", "r_shoulder", "l_elbow", "r_elbow", "l_wrist", "r_wrist", "l_palm", "r_palm",
)
MPI_INF_3DHP_28 = (
    "spine3", "spine4", "spine2", "spine", "pelvis", "neck", "head", "head_top",
    "l_clavicle", "l_shoulder", "l_elbow", "l_wrist", "l_hand",
    "r_clavicle", "r_shoulder", "r_elbow", "r_wrist", "r_hand",
    "l_hip", "l_knee", "l_ankle", "l_foot", "l_toe",
    "r_hip", "r_knee", "r_ankle", "r_foot", "r_toe",
)
# Keypoints that other joint sets lack, each half-way between two that they have.
MIDPOINTS = {"neck": ("l_shoulder", "r_shoulder"), "pelvis": ("l_hip", "r_hip")}


def mirror_name(name):
    """Name of the same joint on the other side of the body."""
    return {"r_": "l_", "l_": "r_"}.get(name[:2], name[:2]) + name[2:]


def index_map(source, target):
    """Positions in `source` of each name of `target`, (len(target),) int; -1 where the source lacks the name."""
    return np.array([source.index(name) if name in source else -1 for name in target])


def select(values, source, target, fill=np.nan):
    """Per-joint values of one joint set laid out in another set's order.

    Args:
        values: (..., len(source), C) or any trailing layout with the joint axis at -2.
        source, target: tuples of joint names.
        fill: what stands where the source has no such joint.

    Returns:
        (..., len(target), C).

    Raises:
        SkeletonError: the joint axis of `values` does not have len(source) entries.
    """
    values = np.asarray(values)
    if values.ndim < 2 or values.shape[-2] != len(source):
        raise SkeletonError(f"values of shape {values.shape}: wanted {len(source)} joints on the axis before the last")
    indices = index_map(source, target)
    chosen = values[..., indices, :].astype(np.result_type(values, type(fill)))
    chosen[..., indices < 0, :] = fill
    return chosen


K = len(KEYPOINTS)
J = len(JOINTS)
L = len(LIMBS)
LIMB_INDICES = np.array([[KEYPOINTS.index(a), KEYPOINTS.index(b)] for a, b in LIMBS])  # (L, 2)
PARENT_INDICES = np.array([-1 if PARENTS[name] is None else JOINTS.index(PARENTS[name]) for name in JOINTS])  # (J,)
BONES = tuple(name for name in JOINTS if PARENTS[name] is not None)  # 20, each named by its child joint
KEYPOINT_MIRROR = np.array([KEYPOINTS.index(mirror_name(name)) for name in KEYPOINTS])  # (K,)
JOINT_MIRROR = np.array([JOINTS.index(mirror_name(name)) for name in JOINTS])  # (J,)
LIMB_MIRROR = np.array([LIMBS.index((mirror_name(a), mirror_name(b))) for a, b in LIMBS])  # (L,)
ANGLE_MIRROR = np.array([ANGLES.index(mirror_name(name)) for name in ANGLES])  # (23,)
ANGLE_MIRROR_SIGN = np.array(  # (23,) what turns or bends the trunk and the head sideways turns the other way
    [-1.0 if name in ("spine_lateral", "spine_twist", "head_twist") else 1.0 for name in ANGLES]
)
JOINT_OF_KEYPOINT = index_map(JOINTS, KEYPOINTS)  # (K,), -1 for nose, eyes and ears
KEYPOINT_OF_JOINT = index_map(KEYPOINTS, JOINTS)  # (J,), -1 for spine, head, hands and toes

# How far apart people lay each of COCO_17's keypoints, as shares of a person's size (cocodataset.org).
COCO_DEVIATIONS = np.array([0.026] + [0.025] * 2 + [0.035] * 2 + [0.079] * 2 + [0.072] * 2 + [0.062] * 2 + [0.107] * 2
                           + [0.087] * 2 + [0.089] * 2)
KEYPOINT_DEVIATIONS = np.full(K, 0.079)  # the same for KEYPOINTS; those that COCO lacks have a shoulder's
KEYPOINT_DEVIATIONS[index_map(KEYPOINTS, COCO_17)] = COCO_DEVIATIONS

# The 3D encoding channels supervised at each keypoint: the bone to its parent and those to its children (Sec. 6.3.1,
# Fig. 6.9). Nose, eyes and ears stand on the head: they carry the bones that meet at `head` (ours).
_BONES_AT = {
    name: {name} | {child for child, parent in PARENTS.items() if parent == name} for name in JOINTS
}
ENCODED_BONES = np.array(
    [[bone in _BONES_AT[name if name in JOINTS else "head"] - {ROOT} for bone in JOINTS] for name in KEYPOINTS]
)  # (K, J) bool
for _array in (LIMB_INDICES, PARENT_INDICES, KEYPOINT_MIRROR, JOINT_MIRROR, LIMB_MIRROR, ANGLE_MIRROR,
               ANGLE_MIRROR_SIGN, JOINT_OF_KEYPOINT, KEYPOINT_OF_JOINT, ENCODED_BONES, COCO_DEVIATIONS,
               KEYPOINT_DEVIATIONS):
    _array.setflags(write=False)
