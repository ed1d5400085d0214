"""The table of people as Apache Parquet, through pyarrow, written in blocks."""

from mocap_ros.datatypes.errors import ImageError, needing_extra, writing
from mocap_ros.motion_export.table import COLUMNS, rows_of, TEXTS

with needing_extra("Parquet", "export"):
    import pyarrow
    from pyarrow import parquet

BLOCK = 4096  # rows in memory at a time
SCHEMA = pyarrow.schema(
    [(name, pyarrow.string() if name in TEXTS else pyarrow.float64()) for name in COLUMNS],
    metadata={"units": "metre, radian, second", "frame": "camera optical frame: x right, y down, z forward",
              "quaternion": "camera_from_body, xyzw; body: x out of the chest, y left, z to the head"},
)


class ParquetTable:
    """Writes PeopleFrames as they come; `close` ends the file, which cannot be read before.

    Args:
        path: of the file; replaced if it is there.
    """

    def __init__(self, path):
        with writing(path, ImageError):
            self._writer = parquet.ParquetWriter(path, SCHEMA, compression="zstd")
        self._rows = []

    def add(self, frame):
        """Adds one PeopleFrame."""
        self._rows += rows_of(frame)
        if len(self._rows) >= BLOCK:
            self._flush()

    def close(self):
        """Finishes the file."""
        self._flush()
        self._writer.close()

    def _flush(self):
        if self._rows:
            self._writer.write_table(pyarrow.table(list(zip(*self._rows)), schema=SCHEMA))
        self._rows = []
