"""PersonArray from and to Observation (untracked people), and the message classes that the nodes fill."""

from types import SimpleNamespace

from geometry_msgs.msg import Point, Pose, Quaternion, Transform, TransformStamped, Vector3
from mocap_ros.msg import Keypoint, Person, PersonArray, SkeletonModel
import numpy as np
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation
from mocap_ros.datatypes.skeleton import J, K
from mocap_ros.motion_export.messages import keypoint_messages, point_messages
from mocap_ros.motion_export.people_messages import keypoints_from_messages, points_to_array

# The message classes that motion_export/messages.py fills.
TYPES = SimpleNamespace(**{each.__name__: each for each in (
    CameraInfo, Header, Keypoint, Person, PersonArray, Point, Pose, Quaternion, RegionOfInterest, SkeletonModel,
    TFMessage, Transform, TransformStamped, Vector3)})


def observation_to_message(observation, header, calibrated, processing_seconds):
    """PersonArray of untracked people, the estimator's word to the fitter.

    Args:
        observation: Observation of the image; its encodings stay behind, they have served.
        header: the image's.
        calibrated: False where the camera's intrinsics are assumed.
        processing_seconds: spent on the image so far [s].
    """
    found = observation.detections
    rows = zip(found.keypoints_px, found.confidence, found.scores.tolist(), observation.joints_relative,
               observation.appearance)
    people = [
        Person(state=Person.STATE_UNTRACKED, score=score, keypoints=keypoint_messages(keypoints_px, confidence, TYPES),
               joints=point_messages(joints, TYPES),
               appearance=appearance if np.isfinite(appearance).any() else [])
        for keypoints_px, confidence, score, joints, appearance in rows
    ]
    return PersonArray(header=header, image_width=observation.width, image_height=observation.height,
                       calibrated=calibrated, processing_seconds=float(processing_seconds), people=people)


def observation_from_message(message):
    """Observation of a PersonArray of untracked people; joints that were all left at zero are unknown."""
    people = [each for each in message.people if each.state == Person.STATE_UNTRACKED]
    keypoints = [keypoints_from_messages(each.keypoints) for each in people]
    appearance = np.full((len(people), APPEARANCE_BINS), np.nan, np.float32)
    for row, each in zip(appearance, people):
        if len(each.appearance) == len(row):
            row[:] = each.appearance
    joints = np.array([points_to_array(each.joints) for each in people]).reshape(-1, J, 3)
    joints[(joints == 0).all((1, 2))] = np.nan
    return Observation(
        Detections(np.array([px for px, _ in keypoints]).reshape(-1, K, 2),
                   np.array([confidence for _, confidence in keypoints]).reshape(-1, K),
                   np.array([each.score for each in people])),
        joints, appearance, message.image_width, message.image_height,
    )
