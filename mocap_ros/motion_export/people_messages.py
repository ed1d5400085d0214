"""This package's messages back as the core's people: rclpy's in the nodes, the library rosbags' from recordings."""

import re

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.person import ASSUMED, GIVEN, MEASURED, NEW, OCCLUDED, PeopleFrame, Person, TRACKED
from mocap_ros.datatypes.skeleton import ANGLES, BONES, J, JOINTS, KEYPOINTS


def seconds_of(stamp):
    """builtin_interfaces/Time as seconds."""
    return stamp.sec + 1e-9 * stamp.nanosec


def people_from_message(message):
    """PeopleFrame of a PersonArray; untracked people are left out, for they have no id."""
    return PeopleFrame(
        time=seconds_of(message.header.stamp), width=message.image_width, height=message.image_height,
        people=tuple(person_from_message(each) for each in message.people if each.state in _states(type(each))),
        processing_seconds=message.processing_seconds, calibrated=message.calibrated,
    )


def person_from_message(message):
    """The core's Person of a tracked Person message.

    Raises:
        SkeletonError: an id that could not name a file or a frame.
    """
    if not re.fullmatch(r"\w{1,64}", message.id, re.ASCII):
        raise SkeletonError(f"person id {message.id!r}: wanted letters, digits and _")
    kind = type(message)
    # Recordings from before heights could be given have no such constant.
    sources = {kind.HEIGHT_ASSUMED: ASSUMED, kind.HEIGHT_MEASURED: MEASURED, getattr(kind, "HEIGHT_GIVEN", 2): GIVEN}
    keypoints_px, confidence = keypoints_from_messages(message.keypoints)
    position, turn, velocity = message.root.position, message.root.orientation, message.velocity
    return Person(
        id=message.id, state=_states(kind)[message.state], score=message.score,
        keypoints_px=keypoints_px, keypoint_confidence=confidence,
        joints_camera=points_to_array(message.joints), joint_confidence=np.array(message.joint_confidence),
        root_position=np.array([position.x, position.y, position.z]),
        root_orientation=np.array([turn.x, turn.y, turn.z, turn.w]),
        angles=np.array(message.angles), bone_lengths=np.array(message.bone_lengths),
        height=message.height, height_source=sources[message.height_source],
        velocity=np.array([velocity.x, velocity.y, velocity.z]),
        root_covariance=np.array(message.root_covariance).reshape(3, 3),
        joint_deviation=np.array(getattr(message, "joint_deviation", np.full(J, np.nan))),  # early recordings lack it
    )


def check_skeleton_model(message):
    """Raises SkeletonError where a SkeletonModel orders its arrays otherwise than this package does."""
    for name, ours in (("keypoint_names", KEYPOINTS), ("joint_names", JOINTS), ("bone_names", BONES),
                       ("angle_names", ANGLES)):
        theirs = tuple(getattr(message, name))
        if theirs != ours:
            wrong = next((a, b) for a, b in zip(theirs + ("",), ours + ("",)) if a != b)
            raise SkeletonError(f"skeleton_model.{name}: {wrong[0]!r} where this package has {wrong[1]!r}; "
                                "the recording is of another skeleton")


def keypoints_from_messages(keypoints):
    """((K, 2) [px], (K,)) of a list of Keypoint."""
    values = np.array([[each.x, each.y, each.confidence] for each in keypoints])
    return values[:, :2], values[:, 2]


def points_to_array(points):
    """(N, 3) of a list of geometry_msgs/Point."""
    return np.array([[each.x, each.y, each.z] for each in points])


def _states(kind):
    """Names of the states of tracked people by their number in the message class `kind`."""
    return {kind.STATE_NEW: NEW, kind.STATE_TRACKED: TRACKED, kind.STATE_OCCLUDED: OCCLUDED}
