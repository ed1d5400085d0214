"""PeopleFrames of people whose every joint is known, as the pipeline would give them."""

import numpy as np

from body_scenes import named_angles
from mocap_ros.datatypes.person import ASSUMED, NEW, OCCLUDED, PeopleFrame, Person, TRACKED
from mocap_ros.datatypes.skeleton import ANGLES, J, K
from mocap_ros.geometry.rotation import axis_rotation, matrix_to_quaternion, quaternion_to_matrix
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.initial_pose import FACING
from mocap_ros.kinematics.rest_pose import default_bone_lengths

RATE = 25.0
WIDTH, HEIGHT = 640, 480


def person(name, position, rotation, angles, state=TRACKED, height=1.7):
    """A Person whose joints agree with the pose: root position (3,), camera_from_body (3, 3), angles (23,)."""
    lengths = default_bone_lengths(height)
    joints = forward_kinematics(np.array([position], float), rotation[None], angles[None], lengths[None]).joints[0]
    return Person(
        id=name, state=state, score=0.9, keypoints_px=np.full((K, 2), np.nan), keypoint_confidence=np.zeros(K),
        joints_camera=joints, joint_confidence=np.full(J, 0.8), root_position=np.array(position, float),
        root_orientation=matrix_to_quaternion(rotation), angles=angles, bone_lengths=lengths, height=height,
        height_source=ASSUMED, velocity=np.zeros(3), root_covariance=np.diag([0.01, 0.01, 0.09]),
        joint_deviation=np.full(J, 0.05),
    )


def walker(name, time, offset=0.0, state=TRACKED, height=1.7):
    """Somebody who walks along an arc with swinging limbs, at `time` [s]."""
    angles = named_angles("hanging arms")
    swing = np.sin(2 * np.pi * 0.9 * time + offset)
    for angle, value in (("r_hip_flexion", 0.5 * swing), ("l_hip_flexion", -0.5 * swing), ("r_knee_flexion", 0.4),
                         ("l_shoulder_abduction", 0.6 + 0.5 * swing), ("l_shoulder_flexion", 0.3 * swing),
                         ("r_elbow_flexion", 0.8 + 0.5 * swing), ("spine_twist", 0.2 * swing),
                         ("head_flexion", -0.2 * swing)):
        angles[ANGLES.index(angle)] = value
    rotation = axis_rotation([0.0, 1, 0], 0.4 * time + offset) @ FACING
    return person(name, [0.5 * time - 0.5 + offset, 0.3, 4 + 0.2 * np.sin(time)], rotation, angles, state, height)


def walk(number, begin=1700000000.0):
    """Frame `number` of a scene of 60: `aaaaa` throughout, `bbbbb` of another height in 10 to 24 and 45 to 59, occluded
    in the last two of each. Times are the epoch's, as a camera's.
    """
    time = number / RATE
    people = [walker("aaaaa", time, state=NEW if number == 0 else TRACKED)]
    if 10 <= number < 25 or 45 <= number < 60:
        people.append(walker("bbbbb", time, 1.0, OCCLUDED if number in (23, 24, 58, 59) else TRACKED, 1.5))
    return PeopleFrame(begin + time, WIDTH, HEIGHT, tuple(people), 0.01, True)


def true_joints(person):
    """Joints of a Person by its angles and bone lengths [m], (J, 3)."""
    return forward_kinematics(person.root_position[None], quaternion_to_matrix(person.root_orientation)[None],
                              person.angles[None], person.bone_lengths[None]).joints[0]
