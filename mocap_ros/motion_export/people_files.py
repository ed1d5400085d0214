"""Files for other programs, made while people come in: a table, and one motion file per person or scene."""

from pathlib import Path

from mocap_ros.datatypes.errors import ImageError, writing
from mocap_ros.motion_export.bvh import write_bvh
from mocap_ros.motion_export.csv import CsvTable
from mocap_ros.motion_export.motion_store import MotionStore

CSV, PARQUET, BVH, GLTF = FORMATS = ("csv", "parquet", "bvh", "gltf")
TABLE, PARQUET_TABLE, SCENE = "persons.csv", "persons.parquet", "people.glb"


class PeopleFiles:
    """Writes PeopleFrames into a folder; `with` finishes the files, or drops the unfinished ones after an error.

    The tables grow as frames come. Motion files need a person's whole motion: it waits on disk and they are written at
    the end, so memory does not grow with the length of a recording.

    Args:
        folder: exists; files of the same names are replaced.
        formats: some of FORMATS.
        plane: GroundPlane under the camera or None, for the motion files' floor.
        rate: of the BVH files [frames/s]; None for each person's own.

    Raises:
        ImageError: the folder cannot be written.
        ConfigError: a format needs a library that is not there.
    """

    def __init__(self, folder, formats=(CSV, BVH), plane=None, rate=None):
        self.folder, self.formats, self.plane, self.rate = Path(folder), formats, plane, rate
        self.written = []  # paths of the finished files
        self._tables = []
        if PARQUET in formats:
            from mocap_ros.motion_export.parquet import ParquetTable  # an optional library
        if GLTF in formats:
            from mocap_ros.motion_export.gltf import write_gltf  # an optional library
            self._write_gltf = write_gltf
        with writing(folder, ImageError):
            self._store = MotionStore(folder) if BVH in formats or GLTF in formats else None
        if CSV in formats:
            self._tables.append((self.folder / TABLE, CsvTable(self.folder / TABLE)))
        if PARQUET in formats:
            self._tables.append((self.folder / PARQUET_TABLE, ParquetTable(self.folder / PARQUET_TABLE)))

    def add(self, frame):
        """Adds one PeopleFrame."""
        for _, table in self._tables:
            table.add(frame)
        if self._store is not None:
            self._store.add(frame)

    def close(self):
        """Finishes every file."""
        try:
            if self._store is not None and BVH in self.formats:
                for motion in self._store.motions():
                    write_bvh(self.folder / f"{motion.id}.bvh", motion, self.plane, self.rate)
                    self.written.append(self.folder / f"{motion.id}.bvh")
            if self._store is not None and GLTF in self.formats and self._store.ids:
                self._write_gltf(self.folder / SCENE, self._store.motions(), self._store.begin, self.plane)
                self.written.append(self.folder / SCENE)
        finally:
            self.abandon()

    def abandon(self):
        """Ends without the motion files; the tables keep the rows that they have."""
        for path, table in self._tables:
            table.close()
            self.written.append(path)
        if self._store is not None:
            self._store.close()
        self._tables, self._store = [], None

    def __enter__(self):
        return self

    def __exit__(self, kind, *exception):
        self.abandon() if kind else self.close()
