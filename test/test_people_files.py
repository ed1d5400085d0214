"""The files for other programs, read back by other programs' libraries."""

import csv

import bvhio
import numpy as np
from pyarrow import parquet
import pytest

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.motion_export.bvh import read_bvh
from mocap_ros.motion_export.people_files import BVH, CSV, FORMATS, PARQUET, PARQUET_TABLE, PeopleFiles, SCENE, TABLE
from mocap_ros.motion_export.table import COLUMNS, TEXTS
from people_scenes import RATE, true_joints, walk

FRAMES = [walk(number) for number in range(60)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    with PeopleFiles(folder, FORMATS) as files:
        for frame in FRAMES:
            files.add(frame)
    assert sorted(files.written) == sorted(folder.iterdir())  # nothing else is left
    return folder


def rows():
    return [(frame.time, person) for frame in FRAMES for person in frame.people]


def test_there_is_a_file_for_each_person_and_one_of_each_other_kind(folder):
    assert {path.name for path in folder.iterdir()} == {TABLE, PARQUET_TABLE, SCENE, "aaaaa.bvh", "bbbbb.bvh"}


def test_the_csv_holds_a_row_for_each_person_and_frame(folder):
    with open(folder / TABLE, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS and len(table) == len(rows())
    for row, (time, person) in zip(table, rows()):
        assert (row["id"], row["state"], row["height_source"]) == (person.id, person.state, person.height_source)
        assert float(row["time"]) == pytest.approx(time, abs=1e-6)
        assert [float(row[angle]) for angle in ANGLES] == pytest.approx(person.angles, abs=1e-6)  # six decimals
        assert [float(row[f"root_q{axis}"]) for axis in "xyzw"] == pytest.approx(person.root_orientation, abs=1e-6)
        joints = [[float(row[f"{joint}_{axis}"]) for axis in "xyz"] for joint in JOINTS]
        assert np.abs(np.array(joints) - person.joints_camera).max() < 1e-6  # m
        assert float(row["l_toe_confidence"]) == pytest.approx(0.8) and float(row["l_toe_deviation"]) == 0.05


def test_parquet_holds_the_same_and_says_its_units(folder):
    table = parquet.read_table(folder / PARQUET_TABLE)
    assert tuple(table.column_names) == COLUMNS and table.num_rows == len(rows())
    assert {str(table.schema.field(name).type) for name in set(COLUMNS) - set(TEXTS)} == {"double"}
    assert table.schema.metadata[b"units"] == b"metre, radian, second"
    assert table["id"].to_pylist() == [person.id for _, person in rows()]
    assert table["time"].to_pylist() == [time for time, _ in rows()]
    assert table["head_top_y"].to_pylist() == [person.joints_camera[0, 1] for _, person in rows()]


def test_bvh_has_the_frames_own_rate_and_bridges_gaps(folder):
    first, second = read_bvh(folder / "aaaaa.bvh"), read_bvh(folder / "bbbbb.bvh")
    assert len(first) == 60 and len(second) == 50  # 10 to 59, of which 25 to 44 nobody saw
    assert np.diff(first.times) == pytest.approx(1 / RATE, abs=1e-6)
    seen = np.stack([frame.people[1].root_position for frame in (FRAMES[24], FRAMES[45])])
    assert np.abs(second.root_position[14:36] - np.linspace(*seen, 22)).max() < 1e-5  # m, of six decimals of cm
    assert sum(np.abs(second.root_position - person.root_position).max(1).min() < 1e-5
               for _, person in rows() if person.id == "bbbbb") == 30


@pytest.mark.parametrize("plane", [None, level_ground(1.4, 0.2)])
def test_another_reader_of_bvh_sees_the_joints_where_they_are(tmp_path, plane):
    with PeopleFiles(tmp_path, (BVH,), plane) as files:
        for frame in FRAMES[:10]:
            files.add(frame)
    rotation, height = np.diag([1.0, -1, -1]), 0.0
    if plane is not None:
        sine, cosine = np.sin(0.2), np.cos(0.2)
        rotation, height = np.array([[1, 0, 0], [0, -cosine, -sine], [0, sine, -cosine]]), 1.4
    hierarchy = bvhio.readAsHierarchy(str(tmp_path / "aaaaa.bvh"))
    nodes = {node.Name: node for node, *_ in hierarchy.layout()}
    for number in range(10):
        hierarchy.loadPose(number)
        wanted = 100 * (true_joints(FRAMES[number].people[0]) @ rotation.T + [0, height, 0])
        for joint in JOINTS:
            if joint in nodes:
                seen = np.array(nodes[joint].PositionWorld)
                assert np.abs(seen - wanted[JOINTS.index(joint)]).max() < 0.01  # cm: bvhio counts in single precision
    assert len(set(JOINTS) & set(nodes)) == 16  # all but the five ends


def test_a_rate_may_be_chosen(tmp_path):
    with PeopleFiles(tmp_path, (BVH,), rate=120.0) as files:
        for frame in FRAMES:
            files.add(frame)
    motion = read_bvh(tmp_path / "aaaaa.bvh")
    assert np.diff(motion.times) == pytest.approx(1 / 120, abs=1e-6) and motion.times[-1] == pytest.approx(59 / RATE,
                                                                                                         abs=1 / 120)


def test_nobody_leaves_empty_tables_and_no_motion(tmp_path):
    with PeopleFiles(tmp_path, FORMATS) as files:
        pass
    assert {path.name for path in files.written} == {TABLE, PARQUET_TABLE} == {path.name for path in tmp_path.iterdir()}
    assert parquet.read_table(tmp_path / PARQUET_TABLE).num_rows == 0


def test_an_error_on_the_way_leaves_the_tables_rows_and_no_other_file(tmp_path):
    with pytest.raises(KeyError), PeopleFiles(tmp_path, FORMATS) as files:
        files.add(FRAMES[0])
        raise KeyError
    assert {path.name for path in tmp_path.iterdir()} == {TABLE, PARQUET_TABLE}
    assert (tmp_path / TABLE).read_text().count("\n") == 2


@pytest.mark.parametrize("kind", [CSV, BVH, PARQUET])
def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path, kind):
    with pytest.raises(ImageError, match="cannot be written"):
        PeopleFiles(tmp_path / "missing", (kind,))
