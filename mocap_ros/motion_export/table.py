"""Everybody's joints and angles as one table, a row for each person in each frame; the columns of CSV and Parquet."""

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES, JOINTS

TEXTS = ("id", "state", "height_source")
COLUMNS = (
    ("time", "id", "state", "score", "height", "height_source")
    + tuple(f"root_{axis}" for axis in "xyz") + tuple(f"root_q{axis}" for axis in "xyzw")
    + ANGLES + tuple(f"{joint}_{axis}" for joint in JOINTS for axis in "xyz")
    + tuple(f"{joint}_confidence" for joint in JOINTS) + tuple(f"{joint}_deviation" for joint in JOINTS)
)


def rows_of(frame):
    """A list for each person of a PeopleFrame with a value for each of COLUMNS.

    Metres, radians and seconds; the root's pose and the joints in the camera optical frame, angles under their names.
    """
    return [
        [frame.time, person.id, person.state, person.score, person.height, person.height_source,
         *np.concatenate([person.root_position, person.root_orientation, person.angles, person.joints_camera.ravel(),
                          person.joint_confidence, person.joint_deviation]).tolist()]
        for person in frame.people
    ]
