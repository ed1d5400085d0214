"""Projection and its inverse."""

import numpy as np
import pytest

from mocap_ros.datatypes.camera import Camera, assumed_camera
from mocap_ros.datatypes.errors import CameraError, SkeletonError
from mocap_ros.geometry.pinhole import project, rays, undistort_pixels, unproject

PLAIN = Camera(1280, 720, [[900, 0, 640], [0, 910, 350], [0, 0, 1]])
BENT = Camera(1280, 720, PLAIN.matrix, [-0.3, 0.1, 0.001, -0.002, 0.01])
FISHEYE = Camera(1280, 720, [[420, 0, 640], [0, 420, 350], [0, 0, 1]], [-0.02, 0.01, -0.004, 0.001], fisheye=True)


@pytest.mark.parametrize("camera", [PLAIN, BENT, FISHEYE])
def test_unprojection_undoes_projection(camera):
    points = np.random.default_rng(0).uniform([-1.5, -0.8, 3], [1.5, 0.8, 9], (6, 7, 3))
    back = unproject(project(points, camera), points[..., 2], camera)
    assert np.abs(back - points).max() < 1e-6  # m: OpenCV's undistortion iterates to 1e-9 of a pixel


def test_a_fisheye_sees_almost_to_its_side_and_says_where_it_cannot():
    """85 degrees off the axis come back; what a pinhole camera has no pixel for is NaN."""
    angles = np.radians([0, 20, 50, 75, 85])
    points = np.stack([np.sin(angles), 0 * angles, np.cos(angles)], -1)
    assert np.abs(rays(project(points, FISHEYE), FISHEYE)[:, 0] / np.tan(angles + 1e-300) - 1)[1:].max() < 1e-6
    assert np.isnan(undistort_pixels([640 + 420 * 1.7, 350.0], FISHEYE)).all()
    plain = Camera(1280, 720, FISHEYE.matrix, fisheye=True)  # r = f a
    assert np.allclose(project([1.0, 0, 1.0], plain), [640 + 420 * np.pi / 4, 350])


def test_a_point_is_where_the_formula_puts_it():
    assert np.allclose(project([1.0, -0.5, 2.0], PLAIN), [640 + 450, 350 - 227.5])


@pytest.mark.parametrize("camera", [PLAIN, BENT, FISHEYE])
def test_points_behind_the_camera_are_not_seen(camera):
    pixels = project([[0.1, 0.1, -2.0], [0.1, 0.1, 0.0], [np.nan] * 3, [0.1, 0.1, 2.0]], camera)
    assert np.isnan(pixels[:3]).all() and np.isfinite(pixels[3]).all()


def test_unseen_keypoints_stay_unseen():
    pixels = np.array([[np.nan, np.nan], [100.0, 50.0]])
    assert np.isnan(undistort_pixels(pixels, BENT)[0]).all()
    assert np.isnan(rays(pixels, BENT)[0, :2]).all()


def test_distortion_moves_the_corner_and_not_the_centre():
    assert np.abs(undistort_pixels([640.0, 350.0], BENT) - [640, 350]).max() < 1e-6
    assert np.abs(undistort_pixels([0.0, 0.0], BENT)).max() > 20


def test_assumed_camera_has_the_wanted_field_of_view_and_centre():
    camera = assumed_camera(640, 480, np.deg2rad(54))
    assert abs(camera.vertical_field_of_view - np.deg2rad(54)) < 1e-12
    assert not camera.calibrated
    top, bottom = rays([[319.5, -0.5], [319.5, 479.5]], camera)
    assert abs(np.arctan(bottom[1]) - np.arctan(top[1]) - np.deg2rad(54)) < 1e-12


@pytest.mark.parametrize("matrix, text", [
    (np.full((3, 3), np.nan), "NaN"), (np.eye(2), "(2, 2)"), (np.diag([0.0, 1, 1]), "positive"),
])
def test_impossible_intrinsics_are_refused(matrix, text):
    with pytest.raises(CameraError, match=text.replace("(", r"\(").replace(")", r"\)")):
        Camera(640, 480, matrix)


def test_wrong_shapes_are_refused():
    with pytest.raises(SkeletonError, match="wanted 3 numbers"):
        project(np.zeros((4, 2)), PLAIN)
