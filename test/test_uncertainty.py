import numpy as np

from body_scenes import CAMERA, named_pose, observe, random_pose, root_relative
from mocap_ros.datatypes.config import FittingConfig
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS, KEYPOINTS
from mocap_ros.kinematics.fitting import fit, initial_state
from mocap_ros.kinematics.rest_pose import default_bone_lengths

CONFIG, FRAME = FittingConfig(), 1 / 30  # s
ARM = [JOINTS.index("r_" + name) for name in ("elbow", "wrist", "hand")]
ARM_KEYPOINTS = [KEYPOINTS.index("r_" + name) for name in ("elbow", "wrist")]


def hidden_arm(frames_seen=30, frames_hidden=120):
    """Results of a person whose raised right arm disappears."""
    generator, lengths, state, results = np.random.default_rng(0), default_bone_lengths([1.7]), None, []
    for number in range(frames_seen + frames_hidden):
        relative, joint_confidence, keypoints, confidence, _ = observe(
            named_pose("arm raised"), lengths, CAMERA, generator, 0.02, 2
        )
        if number >= frames_seen:
            relative[:, ARM], joint_confidence[:, ARM], confidence[:, ARM_KEYPOINTS] = np.nan, 0, 0
        data = relative, joint_confidence, keypoints, confidence, lengths, CAMERA, CONFIG
        state = initial_state(*data) if state is None else state
        results.append(fit(state, *data, FRAME))
        state = results[-1].state
    return results, frames_seen


def test_an_unseen_limb_drifts_to_rest_and_grows_unsure():
    results, gone = hidden_arm()
    deviation = np.array([each.joint_deviation[0] for each in results])
    wrist, other = JOINTS.index("r_wrist"), JOINTS.index("l_wrist")
    assert (np.diff(deviation[gone:gone + 60, wrist]) > -1e-4).all()  # m: it grows
    assert deviation[gone - 1, wrist] < 0.05 < 0.15 < deviation[gone + 60, wrist]
    assert deviation[-1, wrist] < 1.0  # m: an arm is no longer than that
    assert deviation[-1, other] < 0.06  # m: the other arm is seen
    abduction = [each.angles[0, ANGLES.index("r_shoulder_abduction")] for each in results]
    assert abduction[-1] < 0.4 * abduction[gone - 1]  # 4 s at a time constant of 2 s


def test_a_limb_that_is_seen_again_is_sure_again():
    results, gone = hidden_arm(30, 60)
    lengths, state = default_bone_lengths([1.7]), results[-1].state
    *data, _ = observe(named_pose("arm raised"), lengths, CAMERA, np.random.default_rng(1), 0.02, 2)
    again = fit(state, *data, lengths, CAMERA, CONFIG, FRAME).joint_deviation[0]
    assert again[JOINTS.index("r_wrist")] < 0.3 * results[-1].joint_deviation[0, JOINTS.index("r_wrist")]


def test_expected_errors_are_the_errors_of_white_noise():
    generator, lengths = np.random.default_rng(2), default_bone_lengths(np.full(200, 1.7))
    pose = random_pose(200, generator)
    *data, true = observe(pose, lengths, CAMERA, generator, 0.03, 3)
    result = fit(initial_state(*data, lengths, CAMERA, CONFIG), *data, lengths, CAMERA, CONFIG, FRAME)
    error = np.linalg.norm(root_relative(result.joints_camera) - root_relative(true), axis=-1)
    moving = [j for j, name in enumerate(JOINTS) if name != "pelvis"]
    ratio = np.sqrt((error[:, moving] ** 2).mean(0)) / np.sqrt((result.joint_deviation[:, moving] ** 2).mean(0))
    # The weights are not inverse variances, and spine and head also obey limits: a factor 2 either way.
    assert (0.5 < ratio).all() and (ratio < 2).all()


def test_a_person_nobody_sees_gets_less_and_less_sure_of_its_place():
    lengths, pose = default_bone_lengths([1.7]), named_pose("hanging arms")
    *data, _ = observe(pose, lengths)
    state = initial_state(*data, lengths, CAMERA, CONFIG)
    state = fit(state, *data, lengths, CAMERA, CONFIG, FRAME).state
    nothing = np.full((1, 21, 3), np.nan), np.zeros((1, 21)), np.full((1, 20, 2), np.nan), np.zeros((1, 20))
    spread = []
    for _ in range(60):
        result = fit(state, *nothing, lengths, CAMERA, CONFIG, FRAME)
        state = result.state
        spread.append(np.sqrt(np.trace(result.root_covariance[0])))
    assert (np.diff(spread) > 0).all() and 0.3 < spread[29] < 1.5  # m after one second: as far as somebody may step
