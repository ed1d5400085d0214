"""The root from one image's 2D and root-relative 3D."""

import numpy as np

from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.skeleton import J, JOINT_OF_KEYPOINT, K
from mocap_ros.geometry.pinhole import project
from mocap_ros.pipeline.root_position import SHARED, locate_roots

TOLERANCE = 2e-4  # m: a faint pull to 3 m keeps the least squares solvable
CAMERA = Camera(1280, 720, [[900, 0, 640], [0, 910, 350], [0, 0, 1]], [-0.2, 0.05, 0.0, 0.0])


def people(count=5):
    """Random joints, roots in front of the camera and their keypoints."""
    generator = np.random.default_rng(7)
    joints = generator.uniform(-0.8, 0.8, (count, J, 3))
    roots = generator.uniform([-2, -0.5, 3], [2, 0.5, 8], (count, 3))
    keypoints = np.full((count, K, 2), np.nan)
    keypoints[:, SHARED] = project(joints[:, JOINT_OF_KEYPOINT[SHARED]] + roots[:, None], CAMERA)
    return joints, roots, keypoints


def test_exact_keypoints_give_the_exact_root():
    joints, roots, keypoints = people()
    found = locate_roots(joints, keypoints, np.ones((5, K)), CAMERA)
    assert np.abs(found - roots).max() < TOLERANCE


def test_a_keypoint_without_confidence_has_no_say():
    joints, roots, keypoints = people()
    confidence = np.ones((5, K))
    keypoints[:, 2] += 300
    confidence[:, 2] = 0
    assert np.abs(locate_roots(joints, keypoints, confidence, CAMERA) - roots).max() < TOLERANCE


def test_two_keypoints_are_too_few():
    joints, _, keypoints = people(1)
    keypoints[:, SHARED[2:]] = np.nan
    assert np.isnan(locate_roots(joints, keypoints, np.ones((1, K)), CAMERA)).all()


def test_nobody_has_no_root():
    assert locate_roots(np.zeros((0, J, 3)), np.zeros((0, K, 2)), np.zeros((0, K)), CAMERA).shape == (0, 3)
