"""Every person's links as TF transforms, named and oriented as in REP-155."""

from geometry_msgs.msg import Quaternion, Transform, TransformStamped, Vector3

from mocap_ros.ros.person_conversions import axes


def transforms_of(frame, header):
    """TransformStamped of every link of everybody: body_<id> below the camera's frame, the others below it.

    Args:
        frame: PeopleFrame.
        header: the image's.
    """
    transforms = []
    for person in frame.people:
        transforms.append(stamped(header, header.frame_id, f"body_{person.id}", person.root_position,
                                  person.root_orientation))
    return transforms


def stamped(header, parent, child, translation, rotation):
    """TransformStamped of parent_from_child: translation [m] (3,) and rotation xyzw (4,)."""
    x, y, z, w = rotation.tolist()
    made = TransformStamped(child_frame_id=child, transform=Transform(
        translation=Vector3(**axes(translation)), rotation=Quaternion(x=x, y=y, z=z, w=w)))
    made.header.stamp = header.stamp
    made.header.frame_id = parent
    return made
