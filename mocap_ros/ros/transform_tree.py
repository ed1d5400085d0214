"""Transforms between frames from /tf and /tf_static, as much of tf2 as the floor needs; PyPI has no tf2_ros."""

from collections import deque
import threading

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from tf2_msgs.msg import TFMessage

from mocap_ros.geometry.rigid import between, from_quaternion, inverse
from mocap_ros.motion_export.people_messages import seconds_of

KEEP = 10.0  # s that moving transforms are kept
HISTORY = 1000  # transforms of one frame
DEEPEST = 100  # frames from the root; a longer way is a loop
MOVING = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=100, reliability=ReliabilityPolicy.RELIABLE)
STATIC = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=100, reliability=ReliabilityPolicy.RELIABLE,
                    durability=DurabilityPolicy.TRANSIENT_LOCAL)


class TransformTree:
    """Listens to /tf and /tf_static.

    Args:
        node: rclpy Node.
    """

    def __init__(self, node):
        self._node = node
        self._lock = threading.Lock()  # images are worked on in a thread of their own
        self._static, self._moving = {}, {}  # child -> (parent, parent_from_child); deque of (time, parent, matrix)
        self._subscriptions = (
            node.create_subscription(TFMessage, "/tf", self._on_moving, MOVING),
            node.create_subscription(TFMessage, "/tf_static", self._on_static, STATIC),
        )

    def lookup(self, target, source, time):
        """target_from_source (4, 4) at `time` [s], None where TF does not connect the two frames.

        Moving transforms are taken between the two that enclose that time, else the nearest.

        Args:
            target, source: names of frames; a leading slash is ignored.
            time: of the image.
        """
        with self._lock:
            ups = [self._to_root(name.lstrip("/"), time) for name in (target, source)]
        (target_root, root_from_target), (source_root, root_from_source) = ups
        if target_root != source_root:
            return None
        return inverse(root_from_target) @ root_from_source

    def close(self):
        """Ends the subscriptions."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def _to_root(self, frame, time):
        """The root above a frame and root_from_frame."""
        matrix = from_quaternion([0.0, 0, 0, 1], [0.0, 0, 0])
        for _ in range(DEEPEST):
            if frame in self._moving:
                parent, step = _at(self._moving[frame], time)
            elif frame in self._static:
                parent, step = self._static[frame]
            else:
                break
            frame, matrix = parent, step @ matrix
        return frame, matrix

    def _on_static(self, message):
        with self._lock:
            for each in message.transforms:
                parent = each.header.frame_id.lstrip("/")
                self._static[each.child_frame_id.lstrip("/")] = parent, _matrix(each.transform)

    def _on_moving(self, message):
        with self._lock:
            newest = 0.0
            for each in message.transforms:
                newest = seconds_of(each.header.stamp)
                history = self._moving.setdefault(each.child_frame_id.lstrip("/"), deque(maxlen=HISTORY))
                if history and history[-1][0] - newest > KEEP:
                    history.clear()  # a recording that started again
                history.append((newest, each.header.frame_id.lstrip("/"), _matrix(each.transform)))
                while newest - history[0][0] > KEEP:
                    history.popleft()
            # Frames that are no more, such as those of people who went.
            for name in [name for name, history in self._moving.items() if newest - history[-1][0] > 3 * KEEP]:
                del self._moving[name]


def _at(history, time):
    """Parent and parent_from_child at a time, of a history of (time, parent, matrix)."""
    later = None
    for each in reversed(history):
        if each[0] <= time:
            break
        later = each
    else:
        return later[1:]
    if later is None or later[1] != each[1]:
        return each[1:]
    return each[1], between(each[2], later[2], (time - each[0]) / (later[0] - each[0]))


def _matrix(transform):
    """geometry_msgs/Transform as a 4 x 4 matrix."""
    turn, place = transform.rotation, transform.translation
    return from_quaternion([turn.x, turn.y, turn.z, turn.w], [place.x, place.y, place.z])
