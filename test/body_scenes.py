"""People in known poses and what a camera and a perfect network would say of them."""

import numpy as np

from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS, KEYPOINTS
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rotation import axis_rotation, rotvec_to_matrix
from mocap_ros.kinematics.chain import POINTS, forward_kinematics
from mocap_ros.kinematics.initial_pose import FACING
from mocap_ros.kinematics.joint_limits import LIMITS

PELVIS = JOINTS.index("pelvis")
CAMERA = assumed_camera(1280, 720, np.radians(54))

NAMED_POSES = {  # angles [degrees] that differ from rest; every other pose is upright
    "hanging arms": {},
    "T-pose": {s + a: v for s in ("r_", "l_") for a, v in
               (("shoulder_abduction", 90), ("shoulder_flexion", -45), ("shoulder_twist", 45))},
    "arm raised": {"r_shoulder_abduction": 175, "r_elbow_flexion": 10},
    "squat": {s + a: v for s in ("r_", "l_") for a, v in
              (("hip_flexion", 110), ("knee_flexion", 120), ("ankle_flexion", 18), ("shoulder_abduction", 80),
               ("shoulder_flexion", 40), ("shoulder_twist", -40))} | {"spine_flexion": 30},
    "sitting": {s + a: v for s in ("r_", "l_") for a, v in (("hip_flexion", 90), ("knee_flexion", 90))},
    "lying": {"l_knee_flexion": 30, "l_hip_flexion": 20},
}


def named_angles(name):
    """Angles of a named pose [rad], (23,)."""
    angles = np.zeros(len(ANGLES))
    for angle, value in NAMED_POSES[name].items():
        angles[ANGLES.index(angle)] = np.radians(value)
    return angles


def named_pose(name, heading=0.4, position=(0.3, 0.2, 4.0)):
    """Root position (1, 3), camera_from_body (1, 3, 3) and angles (1, 23) of a named pose."""
    rotation = axis_rotation([0.0, 1, 0], heading) @ FACING
    if name == "lying":
        rotation = axis_rotation([0.0, 0, 1], np.pi / 2) @ rotation
    return np.array([position], float), rotation[None], named_angles(name)[None]


def random_pose(people, generator, spread=0.7):
    """Poses inside the limits, of any heading, up to 9 m away.

    Returns:
        Root position (P, 3), camera_from_body (P, 3, 3), angles (P, 23).
    """
    middle, half = LIMITS.mean(1), (LIMITS[:, 1] - LIMITS[:, 0]) / 2
    angles = middle + spread * half * generator.uniform(-1, 1, (people, len(ANGLES)))
    position = generator.uniform([-1.5, -0.5, 3], [1.5, 0.5, 9], (people, 3))
    heading = axis_rotation(np.array([0.0, 1, 0]), generator.uniform(-np.pi, np.pi, people))
    return position, rotvec_to_matrix(0.3 * generator.normal(size=(people, 3))) @ heading @ FACING, angles


def observe(pose, bone_lengths, camera=CAMERA, generator=None, noise_3d=0.0, noise_px=0.0):
    """What the networks say of people in a pose.

    Returns:
        joints_relative (P, J, 3), joint_confidence (P, J), keypoints_px (P, K, 2), confidence (P, K), and the true
        joints in the camera frame (P, J, 3).
    """
    posed = forward_kinematics(*pose, bone_lengths)
    keypoints = project(posed.points[:, [POINTS.index(name) for name in KEYPOINTS]], camera)
    relative = posed.joints - posed.joints[:, [PELVIS]]
    if generator is not None:
        relative = relative + noise_3d * generator.normal(size=relative.shape)
        keypoints = keypoints + noise_px * generator.normal(size=keypoints.shape)
    return relative, np.ones(relative.shape[:2]), keypoints, np.ones(keypoints.shape[:2]), posed.joints


def root_relative(joints):
    """Joints (..., J, 3) less their pelvis."""
    return joints - joints[..., [PELVIS], :]
