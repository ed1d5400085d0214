"""Bodies in metres from one image alone, without identity or time (thesis Sec. 8.3.3)."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT, KEYPOINTS
from mocap_ros.geometry.pinhole import project, undistort_pixels
from mocap_ros.kinematics.chain import forward_kinematics, POINTS
from mocap_ros.kinematics.fitting import initial_state
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.pipeline.joint_confidence import confidence_of_joints

FEWEST_JOINTS = 3  # two seen joints leave the depth to noise
_KEYPOINTS_OF_CHAIN = [POINTS.index(name) for name in KEYPOINTS]


class Bodies(NamedTuple):
    """P people fitted to one image.

    Attributes:
        roots: mid-hip in the camera optical frame [m], (P, 3); NaN where fewer than FEWEST_JOINTS joints are seen.
        keypoints_px: where the fitted body has its keypoints [px], seen or hidden, (P, K, 2); NaN behind the camera.
    """

    roots: np.ndarray
    keypoints_px: np.ndarray


def fit_alone(observation, camera, config):
    """Bodies of everybody in one image, all of the assumed height.

    Args:
        observation: Observation.
        camera: Camera of the image.
        config: FittingConfig.
    """
    found = observation.detections
    lengths = default_bone_lengths(np.full(len(observation), config.assumed_height))
    joints = observation.joints_relative.astype(float) * (config.assumed_height / REFERENCE_HEIGHT)
    confidence = found.confidence.astype(float)
    state = initial_state(joints, confidence_of_joints(confidence), undistort_pixels(found.keypoints_px, camera),
                          confidence, lengths, camera, config)
    points = forward_kinematics(state.position, state.rotation, state.angles, lengths).points
    seen = (confidence[:, JOINT_OF_KEYPOINT >= 0] > 0).sum(1)
    roots = np.where((seen >= FEWEST_JOINTS)[:, None], state.position, np.nan)
    return Bodies(roots, project(points[:, _KEYPOINTS_OF_CHAIN], camera))
