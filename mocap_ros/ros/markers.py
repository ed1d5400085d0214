"""MarkerArray of the people for RViz: capsules along the bones, id and height over the head, trail, uncertainty.

Namespaces are kinds, not people, so that RViz can show and hide each kind and its list does not grow with every id. A
person has a slot as long as it is shown, which numbers its markers; what a message no longer shows, it deletes.
"""

from collections import deque

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Pose, Quaternion, Vector3
import numpy as np
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from mocap_ros.datatypes.person import ASSUMED, OCCLUDED
from mocap_ros.datatypes.skeleton import BONES, J, JOINTS, PARENTS
from mocap_ros.geometry.rotation import matrix_to_quaternion
from mocap_ros.motion_export.messages import axes
from mocap_ros.motion_export.overlay import colour_of

BONE_WIDTH = 0.06  # m, of the capsules
TEXT_HEIGHT = 0.18  # m
TEXT_GAP = 0.2  # m between the head and the text
TRAIL_WIDTH = 0.025  # m
TRAIL_STEP = 0.02  # m between two points of a trail
UNSURE = 0.1  # m of expected error from which a joint has a sphere of that radius
OCCLUDED_ALPHA, UNCERTAINTY_ALPHA = 0.4, 0.2
LIFETIME = Duration(sec=2)  # markers also go when the node that drew them has gone
KINDS = BONES_KIND, JOINTS_KIND, TEXT_KIND, TRAIL_KIND, UNCERTAINTY_KIND = (
    "bones", "joints", "ids", "trails", "uncertainty")
_NUMBERS = {BONES_KIND: len(BONES), JOINTS_KIND: 1, TEXT_KIND: 1, TRAIL_KIND: 1, UNCERTAINTY_KIND: J + 1}  # a person
_BONE_ENDS = np.array([[JOINTS.index(PARENTS[bone]), JOINTS.index(bone)] for bone in BONES])  # (20, 2)


class PeopleMarkers:
    """What RViz shows of the people, from frame to frame.

    Args:
        trail: how much of a person's way is shown [s]; 0 for none.
    """

    def __init__(self, trail):
        self.trail = trail
        self._slots = {}  # id -> number
        self._ways = {}  # id -> deque of (time, root position)
        self._shown = set()  # (namespace, id) of every marker that RViz has

    def update(self, frame, header):
        """MarkerArray that turns what was shown into `frame`, a PeopleFrame, under its image's header."""
        people = [person for person in frame.people if np.isfinite(person.joints_camera).all()]
        for gone in set(self._slots) - {person.id for person in people}:
            del self._slots[gone], self._ways[gone]
        markers = []
        for person in people:
            if person.id not in self._slots:
                self._slots[person.id] = next(n for n in range(len(people)) if n not in self._slots.values())
                self._ways[person.id] = deque()
            self._walk(person, frame.time)
            markers += self._draw(person, header)
        return self._changes(markers, header)

    def clear(self, header):
        """MarkerArray that deletes everything."""
        self._slots.clear()
        self._ways.clear()
        return self._changes([], header)

    def _changes(self, markers, header):
        wanted = {(marker.ns, marker.id) for marker in markers}
        markers += [Marker(header=header, ns=kind, id=number, action=Marker.DELETE)
                    for kind, number in sorted(self._shown - wanted)]
        self._shown = wanted
        return MarkerArray(markers=markers)

    def _walk(self, person, time):
        way = self._ways[person.id]
        if way and time < way[-1][0]:
            way.clear()  # the clock was set back
        if not way or np.linalg.norm(person.root_position - way[-1][1]) >= TRAIL_STEP:
            way.append((time, person.root_position))
        while way and time - way[0][0] > self.trail:
            way.popleft()

    def _draw(self, person, header):
        colour = colour_message(person.id, OCCLUDED_ALPHA if person.state == OCCLUDED else 1.0)
        faint = colour_message(person.id, UNCERTAINTY_ALPHA)

        def marker(kind, shape, number=0, **fields):
            return Marker(header=header, ns=kind, id=self._slots[person.id] * _NUMBERS[kind] + number, type=shape,
                          action=Marker.ADD, lifetime=LIFETIME, **{"color": colour, **fields})

        points = [Point(**axes(joint)) for joint in person.joints_camera]
        head = points[JOINTS.index("head_top")]
        above = Point(x=head.x, y=head.y - TEXT_GAP, z=head.z)  # y points down
        markers = [marker(BONES_KIND, Marker.CYLINDER, number, pose=pose, scale=scale)
                   for number, (pose, scale) in enumerate(bone_cylinders(person.joints_camera)) if scale.z > 0]
        markers += [
            marker(JOINTS_KIND, Marker.SPHERE_LIST, points=points,
                   scale=Vector3(x=BONE_WIDTH, y=BONE_WIDTH, z=BONE_WIDTH)),
            marker(TEXT_KIND, Marker.TEXT_VIEW_FACING, text=label(person), pose=Pose(position=above),
                   scale=Vector3(z=TEXT_HEIGHT)),
        ]
        way = [position for _, position in self._ways[person.id]]
        if len(way) > 1:
            markers.append(marker(TRAIL_KIND, Marker.LINE_STRIP, points=[Point(**axes(each)) for each in way],
                                  colors=[colour_message(person.id, (n + 1) / len(way)) for n in range(len(way))],
                                  scale=Vector3(x=TRAIL_WIDTH)))
        pose, scale = ellipsoid(person.root_position, person.root_covariance)
        if scale.x > 0:
            markers.append(marker(UNCERTAINTY_KIND, Marker.SPHERE, pose=pose, scale=scale, color=faint))
        for joint in np.flatnonzero(person.joint_deviation > UNSURE).tolist():
            width = 2 * float(person.joint_deviation[joint])
            markers.append(marker(UNCERTAINTY_KIND, Marker.SPHERE, 1 + joint, pose=Pose(position=points[joint]),
                                  scale=Vector3(x=width, y=width, z=width), color=faint))
        return markers


def label(person):
    """Id and standing height; ~ where the height is assumed."""
    return f"{person.id} {'~' if person.height_source == ASSUMED else ''}{person.height:.2f} m"


def colour_message(person_id, alpha):
    """The id's colour."""
    blue, green, red = (each / 255 for each in colour_of(person_id))
    return ColorRGBA(r=red, g=green, b=blue, a=float(alpha))


def bone_cylinders(joints):
    """(Pose, scale) of a cylinder along each of BONES, for joints (J, 3) [m]; of no length where joints coincide."""
    ends = joints[_BONE_ENDS]  # (20, 2, 3)
    steps = ends[:, 1] - ends[:, 0]
    lengths = np.linalg.norm(steps, axis=1)
    z = np.where(lengths[:, None] > 0, steps / np.maximum(lengths, 1e-9)[:, None], [0, 0, 1.0])
    x = np.cross(z, np.eye(3)[np.abs(z).argmin(1)])
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    turns = matrix_to_quaternion(np.stack([x, np.cross(z, x), z], -1)).tolist()
    return [(Pose(position=Point(**axes(middle)), orientation=Quaternion(x=a, y=b, z=c, w=w)),
             Vector3(x=BONE_WIDTH, y=BONE_WIDTH, z=length))
            for middle, (a, b, c, w), length in zip(ends.mean(1), turns, lengths.tolist())]


def ellipsoid(centre, covariance):
    """(Pose, scale) of a covariance's one-sigma ellipsoid; of no size where the covariance is none."""
    variances, directions = np.linalg.eigh(covariance) if np.isfinite(covariance).all() else (np.zeros(3), np.eye(3))
    if variances.min() <= 0:
        return Pose(), Vector3()
    directions[:, 0] *= np.sign(np.linalg.det(directions))
    x, y, z, w = matrix_to_quaternion(directions).tolist()
    return (Pose(position=Point(**axes(centre)), orientation=Quaternion(x=x, y=y, z=z, w=w)),
            Vector3(**axes(2 * np.sqrt(variances))))
