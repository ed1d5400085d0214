"""REP-155's bodies of one image, gathered from a topic of ids and a topic for each body."""

from mocap_ros.ros.topics import BODIES

ROOT = "/humans/bodies"
KEPT = 10  # stamps that wait for their skeletons


class BodiesWatch:
    """Calls back with all Skeleton2D of an image when they are there, or when the next image's ids come.

    Args:
        node: rclpy Node.
        types: IdsList and Skeleton2D.
        callback: called as callback(header, skeletons, missing); `missing` is how many ids had no skeleton.
    """

    def __init__(self, node, types, callback):
        self._node = node
        ids_list, self._skeleton = types
        self._callback = callback
        self._bodies = {}  # id -> subscription
        self._waiting = {}  # stamp -> (header, ids), in order of arrival
        self._skeletons = {}  # stamp -> {id: Skeleton2D}
        self._tracked = node.create_subscription(ids_list, f"{ROOT}/tracked", self._on_ids, BODIES)

    def close(self):
        """Destroys the subscriptions."""
        self._node.destroy_subscription(self._tracked)
        for subscription in self._bodies.values():
            self._node.destroy_subscription(subscription)
        self._bodies = {}

    def _on_ids(self, message):
        for old in list(self._waiting):
            self._release(old)
        for name in set(self._bodies) - set(message.ids):
            self._node.destroy_subscription(self._bodies.pop(name))
        for name in set(message.ids) - set(self._bodies):
            self._bodies[name] = self._node.create_subscription(
                self._skeleton, f"{ROOT}/{name}/skeleton2d",
                lambda skeleton, name=name: self._on_skeleton(name, skeleton), BODIES)
        stamp = _key(message.header)
        self._waiting[stamp] = message.header, tuple(message.ids)
        self._check(stamp)

    def _on_skeleton(self, name, message):
        stamp = _key(message.header)
        self._skeletons.setdefault(stamp, {})[name] = message
        while len(self._skeletons) > KEPT:
            del self._skeletons[next(iter(self._skeletons))]
        self._check(stamp)

    def _check(self, stamp):
        if stamp in self._waiting and set(self._waiting[stamp][1]) <= set(self._skeletons.get(stamp, {})):
            self._release(stamp)

    def _release(self, stamp):
        header, ids = self._waiting.pop(stamp)
        there = self._skeletons.pop(stamp, {})
        self._callback(header, [there[name] for name in ids if name in there], len(set(ids) - set(there)))


def _key(header):
    return header.stamp.sec, header.stamp.nanosec
