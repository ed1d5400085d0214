import numpy as np
import pytest
from transforms3d import affines, axangles

from body_scenes import NAMED_POSES, named_pose, random_pose
from mocap_ros.datatypes.skeleton import ANGLES, BONES, J, JOINT_MIRROR, JOINTS, PARENTS, mirror_name
from mocap_ros.geometry.rotation import matrix_to_rotvec
from mocap_ros.kinematics.chain import D, forward_kinematics, jacobian, moved
from mocap_ros.kinematics.rest_pose import (
    ANKLE_HEIGHT, AXES, PROPORTIONS, REST_DIRECTIONS, default_bone_lengths, scale_to_height, standing_height,
)

# The angles that turn what hangs below a joint, outermost first, as docs/kinematics.md lists them.
TURNED_AT = {
    "spine": ["spine_flexion", "spine_lateral", "spine_twist"], "neck": ["head_flexion", "head_twist"],
    **{s + "shoulder": [s + "shoulder_" + a for a in ("abduction", "flexion", "twist")] for s in ("r_", "l_")},
    **{s + "hip": [s + "hip_" + a for a in ("flexion", "abduction", "twist")] for s in ("r_", "l_")},
    **{s + j: [s + j + "_flexion"] for s in ("r_", "l_") for j in ("elbow", "knee", "ankle")},
}


def plain_forward_kinematics(position, rotation, angles, bone_lengths):
    """Joints of one person by composing 4 x 4 transforms from the root outwards."""
    camera_from = {None: affines.compose(position, rotation, np.ones(3))}
    joints = np.zeros((J, 3))

    def below(joint):
        """Frame in which the children of `joint` stand."""
        return camera_from["spine"] if joint == "shoulder girdle" else camera_from[joint]

    for joint in sorted(JOINTS, key=lambda name: len(path_to(name))):
        parent = PARENTS[joint]
        offset = np.zeros(3)
        if parent is not None:
            offset = bone_lengths[BONES.index(joint)] * REST_DIRECTIONS[BONES.index(joint)]
        frame = camera_from[None] if parent is None else below(parent)
        if joint.endswith("_shoulder"):  # hangs from the neck's place, but turns with the torso and not with the head
            frame = below("shoulder girdle").copy()
            frame[:3, 3] = joints[JOINTS.index("neck")]
        turn = np.eye(3)
        for name in TURNED_AT.get(joint, []):
            turn = turn @ axangles.axangle2mat(AXES[ANGLES.index(name)], angles[ANGLES.index(name)])
        camera_from[joint] = frame @ affines.compose(offset, turn, np.ones(3))
        joints[JOINTS.index(joint)] = camera_from[joint][:3, 3]
    return joints


def path_to(joint):
    return [] if joint is None else path_to(PARENTS[joint]) + [joint]


def test_forward_kinematics_agrees_with_composed_transforms():
    generator = np.random.default_rng(0)
    pose, lengths = random_pose(8, generator), generator.uniform(0.05, 0.5, (8, 20))
    joints = forward_kinematics(*pose, lengths).joints
    for person in range(8):
        plain = plain_forward_kinematics(*(each[person] for each in pose), lengths[person])
        assert np.abs(joints[person] - plain).max() < 1e-12  # m, float64 rounding


def test_jacobian_agrees_with_central_differences():
    generator = np.random.default_rng(1)
    pose, lengths = random_pose(5, generator), default_bone_lengths(generator.uniform(1, 2, 5))
    analytic = jacobian(forward_kinematics(*pose, lengths))
    step = 1e-6
    for d in range(D):
        ahead = np.zeros((5, D))
        ahead[:, d] = step
        difference = forward_kinematics(*moved(*pose, ahead), lengths).joints - forward_kinematics(
            *moved(*pose, -ahead), lengths
        ).joints
        assert np.abs(difference / (2 * step) - analytic[..., d]).max() < 1e-8  # m/rad, rounding over the step


def test_bones_keep_their_lengths_in_every_pose():
    generator = np.random.default_rng(2)
    lengths = generator.uniform(0.05, 0.5, (20, 20))
    joints = forward_kinematics(*random_pose(20, generator), lengths).joints
    for k, bone in enumerate(BONES):
        bones = joints[:, JOINTS.index(bone)] - joints[:, JOINTS.index(PARENTS[bone])]
        assert np.abs(np.linalg.norm(bones, axis=1) - lengths[:, k]).max() < 1e-12


def test_everybody_at_once_equals_one_by_one():
    generator = np.random.default_rng(3)
    pose, lengths = random_pose(6, generator), default_bone_lengths(generator.uniform(1, 2, 6))
    together = forward_kinematics(*pose, lengths)
    for p in range(6):
        alone = forward_kinematics(*(each[p:p + 1] for each in pose), lengths[p:p + 1])
        for all_people, one in zip(together, alone):
            assert np.abs(all_people[p] - one[0]).max() < 1e-13


def test_nobody_has_no_joints():
    nobody = forward_kinematics(np.zeros((0, 3)), np.zeros((0, 3, 3)), np.zeros((0, 23)), np.zeros((0, 20)))
    assert nobody.joints.shape == (0, J, 3)
    assert jacobian(nobody).shape == (0, J, 3, D)


def test_equal_angles_on_the_other_side_are_the_mirror_image():
    generator = np.random.default_rng(4)
    angles = random_pose(10, generator)[2]
    swapped = angles[:, [ANGLES.index(mirror_name(name)) for name in ANGLES]].copy()
    for name in ("spine_lateral", "spine_twist", "head_twist"):  # these point to a side
        swapped[:, ANGLES.index(name)] *= -1
    lengths = default_bone_lengths(np.full(10, 1.7))
    at_origin = np.zeros((10, 3)), np.tile(np.eye(3), (10, 1, 1))
    joints = forward_kinematics(*at_origin, angles, lengths).joints
    mirrored = forward_kinematics(*at_origin, swapped, lengths).joints
    assert np.abs(mirrored - joints[:, JOINT_MIRROR] * [1, -1, 1]).max() < 1e-12


# x forward, y left, z up: where the named bone points, as a stranger would say it.
POINTING = {
    "hanging arms": {"l_elbow": (0, 0, -1), "r_wrist": (0, 0, -1), "l_knee": (0, 0, -1)},
    "T-pose": {"l_elbow": (0, 1, 0), "l_wrist": (0, 1, 0), "r_elbow": (0, -1, 0), "r_hand": (0, -1, 0)},
    "sitting": {"l_knee": (1, 0, 0), "l_ankle": (0, 0, -1), "r_knee": (1, 0, 0)},
}


@pytest.mark.parametrize("name", POINTING)
def test_limbs_point_where_the_pose_is_named_after(name):
    _, _, angles = named_pose(name)
    joints = forward_kinematics(np.zeros((1, 3)), np.eye(3)[None], angles, default_bone_lengths([1.7])).joints[0]
    for bone, direction in POINTING[name].items():
        pointing = joints[JOINTS.index(bone)] - joints[JOINTS.index(PARENTS[bone])]
        assert np.abs(pointing / np.linalg.norm(pointing) - direction).max() < 1e-12


@pytest.mark.parametrize("angle, joint, direction", [
    ("spine_flexion", "head_top", (1, 0, 0)), ("spine_lateral", "head_top", (0, -1, 0)),
    ("spine_twist", "l_shoulder", (-1, 0, 0)), ("head_flexion", "head_top", (1, 0, 0)),
    ("l_shoulder_abduction", "l_elbow", (1, 1, 0)), ("l_shoulder_flexion", "l_elbow", (1, -1, 0)),
    ("l_elbow_flexion", "l_wrist", (1, 0, 0)), ("l_hip_flexion", "l_knee", (1, 0, 0)),
    ("l_hip_abduction", "l_knee", (0, 1, 0)), ("l_hip_twist", "l_toe", (0, -1, 0)),
    ("l_knee_flexion", "l_ankle", (-1, 0, 0)), ("l_ankle_flexion", "l_toe", (0, 0, 1)),
    ("r_hip_abduction", "r_knee", (0, -1, 0)), ("r_elbow_flexion", "r_wrist", (1, 0, 0)),
])
def test_positive_angles_move_joints_the_way_their_names_say(angle, joint, direction):
    angles = np.zeros((1, 23))
    angles[0, ANGLES.index(angle)] = 1e-3
    at_origin = np.zeros((1, 3)), np.eye(3)[None]
    lengths = default_bone_lengths([1.7])
    change = forward_kinematics(*at_origin, angles, lengths).joints - forward_kinematics(
        *at_origin, 0 * angles, lengths
    ).joints
    moves = change[0, JOINTS.index(joint)]
    assert moves @ direction / (np.linalg.norm(moves) * np.linalg.norm(direction)) > 0.9


@pytest.mark.parametrize("name", NAMED_POSES)
def test_no_common_pose_is_near_gimbal_lock(name):
    """The second angle of every ball joint stays 40 degrees away from a quarter turn."""
    angles = named_pose(name)[2][0]
    for joint, names in TURNED_AT.items():
        if len(names) == 3:
            assert abs(angles[ANGLES.index(names[1])]) < np.radians(50)


def test_a_root_step_turns_the_body_about_the_cameras_axes():
    pose = random_pose(1, np.random.default_rng(5))
    step = np.zeros((1, D))
    step[0, 3:6] = [0.1, -0.2, 0.3]
    turned = moved(*pose, step)[1]
    assert np.abs(matrix_to_rotvec(turned @ pose[1].swapaxes(1, 2)) - step[:, 3:6]).max() < 1e-12


def test_standing_height_is_that_of_the_resting_body():
    """From the sole, which lies below the ankle by a fixed share of the shank, to the top of the head."""
    lengths = default_bone_lengths([1.5, 1.9])
    assert np.abs(standing_height(lengths) - [1.5, 1.9]).max() < 1e-12
    joints = forward_kinematics(np.zeros((2, 3)), np.tile(np.eye(3), (2, 1, 1)), np.zeros((2, 23)), lengths).joints
    span = joints[:, JOINTS.index("head_top"), 2] - joints[:, JOINTS.index("l_ankle"), 2]
    assert np.abs(span / [1.5, 1.9] - (1 - ANKLE_HEIGHT)).max() < 0.001  # the ankle's height, as a share
    assert np.abs(standing_height(scale_to_height(lengths * 1.3, [1.0, 2.0])) - [1, 2]).max() < 1e-12


def test_default_proportions_are_symmetric_and_within_published_ones():
    for k, bone in enumerate(BONES):
        assert PROPORTIONS[k] == PROPORTIONS[BONES.index(mirror_name(bone))]
    # Joint-centre distances of de Leva 1996 (table 4), mean of the women's and men's, over the mean height 1.738 m.
    published = {"l_elbow": 0.278, "l_wrist": 0.267, "l_knee": 0.395, "l_ankle": 0.436}
    for bone, length in published.items():
        assert abs(PROPORTIONS[BONES.index(bone)] - length / 1.738) < 0.02
