import numpy as np
import pytest

from body_scenes import CAMERA, named_angles, observe
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import ANGLES, J, JOINTS, K, KEYPOINTS
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.body_height import measure_heights, OTHER_WEIGHT, stands_upright, UPRIGHT_WEIGHT
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.height_samples import add_samples, averaged_heights, no_samples
from mocap_ros.kinematics.initial_pose import FACING
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, default_bone_lengths, standing_height

PLANE = level_ground(1.6, 0.2)


def standing(heights, name="hanging arms", plane=PLANE):
    """People of these heights whose feet stand on the floor at several places: pose and bone lengths."""
    people = len(heights)
    generator = np.random.default_rng(0)
    lengths = default_bone_lengths(heights)
    level = axis_rotation(np.array([0, 0, -1.0]), plane.roll) @ axis_rotation(np.array([1.0, 0, 0]), plane.tilt)
    upright = level @ FACING  # level in the world, seen by the tilted camera
    heading = axis_rotation(np.array([0, 0, 1.0]), generator.uniform(-3, 3, people))
    angles = np.tile(named_angles(name), (people, 1))
    rotation = upright @ heading
    posed = forward_kinematics(np.zeros((people, 3)), rotation, angles, lengths).joints
    ankles = plane.elevation(posed[:, [JOINTS.index("r_ankle"), JOINTS.index("l_ankle")]]).mean(1) - plane.height
    forward = level @ [0, 0, 1.0]
    place = generator.uniform(-1, 1, (people, 1)) * level[:, 0] + generator.uniform(3, 8, (people, 1)) * forward
    rise = ANKLE_HEIGHT * np.asarray(heights) - ankles - plane.height
    return (place + rise[:, None] * plane.up, rotation, angles), lengths


def measured(pose, lengths, plane=PLANE, camera=CAMERA, **noise):
    """Measured heights and weights of people in a pose, as networks would see them at the reference height."""
    relative, _, keypoints, confidence, _ = observe(pose, lengths, camera, **noise)
    relative = relative * (REFERENCE_HEIGHT / standing_height(lengths))[:, None, None]
    return measure_heights(keypoints, confidence, relative, camera, plane)


@pytest.mark.parametrize("plane", [PLANE, level_ground(2.8, 0.5), level_ground(0.6, -0.05),
                                   level_ground(1.6, 0.2, 0.15)])
@pytest.mark.parametrize("name", ["hanging arms", "T-pose"])
def test_standing_people_are_as_tall_as_they_are(plane, name):
    heights = np.linspace(1.0, 2.0, 11)
    found, weights = measured(*standing(heights, name, plane), plane)
    # The head leans 55 mm out of the line above the ankles, of which half is taken for height by design.
    assert np.abs(found / heights - 1).max() < 0.03 and (weights == UPRIGHT_WEIGHT).all()


@pytest.mark.parametrize("name", ["squat", "sitting"])
def test_bent_people_are_measured_through_their_pose(name):
    heights = np.linspace(1.0, 2.0, 11)
    pose, lengths = standing(heights, name)
    found, weights = measured(pose, lengths)
    assert np.abs(found / heights - 1).max() < 0.03 and (weights == OTHER_WEIGHT).all()


def test_a_raised_foot_is_not_taken_for_the_floor():
    """One foot 0.2 of the height up, as in walking or on a step: the other one bears."""
    heights = np.linspace(1.0, 2.0, 11)
    (place, rotation, angles), lengths = standing(heights)
    flat, _ = measured((place, rotation, angles), lengths)
    raised = angles.copy()
    raised[:, [ANGLES.index("l_hip_flexion"), ANGLES.index("l_knee_flexion")]] = np.radians([60, 70])
    found, _ = measured((place, rotation, raised), lengths)
    assert np.abs(found / flat - 1).max() < 0.02


def test_noise_of_two_pixels_and_forty_millimetres_averages_out():
    heights = np.linspace(1.0, 2.0, 50)
    pose, lengths = standing(heights)
    generator = np.random.default_rng(1)
    samples = no_samples(len(heights))
    for _ in range(40):
        samples = add_samples(samples, *measured(pose, lengths, generator=generator, noise_px=2, noise_3d=0.04))
    assert np.abs(averaged_heights(samples) / heights - 1).max() < 0.05


def test_an_upright_rod_has_its_exact_length():
    """Hand-computed, without 3D: ankles at 4.5 % of 2 m, head top at 2 m, 5 m ahead of a level camera at 1.5 m."""
    plane = level_ground(1.5, 0.0)
    keypoints, confidence = np.full((1, K, 2), np.nan), np.zeros((1, K))
    places = {"head_top": (0.7, 2.0), "neck": (0.7, 1.65), "pelvis": (0.7, 1.05)}
    for side, x in (("r", 0.6), ("l", 0.8)):
        places |= {f"{side}_hip": (x, 1.05), f"{side}_knee": (x, 0.6), f"{side}_ankle": (x, 2 * ANKLE_HEIGHT)}
    for name, (x, elevation) in places.items():
        keypoints[0, KEYPOINTS.index(name)] = project(np.array([x, 1.5 - elevation, 5]), CAMERA)
        confidence[0, KEYPOINTS.index(name)] = 1
    found, weights = measure_heights(keypoints, confidence, np.full((1, J, 3), np.nan), CAMERA, plane)
    assert abs(found[0] - 2.0) < 1e-3 and weights[0] == UPRIGHT_WEIGHT  # m; it faces the person, not the axis


@pytest.mark.parametrize("name, upright", [("hanging arms", True), ("arm raised", True), ("squat", False),
                                           ("sitting", False)])
def test_without_3d_only_those_who_look_upright_are_measured(name, upright):
    heights = np.array([1.1, 1.7, 1.9])
    pose, lengths = standing(heights, name)
    _, _, keypoints, confidence, _ = observe(pose, lengths)
    found, _ = measure_heights(keypoints, confidence, np.full((3, J, 3), np.nan), CAMERA, PLANE)
    assert np.isfinite(found).all() if upright else np.isnan(found).all()
    assert not upright or np.abs(found / heights - 1).max() < 0.05


@pytest.mark.parametrize("camera", [
    Camera(CAMERA.width, CAMERA.height, CAMERA.matrix, [-0.3, 0.1, 0, 0, 0]),
    Camera(CAMERA.width, CAMERA.height, CAMERA.matrix, [-0.02, 0.01, 0, 0], fisheye=True),
])
def test_distortion_is_taken_into_account(camera):
    pose, lengths = standing([1.8])
    assert abs(measured(pose, lengths, camera=camera)[0][0] - measured(pose, lengths)[0][0]) < 1e-3  # m


def test_what_cannot_be_measured_is_nan():
    pose, lengths = standing([1.7])
    relative, _, keypoints, confidence, _ = observe(pose, lengths)
    for names in (("head_top",), ("l_ankle", "r_ankle")):
        hidden = confidence.copy()
        hidden[0, [KEYPOINTS.index(name) for name in names]] = 0.1
        found, weights = measure_heights(keypoints, hidden, relative, CAMERA, PLANE)
        assert np.isnan(found).all() and (weights == 0).all()
    assert np.isnan(measure_heights(np.full_like(keypoints, np.nan), confidence, relative, CAMERA, PLANE)[0]).all()
    above = keypoints - [0, 600]  # feet above the horizon
    assert np.isnan(measure_heights(above, confidence, relative, CAMERA, PLANE)[0]).all()
    lying = relative[..., [1, 0, 2]]
    assert np.isnan(measure_heights(keypoints, confidence, lying, CAMERA, PLANE)[0]).all()


def test_nobody_is_measured_where_nobody_is():
    found, weights = measure_heights(np.zeros((0, K, 2)), np.zeros((0, K)), np.zeros((0, J, 3)), CAMERA, PLANE)
    assert found.shape == weights.shape == (0,)


@pytest.mark.parametrize("name, upright", [
    ("hanging arms", True), ("T-pose", True), ("arm raised", True), ("squat", False), ("sitting", False),
])
def test_only_straight_people_stand_upright(name, upright):
    pose, lengths = standing([1.7, 1.2], name)
    relative, *_ = observe(pose, lengths)
    assert (stands_upright(relative, PLANE) == upright).all()
    assert not stands_upright(np.full_like(relative, np.nan), PLANE).any()
