"""What a crop's network says of people away from the image's middle is turned back to where the camera saw it."""

import numpy as np
import pytest

from body_scenes import CAMERA, named_pose, observe, root_relative
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.perspective_correction import correct_perspective, view_from_camera, view_rays
from mocap_ros.geometry.pinhole import project, rays
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.rest_pose import default_bone_lengths

BENT = Camera(CAMERA.width, CAMERA.height, CAMERA.matrix, [-0.3, 0.1, 0, 0, 0])
LENGTHS = default_bone_lengths([1.7])


def seen_at(heading, position, camera=CAMERA):
    """Keypoints [px] (1, K, 2), confidence (1, K) and joints (1, J, 3) of somebody in T-pose."""
    _, _, keypoints, confidence, joints = observe(named_pose("T-pose", heading, position), LENGTHS, camera)
    return keypoints, confidence, joints


def test_a_pose_alone_in_the_middle_of_the_image_is_left_as_it_is():
    joints = np.random.default_rng(0).normal(size=(3, J, 3))
    assert np.abs(correct_perspective(joints, np.tile([0, 0, 1.0], (3, 1))) - joints).max() == 0


@pytest.mark.parametrize("camera", [CAMERA, BENT])
def test_the_answer_of_a_crop_comes_out_in_camera_axes(camera):
    """A perfect crop network sees the person through a camera turned towards the crop: the correction undoes that."""
    keypoints, confidence, joints = seen_at(0.4, (1.6, 0.3, 3.5), camera)
    view = view_rays(keypoints, confidence, camera)
    joints_view = root_relative(joints) @ np.swapaxes(view_from_camera(view), 1, 2)
    wrong = np.linalg.norm(joints_view - root_relative(joints), axis=-1).max()
    error = np.linalg.norm(correct_perspective(joints_view, view) - root_relative(joints), axis=-1).max()
    assert wrong > 0.2 and error < 1e-9  # m


def test_people_who_look_alike_in_their_crops_differ_in_the_camera():
    """The same body turned about the camera's vertical with its place gives the same crop, so the same prediction."""
    turn = axis_rotation(np.array([0.0, 1, 0]), 0.5)
    _, _, middle = seen_at(0.3, (0.0, 0.0, 4.0))
    side = middle @ turn.T
    pixels = project(side, CAMERA)
    view = view_rays(pixels, np.ones(pixels.shape[:2]), CAMERA)
    straight = view_rays(project(middle, CAMERA), np.ones((1, J)), CAMERA)
    predicted = root_relative(middle) @ np.swapaxes(view_from_camera(straight), 1, 2)
    error = np.linalg.norm(correct_perspective(predicted, view) - root_relative(side), axis=-1).max()
    assert error < 0.03  # m; the two centroids are not exactly the same point of the body


def test_the_horizontal_correction_turns_about_the_vertical_alone():
    joints = np.random.default_rng(1).normal(size=(1, J, 3))
    turned = correct_perspective(joints, np.array([[0.4, 0.3, 1.0]]), horizontal_only=True)
    assert np.abs(turned[..., 1] - joints[..., 1]).max() < 1e-12
    flat = [np.arctan2(points[0, :, 0], points[0, :, 2]) for points in (turned, joints)]
    assert np.abs(np.angle(np.exp(1j * (flat[0] - flat[1]))) - np.arctan(0.4)).max() < 1e-9  # rad


def test_the_view_goes_through_the_centroid_of_what_is_seen():
    keypoints = np.full((2, 4, 2), np.nan)
    keypoints[0, :2] = [[100.0, 200.0], [300.0, 100.0]]
    confidence = np.array([[1, 0.4, 0, 0], [0, 0, 0, 0]])
    found = view_rays(keypoints, confidence, CAMERA)
    assert np.abs(found[0] - rays([200.0, 150.0], CAMERA)).max() < 1e-12
    assert np.isnan(found[1, :2]).all()


def test_somebody_without_a_view_is_left_as_is():
    joints = np.random.default_rng(2).normal(size=(1, J, 3))
    assert np.abs(correct_perspective(joints, np.full((1, 3), np.nan)) - joints).max() == 0
