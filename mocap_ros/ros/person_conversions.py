"""PersonArray to PeopleFrame (tracked people), from and to Observation (untracked people)."""

from types import SimpleNamespace

from geometry_msgs.msg import Point, Pose, Quaternion, Transform, TransformStamped, Vector3
from mocap_ros.msg import Keypoint, Person, PersonArray, SkeletonModel
import numpy as np
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from mocap_ros.datatypes import person as core
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import HISTOGRAM_BINS, Observation
from mocap_ros.datatypes.skeleton import J, K
from mocap_ros.motion_export.messages import keypoint_messages, point_messages

# The message classes that motion_export/messages.py fills.
TYPES = SimpleNamespace(**{each.__name__: each for each in (
    CameraInfo, Header, Keypoint, Person, PersonArray, Point, Pose, Quaternion, RegionOfInterest, SkeletonModel,
    TFMessage, Transform, TransformStamped, Vector3)})
STATE_NAMES = {Person.STATE_NEW: core.NEW, Person.STATE_TRACKED: core.TRACKED, Person.STATE_OCCLUDED: core.OCCLUDED}
HEIGHT_SOURCE_NAMES = {Person.HEIGHT_ASSUMED: core.ASSUMED, Person.HEIGHT_MEASURED: core.MEASURED}


def seconds_of(stamp):
    """builtin_interfaces/Time as seconds."""
    return stamp.sec + 1e-9 * stamp.nanosec


def people_from_message(message):
    """PeopleFrame of a PersonArray; untracked people are left out, for they have no id."""
    return core.PeopleFrame(
        time=seconds_of(message.header.stamp), width=message.image_width, height=message.image_height,
        people=tuple(person_from_message(each) for each in message.people if each.state in STATE_NAMES),
        processing_seconds=message.processing_seconds, calibrated=message.calibrated,
    )


def person_from_message(message):
    """The core's Person of a tracked Person message."""
    keypoints_px, confidence = keypoints_from_messages(message.keypoints)
    position, turn, velocity = message.root.position, message.root.orientation, message.velocity
    return core.Person(
        id=message.id, state=STATE_NAMES[message.state], score=message.score,
        keypoints_px=keypoints_px, keypoint_confidence=confidence,
        joints_camera=points_to_array(message.joints), joint_confidence=np.array(message.joint_confidence),
        root_position=np.array([position.x, position.y, position.z]),
        root_orientation=np.array([turn.x, turn.y, turn.z, turn.w]),
        angles=np.array(message.angles), bone_lengths=np.array(message.bone_lengths),
        height=message.height, height_source=HEIGHT_SOURCE_NAMES[message.height_source],
        velocity=np.array([velocity.x, velocity.y, velocity.z]),
        root_covariance=np.array(message.root_covariance).reshape(3, 3),
        joint_deviation=np.array(message.joint_deviation),
    )


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
               appearance=appearance if np.isfinite(appearance).all() else [])
        for keypoints_px, confidence, score, joints, appearance in rows
    ]
    return PersonArray(header=header, image_width=observation.width, image_height=observation.height,
                       calibrated=calibrated, processing_seconds=float(processing_seconds), people=people)


def observation_from_message(message):
    """Observation of a PersonArray of untracked people."""
    people = [each for each in message.people if each.state == Person.STATE_UNTRACKED]
    keypoints = [keypoints_from_messages(each.keypoints) for each in people]
    appearance = np.full((len(people), HISTOGRAM_BINS ** 2), np.nan, np.float32)
    for row, each in zip(appearance, people):
        if len(each.appearance) == len(row):
            row[:] = each.appearance
    return Observation(
        Detections(np.array([px for px, _ in keypoints]).reshape(-1, K, 2),
                   np.array([confidence for _, confidence in keypoints]).reshape(-1, K),
                   np.array([each.score for each in people])),
        np.array([points_to_array(each.joints) for each in people]).reshape(-1, J, 3),
        appearance, message.image_width, message.image_height,
    )


def keypoints_from_messages(keypoints):
    """((K, 2) [px], (K,)) of a list of Keypoint."""
    values = np.array([[each.x, each.y, each.confidence] for each in keypoints])
    return values[:, :2], values[:, 2]


def points_to_array(points):
    """(N, 3) of a list of geometry_msgs/Point."""
    return np.array([[each.x, each.y, each.z] for each in points])
