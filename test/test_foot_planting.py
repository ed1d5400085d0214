import numpy as np

from body_scenes import CAMERA, named_pose, observe
from mocap_ros.datatypes.config import FittingConfig
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.rigid import apply, inverse, transform
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.fit_state import seen_from
from mocap_ros.kinematics.fitting import fit, initial_state
from mocap_ros.kinematics.foot_planting import CONTACT_JOINTS, REST_ELEVATIONS
from mocap_ros.kinematics.rest_pose import default_bone_lengths

CONFIG, FRAME = FittingConfig(), 1 / 30  # s
LOOSE = FittingConfig(weight_feet=0.0)
LENGTHS = default_bone_lengths([1.7])
FEET = [JOINTS.index(name) for name in ("r_ankle", "r_toe", "l_ankle", "l_toe")]


def standing(position=(0.3, 0.2, 4.0)):
    return named_pose("hanging arms", position=position)


def follow(poses, config, noise_3d=0.0, noise_px=0.0, floor=None, hide=None, lengths=LENGTHS):
    """Fitted joints (T, J, 3), what is planted (T, 4) and true joints of one person in a sequence of poses."""
    generator, state, fitted, planted, true = np.random.default_rng(0), None, [], [], []
    for number, pose in enumerate(poses):
        relative, joint_confidence, keypoints, confidence, joints = observe(
            pose, LENGTHS, CAMERA, generator, noise_3d, noise_px
        )
        if hide is not None and hide(number):
            joint_confidence, confidence = 0 * joint_confidence, 0 * confidence
        data = relative, joint_confidence, keypoints, confidence, lengths, CAMERA, config
        state = initial_state(*data) if state is None else state
        result = fit(state, *data, FRAME, floor=floor)
        state = result.state
        fitted.append(result.joints_camera[0])
        planted.append(result.planted[0])
        true.append(joints[0])
    return np.array(fitted), np.array(planted), np.array(true)


def sliding(joints, start=40):
    """Mean way of the feet from frame to frame [m], once they are watched."""
    return np.linalg.norm(np.diff(joints[start:, FEET], axis=0), axis=-1).mean()


def walk(frames, speed=1.0, leg=0.82):
    """Poses of somebody who walks to the right at `speed` [m/s]: each foot stands in turn, on a straight leg.

    A straight leg of length `leg` whose hip moves past a standing foot has the hip angle asin(way / leg); the pelvis
    rises and falls so that the foot stays at one height.
    """
    step = 0.5  # m
    for number in range(frames):
        way = speed * number * FRAME
        phase, side = way % step - step / 2, int(way // step) % 2
        stance = -np.arcsin(phase / leg)
        root, rotation, angles = named_pose("hanging arms", heading=-np.pi / 2, position=(
            -1.5 + way, 0.2 + leg - np.sqrt(leg ** 2 - phase ** 2), 4.0))
        swing, now = ("r_", "l_") if side == 0 else ("l_", "r_")
        angles[0, ANGLES.index(now + "hip_flexion")] = stance
        angles[0, ANGLES.index(now + "ankle_flexion")] = -stance
        angles[0, ANGLES.index(swing + "hip_flexion")] = -stance
        angles[0, ANGLES.index(swing + "knee_flexion")] = 0.9 * (1 - (2 * phase / step) ** 2)
        yield root, rotation, angles


def test_noise_does_not_make_a_standing_foot_slide():
    poses = [standing()] * 90
    held, planted, true = follow(poses, CONFIG, 0.03, 3)
    free, never, _ = follow(poses, LOOSE, 0.03, 3)
    assert planted[45:].mean() > 0.9 and not never.any()
    assert sliding(held) < sliding(free) / 4
    error = [np.linalg.norm((each - true)[60:, FEET], axis=-1).mean() for each in (held, free)]
    assert error[0] < error[1]  # the anchors average, so they are nearer to the truth too


def test_a_walking_person_stands_on_one_foot_after_the_other():
    held, planted, true = follow(list(walk(120)), CONFIG)
    stands = np.linalg.norm(np.diff(true[:, FEET], axis=0), axis=-1) / FRAME < 0.1  # m/s
    settled = slice(40, None)
    assert 0.3 < stands[settled].mean() < 0.7  # the scene is what it says
    agreement = (planted[1:] == stands)[settled]
    assert agreement.mean() > 0.75  # landing and lifting off are seen a few frames late
    assert np.linalg.norm(held - true, axis=-1)[settled].mean() < 0.03  # m; without noise the hold costs little


def test_a_foot_that_lifts_off_is_let_go():
    up = standing()
    up[2][0, ANGLES.index("l_hip_flexion")], up[2][0, ANGLES.index("l_knee_flexion")] = 1.2, 1.2
    poses = [standing()] * 45 + [up] * 15
    held, planted, true = follow(poses, CONFIG)
    assert planted[44].all() and not planted[45:48, 2:].any() and planted[45:].any(0)[:2].all()
    assert np.linalg.norm(held[45:] - true[45:], axis=-1).max() < 0.05  # m, in the very frame in which it is gone


def test_a_gliding_body_is_not_held_back():
    """A camera that passes by, or somebody on a scooter: the feet stand in the picture's people, not in the world."""
    for speed in ((0.8, 0, 0), (0.0, 0, -1.2), (0.2, 0, 0.0), (0, 0, 0.3)):  # m/s
        poses = [standing(np.array([-0.5, 0.2, 5.0]) + np.array(speed) * n * FRAME) for n in range(90)]
        held, _, true = follow(poses, CONFIG)
        lag = np.linalg.norm((held - true)[30:], axis=-1).mean()
        assert lag < 0.06  # m
        assert np.linalg.norm((held - true)[30:], axis=-1).max() < 0.2  # m: DRIFT, more of it in depth


def driven(frames):
    """fixed_from_camera of a robot that drives forward at 0.6 m/s and turns by 0.3 rad/s."""
    for number in range(frames):
        yield transform(axis_rotation(np.array([0.0, 1, 0]), 0.3 * number * FRAME), [0.0, 0, 0.6 * number * FRAME])


def test_feet_stay_planted_before_a_camera_whose_motion_is_known():
    """Somebody stands in a room through which a robot drives; sliding is that over the room's floor."""
    body, slid, stood = standing((0.6, 0.2, 5.0)), {}, {}
    for told in (True, False):
        generator, state, last, places, planted = np.random.default_rng(0), None, None, [], []
        for fixed_from_camera in driven(90):
            camera_from_fixed = inverse(fixed_from_camera)
            pose = apply(camera_from_fixed, body[0]), camera_from_fixed[:3, :3] @ body[1], body[2]
            *data, _ = observe(pose, LENGTHS, CAMERA, generator, 0.02, 2)
            state = initial_state(*data, LENGTHS, CAMERA, CONFIG) if state is None else state
            if told and last is not None:
                state = seen_from(state, camera_from_fixed @ last)
            last = fixed_from_camera
            result = fit(state, *data, LENGTHS, CAMERA, CONFIG, FRAME)
            state = result.state
            places.append(apply(fixed_from_camera, result.joints_camera[0]))
            planted.append(result.planted[0])
        slid[told], stood[told] = sliding(np.array(places), 45), np.array(planted)[45:].mean()
        if told:
            # m/s over the floor, not before the camera, which goes at 0.6
            assert np.linalg.norm(result.root_velocity) < 0.5
    assert stood[True] > 0.9 and stood[False] < 0.3
    assert slid[True] < 0.25 * slid[False]


def test_a_state_seen_from_elsewhere_and_back_is_the_same():
    state = None
    for pose in list(walk(50)):
        *data, _ = observe(pose, LENGTHS)
        state = initial_state(*data, LENGTHS, CAMERA, CONFIG) if state is None else state
        state = fit(state, *data, LENGTHS, CAMERA, CONFIG, FRAME).state
    assert state.feet.age.any()  # something stands
    move = transform(axis_rotation(np.array([0.6, 0.0, 0.8]), 0.4), [0.3, -0.2, 0.5])
    back = seen_from(seen_from(state, move), inverse(move))
    for name in ("position", "rotation", "rate", "joints", "joint_rate"):
        assert np.abs(getattr(back, name) - getattr(state, name)).max() < 1e-9
    assert np.abs(back.feet.anchor - state.feet.anchor).max() < 1e-9
    assert np.abs(back.feet.offset - state.feet.offset).max() < 1e-9


def test_standing_feet_outlast_a_moment_unseen():
    held, planted, _ = follow([standing()] * 70, CONFIG, 0.02, 2, hide=lambda number: 50 <= number < 58)
    assert planted[49].all() and planted[50:58].all()
    assert np.linalg.norm(np.diff(held[49:60, FEET], axis=0), axis=-1).max() < 0.03  # m
    _, planted, _ = follow([standing()] * 80, CONFIG, hide=lambda number: number >= 50)
    assert not planted[70].any()  # nobody is held for ever where nothing is seen


def test_on_a_known_floor_feet_neither_sink_nor_float_and_the_depth_is_right():
    pose = standing()
    joints = forward_kinematics(*pose, LENGTHS).joints[0]
    up = level_ground(1.0, 0.0).up
    floor = level_ground(-joints[FEET[0]] @ up + REST_ELEVATIONS[0] * 1.7, 0.0)
    assert abs(floor.elevation(joints[FEET[1]]) - REST_ELEVATIONS[1] * 1.7) < 0.01  # m: the scene's toes are on it too
    wrong = default_bone_lengths([1.6])  # taken to be 6 % smaller, so 6 % too near
    off = []
    for config in (CONFIG, LOOSE):
        held, _, true = follow([pose] * 120, config, 0.02, 2, floor, lengths=wrong)
        off.append(floor.elevation(held[-30:, CONTACT_JOINTS]).mean(0) - REST_ELEVATIONS * 1.6)
    assert off[1].min() > 0.01 and off[1].max() > 0.05  # m: floats, since it is too near
    assert (np.abs(off[0]) < 0.75 * np.abs(off[1])).all()  # the keypoints pull the other way and have their say
    sunk = level_ground(floor.height - 0.12, 0.0)  # the floor is said to be where the ankles cannot be
    held, _, _ = follow([pose] * 30, CONFIG, floor=sunk)
    free, _, _ = follow([pose] * 30, LOOSE, floor=sunk)
    assert sunk.elevation(held[-1, FEET]).min() > sunk.elevation(free[-1, FEET]).min() + 0.05  # m: pushed out of it
