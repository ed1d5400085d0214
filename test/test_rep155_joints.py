import numpy as np
import pytest

from body_scenes import named_angles, NAMED_POSES, random_pose
from mocap_ros.datatypes.skeleton import ANGLES
from mocap_ros.geometry.rotation import axis_rotation, matrix_to_angles
from mocap_ros.kinematics.chain import LINKS, local_rotations
from mocap_ros.kinematics.rep155_joints import JOINT_NAMES, joint_positions, SHOULDER_LIMITS
from mocap_ros.kinematics.rest_pose import AXES

# Axes of the stock model (human_description, urdf/human-tpl.xacro), the outermost joint first, by our link.
STOCK = {"head": [("r_head", (1, 0, 0)), ("y_head", (0, 0, 1)), ("p_head", (0, -1, 0))]}
for _side, _sign in (("l_", 1), ("r_", -1)):
    STOCK[_side + "upper_arm"] = [(_side + "y_shoulder", (0, 0, -_sign)), (_side + "p_shoulder", (_sign, 0, 0)),
                                  (_side + "r_shoulder", (0, 0, _sign))]
    STOCK[_side + "forearm"] = [(_side + "elbow", (0, -1, 0))]
    STOCK[_side + "thigh"] = [(_side + "y_hip", (0, 0, -1)), (_side + "p_hip", (_sign, 0, 0)),
                              (_side + "r_hip", (0, -1, 0))]
    STOCK[_side + "shank"] = [(_side + "knee", (0, -1, 0))]


def assert_stock_model_takes_the_pose(angles):
    positions = joint_positions(angles)
    ours = local_rotations(angles)[2]
    for link, joints in STOCK.items():
        turn = np.eye(3)
        for joint, axis in joints:
            turn = turn @ axis_rotation(np.array(axis, float), positions[:, JOINT_NAMES.index(joint)])
        assert np.abs(turn - ours[:, LINKS.index(link) - 1]).max() < 1e-7, link  # near gimbal lock half the digits go
    waist = positions[:, JOINT_NAMES.index("waist")]
    assert np.array_equal(waist, angles[:, ANGLES.index("spine_flexion")])


def test_the_stock_model_turns_its_links_as_ours_turns():
    assert_stock_model_takes_the_pose(random_pose(200, np.random.default_rng(0), spread=1.0)[2])


@pytest.mark.parametrize("name", NAMED_POSES)
def test_it_does_in_known_poses(name):
    assert_stock_model_takes_the_pose(named_angles(name)[None])


@pytest.mark.parametrize("name, wanted", [
    ("hanging arms", {}),
    ("sitting", {f"{s}_{joint}": value for s in "lr" for joint, value in (("r_hip", 90), ("knee", -90))}),
    ("T-pose", {f"{s}_p_shoulder": 90 for s in "lr"}),
])
def test_known_poses_have_the_expected_numbers(name, wanted):
    positions = np.degrees(joint_positions(named_angles(name)[None])[0])
    for joint, position in zip(JOINT_NAMES, positions):
        assert position == pytest.approx(wanted.get(joint, 0), abs=1e-6), joint  # degrees


def test_an_arm_that_swings_stays_inside_the_stock_limits():
    """Every rotation has two triples; an arm that hangs a little back is inside with one of them only."""
    swing = np.radians(np.linspace(-20, 90, 50))
    angles = np.zeros((50, len(ANGLES)))
    for side in ("l_", "r_"):
        shoulder = [ANGLES.index(f"{side}shoulder_{name}") for name in ("abduction", "flexion", "twist")]
        angles[:, shoulder] = matrix_to_angles(axis_rotation(np.array([0, -1.0, 0]), swing), AXES[shoulder])
    positions = joint_positions(angles)
    for side in ("l_", "r_"):
        shoulder = positions[:, [JOINT_NAMES.index(side + name) for name in ("y_shoulder", "p_shoulder", "r_shoulder")]]
        assert np.abs(shoulder[:, 1] - swing).max() < 1e-6
        slack = 0.1  # rad: the last angle is a quarter turn, a little beyond its limit
        assert (shoulder > SHOULDER_LIMITS[:, 0] - slack).all() and (shoulder < SHOULDER_LIMITS[:, 1] + slack).all()


def test_nobody_has_no_joints():
    assert joint_positions(np.zeros((0, len(ANGLES)))).shape == (0, len(JOINT_NAMES))
