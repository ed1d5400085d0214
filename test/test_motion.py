import csv

import numpy as np

from body_scenes import random_pose
from mocap_ros.datatypes.person import ASSUMED, TRACKED, PeopleFrame, Person
from mocap_ros.datatypes.skeleton import ANGLES, J, K
from mocap_ros.geometry.rotation import matrix_to_quaternion, rotvec_to_quaternion
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.motion_export.bvh import read_bvh, write_bvh_per_person
from mocap_ros.motion_export.csv import COLUMNS, write_csv
from mocap_ros.motion_export.motion import Motion, at_even_times, motions_of


def person(name, pose, row):
    position, rotation, angles = pose
    return Person(
        id=name, state=TRACKED, score=0.9, keypoints_px=np.full((K, 2), np.nan), keypoint_confidence=np.zeros(K),
        joints_camera=np.arange(J * 3.0).reshape(J, 3), joint_confidence=np.ones(J), root_position=position[row],
        root_orientation=matrix_to_quaternion(rotation[row]), angles=angles[row],
        bone_lengths=default_bone_lengths(1.7 + 0.01 * row), height=1.7, height_source=ASSUMED, velocity=np.zeros(3),
        root_covariance=np.eye(3),
    )


def frames():
    """Ten frames: one person throughout, one who comes late, misses two frames and goes."""
    pose = random_pose(10, np.random.default_rng(0))
    return pose, [
        PeopleFrame(t / 30, 640, 480, tuple(
            [person("aaaaa", pose, t)] + ([person("bbbbb", pose, 9 - t)] if t in (3, 4, 7, 8) else [])
        ), 0.01, True)
        for t in range(10)
    ]


def test_frames_are_gathered_by_person():
    pose, all_frames = frames()
    first, second = motions_of(all_frames)
    assert (first.id, len(first), second.id, len(second)) == ("aaaaa", 10, "bbbbb", 4)
    assert np.array_equal(second.angles, pose[2][[6, 5, 2, 1]])
    assert np.allclose(second.times, np.array([3, 4, 7, 8]) / 30)
    assert np.array_equal(first.bone_lengths, default_bone_lengths(1.79))  # the last frame's
    assert motions_of([]) == []


def test_even_times_bridge_gaps_on_a_straight_line():
    turn = np.array([[0, 0, 0.0], [0, 0, 0.1], [0, 0, 0.4]])
    motion = Motion("abcde", [0.0, 0.1, 0.4], np.ones(20), [[0, 0, 0], [1, 0, 0], [4, 0, 0]],
                    rotvec_to_quaternion(turn), np.outer([0, 1, 4], np.ones(23)))
    even = at_even_times(motion, 10)
    assert np.allclose(even.times, [0, 0.1, 0.2, 0.3, 0.4])
    assert np.allclose(even.root_position[:, 0], range(5))
    assert np.allclose(even.angles[:, 7], range(5))
    assert np.allclose(even.root_orientation, rotvec_to_quaternion(np.outer(range(5), [0, 0, 0.1])))


def test_an_even_motion_stays_as_it_is():
    motion = motions_of(frames()[1])[0]
    assert at_even_times(motion) is motion
    alone = Motion("abcde", [1.0], np.ones(20), np.zeros((1, 3)), [[0, 0, 0, 1]], np.zeros((1, 23)))
    assert at_even_times(alone, 30) is alone


def test_every_person_gets_a_bvh_file(tmp_path):
    paths = write_bvh_per_person(frames()[1], tmp_path)
    assert [path.rsplit("/", 1)[1] for path in paths] == ["aaaaa.bvh", "bbbbb.bvh"]
    assert len(read_bvh(paths[0])) == 10 and len(read_bvh(paths[1])) == 6  # the gap is bridged
    assert sorted(each.name for each in tmp_path.iterdir()) == ["aaaaa.bvh", "bbbbb.bvh"]


def test_the_table_holds_a_row_for_each_person_and_frame(tmp_path):
    pose, all_frames = frames()
    write_csv(all_frames, tmp_path / "persons.csv")
    with open(tmp_path / "persons.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 14
    late = rows[4]
    assert (late["id"], late["state"], late["height_source"]) == ("bbbbb", TRACKED, ASSUMED)
    assert abs(float(late["l_knee_flexion"]) - pose[2][6, ANGLES.index("l_knee_flexion")]) < 1e-6
    assert abs(float(late["root_z"]) - pose[0][6, 2]) < 1e-6
    assert float(late["head_top_z"]) == 2 and float(late["l_toe_z"]) == 62
