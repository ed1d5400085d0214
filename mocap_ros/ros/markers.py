"""MarkerArray of the people for RViz: bones, joints and the id over the head, deleted when a person goes."""

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
import numpy as np
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from mocap_ros.datatypes.person import OCCLUDED
from mocap_ros.datatypes.skeleton import JOINTS, PARENT_INDICES
from mocap_ros.motion_export.overlay import colour_of

BONE_ENDS = [(parent, child) for child, parent in enumerate(PARENT_INDICES.tolist()) if parent >= 0]
BONE_WIDTH = 0.035  # m
JOINT_WIDTH = 0.06  # m
TEXT_HEIGHT = 0.18  # m
TEXT_GAP = 0.2  # m between the head and the id
LIFETIME = Duration(sec=2)  # markers also go when the node that drew them has gone
BONES_MARKER, JOINTS_MARKER, TEXT_MARKER = range(3)


def person_markers(person, header):
    """Three markers in the namespace of the person's id; half transparent while the person is occluded."""
    if not np.isfinite(person.joints_camera).all():
        return []
    points = [Point(x=x, y=y, z=z) for x, y, z in person.joints_camera.tolist()]
    blue, green, red = (each / 255 for each in colour_of(person.id))
    colour = ColorRGBA(r=red, g=green, b=blue, a=0.4 if person.state == OCCLUDED else 1.0)
    base = {"header": header, "ns": person.id, "action": Marker.ADD, "color": colour, "lifetime": LIFETIME}
    ends = [points[k] for pair in BONE_ENDS for k in pair]
    bones = Marker(id=BONES_MARKER, type=Marker.LINE_LIST, points=ends, **base)
    bones.scale.x = BONE_WIDTH
    joints = Marker(id=JOINTS_MARKER, type=Marker.SPHERE_LIST, points=points, **base)
    joints.scale.x = joints.scale.y = joints.scale.z = JOINT_WIDTH
    text = Marker(id=TEXT_MARKER, type=Marker.TEXT_VIEW_FACING, text=person.id, **base)
    head = points[JOINTS.index("head_top")]
    text.pose.position = Point(x=head.x, y=head.y - TEXT_GAP, z=head.z)  # y points down
    text.scale.z = TEXT_HEIGHT
    return [bones, joints, text]


def people_markers(frame, header, shown):
    """MarkerArray of everybody, and the deletion of those who are gone.

    Args:
        frame: PeopleFrame.
        header: the image's.
        shown: set of ids drawn before; brought up to date.
    """
    markers = [marker for person in frame.people for marker in person_markers(person, header)]
    present = {marker.ns for marker in markers}
    for person_id in sorted(shown - present):
        markers += [Marker(header=header, ns=person_id, id=number, action=Marker.DELETE)
                    for number in (BONES_MARKER, JOINTS_MARKER, TEXT_MARKER)]
    shown.clear()
    shown.update(present)
    return MarkerArray(markers=markers)
