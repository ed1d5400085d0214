"""Everybody's joints and angles as one table, a row for each person in each frame."""

import csv
import os

from mocap_ros.datatypes.skeleton import ANGLES, JOINTS

COLUMNS = (
    ("time", "id", "state", "score", "height", "height_source")
    + tuple(f"root_{axis}" for axis in "xyz") + tuple(f"root_q{axis}" for axis in "xyzw")
    + ANGLES + tuple(f"{joint}_{axis}" for joint in JOINTS for axis in "xyz")
)


def write_csv(frames, path):
    """Writes PeopleFrames as comma-separated values; an existing file is replaced only when the new one is whole.

    Columns: COLUMNS; metres, radians and seconds; the root's pose and the joints in the camera optical frame, angles
    under their names. A frame in which nobody is seen has no row.
    """
    unfinished = f"{path}.part"
    with open(unfinished, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for frame in frames:
            for person in frame.people:
                numbers = [
                    *person.root_position, *person.root_orientation, *person.angles, *person.joints_camera.ravel(),
                ]
                table.writerow(
                    [f"{frame.time:.6f}", person.id, person.state, f"{person.score:.4f}", f"{person.height:.4f}",
                     person.height_source] + [f"{number:.6f}" for number in numbers]
                )
    os.replace(unfinished, path)
