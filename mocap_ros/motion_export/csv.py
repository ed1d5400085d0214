"""The table of people as comma-separated values, written row by row."""

import csv

from mocap_ros.datatypes.errors import ImageError, writing
from mocap_ros.motion_export.table import COLUMNS, rows_of


class CsvTable:
    """Writes PeopleFrames as they come, six decimals; `close` ends it. A frame in which nobody is seen has no row.

    Args:
        path: of the file; replaced if it is there.
    """

    def __init__(self, path):
        with writing(path, ImageError):
            self._file = open(path, "w", newline="", encoding="utf-8")
        self._table = csv.writer(self._file)
        self._table.writerow(COLUMNS)

    def add(self, frame):
        """Adds one PeopleFrame."""
        for row in rows_of(frame):
            self._table.writerow([value if isinstance(value, str) else f"{value:.6f}" for value in row])

    def close(self):
        """Finishes the file."""
        self._file.close()
