import numpy as np
import pytest

from body_scenes import CAMERA, named_angles, observe
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.body_height import height_from_ground, stands_upright
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.initial_pose import FACING
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, default_bone_lengths

PLANE = level_ground(1.6, 0.2)


def standing(heights, name="hanging arms", plane=PLANE):
    """People of these heights who stand on the floor at several places: pose and bone lengths."""
    people = len(heights)
    generator = np.random.default_rng(0)
    lengths = default_bone_lengths(heights)
    upright = axis_rotation(np.array([1.0, 0, 0]), plane.tilt) @ FACING  # level in the world, seen by the tilted camera
    heading = axis_rotation(np.array([0, 0, 1.0]), generator.uniform(-3, 3, people))
    angles = np.tile(named_angles(name), (people, 1))
    rotation = upright @ heading
    posed = forward_kinematics(np.zeros((people, 3)), rotation, angles, lengths).joints
    ankles = plane.elevation(posed[:, [JOINTS.index("r_ankle"), JOINTS.index("l_ankle")]]).mean(1) - plane.height
    forward = np.array([0, np.sin(-plane.tilt), np.cos(plane.tilt)])
    place = generator.uniform(-1, 1, (people, 1)) * [1, 0, 0] + generator.uniform(3, 8, (people, 1)) * forward
    rise = ANKLE_HEIGHT * np.asarray(heights) - ankles - plane.height
    return (place + rise[:, None] * plane.up, rotation, angles), lengths


@pytest.mark.parametrize("plane", [PLANE, level_ground(2.8, 0.5), level_ground(0.6, -0.05)])
def test_standing_people_are_as_tall_as_they_are(plane):
    heights = np.linspace(1.0, 2.0, 11)
    pose, lengths = standing(heights, plane=plane)
    _, _, keypoints, confidence, _ = observe(pose, lengths)
    measured = height_from_ground(keypoints, confidence, CAMERA, plane)
    # The head leans 55 mm out of the line above the ankles, which a camera above or below takes for height.
    assert np.abs(measured / heights - 1).max() < 0.05


def test_noise_of_two_pixels_keeps_the_height_within_five_percent():
    heights = np.linspace(1.0, 2.0, 200)
    pose, lengths = standing(heights)
    _, _, keypoints, confidence, _ = observe(pose, lengths, CAMERA, np.random.default_rng(1), noise_px=2)
    measured = height_from_ground(keypoints, confidence, CAMERA, PLANE)
    assert np.quantile(np.abs(measured / heights - 1), 0.95) < 0.05


def test_an_upright_rod_has_its_exact_length():
    """Hand-computed: ankle at 4.5 % of 2 m, head top at 2 m, 5 m ahead of a level camera at 1.5 m."""
    plane = level_ground(1.5, 0.0)
    keypoints, confidence = np.full((1, len(KEYPOINTS), 2), np.nan), np.zeros((1, len(KEYPOINTS)))
    for name, elevation in (("head_top", 2.0), ("r_ankle", 2 * ANKLE_HEIGHT), ("l_ankle", 2 * ANKLE_HEIGHT)):
        keypoints[0, KEYPOINTS.index(name)] = project(np.array([0.7, 1.5 - elevation, 5]), CAMERA)
        confidence[0, KEYPOINTS.index(name)] = 1
    assert abs(height_from_ground(keypoints, confidence, CAMERA, plane)[0] - 2.0) < 1e-9


def test_distortion_is_taken_into_account():
    warped = Camera(CAMERA.width, CAMERA.height, CAMERA.matrix, [-0.3, 0.1, 0, 0, 0])
    pose, lengths = standing([1.8])
    _, _, keypoints, confidence, _ = observe(pose, lengths, warped)
    plain = height_from_ground(observe(pose, lengths)[2], confidence, CAMERA, PLANE)
    assert abs(height_from_ground(keypoints, confidence, warped, PLANE)[0] - plain[0]) < 1e-3  # m


def test_what_cannot_be_measured_is_nan():
    pose, lengths = standing([1.7])
    _, _, keypoints, confidence, _ = observe(pose, lengths)
    for name in ("head_top", "l_ankle"):
        hidden = confidence.copy()
        hidden[0, KEYPOINTS.index(name)] = 0.1
        assert np.isnan(height_from_ground(keypoints, hidden, CAMERA, PLANE)).all()
    assert np.isnan(height_from_ground(np.full_like(keypoints, np.nan), confidence, CAMERA, PLANE)).all()
    above = keypoints - [0, 600]  # feet above the horizon
    assert np.isnan(height_from_ground(above, confidence, CAMERA, PLANE)).all()


@pytest.mark.parametrize("name, upright", [
    ("hanging arms", True), ("T-pose", True), ("arm raised", True), ("squat", False), ("sitting", False),
])
def test_only_straight_people_stand_upright(name, upright):
    pose, lengths = standing([1.7, 1.2], name)
    relative, *_ = observe(pose, lengths)
    assert (stands_upright(relative, PLANE) == upright).all()
    assert not stands_upright(np.full_like(relative, np.nan), PLANE).any()
