"""Stage III as a whole: known people walk through a known camera, and come out where they were."""

import numpy as np
import pytest

from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation, PART_BINS, REFERENCE_HEIGHT
from mocap_ros.datatypes.person import ASSUMED, GIVEN, MEASURED, OCCLUDED
from mocap_ros.datatypes.skeleton import ANGLES, J, JOINTS, K, KEYPOINTS
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import transform
from mocap_ros.kinematics.chain import POINTS, forward_kinematics
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, default_bone_lengths
from mocap_ros.pipeline.fitter import Fitter
from mocap_ros.pipeline.joint_confidence import confidence_of_joints

CAMERA = Camera(1280, 720, [[700, 0, 640], [0, 700, 360], [0, 0, 1]])
RATE = 25.0
FACING = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])  # camera_from_body of somebody who looks into the camera


def walkers(number, heights=(1.7, 1.7)):
    """Posed people at one image's number: two who stand 1.2 m apart at 5 m and swing their arms while moving right."""
    time = number / RATE
    people = len(heights)
    angles = np.zeros((people, len(ANGLES)))
    swing = 0.5 * np.sin(2 * np.pi * 0.8 * time)
    angles[:, ANGLES.index("r_hip_flexion")] = swing
    angles[:, ANGLES.index("l_hip_flexion")] = -swing
    angles[:, ANGLES.index("r_elbow_flexion")] = 0.6 + 0.3 * swing
    roots = np.array([[-0.6 + 1.2 * p + 0.3 * time, 0.1, 5.0] for p in range(people)])
    return forward_kinematics(roots, FACING[None].repeat(people, 0), angles, default_bone_lengths(np.array(heights)))


def observe(posed, heights=(1.7, 1.7), noise=0.0, generator=None):
    """Observation of posed people, with noise in pixels and centimetres alike."""
    order = [POINTS.index(name) for name in KEYPOINTS]
    keypoints = project(posed.points[:, order], CAMERA)
    relative = posed.joints - posed.joints[:, 14:15]
    relative = relative * (REFERENCE_HEIGHT / np.array(heights))[:, None, None]
    if noise:
        keypoints = keypoints + generator.normal(0, noise, keypoints.shape)
        relative = relative + generator.normal(0, 0.01 * noise, relative.shape)
    people = len(keypoints)
    appearance = np.full((people, APPEARANCE_BINS), 1 / PART_BINS)
    detections = Detections(keypoints, np.ones((people, K)), np.ones(people))
    return Observation(detections, relative, appearance, CAMERA.width, CAMERA.height)


def empty():
    return Observation(nobody(), np.zeros((0, J, 3)), np.zeros((0, APPEARANCE_BINS)), CAMERA.width, CAMERA.height)


def fitter(**changes):
    config = with_settings(MocapConfig(), {name.replace("__", "."): value for name, value in changes.items()})
    return Fitter(config, np.random.default_rng(5))


def by_place(frame):
    return sorted(frame.people, key=lambda person: person.root_position[0])


def test_two_people_are_placed_and_posed_as_they_were():
    stage = fitter()
    for number in range(40):
        posed = walkers(number)
        frame = stage.update(observe(posed), CAMERA, number / RATE)
    people = by_place(frame)
    assert len(people) == 2
    error = np.linalg.norm(np.stack([person.joints_camera for person in people]) - posed.joints, axis=-1)
    # The one-euro filters lag behind moving limbs; 0.3 m/s sideways and a foot at 1.3 m/s leave this much.
    assert error.mean() < 0.04 and error.max() < 0.15  # m
    assert abs(people[0].angles[ANGLES.index("r_elbow_flexion")] - 0.6) < 0.3  # rad


def test_noise_comes_out_smaller_than_it_went_in():
    generator = np.random.default_rng(6)
    stage = fitter()
    fitted, raw = [], []
    for number in range(60):
        posed = walkers(0)
        seen = observe(posed, noise=2.0, generator=generator)
        frame = stage.update(seen, CAMERA, number / RATE)
        if number >= 20:
            person = by_place(frame)[0]
            fitted.append(person.joints_camera - person.root_position)
            raw.append(seen.joints_relative[np.argmin(seen.detections.keypoints_px[:, 1, 0])])
    jitter = [np.linalg.norm(np.diff(np.array(each), 2, axis=0), axis=-1).mean() for each in (fitted, raw)]
    assert jitter[0] < jitter[1] / 3


def test_a_short_absence_keeps_the_person_and_the_id():
    stage = fitter(tracking__shown_while_lost=0.5)
    for number in range(10):
        frame = stage.update(observe(walkers(number)), CAMERA, number / RATE)
    names = [person.id for person in by_place(frame)]
    for number in range(10, 16):
        frame = stage.update(empty(), CAMERA, number / RATE)
        assert {person.state for person in frame.people} == {OCCLUDED} and len(frame.people) == 2
    for number in range(16, 20):
        frame = stage.update(observe(walkers(number)), CAMERA, number / RATE)
    assert [person.id for person in by_place(frame)] == names
    assert np.abs(by_place(frame)[0].root_position[2] - 5.0) < 0.3  # m


def test_nobody_for_minutes_leaves_nothing_behind():
    stage = fitter()
    for number in range(5):
        stage.update(observe(walkers(number)), CAMERA, number / RATE)
    for number in range(5, 205):
        frame = stage.update(empty(), CAMERA, float(number))
    assert frame.people == () and stage._memory.ids == ()


def test_height_is_assumed_without_a_floor_and_measured_with_one():
    heights = (1.4, 1.85)
    blind = fitter()
    knowing = fitter(camera__ground_height=0.1 + 1.7 * 0.53)
    for number in range(12):
        # Everybody stands on one floor: feet of different people at one elevation.
        posed = walkers(0, heights)
        drop = posed.points[:, [POINTS.index("r_ankle")], 1] + ANKLE_HEIGHT * np.array(heights)[:, None]
        floor = 0.1 + 1.7 * 0.53
        posed = posed._replace(points=posed.points + np.stack([0 * drop, floor - drop, 0 * drop], -1))
        seen = observe(posed, heights)
        unknown = blind.update(seen, CAMERA, number / RATE)
        known = knowing.update(seen, CAMERA, number / RATE)
    assert {(person.height, person.height_source) for person in unknown.people} == {(1.7, ASSUMED)}
    for person, height in zip(by_place(known), heights):
        assert person.height_source == MEASURED and abs(person.height / height - 1) < 0.05
        assert abs(person.root_position[2] / 5.0 - 1) < 0.05


def test_a_height_that_is_given_is_neither_assumed_nor_measured():
    stage = fitter(fitting__known_height=1.55, camera__ground_height=1.5)
    for number in range(12):
        frame = stage.update(observe(walkers(number), (1.55, 1.55)), CAMERA, number / RATE)
    assert {(person.height, person.height_source) for person in frame.people} == {(1.55, GIVEN)}
    place = np.array([person.root_position[2] for person in by_place(frame)])
    assert np.abs(place / (5.0 * 1.55 / 1.7) - 1).max() < 0.05  # people of 1.7 m at 5 m look like these nearer by


def test_everybody_survives_people_without_3d():
    stage = fitter()
    for number in range(6):
        seen = observe(walkers(number))
        seen = Observation(seen.detections, np.full((2, J, 3), np.nan), seen.appearance, seen.width, seen.height)
        frame = stage.update(seen, CAMERA, number / RATE)
    assert len(frame.people) == 2
    assert all(np.isfinite(person.joints_camera).all() for person in frame.people)
    assert all(abs(person.root_position[2] - 5.0) < 0.6 for person in frame.people)  # m; flat people


def test_who_stands_has_no_speed_before_a_camera_that_says_how_it_moves():
    """A camera that goes to the right at 0.3 m/s, as the walkers do, sees them stand; told of it, they walk."""
    speeds = []
    for told in (False, True):
        mocap = fitter()
        for number in range(50):
            away = np.array([0.3 * number / RATE, 0, 0])
            if told:
                mocap.fixed_from_camera = transform(np.eye(3), away)
            posed = walkers(number)
            posed = posed._replace(points=posed.points - away)
            frame = mocap.update(observe(posed), CAMERA, number / RATE)
        speeds.append(by_place(frame)[0].velocity[0])
        assert np.abs(by_place(frame)[0].root_position - [-0.6, 0.1, 5]).max() < 0.2  # m, in the camera frame
    assert abs(speeds[0]) < 0.1 and abs(speeds[1] - 0.3) < 0.1  # m/s


def test_time_that_does_not_grow_is_refused_and_changes_nothing():
    stage = fitter()
    for number in range(3):
        before = stage.update(observe(walkers(number)), CAMERA, number / RATE)
    with pytest.raises(ImageError, match="not newer"):
        stage.update(observe(walkers(0)), CAMERA, 0.01)
    after = stage.update(observe(walkers(3)), CAMERA, 3 / RATE)
    assert [person.id for person in after.people] == [person.id for person in before.people]


def test_a_change_of_the_image_size_starts_again():
    stage = fitter(tracking__frames_to_confirm=1)
    before = {person.id for person in stage.update(observe(walkers(0)), CAMERA, 0.0).people}
    small = Camera(640, 360, CAMERA.matrix * [[0.5], [0.5], [1]])
    seen = observe(walkers(1))
    halved = Detections(seen.detections.keypoints_px / 2, seen.detections.confidence, seen.detections.scores)
    seen = Observation(halved, seen.joints_relative, seen.appearance, 640, 360)
    after = {person.id for person in stage.update(seen, small, 0.04).people}
    assert len(before) == len(after) == 2 and not before & after


def test_after_forgetting_nobody_gets_an_old_id():
    stage = fitter()
    names = set()
    for _ in range(20):
        for number in range(2):
            frame = stage.update(observe(walkers(number)), CAMERA, number / RATE)
        assert not names & {person.id for person in frame.people}
        names |= {person.id for person in frame.people}
        stage.forget()


def test_a_hidden_joint_is_trusted_less_than_a_seen_one_but_not_nothing():
    confidence = np.full((1, K), 0.8)
    confidence[0, KEYPOINTS.index("r_wrist")] = 0
    joints = confidence_of_joints(confidence)
    assert 0 < joints[0, JOINTS.index("r_wrist")] < 0.5 * joints[0, JOINTS.index("l_wrist")]
    assert joints[0, JOINTS.index("r_hand")] == joints[0, JOINTS.index("r_wrist")]
    assert confidence_of_joints(np.zeros((1, K))).max() == 0
