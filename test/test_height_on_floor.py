"""People of 1.0 to 2.0 m on a known floor, seen with a detector's noise: heights and places to five percent."""

import numpy as np
import pytest

from body_scenes import named_angles, observe
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation, REFERENCE_HEIGHT
from mocap_ros.datatypes.person import ASSUMED, MEASURED
from mocap_ros.geometry.ground_plane import level_ground
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.initial_pose import FACING
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, default_bone_lengths
from mocap_ros.pipeline.fitter import Fitter

CAMERA = Camera(1280, 720, [[700, 0, 640], [0, 700, 360], [0, 0, 1]])
HEIGHTS = np.array([1.0, 1.25, 1.5, 1.75, 2.0])
NOISE_PX, NOISE_3D = 2.0, 0.04  # px, m
RATE, FRAMES = 25.0, 50
ANKLES = [10, 13]  # in JOINTS


def scene(plane, name, number):
    """Root position, camera_from_body and angles of five people on the floor, swaying a little."""
    people = len(HEIGHTS)
    level = axis_rotation(np.array([1.0, 0, 0]), plane.tilt)
    angles = np.tile(named_angles(name), (people, 1)) + 0.05 * np.sin(number / 9 + np.arange(23))
    rotation = np.tile(level @ FACING, (people, 1, 1))
    lengths = default_bone_lengths(HEIGHTS)
    posed = forward_kinematics(np.zeros((people, 3)), rotation, angles, lengths).joints
    rise = ANKLE_HEIGHT * HEIGHTS - plane.height - (posed[:, ANKLES] @ plane.up).min(1)
    place = np.stack([np.linspace(-2.2, 2.2, people), np.zeros(people), np.linspace(5.5, 4.0, people)], 1) @ level.T
    return (place + rise[:, None] * plane.up, rotation, angles), lengths


@pytest.mark.parametrize("height, tilt", [(1.5, 0.1), (2.4, 0.3), (1.2, 0.0)])
@pytest.mark.parametrize("name", ["hanging arms", "sitting"])
def test_heights_and_places_are_good_to_five_percent(height, tilt, name):
    plane = level_ground(height, tilt)
    settings = {"camera.ground_height": height, "camera.ground_tilt": tilt}
    stage = Fitter(with_settings(MocapConfig(), settings), np.random.default_rng(0))
    generator = np.random.default_rng(1)
    appearance = np.zeros((len(HEIGHTS), APPEARANCE_BINS))
    appearance[np.arange(len(HEIGHTS)), 10 * np.arange(len(HEIGHTS))] = 1  # clothes of their own
    sources, errors = [], []
    for number in range(FRAMES):
        pose, lengths = scene(plane, name, number)
        relative, _, keypoints, confidence, _ = observe(pose, lengths, CAMERA, generator, 0.0, NOISE_PX)
        relative = relative * (REFERENCE_HEIGHT / HEIGHTS)[:, None, None]
        relative = relative + NOISE_3D * generator.normal(size=relative.shape)
        found = Detections(keypoints, confidence, np.ones(len(HEIGHTS)))
        people = stage.update(Observation(found, relative, appearance, CAMERA.width, CAMERA.height), CAMERA,
                              number / RATE).people
        sources.append({person.height_source for person in people})
        if number >= FRAMES // 2:
            people = sorted(people, key=lambda person: person.root_position[0] / person.root_position[2])
            errors.append([np.linalg.norm(person.root_position - true) / np.linalg.norm(true)
                           for person, true in zip(people, pose[0])])
    assert np.abs(np.array([person.height for person in people]) / HEIGHTS - 1).max() < 0.05
    assert np.median(errors, axis=0).max() < 0.05
    assert {ASSUMED} in sources[:8] and sources[-1] == {MEASURED}  # said to be assumed until it is measured
