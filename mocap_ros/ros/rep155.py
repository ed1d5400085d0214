"""REP-155 (ROS4HRI): people as bodies below /humans, for software that follows the convention.

Per image /humans/bodies/tracked; per body roi, skeleton2d, joint_states, position and velocity. The frames are those of
/tf: body_<id> and its links. A body's topics exist as long as the body does, so recordings should take `persons` too.
"""

from geometry_msgs.msg import PointStamped, TwistStamped
import numpy as np
from sensor_msgs.msg import JointState

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.kinematics.rep155_joints import joint_positions, JOINT_NAMES
from mocap_ros.motion_export.messages import axes
from mocap_ros.ros.topics import BODIES

try:
    from hri_msgs.msg import IdsList, NormalizedPointOfInterest2D, NormalizedRegionOfInterest2D, Skeleton2D
except ImportError as error:
    raise ConfigError("output.rep155: hri_msgs is not installed; "
                      "sudo apt-get install ros-$ROS_DISTRO-hri-msgs") from error

SKELETON_POINTS = 18  # the first of KEYPOINTS, which follow REP-155's order
ROOT = "/humans/bodies"
TOPICS = {"roi": NormalizedRegionOfInterest2D, "skeleton2d": Skeleton2D, "joint_states": JointState,
          "position": PointStamped, "velocity": TwistStamped}


class HumansPublisher:
    """Publishers of everybody's REP-155 topics.

    Args:
        node: rclpy Node.
    """

    def __init__(self, node):
        self._node = node
        self._tracked = node.create_publisher(IdsList, f"{ROOT}/tracked", BODIES)
        self._bodies = {}  # id -> publishers by topic

    def publish(self, frame, header):
        """Publishes a PeopleFrame under the stamp and frame of its image's `header`."""
        ids = [person.id for person in frame.people]
        for person_id in set(self._bodies) - set(ids):
            self._remove(person_id)
        for person in frame.people:
            if person.id not in self._bodies:
                self._bodies[person.id] = {
                    topic: self._node.create_publisher(kind, f"{ROOT}/{person.id}/{topic}", BODIES)
                    for topic, kind in TOPICS.items()}
            for topic, message in body_messages(person, frame, header).items():
                self._bodies[person.id][topic].publish(message)
        self._tracked.publish(IdsList(header=header, ids=ids))

    def close(self):
        """Destroys the publishers."""
        for person_id in list(self._bodies):
            self._remove(person_id)
        self._node.destroy_publisher(self._tracked)

    def _remove(self, person_id):
        for publisher in self._bodies.pop(person_id).values():
            self._node.destroy_publisher(publisher)


def body_messages(person, frame, header):
    """One person's messages by topic."""
    size = np.array([frame.width, frame.height])
    points = np.clip((person.keypoints_px[:SKELETON_POINTS] + 0.5) / size, 0, 1)  # shares of the image
    confidence = person.keypoint_confidence[:SKELETON_POINTS]
    seen = (confidence > 0) & np.isfinite(points).all(-1)
    points, confidence = np.where(seen[:, None], points, 0), np.where(seen, confidence, 0)
    velocity = TwistStamped(header=header)
    for axis, value in axes(person.velocity).items():
        setattr(velocity.twist.linear, axis, value)
    position = PointStamped(header=header)
    for axis, value in axes(person.root_position).items():
        setattr(position.point, axis, value)
    return {
        "roi": region(points[seen], person.score, header),
        "skeleton2d": Skeleton2D(header=header, skeleton=[
            NormalizedPointOfInterest2D(x=x, y=y, c=c)
            for (x, y), c in zip(points.tolist(), confidence.tolist())]),
        "joint_states": JointState(header=header, name=[f"{joint}_{person.id}" for joint in JOINT_NAMES],
                                   position=joint_positions(person.angles[None])[0].tolist()),
        "position": position,
        "velocity": velocity,
    }


def region(points, score, header):
    """The box around a person's seen keypoints (N, 2), shares of the image; empty where none is seen."""
    low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(2), np.zeros(2))
    return NormalizedRegionOfInterest2D(header=header, xmin=float(low[0]), ymin=float(low[1]), xmax=float(high[0]),
                                        ymax=float(high[1]), c=float(score))
