"""rosbag2 recordings without ROS, through the library rosbags (pure Python)."""

from functools import lru_cache
import os
from pathlib import Path
import sys

from mocap_ros.datatypes.errors import ImageError, SkeletonError, writing
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

BAG_VERSION = 9  # rosbag2's metadata version of ROS 2 Jazzy
LONGEST_CHUNK = 10 ** 9  # ns of messages that may be lost when a recorder is killed
OWN_MESSAGES = ("Keypoint", "Person", "PersonArray", "SkeletonModel")


def message_folder():
    """Folder of this package's .msg files: in the source tree, below Python's prefix, or in a ROS prefix.

    Raises:
        SkeletonError: they are nowhere.
    """
    prefixes = [sys.prefix, *os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)]
    folders = [Path(__file__).resolve().parents[2] / "msg"]
    folders += [Path(prefix) / "share" / "mocap_ros" / "msg" for prefix in prefixes if prefix]
    for folder in folders:
        if (folder / "PersonArray.msg").is_file():
            return folder
    raise SkeletonError(f"PersonArray.msg not found in {', '.join(map(str, folders))}")


@lru_cache(maxsize=1)
def message_types():
    """The rosbags type store of ROS 2 Jazzy with this package's messages in it."""
    store = get_typestore(Stores.ROS2_JAZZY)
    types = {}
    for name in OWN_MESSAGES:
        types.update(get_types_from_msg((message_folder() / f"{name}.msg").read_text(), f"mocap_ros/msg/{name}"))
    store.register(types)
    return store


class BagWriter:
    """A new rosbag2 (mcap) folder; `with` closes it.

    What was written is on disk after LONGEST_CHUNK at the latest; `Recording` reads it where the recorder was killed.

    Args:
        folder: must not exist.
        store: from message_types().

    Raises:
        ImageError: the folder exists or cannot be made.
    """

    def __init__(self, folder, store):
        self.store = store
        self._connections = {}
        self._chunk_begin = None  # time of the first message that is not on disk [ns]
        if Path(folder).exists():
            raise ImageError(f"{folder}: exists already; a recording is never overwritten")
        with writing(folder, ImageError):
            self._writer = Writer(Path(folder), version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP)
            self._writer.open()

    def write(self, topic, type_name, time_ns, message, qos=()):
        """Adds a message of the type store, or one already serialised (bytes), at a time [ns].

        Args:
            qos: rosbags Qos profiles that the topic was offered with; read at the topic's first message.
        """
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic, type_name, typestore=self.store, offered_qos_profiles=qos
            )
        data = message if isinstance(message, (bytes, memoryview)) else self.store.serialize_cdr(message, type_name)
        self._writer.write(self._connections[topic], time_ns, data)
        if self._chunk_begin is None:
            self._chunk_begin = time_ns
        elif not 0 <= time_ns - self._chunk_begin < LONGEST_CHUNK:
            storage = self._writer.storage
            if storage.chunk.msgs:  # rosbags closes a chunk by itself when it is large
                storage.close_chunk()
            storage.bio.flush()
            self._chunk_begin = None

    def close(self):
        """Finishes the recording."""
        self._writer.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
