"""Recordings as ROS's own recorder lays them out, as ours does, split, compressed, killed and damaged."""

import os
from pathlib import Path
import signal
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
import yaml

from mocap_ros.datatypes.errors import ImageError, SkeletonError
from mocap_ros.motion_export.messages import people_message, skeleton_model_message
from mocap_ros.motion_export.recording import MODEL, PEOPLE, Recording
from mocap_ros.motion_export.results import message_classes
from mocap_ros.motion_export.rosbag import BagWriter, message_types
from people_scenes import walk

FRAMES = 60
STORE = message_types()
TYPES = message_classes(STORE)
TOPIC_TYPES = {"/robot/persons": PEOPLE, "/robot/skeleton_model": MODEL, "/robot/name": "std_msgs/msg/String"}
QOS = """- history: 3
  depth: 0
  reliability: 1
  durability: 2
  deadline: {{sec: {0}, nsec: 0}}
  lifespan: {{sec: {0}, nsec: 0}}
  liveliness: 1
  liveliness_lease_duration: {{sec: {0}, nsec: 0}}
  avoid_ros_namespace_conventions: false"""
# Tables of rosbag2_storage_sqlite3 by the version of its schema.
TABLES = {
    2: "CREATE TABLE topics(id INTEGER PRIMARY KEY,name TEXT NOT NULL,type TEXT NOT NULL,serialization_format TEXT NOT "
       "NULL,offered_qos_profiles TEXT NOT NULL);",
    3: "CREATE TABLE schema(schema_version INTEGER PRIMARY KEY,ros_distro TEXT NOT NULL);"
       "CREATE TABLE metadata(id INTEGER PRIMARY KEY,metadata_version INTEGER NOT NULL,metadata TEXT NOT NULL);"
       "INSERT INTO schema VALUES (3, 'humble');",
    4: "CREATE TABLE schema(schema_version INTEGER PRIMARY KEY,ros_distro TEXT NOT NULL);"
       "CREATE TABLE metadata(id INTEGER PRIMARY KEY,metadata_version INTEGER NOT NULL,metadata TEXT NOT NULL);"
       "CREATE TABLE topics(id INTEGER PRIMARY KEY,name TEXT NOT NULL,type TEXT NOT NULL,serialization_format TEXT NOT "
       "NULL,offered_qos_profiles TEXT NOT NULL,type_description_hash TEXT NOT NULL);"
       "CREATE TABLE message_definitions(id INTEGER PRIMARY KEY,topic_type TEXT NOT NULL,encoding TEXT NOT NULL,"
       "encoded_message_definition TEXT NOT NULL,type_description_hash TEXT NOT NULL);"
       "INSERT INTO schema VALUES (4, 'jazzy');",
}
TABLES[3] += TABLES[2]
MESSAGE_TABLE = ("CREATE TABLE messages(id INTEGER PRIMARY KEY,topic_id INTEGER NOT NULL,timestamp INTEGER NOT NULL, "
                 "data BLOB NOT NULL);CREATE INDEX timestamp_idx ON messages (timestamp ASC);")
SCHEMA_OF = {4: 2, 5: 3, 6: 4, 7: 4, 8: 4, 9: 4}  # by the version of metadata.yaml


def header(number):
    return TYPES.Header(stamp=TYPES.Time(sec=1700000000, nanosec=number * 40_000_000), frame_id="camera_optical_frame")


def serialised():
    """(topic, time [ns], data) of a recording: the model, then a frame every 40 ms, between them another topic."""
    yield "/robot/skeleton_model", 0, STORE.serialize_cdr(skeleton_model_message(TYPES), MODEL)
    for number in range(FRAMES):
        time = 10 ** 9 + number * 40_000_000
        yield "/robot/name", time - 1, STORE.serialize_cdr(TYPES.String(data="spot"), "std_msgs/msg/String")
        yield "/robot/persons", time, STORE.serialize_cdr(people_message(walk(number), header(number), TYPES), PEOPLE)


MESSAGES = list(serialised())


def write_sqlite(path, messages, schema):
    """A storage file as ROS's recorder of that schema writes it."""
    with sqlite3.connect(path) as file:
        file.executescript(TABLES[schema] + MESSAGE_TABLE)
        for number, (topic, kind) in enumerate(TOPIC_TYPES.items(), 1):
            digest = [STORE.hash_rihs01(kind)] if schema >= 4 else []
            row = [number, topic, kind, "cdr", QOS.format(2147483647), *digest]
            file.execute(f"INSERT INTO topics VALUES ({','.join('?' * len(row))})", row)
            if schema >= 4:
                definition, _ = STORE.generate_msgdef(kind, ros_version=2)
                file.execute("INSERT INTO message_definitions VALUES (?,?,?,?,?)",
                             [number, kind, "ros2msg", definition, *digest])
        names = list(TOPIC_TYPES)
        file.executemany("INSERT INTO messages(timestamp, topic_id, data) VALUES (?,?,?)",
                         [(time, names.index(topic) + 1, bytes(data)) for topic, time, data in messages])
    file.close()


def write_metadata(folder, files, version):
    """metadata.yaml; its quality of service is written otherwise than in the storage, as Foxy's recorder did."""
    bag = {
        "version": version, "storage_identifier": "sqlite3", "relative_file_paths": files,
        "duration": {"nanoseconds": 3 * 10 ** 9}, "starting_time": {"nanoseconds_since_epoch": 0},
        "message_count": len(MESSAGES), "compression_format": "", "compression_mode": "",
        "topics_with_message_count": [
            {"topic_metadata": {"name": topic, "type": kind, "serialization_format": "cdr",
                                "offered_qos_profiles": QOS.format(0) if version < 9 else yaml.safe_load(QOS.format(0)),
                                **({"type_description_hash": STORE.hash_rihs01(kind)} if version >= 7 else {})},
             "message_count": sum(each[0] == topic for each in MESSAGES)} for topic, kind in TOPIC_TYPES.items()],
        **({"files": [{"path": each} for each in files]} if version >= 5 else {}),
        **({"custom_data": None} if version >= 6 else {}), **({"ros_distro": "jazzy"} if version >= 8 else {}),
    }
    (folder / "metadata.yaml").write_text(yaml.safe_dump({"rosbag2_bagfile_information": bag}))


def write_with_rosbags(folder, storage=StoragePlugin.MCAP, compression=None, version=9):
    writer = Writer(folder, version=version, storage_plugin=storage)
    if compression is not None:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        connections = {topic: writer.add_connection(topic, kind, typestore=STORE)
                       for topic, kind in TOPIC_TYPES.items()}
        for topic, time, data in MESSAGES:
            writer.write(connections[topic], time, bytes(data))


def assert_is_the_walk(path, frames=FRAMES, **options):
    with Recording(path, **options) as recording:
        read = list(recording.frames())
        assert recording.count == len(read) == frames
    for number, frame in enumerate(read):
        wanted = walk(number)
        assert frame.time == pytest.approx(wanted.time, abs=1e-6)  # s: doubles of the epoch's seconds
        assert [(each.id, each.state) for each in frame.people] == [(each.id, each.state) for each in wanted.people]
        for a, b in zip(frame.people, wanted.people):
            np.testing.assert_array_equal(a.joints_camera, b.joints_camera)
            np.testing.assert_array_equal(a.root_orientation, b.root_orientation)
            np.testing.assert_allclose(a.angles, b.angles, atol=1e-6)  # rad, float32


@pytest.mark.parametrize("version", SCHEMA_OF)
def test_bags_of_ros_own_recorder_in_sqlite3_are_read(tmp_path, version):
    """Versions 4 and 5 hold no message definitions."""
    write_sqlite(tmp_path / "walk_0.db3", MESSAGES, SCHEMA_OF[version])
    write_metadata(tmp_path, ["walk_0.db3"], version)
    assert_is_the_walk(tmp_path)
    assert_is_the_walk(tmp_path / "walk_0.db3")


@pytest.mark.parametrize("storage", StoragePlugin)
@pytest.mark.parametrize("compression", [None, CompressionMode.FILE, CompressionMode.MESSAGE])
def test_compressed_bags_are_read(tmp_path, storage, compression):
    write_with_rosbags(tmp_path / "bag", storage, compression)
    assert_is_the_walk(tmp_path / "bag")


def test_mcap_with_compressed_chunks_is_read(tmp_path):
    write_with_rosbags(tmp_path / "bag", compression=CompressionMode.STORAGE)
    assert_is_the_walk(tmp_path / "bag")


def test_a_split_bag_is_read_in_order_with_and_without_metadata(tmp_path):
    files = [f"walk_{number}.db3" for number in range(11)]  # walk_10 comes after walk_9
    for number, file in enumerate(files):
        write_sqlite(tmp_path / file, MESSAGES[11 * number:11 * (number + 1)], 4)
    write_metadata(tmp_path, files, 8)
    assert_is_the_walk(tmp_path)
    (tmp_path / "metadata.yaml").unlink()
    assert_is_the_walk(tmp_path)
    write_metadata(tmp_path, [*files, "walk_11.db3"], 8)
    with pytest.raises(ImageError, match="without walk_11.db3, which metadata.yaml names"):
        Recording(tmp_path)


CHILD = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from test_recording import BagWriter, MESSAGES, STORE, TOPIC_TYPES
writer = BagWriter(sys.argv[1], STORE)
for topic, time, data in MESSAGES:
    writer.write(topic, TOPIC_TYPES[topic], time, data)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_recorder_leaves_all_but_the_last_second(tmp_path):
    child = subprocess.run([sys.executable, "-c", CHILD, tmp_path / "bag", Path(__file__).parent])
    assert child.returncode == -signal.SIGKILL and not (tmp_path / "bag" / "metadata.yaml").exists()
    before = (tmp_path / "bag" / "bag.mcap").read_bytes()
    with Recording(tmp_path) as recording:
        kept = recording.count
    assert FRAMES - 27 < kept < FRAMES  # 25 frames a second, and the one that begins the next
    assert_is_the_walk(tmp_path, kept)
    assert (tmp_path / "bag" / "bag.mcap").read_bytes() == before


def test_an_mcap_file_is_read_as_far_as_it_goes(tmp_path):
    with BagWriter(tmp_path / "bag", STORE) as writer:
        for topic, time, data in MESSAGES:
            writer.write(topic, TOPIC_TYPES[topic], time, data)
    whole = (tmp_path / "bag" / "bag.mcap").read_bytes()
    counts = []
    for length in np.linspace(len(whole) // 2, len(whole) - 1, 20).astype(int):
        (tmp_path / "cut.mcap").write_bytes(whole[:length])
        with Recording(tmp_path / "cut.mcap") as recording:
            counts.append(recording.count)
            assert len(list(recording.frames())) == counts[-1]
    assert counts == sorted(counts) and counts[0] >= 20 and counts[-1] == FRAMES
    for length in (0, 5, 9, 40):
        (tmp_path / "cut.mcap").write_bytes(whole[:length])
        with pytest.raises(ImageError, match="cut.mcap"):
            Recording(tmp_path / "cut.mcap")


def two_topics(tmp_path):
    with BagWriter(tmp_path / "two", STORE) as writer:
        for topic in ("/front/persons", "/rear/persons", "/rear/untracked"):
            for _, time, data in [each for each in MESSAGES if each[0] == "/robot/persons"]:
                writer.write(topic, PEOPLE, time, data)
    return tmp_path / "two"


def test_of_several_topics_one_must_be_named(tmp_path):
    path = two_topics(tmp_path)
    with pytest.raises(ImageError, match="people on 2 topics; name one of them: /front/persons, /rear/persons"):
        Recording(path)
    with pytest.raises(ImageError, match="no people on /left. Available: /front/persons, /rear/persons"):
        Recording(path, "/left")
    assert_is_the_walk(path, topic="/rear/persons")


def test_another_skeleton_is_refused(tmp_path):
    model = skeleton_model_message(TYPES)
    model.joint_names = [*model.joint_names[:3], "r_knuckle", *model.joint_names[4:]]
    with BagWriter(tmp_path / "bag", STORE) as writer:
        writer.write("/a/skeleton_model", MODEL, 0, model)
        writer.write("/a/persons", PEOPLE, 1, dict((topic, data) for topic, _, data in MESSAGES)["/robot/persons"])
    with Recording(tmp_path / "bag") as recording, pytest.raises(SkeletonError, match="'r_knuckle' where .* 'r_elbow'"):
        list(recording.frames())


def test_an_id_that_names_a_path_is_refused(tmp_path):
    message = people_message(walk(0), header(0), TYPES)
    message.people[0].id = "../../etc/passwd"
    with BagWriter(tmp_path / "bag", STORE) as writer:
        writer.write("/a/persons", PEOPLE, 1, message)
    with Recording(tmp_path / "bag") as recording, pytest.raises(SkeletonError, match="wanted letters"):
        list(recording.frames())


@pytest.mark.parametrize("make, words", [
    (lambda path: None, "no such file or folder"),
    (lambda path: path.mkdir(), "no recording: neither metadata.yaml nor"),
    (lambda path: path.write_text("x"), "wanted a rosbag2 folder, or a file that ends with .mcap or .db3"),
    (lambda path: (path.mkdir(), (path / "metadata.yaml").write_text("a: [")), "not a rosbag2's"),
    (lambda path: (path.mkdir(), (path / "metadata.yaml").write_text("a: 1")), "not a rosbag2's"),
    (lambda path: (path.mkdir(), (path / "a.db3").write_bytes(os.urandom(5000))), "cannot be read as a rosbag2"),
])
def test_what_is_no_recording_is_named(tmp_path, make, words):
    make(tmp_path / "x")
    with pytest.raises(ImageError, match=words):
        Recording(tmp_path / "x")
