import numpy as np

from body_scenes import CAMERA, observe, random_pose
from mocap_ros.datatypes.skeleton import BONES, JOINTS, mirror_name
from mocap_ros.kinematics.bone_lengths import (
    concatenate, default_proportions, learn_proportions, measure_bones, retarget,
)
from mocap_ros.kinematics.rest_pose import PROPORTIONS, default_bone_lengths, scale_to_height, standing_height

FRAMES = 15


def odd_lengths(generator, people):
    """Symmetric people whose proportions differ from the default by up to 15 %, 1 m tall."""
    factors = generator.uniform(0.85, 1.15, (people, len(BONES)))
    factors = (factors + factors[:, [BONES.index(mirror_name(bone)) for bone in BONES]]) / 2
    return scale_to_height(PROPORTIONS * factors, np.ones(people))


def learn(lengths, frames, generator, noise=0.0, scale=1.0, state=None):
    state = default_proportions(len(lengths)) if state is None else state
    for _ in range(frames):
        pose = random_pose(len(lengths), generator)
        relative, confidence, *_ = observe(pose, lengths * 1.7, CAMERA, generator, noise)
        state = learn_proportions(state, scale * relative, confidence, FRAMES)
    return state


def test_bones_of_known_joints_are_measured():
    lengths = np.random.default_rng(0).uniform(0.05, 0.5, (6, 20))
    relative, *_ = observe(random_pose(6, np.random.default_rng(1)), lengths)
    assert np.abs(measure_bones(relative) - lengths).max() < 1e-12
    relative[0, JOINTS.index("l_knee")] = np.nan
    assert np.isnan(measure_bones(relative)[0]).sum() == 2  # thigh and shank


def test_the_first_frames_teach_the_proportions():
    generator = np.random.default_rng(2)
    truth = odd_lengths(generator, 5)
    for scale in (1.0, 0.6):  # the network's height does not matter
        learnt = learn(truth, FRAMES, generator, scale=scale).lengths
        assert np.abs(learnt / truth - 1).max() < 0.04  # two frames' worth of the default are still in it
        assert np.abs(learnt / truth - 1).max() < 0.35 * np.abs(PROPORTIONS / truth - 1).max()


def test_noise_is_averaged_away():
    generator = np.random.default_rng(3)
    truth = odd_lengths(generator, 5)
    long = [BONES.index(name) for name in ("l_knee", "l_ankle", "l_elbow", "l_wrist", "neck")]
    few, many = (learn(truth, count, generator, noise=0.03).lengths for count in (1, 30))
    assert np.abs(many / truth - 1)[:, long].mean() < 0.5 * np.abs(few / truth - 1)[:, long].mean()


def test_settled_bones_never_jump():
    generator = np.random.default_rng(4)
    truth = odd_lengths(generator, 3)
    settled = learn(truth, FRAMES, generator)
    after = learn(odd_lengths(generator, 3) * 3, 1, generator, noise=0.1, state=settled)
    assert np.abs(after.lengths / settled.lengths - 1).max() < 0.001  # of a bone, in one frame
    slowly = learn(np.tile(PROPORTIONS, (3, 1)), 2000, generator, state=settled)
    assert np.abs(slowly.lengths / PROPORTIONS - 1).max() < 0.3 * np.abs(settled.lengths / PROPORTIONS - 1).max()


def test_learnt_people_are_symmetric_and_one_metre_tall():
    generator = np.random.default_rng(5)
    lengths = learn(odd_lengths(generator, 4), 7, generator, noise=0.05).lengths
    assert np.abs(lengths - lengths[:, [BONES.index(mirror_name(bone)) for bone in BONES]]).max() < 1e-12
    assert np.abs(standing_height(lengths) - 1).max() < 1e-12


def test_unseen_bones_keep_what_was_known():
    relative, confidence, *_ = observe(random_pose(1, np.random.default_rng(6)), default_bone_lengths([1.7]))
    confidence[0, JOINTS.index("l_wrist")] = 0.1
    relative[0, JOINTS.index("r_wrist")] = np.nan
    state = learn_proportions(default_proportions(1), relative, confidence, FRAMES)
    wrist = BONES.index("l_wrist")
    assert state.frames[0, wrist] == 0 and state.frames[0, BONES.index("l_knee")] == 1
    nothing = learn_proportions(state, np.full_like(relative, np.nan), confidence, FRAMES)
    assert np.array_equal(nothing.frames, state.frames) and np.abs(nothing.lengths - state.lengths).max() < 1e-12


def test_rows_can_be_taken_and_joined():
    generator = np.random.default_rng(7)
    state = learn(odd_lengths(generator, 3), 2, generator)
    joined = concatenate([state.take([2]), default_proportions(1), state.take(np.array([True, False, False]))])
    assert np.array_equal(joined.lengths[[0, 2]], state.lengths[[2, 0]])
    assert (joined.frames[1] == 0).all()


def test_retargeting_keeps_directions_and_replaces_lengths():
    generator = np.random.default_rng(8)
    relative, *_ = observe(random_pose(6, generator), generator.uniform(0.05, 0.5, (6, 20)))
    lengths = default_bone_lengths(np.full(6, 1.8))
    changed = retarget(relative, lengths)
    assert np.abs(measure_bones(changed) - lengths).max() < 1e-12
    same = retarget(relative, measure_bones(relative))
    assert np.abs(same - relative).max() < 1e-12


def test_retargeting_leaves_joints_beyond_an_unseen_one():
    relative, *_ = observe(random_pose(1, np.random.default_rng(9)), default_bone_lengths([1.7]))
    relative[0, JOINTS.index("l_elbow")] = np.nan
    changed = retarget(relative, default_bone_lengths([2.0]))
    for name in ("l_wrist", "l_hand"):
        assert np.array_equal(changed[0, JOINTS.index(name)], relative[0, JOINTS.index(name)])
    assert np.isnan(changed[0, JOINTS.index("l_elbow")]).all()
    assert np.isfinite(changed[0, JOINTS.index("r_wrist")]).all()
