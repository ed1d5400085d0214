"""rosbag2 recordings without ROS, through the library rosbags (pure Python)."""

import os
from pathlib import Path
import sys

from mocap_ros.datatypes.errors import ImageError, SkeletonError
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

BAG_VERSION = 9  # rosbag2's metadata version of ROS 2 Jazzy
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

    Args:
        folder: must not exist.
        store: from message_types().

    Raises:
        ImageError: the folder exists or cannot be made.
    """

    def __init__(self, folder, store):
        self.store = store
        self._connections = {}
        if Path(folder).exists():
            raise ImageError(f"{folder}: exists already; a recording is never overwritten")
        try:
            self._writer = Writer(Path(folder), version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP)
            self._writer.open()
        except OSError as error:
            raise ImageError(f"{folder}: cannot be written ({error.strerror})") from None

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

    def close(self):
        """Finishes the recording."""
        self._writer.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
