from dataclasses import replace

import numpy as np
import pytest
from transforms3d.euler import euler2mat

from body_scenes import named_pose, random_pose
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.hierarchy import parse_hierarchy, place_nodes
from mocap_ros.geometry.rotation import matrix_to_quaternion, quaternion_to_matrix, rotvec_to_quaternion
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, default_bone_lengths
from mocap_ros.motion_export import bvh
from mocap_ros.motion_export.bvh import read_bvh, write_bvh
from mocap_ros.motion_export.motion import Motion

RATE = 25.0
END_NAMES = {"head_end": "head_top", "r_wrist_end": "r_hand", "l_wrist_end": "l_hand", "r_ankle_end": "r_toe",
             "l_ankle_end": "l_toe"}


def some_motion(frames=40, seed=0):
    position, rotation, angles = random_pose(frames, np.random.default_rng(seed))
    lengths = default_bone_lengths(1.75) * np.random.default_rng(seed).uniform(0.9, 1.1, 20)
    return Motion("abcde", np.arange(frames) / RATE, lengths, position, matrix_to_quaternion(rotation), angles)


def joints_of(motion):
    lengths = np.tile(motion.bone_lengths, (len(motion), 1))
    rotation = quaternion_to_matrix(motion.root_orientation)
    return forward_kinematics(motion.root_position, rotation, motion.angles, lengths).joints


def plain_positions(text):
    """Node positions [cm] as any viewer works them out: offsets and channels, nothing of ours."""
    hierarchy, _ = parse_hierarchy(text)
    frames = len(hierarchy.root_position)
    places, turns = {}, {}
    for name, parent, offset in zip(hierarchy.names, hierarchy.parents, hierarchy.offsets):
        order = hierarchy.orders.get(name, "XYZ").lower()
        channels = np.radians(hierarchy.rotations.get(name, np.zeros((frames, 3))))
        turn = np.array([euler2mat(*each, "r" + order) for each in channels])
        name = END_NAMES.get(name, name)
        if parent is None:
            places[name], turns[name] = offset + hierarchy.root_position, turn
        else:
            places[name] = places[parent] + turns[parent] @ offset
            turns[name] = turns[parent] @ turn
    return places


@pytest.mark.parametrize("plane", [None, level_ground(1.4, 0.3)])
def test_angles_and_place_read_back_equal_those_written(tmp_path, plane):
    motion = some_motion()
    write_bvh(tmp_path / "a.bvh", motion, plane)
    again = read_bvh(tmp_path / "a.bvh", plane)
    assert np.degrees(np.abs(again.angles - motion.angles)).max() < 1e-4  # degrees, of six decimals
    assert np.abs(again.root_position - motion.root_position).max() < 1e-7  # m
    assert np.abs(joints_of(again) - joints_of(motion)).max() < 1e-4  # m
    assert np.abs(again.times - motion.times).max() < 1e-6  # s


def test_a_viewer_sees_the_joints_where_they_are(tmp_path):
    motion = some_motion()
    write_bvh(tmp_path / "a.bvh", motion)
    places = plain_positions((tmp_path / "a.bvh").read_text())
    wanted = joints_of(motion) * [1, -1, -1] * 100  # Y up, Z towards the viewer, cm
    assert set(places) == set(JOINTS)
    for k, joint in enumerate(JOINTS):
        assert np.abs(places[joint] - wanted[:, k]).max() < 0.01  # cm


def test_nodes_are_placed_as_a_viewer_places_them(tmp_path):
    write_bvh(tmp_path / "a.bvh", some_motion())
    text = (tmp_path / "a.bvh").read_text()
    hierarchy, _ = parse_hierarchy(text)
    _, positions = place_nodes(hierarchy)
    for name, places in plain_positions(text).items():
        names = [END_NAMES.get(each, each) for each in hierarchy.names]
        assert np.abs(positions[:, names.index(name)] - places).max() < 1e-9  # cm


def test_with_a_floor_the_feet_stand_on_it_and_the_body_upright(tmp_path):
    plane = level_ground(1.5, 0.4)
    _, rotation, angles = named_pose("hanging arms", 0.0)
    tilt = np.array([[1, 0, 0], [0, np.cos(0.4), -np.sin(0.4)], [0, np.sin(0.4), np.cos(0.4)]])
    ankle = ANKLE_HEIGHT * 1.7
    lengths = default_bone_lengths(1.7)
    leg = lengths[[JOINTS.index("l_knee"), JOINTS.index("l_ankle")]].sum()
    forward = np.array([0, -np.sin(0.4), np.cos(0.4)])
    position = (ankle + leg - 1.5) * plane.up + 4 * forward
    motion = Motion("abcde", [0.0], lengths, [position], matrix_to_quaternion(tilt @ rotation), angles)
    write_bvh(tmp_path / "a.bvh", motion, plane)
    places = plain_positions((tmp_path / "a.bvh").read_text())
    assert abs(places["l_ankle"][0, 1] - 100 * ankle) < 0.01  # cm
    assert places["head_top"][0, 1] - places["l_ankle"][0, 1] > 0.95 * 100 * (1.7 - ankle)


def test_every_joint_has_no_or_three_rotation_channels_and_names_are_unique(tmp_path):
    """Common importers refuse a joint of one or two."""
    write_bvh(tmp_path / "a.bvh", some_motion(2))
    lines = (tmp_path / "a.bvh").read_text().splitlines()
    channels = [line.split()[1:] for line in lines if "CHANNELS" in line]
    assert [len(each) for each in channels] == [7] + [4] * 15
    assert lines[0] == "HIERARCHY" and "MOTION" in lines and sum(line.count("{") for line in lines) == 21
    names = [line.split()[1] for line in lines if "JOINT" in line or "ROOT" in line]
    assert len(set(names)) == 16


def test_curves_do_not_jump_when_the_motion_does_not(tmp_path):
    """Arms that pass overhead and a body that turns twice round."""
    frames, angles = 120, np.zeros((120, 23))
    angles[:, ANGLES.index("l_shoulder_abduction")] = np.linspace(0, 3.1, frames)
    angles[:, ANGLES.index("l_shoulder_flexion")] = np.linspace(-1.2, 1.2, frames)
    turn = np.linspace(0, 4 * np.pi, frames)
    rotation = np.stack([[[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]] for a in turn]) @ (
        named_pose("T-pose")[1]
    )
    motion = Motion("abcde", np.arange(frames) / RATE, default_bone_lengths(1.7), np.zeros((frames, 3)),
                    matrix_to_quaternion(rotation), angles)
    write_bvh(tmp_path / "a.bvh", motion)
    hierarchy, _ = parse_hierarchy((tmp_path / "a.bvh").read_text())
    for channels in hierarchy.rotations.values():
        assert np.abs(np.diff(channels, axis=0)).max() < 45  # degrees a frame; a wrap would be 180 or 360


def test_a_long_motion_is_written_in_pieces_without_a_seam(tmp_path, monkeypatch):
    motion = some_motion(60)
    turning = rotvec_to_quaternion(np.outer(np.linspace(0, 9, 60), [0, 1, 0]))  # more than once round
    motion = replace(motion, root_orientation=turning)
    write_bvh(tmp_path / "whole.bvh", motion)
    monkeypatch.setattr(bvh, "BLOCK", 7)
    write_bvh(tmp_path / "pieces.bvh", motion)
    assert (tmp_path / "pieces.bvh").read_text() == (tmp_path / "whole.bvh").read_text()


ONE_NODE = "HIERARCHY ROOT a { OFFSET 0 0 0 CHANNELS 3 Xrotation Yrotation Zrotation } MOTION "


@pytest.mark.parametrize("text, message", [
    ("", "breaks off"), ("hello world", "does not begin with HIERARCHY"),
    ("HIERARCHY ROOT pelvis { OFFSET 0 0", "breaks off"), ("HIERARCHY ROOT a { OFFSET 0 x 0 }", "word where a number"),
    (ONE_NODE + "Frames: 2 Frame Time: 0.1 1 2 3", "3 numbers: wanted 2 frames of 3 channels"),
    (ONE_NODE + "Frames: 1 Frame Time: 0.1 1 2 3", "wanted this package's own skeleton"),
    (ONE_NODE.replace("Zrotation", "Zposition").replace("}", "JOINT b { OFFSET 1 0 0 CHANNELS 1 Xposition } }")
     + "Frames: 1 Frame Time: 0.1 1 2 3 4", "wanted this package's own skeleton"),
    (ONE_NODE.replace("3 Xr", "4 Xrotation Xr") + "Frames: 1 Frame Time: 0.1 1 2 3 4", "4 rotation channels on a"),
    ("HIERARCHY ROOT a { OFFSET 0 0 0 } ROOT b { OFFSET 0 0 0 }", "ROOT outside one tree"),
])
def test_other_files_are_refused_with_a_reason(tmp_path, text, message):
    (tmp_path / "a.bvh").write_text(text)
    with pytest.raises(SkeletonError, match=message):
        read_bvh(tmp_path / "a.bvh")


def test_a_joint_that_slides_is_refused(tmp_path):
    """Other programs write position channels on every joint; their places would be lost."""
    write_bvh(tmp_path / "a.bvh", some_motion(1))
    head, channels, rest = (tmp_path / "a.bvh").read_text().partition("CHANNELS 3 Xrotation Zrotation Yrotation")
    text = head + "CHANNELS 4 Yposition Xrotation Zrotation Yrotation" + rest
    lines = text.splitlines()
    lines[-1] += " 0"
    (tmp_path / "a.bvh").write_text("\n".join(lines))
    with pytest.raises(SkeletonError, match="position channels on spine: wanted them on the root only"):
        read_bvh(tmp_path / "a.bvh")


def test_an_empty_motion_is_refused(tmp_path):
    empty = Motion("abcde", [], np.ones(20), np.zeros((0, 3)), np.zeros((0, 4)), np.zeros((0, 23)))
    with pytest.raises(SkeletonError, match="without instants"):
        write_bvh(tmp_path / "a.bvh", empty)
    assert not list(tmp_path.iterdir())
