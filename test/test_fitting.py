from dataclasses import replace

import numpy as np
import pytest

from body_scenes import CAMERA, NAMED_POSES, named_pose, observe, random_pose, root_relative
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import FittingConfig
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS, JOINT_MIRROR, KEYPOINT_MIRROR, KEYPOINTS, mirror_name
from mocap_ros.geometry.rotation import matrix_to_quaternion, matrix_to_rotvec, quaternion_to_matrix
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.fit_state import concatenate, unfitted_state, with_height
from mocap_ros.kinematics.fitting import fit, initial_state
from mocap_ros.kinematics.foot_planting import fresh_feet
from mocap_ros.kinematics.joint_limits import LIMITS
from mocap_ros.kinematics.rest_pose import default_bone_lengths

CONFIG = FittingConfig()
FRAME = 1 / 30  # s


def fit_once(data, lengths, camera=CAMERA, config=CONFIG):
    """A first frame: from nothing to a FitResult."""
    return fit(initial_state(*data, lengths, camera, config), *data, lengths, camera, config, FRAME)


@pytest.mark.parametrize("name", NAMED_POSES)
def test_perfect_data_give_the_pose_back(name):
    pose, lengths = named_pose(name), default_bone_lengths([1.75])
    *data, joints = observe(pose, lengths)
    result = fit_once(data, lengths)
    assert np.abs(result.joints_camera - joints).max() < 1e-3  # m, as promised
    # A straight limb's twist moves no joint, so angles are compared where they show: in the bent limbs and the trunk.
    shown = [k for k, angle in enumerate(ANGLES) if not angle.endswith("twist")]
    assert np.degrees(np.abs(result.angles - pose[2])[:, shown]).max() < 0.5
    turn = quaternion_to_matrix(result.root_orientation) @ pose[1].swapaxes(1, 2)
    assert np.degrees(np.linalg.norm(matrix_to_rotvec(turn))) < 0.5


def test_any_pose_inside_the_limits_comes_back_from_a_first_frame():
    generator = np.random.default_rng(0)
    pose, lengths = random_pose(200, generator), default_bone_lengths(generator.uniform(1.2, 2, 200))
    *data, joints = observe(pose, lengths)
    result = fit_once(data, lengths)
    assert np.abs(result.joints_camera - joints).max() < 1e-3  # m
    assert np.degrees(np.abs(result.angles - pose[2])).max() < 0.5  # all limbs are bent, so twists count too


def test_fitting_takes_noise_away():
    generator = np.random.default_rng(1)
    pose, lengths = random_pose(100, generator), default_bone_lengths(generator.uniform(1.2, 2, 100))
    *data, joints = observe(pose, lengths, CAMERA, generator, noise_3d=0.03, noise_px=3)
    result = fit_once(data, lengths)
    before = np.linalg.norm(data[0] - root_relative(joints), axis=-1).mean()
    after = np.linalg.norm(root_relative(result.joints_camera) - root_relative(joints), axis=-1).mean()
    assert after < 0.7 * before  # 29 numbers for 63 noisy ones: the square root of their ratio is 0.68


def test_a_moving_person_is_followed_from_frame_to_frame():
    generator = np.random.default_rng(2)
    start, end = random_pose(5, generator), random_pose(5, generator)
    end[0][:] = start[0] + [0.6, 0, -1]  # m: 1.6 m/s across and towards the camera
    lengths = default_bone_lengths(np.full(5, 1.7))
    state = None
    for share in np.linspace(0, 1, 25):
        pose = (1 - share) * start[0] + share * end[0], start[1], (1 - share) * start[2] + share * end[2]
        *data, joints = observe(pose, lengths)
        state = initial_state(*data, lengths, CAMERA, CONFIG) if state is None else state
        result = fit(state, *data, lengths, CAMERA, CONFIG, FRAME)
        state = result.state
        # m: weight_still lags a little.
        assert np.abs(root_relative(result.joints_camera) - root_relative(joints)).max() < 0.01
        # The motion starts at full speed, which weight_depth takes for a jump at first.
        assert (np.abs(result.root_position - pose[0]).max(1) < 0.05 * pose[0][:, 2]).all()  # 5 % of the distance
    # m/s; speed in depth is averaged, and these frames end one second after the start.
    assert np.abs(result.root_velocity - (end[0] - start[0]) / (24 * FRAME)).max() < 0.25


def test_who_walks_towards_the_camera_is_not_dragged_behind():
    lengths, state = default_bone_lengths([1.7]), None
    for frame in range(120):
        pose = named_pose("hanging arms", position=(0.3, 0.2, 9 - 1.2 * frame * FRAME))
        *data, _ = observe(pose, lengths)
        state = initial_state(*data, lengths, CAMERA, CONFIG) if state is None else state
        result = fit(state, *data, lengths, CAMERA, CONFIG, FRAME)
        state = result.state
        assert np.abs(result.root_position - pose[0]).max() < 0.05 * pose[0][0, 2]  # 5 % of the distance
    assert np.abs(result.root_position - pose[0]).max() < 0.02  # m, settled


def test_unseen_joints_neither_matter_nor_poison():
    generator = np.random.default_rng(3)
    pose, lengths = random_pose(30, generator), default_bone_lengths(np.full(30, 1.7))
    relative, joint_confidence, keypoints, confidence, joints = observe(pose, lengths)
    hidden = [JOINTS.index(name) for name in ("r_elbow", "r_wrist", "r_hand", "head_top", "l_toe")]
    relative[:, hidden], joint_confidence[:, hidden[:3]] = np.nan, 0
    for name in ("r_elbow", "r_wrist"):
        keypoints[:, KEYPOINTS.index(name)], confidence[:, KEYPOINTS.index(name)] = np.nan, 0
    keypoints[:, KEYPOINTS.index("l_knee")] = 1e6  # nonsense, said to be unseen
    confidence[:, KEYPOINTS.index("l_knee")] = 0
    result = fit_once((relative, joint_confidence, keypoints, confidence), lengths)
    seen = [k for k in range(len(JOINTS)) if k not in hidden]
    assert np.isfinite(result.joints_camera).all() and np.isfinite(result.root_covariance).all()
    assert np.abs(result.joints_camera - joints)[:, seen].max() < 0.005  # m: what is left still tells all of it


@pytest.mark.parametrize("what", ["no 3D", "no 2D", "nothing", "one keypoint"])
def test_hardly_any_data_still_give_a_finite_body(what):
    pose, lengths = named_pose("T-pose"), default_bone_lengths([1.7])
    relative, joint_confidence, keypoints, confidence, joints = observe(pose, lengths)
    if what in ("no 3D", "nothing"):
        relative[:] = np.nan
    if what in ("no 2D", "nothing"):
        keypoints[:], confidence[:] = np.nan, 0
    if what == "one keypoint":
        keypoints[:, 1:], confidence[:, 1:] = np.nan, 0
    result = fit_once((relative, joint_confidence, keypoints, confidence), lengths)
    for each in (result.joints_camera, result.root_position, result.root_covariance, result.angles, result.energy):
        assert np.isfinite(each).all()
    if what == "no 3D":  # seen flat, a T-pose is where it is
        assert np.abs(result.joints_camera - joints).max() < 0.35  # m: turned 0.4 rad out of the image plane
    if what in ("no 2D", "one keypoint"):
        assert np.abs(root_relative(result.joints_camera) - root_relative(joints)).max() < 0.005  # m


def test_nobody_is_fitted_to_nobody():
    nothing = np.zeros((0, 21, 3)), np.zeros((0, 21)), np.zeros((0, 20, 2)), np.zeros((0, 20))
    result = fit_once(nothing, np.zeros((0, 20)))
    assert result.joints_camera.shape == (0, 21, 3) and len(result.state) == 0


def test_everybody_at_once_equals_one_by_one():
    generator = np.random.default_rng(4)
    pose, lengths = random_pose(6, generator), default_bone_lengths(generator.uniform(1.2, 2, 6))
    *data, _ = observe(pose, lengths, CAMERA, generator, noise_3d=0.02, noise_px=2)
    config = FittingConfig(iterations=60)  # the budget ends for all when the slowest is done
    together = fit_once(data, lengths, config=config)
    for p in range(6):
        alone = fit_once([each[p:p + 1] for each in data], lengths[p:p + 1], config=config)
        # Rows stop at a share of 1 % of their energy above the least; that is a millimetre.
        assert np.abs(together.joints_camera[p] - alone.joints_camera[0]).max() < 0.005


def test_a_far_first_frame_converges():
    """Last frame's person lay elsewhere, upside down; this frame's is fitted as if it were the first."""
    pose, lengths = named_pose("squat"), default_bone_lengths([1.7])
    *data, joints = observe(pose, lengths)
    far = replace(unfitted_state(1), position=np.array([[-3.0, 1, 12]]), rotation=-pose[1] @ np.diag([1, 1, -1]),
                  angles=-named_pose("arm raised")[2])
    result = fit(far, *data, lengths, CAMERA, CONFIG, FRAME)
    assert np.abs(result.joints_camera - joints).max() < 0.005  # m


def followed(lengths, pose, frames, state=None):
    """The FitState of somebody who stands in one pose for some frames."""
    *data, _ = observe(pose, lengths)
    state = initial_state(*data, lengths, CAMERA, CONFIG) if state is None else state
    for _ in range(frames):
        state = fit(state, *data, lengths, CAMERA, CONFIG, FRAME).state
    return state


def test_a_body_that_is_seen_at_another_size_changes_its_place_at_once():
    """Three times too far away, planted feet and all, such as after a frame with a stranger's keypoints."""
    pose, lengths = named_pose("hanging arms", position=(0.3, 0.2, 5.6)), default_bone_lengths([1.7])
    state = followed(lengths, pose, 60)
    far = with_height(state, 3 * state.height)
    result = fit(replace(far, height=state.height), *observe(pose, lengths)[:4], lengths, CAMERA, CONFIG, FRAME)
    assert np.abs(result.root_position - pose[0]).max() < 0.05  # m, of 11
    assert np.abs(result.root_velocity).max() < 0.1  # m/s: a correction is no movement
    assert not result.state.feet.age.any()


def test_a_stray_frame_does_not_carry_a_person_away():
    """The keypoints of half a stranger twice as far away do not explain what is seen better than the own place."""
    pose, lengths = named_pose("hanging arms", position=(0.3, 0.2, 4)), default_bone_lengths([1.7])
    state = followed(lengths, pose, 60)
    relative, joint_confidence, keypoints, confidence, _ = observe(named_pose("squat", position=(0.3, 0.2, 8)), lengths)
    own = observe(pose, lengths)[2]
    stolen = [KEYPOINTS.index(name) for name in ("r_knee", "r_ankle", "l_knee", "l_ankle", "r_wrist", "l_wrist")]
    own[:, stolen] = keypoints[:, stolen]
    result = fit(state, relative, joint_confidence, own, confidence, lengths, CAMERA, CONFIG, FRAME)
    assert np.abs(result.root_position - pose[0]).max() < 0.4  # m, of 4


def test_a_depth_that_one_frame_told_holds_less_than_one_that_many_told():
    pose, lengths = named_pose("hanging arms", position=(0.3, 0.2, 9)), default_bone_lengths([1.7])
    left = []
    for frames in (1, 60):
        state = followed(lengths, pose, frames)
        wrong = replace(state, position=1.15 * state.position, feet=fresh_feet(1))
        left.append(followed(lengths, pose, 4, wrong).position[0, 2] - 9)
    assert left[0] < 0.5 and left[1] > 0.8  # m, of 1.35


def test_a_new_height_moves_the_person_along_the_view_ray_at_once():
    pose, lengths = named_pose("hanging arms", position=(0.3, 0.2, 6)), default_bone_lengths([1.7])
    state = followed(lengths, pose, 60)
    child = default_bone_lengths([1.1])
    relative, joint_confidence, keypoints, confidence, _ = observe(pose, lengths)
    result = fit(state, relative * 1.1 / 1.7, joint_confidence, keypoints, confidence, child, CAMERA, CONFIG, FRAME)
    assert np.abs(result.root_position - pose[0] * 1.1 / 1.7).max() < 0.02  # m, of 2.1
    assert np.abs(result.root_velocity).max() < 0.1  # m/s


def test_the_energy_never_grows_with_more_iterations():
    generator = np.random.default_rng(5)
    pose, lengths = random_pose(20, generator), default_bone_lengths(np.full(20, 1.7))
    *data, _ = observe(pose, lengths, CAMERA, generator, 0.03, 3)
    start = initial_state(*data, lengths, CAMERA, CONFIG)
    shifted = replace(start, angles=start.angles + 0.2)
    energies = [
        fit(shifted, *data, lengths, CAMERA, FittingConfig(iterations=n), FRAME).energy for n in (1, 2, 4, 8, 16)
    ]
    assert (np.diff(energies, axis=0) <= 1e-12).all()


def test_one_wrong_keypoint_does_not_carry_the_body_away():
    pose, lengths = named_pose("hanging arms"), default_bone_lengths([1.7])
    relative, joint_confidence, keypoints, confidence, joints = observe(pose, lengths)
    keypoints[:, KEYPOINTS.index("l_wrist")] += [300, -200]
    result = fit_once((relative, joint_confidence, keypoints, confidence), lengths)
    assert np.abs(root_relative(result.joints_camera) - root_relative(joints)).max() < 0.05  # m, of 1.9 m wrong
    assert np.abs(result.root_position - pose[0])[0, :2].max() < 0.05


def test_where_2d_and_3d_disagree_the_result_lies_between():
    """An arm hangs in 3D and is raised by 0.2 rad in 2D: its elevation ends between the two."""
    lengths, angle = default_bone_lengths([1.7]), ANGLES.index("l_hip_abduction")
    straight, raised = named_pose("hanging arms", 0.0), named_pose("hanging arms", 0.0)
    raised[2][0, angle] = 0.2
    relative, joint_confidence, *_ = observe(straight, lengths)
    *_, keypoints, confidence, _ = observe(raised, lengths)
    for weight, low, high in ((1e-5, 0.0005, 0.1), (1e-2, 0.15, 0.21)):
        result = fit_once((relative, joint_confidence, keypoints, confidence), lengths,
                          config=FittingConfig(weight_2d=weight, iterations=50))
        assert low < result.angles[0, angle] < high


def test_the_result_does_not_depend_on_the_images_resolution():
    pose, lengths = random_pose(10, np.random.default_rng(6)), default_bone_lengths(np.full(10, 1.7))
    generator = np.random.default_rng(7)
    relative, joint_confidence, keypoints, confidence, _ = observe(pose, lengths, CAMERA, generator, 0.03, 3)
    matrix = CAMERA.matrix.copy()
    matrix[:2] *= 2
    double = Camera(2 * CAMERA.width, 2 * CAMERA.height, matrix)
    one = fit_once((relative, joint_confidence, keypoints, confidence), lengths)
    two = fit_once((relative, joint_confidence, 2 * keypoints, confidence), lengths, double)
    assert np.abs(one.joints_camera - two.joints_camera).max() < 1e-6  # m, rounding through the solver


def test_a_mirrored_person_gets_mirrored_angles():
    generator = np.random.default_rng(8)
    pose, lengths = random_pose(10, generator), default_bone_lengths(np.full(10, 1.7))
    relative, joint_confidence, keypoints, confidence, _ = observe(pose, lengths)
    centre = CAMERA.matrix[0, 2]
    flipped = keypoints[:, KEYPOINT_MIRROR] * [-1, 1] + [2 * centre, 0]
    one = fit_once((relative, joint_confidence, keypoints, confidence), lengths)
    other = fit_once((relative[:, JOINT_MIRROR] * [-1, 1, 1], joint_confidence, flipped, confidence), lengths)
    assert np.abs(one.joints_camera - other.joints_camera[:, JOINT_MIRROR] * [-1, 1, 1]).max() < 1e-3  # m
    sides = np.array([-1.0 if name in ("spine_lateral", "spine_twist", "head_twist") else 1.0 for name in ANGLES])
    swapped = other.angles[:, [ANGLES.index(mirror_name(name)) for name in ANGLES]] * sides
    assert np.degrees(np.abs(one.angles - swapped)).max() < 0.5


def test_angles_stay_near_their_limits_when_data_ask_for_more():
    lengths = default_bone_lengths([1.7])
    pose = named_pose("hanging arms")
    pose[2][0, ANGLES.index("l_knee_flexion")] = np.radians(-40)  # a knee bent backwards
    *data, _ = observe(pose, lengths)
    loose, tight = (fit_once(data, lengths, config=FittingConfig(weight_limits=w)).angles for w in (0.0, 50.0))
    knee = ANGLES.index("l_knee_flexion")
    assert np.degrees(loose[0, knee]) < -35
    assert np.degrees(tight[0, knee]) > -2
    assert (LIMITS[:, 0] <= 0).all() and (LIMITS[:, 1] >= 0).all()  # the rest pose is allowed


def test_the_twist_of_a_straight_arm_holds_still():
    """Its joints do not tell it, so noise must not either."""
    lengths, pose = default_bone_lengths([1.7]), named_pose("hanging arms")
    pose[2][0, ANGLES.index("l_elbow_flexion")] = np.radians(5)
    twist, wander = ANGLES.index("l_shoulder_twist"), {}
    for weight in (CONFIG.weight_still, 0.0):
        generator, state, twists = np.random.default_rng(12), None, []
        for _ in range(60):
            *data, _ = observe(pose, lengths, CAMERA, generator, 0.015, 1)
            state = initial_state(*data, lengths, CAMERA, CONFIG) if state is None else state
            result = fit(state, *data, lengths, CAMERA, FittingConfig(weight_still=weight), FRAME)
            state = result.state
            twists.append(result.angles[0, twist])
        wander[weight] = np.degrees(np.abs(np.diff(twists)).mean())
    assert wander[CONFIG.weight_still] < 2 < 0.2 * wander[0.0]  # degrees a frame


def test_a_lost_person_slows_down_and_drifts_to_rest():
    pose, lengths = named_pose("sitting"), default_bone_lengths([1.7])
    relative, joint_confidence, keypoints, confidence, _ = observe(pose, lengths)
    state = initial_state(relative, joint_confidence, keypoints, confidence, lengths, CAMERA, CONFIG)
    rate = np.zeros((1, 29))
    rate[0, 0] = 1.0  # m/s to the right
    state = replace(state, rate=rate)
    start, spread = state.position, []
    for _ in range(150):  # 5 s
        result = fit(state, np.full((1, 21, 3), np.nan), np.zeros((1, 21)), np.full((1, 20, 2), np.nan),
                     np.zeros((1, 20)), lengths, CAMERA, CONFIG, FRAME)
        state = result.state
        spread.append(np.trace(result.root_covariance[0]))
    gone = (result.root_position - start)[0]
    assert 0.1 < gone[0] < 0.5 and np.abs(gone[1:]).max() < 1e-3  # m: about speed times RATE_MEMORY
    assert np.abs(result.root_velocity).max() < 1e-3
    assert np.abs(result.angles).max() < 0.3 * np.abs(pose[2]).max()  # rad
    assert np.isfinite(spread).all()


def test_the_covariance_tells_how_wrong_the_root_is():
    generator = np.random.default_rng(9)
    pose, lengths = random_pose(300, generator), default_bone_lengths(np.full(300, 1.7))
    *data, _ = observe(pose, lengths, CAMERA, generator, 0.03, 3)
    result = fit_once(data, lengths)
    error = result.root_position - pose[0]
    squared = np.einsum("pi,pij,pj->p", error, np.linalg.inv(result.root_covariance), error)
    # 2.37 for a Gaussian of just that covariance. The weights are not inverse variances, so a factor 2.5 is allowed in
    # the standard deviation.
    assert 2.37 / 2.5 ** 2 < np.median(squared) < 2.37 * 2.5 ** 2
    assert (np.linalg.eigvalsh(result.root_covariance) > 0).all()
    ratio = result.root_covariance[:, 2, 2] / result.root_covariance[:, 0, 0]
    assert np.median(ratio) > 5  # depth is what one camera does not see


def test_an_unsure_height_lengthens_the_covariance_along_the_view_ray():
    pose, lengths = named_pose("hanging arms"), default_bone_lengths([1.7])
    *data, _ = observe(pose, lengths)
    state = initial_state(*data, lengths, CAMERA, CONFIG)
    sure, unsure = (
        fit(state, *data, lengths, CAMERA, CONFIG, FRAME, deviation).root_covariance[0] for deviation in (0.0, 0.06)
    )
    assert np.abs(unsure - sure - 0.06 ** 2 * np.outer(pose[0], pose[0])).max() < 1e-6  # m^2


def test_states_can_be_taken_and_joined():
    generator = np.random.default_rng(10)
    pose, lengths = random_pose(4, generator), default_bone_lengths(np.full(4, 1.7))
    *data, _ = observe(pose, lengths)
    state = initial_state(*data, lengths, CAMERA, CONFIG)
    joined = concatenate([state.take([2, 0]), unfitted_state(1), state.take(np.array([False, True, False, True]))])
    assert len(joined) == 5
    for name in ("position", "rotation", "angles", "rate", "unseen", "patience"):
        assert np.array_equal(getattr(joined, name)[[0, 1, 3, 4]], getattr(state, name)[[2, 0, 1, 3]])


def test_orientation_and_joints_belong_together():
    generator = np.random.default_rng(11)
    pose, lengths = random_pose(8, generator), default_bone_lengths(np.full(8, 1.7))
    *data, _ = observe(pose, lengths, CAMERA, generator, 0.03, 3)
    result = fit_once(data, lengths)
    again = forward_kinematics(
        result.root_position, quaternion_to_matrix(result.root_orientation), result.angles, lengths
    ).joints
    assert np.abs(again - result.joints_camera).max() < 1e-9  # m
    assert np.abs(matrix_to_quaternion(result.state.rotation) - result.root_orientation).max() < 1e-9
