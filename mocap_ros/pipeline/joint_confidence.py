"""How far each 3D joint can be trusted, from what was seen in 2D."""

import numpy as np

from mocap_ros.datatypes.skeleton import J, KEYPOINT_OF_JOINT, PARENT_INDICES

HIDDEN_JOINT_CONFIDENCE = 0.25  # of Stage II's guess where no keypoint backs it, as a share of the person's mean


def confidence_of_joints(keypoint_confidence):
    """How far each 3D joint can be trusted, (P, J), from the confidence of the keypoints, (P, K).

    A joint has its keypoint's confidence, but never less than a share of the person's mean, since Stage II completes
    what is hidden; joints without a keypoint have their parent's. Source: ours.
    """
    confidence = np.asarray(keypoint_confidence, float)
    count = np.maximum((confidence > 0).sum(-1, keepdims=True), 1)
    floor = HIDDEN_JOINT_CONFIDENCE * confidence.sum(-1, keepdims=True) / count
    direct = KEYPOINT_OF_JOINT >= 0
    known = np.where(direct, confidence[..., KEYPOINT_OF_JOINT], 0)
    inherited = known[..., np.where(direct, np.arange(J), PARENT_INDICES)]
    return np.maximum(inherited, floor)
