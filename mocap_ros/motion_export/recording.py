"""People read back from a recording: a rosbag2 of ROS's own recorder or of ours, or a folder of results.

Storage sqlite3 and mcap, one file or several, compressed or not, through the library rosbags. A recording that was
never finished, because its recorder was killed, is read as far as it goes.
"""

from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
import re

from rosbags.interfaces import MessageDefinitionFormat
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.serde import SerdeError
from rosbags.typesys import get_types_from_msg, get_typestore, Stores, TypesysError
import yaml

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.motion_export.people_messages import check_skeleton_model, people_from_message
from mocap_ros.motion_export.rosbag import message_types
from mocap_ros.motion_export.unfinished_mcap import UnfinishedMcap

BAG = "bag"  # of a folder of results
METADATA = "metadata.yaml"
STORAGES = (".mcap", ".db3")
PEOPLE, MODEL = "mocap_ros/msg/PersonArray", "mocap_ros/msg/SkeletonModel"
UNTRACKED = "/untracked"  # ends the name of the topic on which people have no ids


class Recording:
    """PeopleFrames of a recording; `with` closes it.

    Args:
        path: rosbag2 folder, .mcap or .db3 file, or a folder that `mocap run`, the demo or the recorder wrote.
        topic: of the PersonArrays; may be empty where there is only one.

    Attributes:
        topic: from which people are read.
        count: messages on that topic.

    Raises:
        ImageError: no recording, a damaged one, or one without people.
    """

    def __init__(self, path, topic=""):
        self.path = Path(path)
        with ExitStack() as files:
            try:
                self._readers = [files.enter_context(Reader(each)) for each in files_of(self.path)]
                self._connections = [each for reader in self._readers for each in reader.connections]
                self.topic = self._choose(topic)
                self._stores = {each.msgtype: _types_of(each) for each in self._connections
                                if each.msgtype in (PEOPLE, MODEL)}
            except (ReaderError, TypesysError, OSError) as error:
                reason = str(error).strip().partition("\n")[0]
                raise ImageError(f"{path}: cannot be read as a rosbag2 ({reason})") from None
            self._files = files.pop_all()
        self.count = sum(each.msgcount for each in self._connections if each.topic == self.topic)

    def frames(self):
        """PeopleFrames in order of recording.

        Raises:
            ImageError: the recording is damaged from some message on, or holds fewer than it says.
            SkeletonError: it was made with another skeleton.
        """
        read = 0
        try:
            for reader in self._readers:
                wanted = [each for each in reader.connections if each.topic == self.topic or each.msgtype == MODEL]
                for connection, _, data in reader.messages(wanted) if wanted else ():
                    message = self._stores[connection.msgtype].deserialize_cdr(data, connection.msgtype)
                    if connection.msgtype == MODEL:
                        check_skeleton_model(message)
                        continue
                    yield people_from_message(message)
                    read += 1
        except (ReaderError, SerdeError, OSError) as error:
            raise ImageError(f"{self.path}: damaged after {read} frames ({error})") from None
        if read < self.count:
            raise ImageError(f"{self.path}: {read} of {self.count} frames can be read")

    def close(self):
        """Closes the files."""
        self._files.close()

    def _choose(self, topic):
        """The name of the topic to read."""
        found = sorted({each.topic for each in self._connections
                        if each.msgtype == PEOPLE and not each.topic.endswith(UNTRACKED)})
        if topic and topic not in found:
            raise ImageError(f"{self.path}: no people on {topic}. Available: {', '.join(found) or 'none'}")
        if not found:
            raise ImageError(f"{self.path}: no topic of {PEOPLE}")
        if not topic and len(found) > 1:
            raise ImageError(f"{self.path}: people on {len(found)} topics; name one of them: {', '.join(found)}")
        return topic or found[0]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def files_of(path):
    """What rosbags should open for a path, in order of recording.

    The storage files themselves, because rosbags finds no messages where the quality of service in metadata.yaml is
    written otherwise than in the storage, as in bags before ROS 2 Humble; the folder where they are compressed.

    Raises:
        ImageError: there is no recording.
    """
    if not path.exists():
        raise ImageError(f"{path}: no such file or folder")
    if path.is_file():
        if path.suffix not in STORAGES:
            raise ImageError(f"{path}: wanted a rosbag2 folder, or a file that ends with {' or '.join(STORAGES)}")
        return [_whole(path)]
    if not (path / METADATA).exists() and (path / BAG).is_dir():
        path = path / BAG
    if (path / METADATA).exists():
        try:
            bag = yaml.safe_load((path / METADATA).read_text())["rosbag2_bagfile_information"]
            files = [path / Path(each).name for each in bag["relative_file_paths"]]
        except (yaml.YAMLError, TypeError, KeyError, ValueError):
            raise ImageError(f"{path / METADATA}: not a rosbag2's") from None
        if bag.get("compression_mode", "").lower() not in ("", "none"):
            return [path]
        missing = [each.name for each in files if not each.is_file()]
        if missing:
            raise ImageError(f"{path}: without {', '.join(missing)}, which {METADATA} names")
    else:
        files = sorted((each for each in path.iterdir() if each.suffix in STORAGES), key=_split_number)
    if not files:
        raise ImageError(f"{path}: no recording: neither {METADATA} nor a file that ends with {' or '.join(STORAGES)}")
    return [_whole(each) for each in files]


def _types_of(connection):
    """The type store for a connection's messages: as the bag defines them, or as this package does where it is silent,
    as bags of ROS 2 Humble in sqlite3 are."""
    if connection.msgdef.format != MessageDefinitionFormat.MSG:
        return message_types()
    return _defined_types(connection.msgdef.data, connection.msgtype)


@lru_cache(maxsize=8)  # every file of a split recording defines the same
def _defined_types(definition, name):
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(definition, name))
    return store


def _whole(path):
    """The path, or what stands for it where it is an mcap file without its end."""
    return UnfinishedMcap(path) if path.suffix == ".mcap" and not UnfinishedMcap.is_finished(path) else path


def _split_number(path):
    """Sorts the files of a split recording, name_0, name_1, ... name_10."""
    numbers = re.findall(r"\d+", path.stem)
    return int(numbers[-1]) if numbers else 0, path.name
