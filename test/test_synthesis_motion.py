"""Motion files, the pose's own axes, and transfer between rest poses."""

import gzip

import numpy as np
import pytest

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.geometry.rotation import rotvec_to_matrix
from mocap_ros.geometry.hierarchy import parse_hierarchy, place_nodes
from mocap_ros.synthesis.amc_files import read_amc
from mocap_ros.synthesis.bvh_files import read_bvh
from mocap_ros.synthesis.directions import axis_turn, unit
from mocap_ros.synthesis.motion import SEGMENTS, Z_UP_FROM_Y_UP, MotionClip, S, intact_frames, transfer
from mocap_ros.synthesis.pose import FOREARM, INDEX, UPPER_ARM, between, gait_angles, local_rotations, mirrored
from mocap_ros.synthesis.pose import neutral_from_rest, reach, world_rotations

BVH = """HIERARCHY
ROOT hip
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT knee
  {
    OFFSET 0 -40 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 -38 2
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.04
1 2 3 0 0 0 0 0 0
1 2 3 90 0 0 0 90 0
"""


def random_rotations(shape, seed):
    return rotvec_to_matrix(np.random.default_rng(seed).normal(0, 1.0, (*shape, 3)))


def rest_directions(seed):
    generator, rest = np.random.default_rng(seed), {}
    for side, sign in (("l", 1), ("r", -1)):
        rest[f"{side}_upper_arm"] = np.array([sign * 0.7, 0.05, -0.7]) + generator.normal(0, 0.05, 3)
        rest[f"{side}_forearm"] = np.array([sign * 0.6, -0.4, -0.6]) + generator.normal(0, 0.05, 3)
        rest[f"{side}_hinge"] = np.cross(rest[f"{side}_upper_arm"], rest[f"{side}_forearm"])
        rest[f"{side}_hand"], rest[f"{side}_palm"] = np.array([sign * 0.5, -0.5, -0.6]), np.array([0, -1.0, 0.2])
        rest[f"{side}_thigh"], rest[f"{side}_shin"] = (
            np.array([sign * 0.1, 0.02, -1.0]),
            np.array([sign * 0.1, 0.05, -0.9]),
        )
        rest[f"{side}_foot"] = np.array([sign * 0.1, -1.0, -0.3])
    return rest


def test_bvh_angles_turn_the_joints_as_written():
    tree, step = parse_hierarchy(BVH)
    rotations, positions = place_nodes(tree)
    assert tree.names == ("hip", "knee", "knee_end") and step == pytest.approx(0.04)
    assert np.allclose(positions[0, :2], [[1, 2, 3], [1, -38, 3]])
    # +90 degrees about Z turns the thigh from -Y to +X
    assert np.allclose(positions[1, :2], [[1, 2, 3], [41, 2, 3]], atol=1e-9)
    assert np.allclose(rotations[1, 1], axis_turn("Z", np.pi / 2) @ axis_turn("X", np.pi / 2))
    assert np.allclose(tree.offsets[2], [0, -38, 2])


def test_bvh_without_motion_or_with_short_rows_is_refused():
    with pytest.raises(SkeletonError, match="breaks off"):
        parse_hierarchy("HIERARCHY")
    with pytest.raises(SkeletonError, match="4 numbers: wanted 2 frames of 9 channels"):
        parse_hierarchy(BVH.replace("1 2 3 0 0 0 0 0 0", "1 2").replace("1 2 3 90 0 0 0 90 0", "1 2"))


def test_bvh_of_another_skeleton_names_what_is_missing(tmp_path):
    (tmp_path / "leg.bvh.gz").write_bytes(gzip.compress(BVH.encode()))
    with pytest.raises(SkeletonError, match="abdomen"):
        read_bvh(tmp_path / "leg.bvh.gz")


def test_amc_angles_turn_the_bones_about_their_own_axes(tmp_path):
    bones = ["upperback", "thorax", "upperneck", "head"]
    bones += [
        side + name
        for side in "lr"
        for name in ("clavicle", "humerus", "radius", "hand", "femur", "tibia", "foot", "thumb")
    ]
    text = ":root\n:bonedata\n"
    for bone in bones:
        text += f"begin\n name {bone}\n direction 0.6 0 0.8\n length 1\n axis 0 0 30 XYZ\n dof rx rz\nend\n"
    text += ":hierarchy\nbegin\n root " + " ".join(bones) + "\nend\n"
    (tmp_path / "a.asf").write_text(text)
    (tmp_path / "a.amc").write_text(
        "#!x\n:DEGREES\n1\nroot 0 45 0 0 0 0\nlfemur 20 50\n2\nroot 0 90 0 0 90 0\nlfemur 0 0\n"
    )
    clip = read_amc(tmp_path / "a.asf", tmp_path / "a.amc")
    assert clip.rotations.shape == (2, S, 3, 3)
    assert np.allclose(clip.root[0], [0, 0, 45 * 0.0254 / 0.45])
    axis = axis_turn("Z", np.deg2rad(30))
    y_up = axis @ axis_turn("Z", np.deg2rad(50)) @ axis_turn("X", np.deg2rad(20)) @ axis.T
    wanted = Z_UP_FROM_Y_UP @ y_up @ Z_UP_FROM_Y_UP.T
    assert np.allclose(clip.rotations[0, SEGMENTS.index("l_thigh")], wanted)
    assert np.allclose(clip.rotations[1, SEGMENTS.index("head")], axis_turn("Z", np.pi / 2))


def test_transfer_keeps_the_directions_of_limbs():
    source, target = rest_directions(1), rest_directions(2)
    clip = MotionClip(random_rotations((5, S), 3), np.zeros((5, 3)), 30.0, source)
    rotations = transfer(clip, target)
    for name in ("l_upper_arm", "r_forearm", "l_thigh", "r_shin", "l_hand"):
        segment = SEGMENTS.index(name)
        moved = rotations[:, segment] @ unit(target[name])
        assert np.allclose(moved, clip.rotations[:, segment] @ unit(source[name]), atol=1e-9)


def test_a_flipped_head_is_not_intact():
    rotations = np.tile(np.eye(3), (2, S, 1, 1))
    rotations[1, SEGMENTS.index("head")] = axis_turn("Y", np.pi)
    assert intact_frames(rotations).tolist() == [True, False]


def test_local_rotations_undo_world_rotations():
    neutral = neutral_from_rest(rest_directions(4))
    local = random_rotations((S,), 5)
    assert np.allclose(local_rotations(world_rotations(local, neutral), neutral), local, atol=1e-12)


def test_the_neutral_pose_hangs_arms_and_legs_straight_down():
    rest = rest_directions(6)
    neutral = neutral_from_rest(rest)
    for name in ("l_upper_arm", "r_forearm", "l_thigh", "r_shin"):
        assert np.allclose(neutral[INDEX[name]] @ unit(rest[name]), [0, 0, -1], atol=1e-9)


def test_mirroring_twice_changes_nothing():
    local = random_rotations((S,), 7)
    assert np.allclose(mirrored(mirrored(local)), local)
    assert np.allclose(np.linalg.det(mirrored(local)), 1)


@pytest.mark.parametrize("side, sign", [("l", 1), ("r", -1)])
def test_a_reaching_arm_brings_the_wrist_to_its_target(side, sign):
    generator = np.random.default_rng(8)
    for _ in range(50):
        local = np.tile(np.eye(3), (S, 1, 1))
        target = generator.normal(0, 1, 3)
        target *= generator.uniform(0.3, 0.98) / np.linalg.norm(target)
        reach(local, side, target, generator.normal(0, 1, 3))
        upper = local[INDEX[f"{side}_clavicle"]] @ local[INDEX[f"{side}_upper_arm"]]
        wrist = upper @ [0, 0, -UPPER_ARM] + upper @ local[INDEX[f"{side}_forearm"]] @ [0, 0, -FOREARM]
        assert np.allclose(wrist, target * [sign, 1, 1], atol=1e-6)  # arm lengths


def test_half_way_between_two_poses_is_the_same_from_both_ends():
    start, end = random_rotations((S,), 9), random_rotations((S,), 10)
    assert np.allclose(between(start, end, 0.0), start) and np.allclose(between(start, end, 1.0), end, atol=1e-9)
    assert np.allclose(between(start, end, 0.3), between(end, start, 0.7), atol=1e-9)


def test_the_gait_repeats_and_bends_knees_one_way():
    phases = np.linspace(0, 1, 101)
    angles = np.array([gait_angles(phase, 1.0) for phase in phases])
    assert np.allclose(angles[0], angles[-1], atol=1e-9)
    assert angles[:, 1].min() > 0 and np.rad2deg(angles[:, 1].max()) < 75


def test_partway_is_a_share_of_the_turns_rotation_vector():
    generator = np.random.default_rng(8)
    start, turns = rotvec_to_matrix(generator.normal(0, 1, (40, 3))), generator.normal(0, 0.9, (40, 3))
    turns *= np.minimum(1, 3 / np.linalg.norm(turns, axis=1, keepdims=True))  # rad, the shorter way
    turns[0], turns[1] = 0, np.pi * unit(turns[1])  # no turn, half a turn
    shares = generator.uniform(0, 1, (40, 1))
    halfway = between(start, start @ rotvec_to_matrix(turns), shares)
    assert np.abs(halfway[2:] - (start @ rotvec_to_matrix(shares * turns))[2:]).max() < 1e-9
    assert np.abs(halfway[0] - start[0]).max() < 1e-6
    either = [start[1] @ rotvec_to_matrix(sign * shares[1] * turns[1]) for sign in (-1, 1)]
    assert min(np.abs(halfway[1] - each).max() for each in either) < 1e-6  # half a turn has two ways
