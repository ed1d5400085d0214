"""VNect's four terms (Eq. 8.1, 8.2) through the same solver, and gradient descent beside Levenberg-Marquardt."""

from dataclasses import replace

import numpy as np
import pytest

from body_scenes import CAMERA, named_pose, observe, random_pose, root_relative
from mocap_ros.datatypes.config import FittingConfig
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS
from mocap_ros.kinematics import energy
from mocap_ros.kinematics.chain import D, forward_kinematics, moved
from mocap_ros.kinematics.fitting import fit, initial_state
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.kinematics.solver import descend, minimise

VNECT = FittingConfig(energy="vnect", weight_feet=0.0)
FRAME = 1 / 30  # s


def follow(poses, config, lengths, noise_3d=0.0, noise_px=0.0, hide=()):
    """FitResults of a sequence of poses, and the true joints (T, P, J, 3)."""
    generator, state, results, true = np.random.default_rng(0), None, [], []
    for pose in poses:
        relative, joint_confidence, keypoints, confidence, joints = observe(
            pose, lengths, CAMERA, generator, noise_3d, noise_px
        )
        relative[:, hide], joint_confidence[:, hide] = np.nan, 0
        data = relative, joint_confidence, keypoints, confidence, lengths, CAMERA, config
        state = initial_state(*data) if state is None else state
        results.append(fit(state, *data, FRAME))
        state = results[-1].state
        true.append(joints)
    return results, np.array(true)


def evaluated(pose, near, lengths, config):
    """Evaluation of `pose` whose data are those of `near`, with a past that is another pose."""
    *data, joints = observe(near, lengths)
    height = np.full(len(lengths), 1.7)
    targets = energy.with_vnect_weights(energy.targets_of(*data, CAMERA, config), near[0][:, 2], height, config)
    elapsed, none = np.full((len(lengths), 1), 0.04), np.zeros((len(lengths), D - 6))
    past = energy.Past(near, near[2], none, joints + 0.02, joints - 0.03, elapsed, np.ones(len(lengths)))
    return energy.evaluate(pose, targets, np.full((len(lengths), 1), 1e9), past, None, lengths, config), data, joints


def test_the_energy_is_the_four_terms_of_the_thesis():
    generator = np.random.default_rng(1)
    pose, lengths = random_pose(3, generator), default_bone_lengths(np.full(3, 1.7))
    near = moved(*pose, 0.05 * generator.normal(size=(3, D)))
    config = replace(VNECT, vnect_kinematics=1.3, vnect_projection=40.0, vnect_smoothness=0.05, vnect_depth=0.2)
    found, (relative, _, keypoints, _), true = evaluated(pose, near, lengths, config)
    joints = forward_kinematics(*pose, lengths).joints
    kinematics = 1.3 * ((root_relative(joints) - relative) ** 2).sum((1, 2))
    _, _, own, _, _ = observe(pose, lengths)
    person = CAMERA.matrix[0, 0] * 1.7 / near[0][:, 2]  # px that a standing person is high
    projection = 40e-6 * (300 / person) ** 2 * ((own - keypoints) ** 2).sum((1, 2))
    frames = 0.04 * 30
    smoothness = 0.05 * ((joints - (true - 0.03)) ** 2).sum((1, 2)) / frames ** 4
    depth = 0.2 * ((joints - (true + 0.02))[..., 2] ** 2).sum(1) / frames ** 2
    assert np.abs(found.energy / (kinematics + projection + smoothness + depth) - 1).max() < 1e-9


def test_its_gradient_agrees_with_central_differences():
    generator = np.random.default_rng(2)
    pose, lengths = random_pose(3, generator), default_bone_lengths(np.full(3, 1.7))
    near = moved(*pose, 0.05 * generator.normal(size=(3, D)))
    gradient, size = 2 * evaluated(pose, near, lengths, VNECT)[0].gradient, 1e-6
    for d in range(D):
        step = np.zeros((3, D))
        step[:, d] = size
        ahead, behind = (evaluated(moved(*pose, sign * step), near, lengths, VNECT)[0].energy for sign in (1, -1))
        # Rounding of the energy over the step, relative to the gradient's own size.
        assert np.abs((ahead - behind) / (2 * size) - gradient[:, d]).max() < 1e-6 * np.abs(gradient).max()


def test_perfect_data_give_a_pose_at_rest_back():
    pose, lengths = random_pose(20, np.random.default_rng(3)), default_bone_lengths(np.full(20, 1.7))
    results, true = follow([pose] * 20, VNECT, lengths)
    assert np.abs(results[-1].joints_camera - true[-1]).max() < 0.005  # m: steps that gain under 1 % are not taken


def test_smoothness_calms_and_depth_holds_the_depth():
    lengths, poses = default_bone_lengths([1.7]), [named_pose("squat")] * 60
    spread = {}
    changes = {"both": {}, "no smoothness": {"vnect_smoothness": 0.0}, "no depth": {"vnect_depth": 0.0}}
    for name, change in changes.items():
        results, _ = follow(poses, replace(VNECT, **change), lengths, 0.03, 3)
        joints = np.array([each.joints_camera[0] for each in results])[15:]
        root = np.array([each.root_position[0, 2] for each in results])[15:]
        spread[name] = np.abs(np.diff(joints, 2, axis=0)).mean(), np.abs(np.diff(root)).mean()
    assert spread["both"][0] < spread["no smoothness"][0]
    assert spread["both"][1] < 0.85 * spread["no depth"][1]


def test_retargeted_data_do_not_fight_the_skeletons_lengths():
    """A network whose bones are 15 % too long says nothing wrong about directions, and directions are what is kept."""
    pose, lengths = random_pose(10, np.random.default_rng(4)), default_bone_lengths(np.full(10, 1.7))
    relative, joint_confidence, keypoints, confidence, true = observe(pose, lengths)
    data = 1.15 * relative, joint_confidence, keypoints, confidence, lengths, CAMERA, VNECT
    state = initial_state(*data)
    for _ in range(20):
        result = fit(state, *data, FRAME)
        state = result.state
    assert np.abs(root_relative(result.joints_camera) - root_relative(true)).max() < 0.03  # m, of up to 0.13 m


def test_an_unseen_arm_comes_to_rest():
    poses, lengths = [named_pose("arm raised")] * 5, default_bone_lengths([1.7])
    results, _ = follow(poses, VNECT, lengths)
    arm = [JOINTS.index("r_" + name) for name in ("elbow", "wrist", "hand")]
    shoulder = ANGLES.index("r_shoulder_abduction")
    state, first = results[-1].state, results[-1].angles[0, shoulder]
    relative, joint_confidence, keypoints, confidence, _ = observe(poses[0], lengths)
    relative[:, arm], joint_confidence[:, arm], confidence[:, 3:5] = np.nan, 0, 0
    for _ in range(150):
        result = fit(state, relative, joint_confidence, keypoints, confidence, lengths, CAMERA, VNECT, FRAME)
        state = result.state
    assert abs(result.angles[0, shoulder]) < 0.5 * abs(first)
    assert np.abs(result.state.joint_rate[0, arm]).max() < 0.5  # m/s: it does not fly off


@pytest.mark.parametrize("choice", ["xnect", "vnect"])
def test_gradient_descent_arrives_near_where_levenberg_marquardt_does(choice):
    pose, lengths = random_pose(5, np.random.default_rng(5)), default_bone_lengths(np.full(5, 1.7))
    *data, _ = observe(pose, lengths, CAMERA, np.random.default_rng(6), 0.02, 2)
    energies = {}
    for solver, iterations in (("levenberg_marquardt", 8), ("gradient_descent", 8), ("gradient_descent", 1000)):
        config = FittingConfig(energy=choice, solver=solver, iterations=iterations)
        start = initial_state(*data, lengths, CAMERA, config)
        start = replace(start, angles=start.angles + 0.1)
        energies[solver, iterations] = fit(start, *data, lengths, CAMERA, config, FRAME).energy
    quick, slow = energies["levenberg_marquardt", 8], energies["gradient_descent", 1000]
    assert (slow < 1.5 * quick).all()  # it stops where a step gains under 0.1 %, and its steps are short
    assert np.median(energies["gradient_descent", 8] / quick) > np.median(slow / quick)  # it wants more steps


@pytest.mark.parametrize("solve", [minimise, descend])
def test_solvers_never_raise_the_energy_and_leave_nobody_out(solve):
    """A parabola a person, of very different steepness; one starts at its bottom."""
    steepness = np.array([[1.0, 50.0], [1e-3, 1e-2], [1e3, 1.0]])

    def evaluate(pose):
        gradient = np.zeros((3, D))
        gradient[:, 3:5] = steepness * pose[0]
        hessian = np.zeros((3, D, D))
        hessian[:, [3, 4], [3, 4]] = steepness
        return energy.Evaluation((steepness * pose[0] ** 2).sum(1), gradient, hessian, *7 * [np.zeros((3, 1))])

    start = (np.array([[1.0, -1.0], [0.5, 0.5], [0.0, 0.0]]),)
    before = evaluate(start).energy
    (end,), final = solve(start, evaluate, lambda pose, step: (pose + step[:, 3:5],), 300)
    assert (final.energy <= before).all() and (final.energy < 0.05 * before + 1e-6).all()
    assert np.array_equal(end[2], start[0][2])
