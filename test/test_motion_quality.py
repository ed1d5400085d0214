import numpy as np

from mocap_ros.datatypes.skeleton import J, JOINTS
from mocap_ros.evaluation.motion_quality import FEET, acceleration_error, floor_error, foot_sliding, lag, standing_feet
from mocap_ros.geometry.ground_plane import level_ground

RATE = 25.0  # frames/s


def still(frames=20, people=2):
    joints = np.random.default_rng(0).normal(size=(1, people, J, 3)) + [0, 0, 4]
    return np.repeat(joints, frames, 0)


def test_a_constant_or_a_steadily_growing_error_is_no_jitter():
    true = still()
    assert acceleration_error(true + [0.1, 0, 0], true, RATE) < 1e-9  # m/s^2
    drift = np.arange(20)[:, None, None, None] * np.array([0.01, 0, 0])
    assert acceleration_error(true + drift, true, RATE) < 1e-9


def test_the_acceleration_of_a_parabola_is_its_own():
    true = still()
    time = np.arange(20)[:, None, None, None] / RATE
    fallen = true + 0.5 * np.array([0, 9.81, 0]) * time ** 2
    assert abs(acceleration_error(fallen, true, RATE) - 9.81) < 1e-6  # m/s^2


def test_gaps_are_not_judged_across():
    true = still()
    found = true.copy()
    found[10:] += 1  # m: somewhere else after a gap of two frames
    found[10:12] = np.nan
    assert acceleration_error(found, true, RATE) < 1e-9
    assert np.isnan(acceleration_error(np.full_like(true, np.nan), true, RATE))


def swinging(delay):
    """People whose joints swing at 0.8 Hz, `delay` [s] late."""
    time = np.arange(100)[:, None, None, None] / RATE - delay
    return still(100) + 0.3 * np.sin(2 * np.pi * 0.8 * time + np.arange(J)[:, None])


def test_a_late_skeleton_is_as_late_as_it_is():
    generator = np.random.default_rng(1)
    for delay in (-0.04, 0.0, 0.03, 0.12):
        late = 0.5 * swinging(delay) + generator.normal(0, 0.01, (100, 2, J, 3))  # half as far, and with noise
        late[20:24] = np.nan
        assert abs(lag(late, swinging(0.0), RATE) - delay) < 0.004  # s, a tenth of a frame
    assert np.isnan(lag(still(5), still(5), RATE)) and np.isnan(lag(still(), still(), RATE))


def test_only_standing_feet_slide():
    true = still()
    true[:, 1] += np.arange(20)[:, None, None] * np.array([0.02, 0, 0])  # the second person walks at 0.5 m/s
    standing = standing_feet(true, RATE)
    assert standing.shape == (19, 2, 4) and standing[:, 0].all() and not standing[:, 1].any()
    found = true + 0.05
    assert foot_sliding(found, standing) < 1e-9  # m: the wrong place, but no sliding
    found[:, :, JOINTS.index("r_toe")] += np.arange(20)[:, None, None] * np.array([0, 0.004, 0])
    assert abs(foot_sliding(found, standing) - 0.001) < 1e-9  # m: one of four contacts moves 4 mm a frame
    assert np.isnan(foot_sliding(found, np.zeros_like(standing)))


def test_feet_in_the_floor_are_deep_and_floating_ones_are_not():
    true, floor = still(), level_ground(1.5, 0.2)
    standing = standing_feet(true, RATE)
    for depth in (0.03, -0.02):  # m
        assert abs(floor_error(true - depth * floor.up, true, standing, floor) - depth) < 1e-9
    assert len(FEET) == 4
