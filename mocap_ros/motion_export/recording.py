"""People read back from a recording: a rosbag2 of ROS's own recorder or of ours, or a folder of results.

Storage sqlite3 and mcap, one file or several, compressed or not, as the library rosbags reads them. Bags of ROS 2 Humble
hold no message definitions in sqlite3: then this package's own are used. A recording that was never finished, because
its recorder was killed, is read as far as it goes.
"""

from pathlib import Path
import re

from rosbags.highlevel import AnyReader, AnyReaderError

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
        try:
            self._reader = AnyReader(files_of(self.path), default_typestore=message_types())
            self._reader.open()
        except (AnyReaderError, OSError) as error:
            raise ImageError(f"{path}: cannot be read as a rosbag2 ({error})") from None
        try:
            self._connections = self._choose(topic)
        except ImageError:
            self._reader.close()
            raise
        self.topic = self._connections[0].topic
        self.count = sum(connection.msgcount for connection in self._connections)

    def frames(self):
        """PeopleFrames in order of recording.

        Raises:
            ImageError: the recording is damaged from some message on.
            SkeletonError: it was made with another skeleton.
        """
        models = [each for each in self._reader.connections if each.msgtype == MODEL]
        read = 0
        try:
            for connection, _, data in self._reader.messages(self._connections + models):
                message = self._reader.deserialize(data, connection.msgtype)
                if connection.msgtype == MODEL:
                    check_skeleton_model(message)
                    continue
                yield people_from_message(message)
                read += 1
        except (AnyReaderError, OSError, AssertionError) as error:  # the library's word for data that do not fit
            raise ImageError(f"{self.path}: damaged after {read} frames ({error})") from None

    def close(self):
        """Closes the files."""
        self._reader.close()

    def _choose(self, topic):
        """The connections of the topic to read."""
        people = [each for each in self._reader.connections if each.msgtype == PEOPLE]
        found = sorted({each.topic for each in people if not each.topic.endswith(UNTRACKED)})
        listed = ", ".join(found) or "none"
        if topic and topic not in found:
            raise ImageError(f"{self.path}: no people on {topic}. Available: {listed}")
        if not topic and len(found) != 1:
            raise ImageError(f"{self.path}: {len(found)} topics of {PEOPLE}; name one of them: {listed}" if found else
                             f"{self.path}: no topic of {PEOPLE}")
        return [each for each in people if each.topic == (topic or found[0])]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def files_of(path):
    """What rosbags should open for a path: the bag's folder, or its storage files where it was not finished.

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
        return [path]
    files = sorted((each for each in path.iterdir() if each.suffix in STORAGES), key=_split_number)
    if not files:
        raise ImageError(f"{path}: no recording: neither {METADATA} nor a file that ends with {' or '.join(STORAGES)}")
    return [_whole(each) for each in files]


def _whole(path):
    """The path, or what stands for it where it is an mcap file without its end."""
    return UnfinishedMcap(path) if path.suffix == ".mcap" and not UnfinishedMcap.is_finished(path) else path


def _split_number(path):
    """Sorts the files of a split recording, name_0, name_1, ... name_10."""
    numbers = re.findall(r"\d+", path.stem)
    return int(numbers[-1]) if numbers else 0, path.name
