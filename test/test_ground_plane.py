import numpy as np
import pytest

from mocap_ros.datatypes.errors import CameraError
from mocap_ros.geometry.ground_plane import GroundPlane, ground_below, ground_through, level_ground, meet_ground
from mocap_ros.geometry.rigid import inverse, transform
from mocap_ros.geometry.rotation import axis_rotation


def test_a_level_camera_has_the_floor_below():
    plane = level_ground(1.5, 0.0)
    assert np.abs(plane.up - [0, -1, 0]).max() < 1e-15
    assert abs(plane.elevation(np.array([0.3, 1.5, 4])) - 0) < 1e-15  # y points down: 1.5 m below the camera
    assert abs(plane.elevation(np.zeros(3)) - 1.5) < 1e-15


def test_a_camera_tilted_down_sees_the_floor_on_its_axis():
    """At 45 degrees the optical axis meets the floor as far ahead as the camera is high."""
    plane = level_ground(2.0, np.pi / 4)
    hit = meet_ground(np.array([0.0, 0, 1]), plane)
    assert np.abs(hit - [0, 0, 2 * np.sqrt(2)]).max() < 1e-12
    assert abs(plane.tilt - np.pi / 4) < 1e-12


def test_height_tilt_and_roll_make_the_plane_and_come_back():
    for height, tilt, roll in ((1.5, 0.3, 0.2), (0.4, -0.5, -1.0), (3.0, 1.2, 0.0)):
        plane = level_ground(height, tilt, roll)
        assert np.abs([plane.height - height, plane.tilt - tilt, plane.roll - roll]).max() < 1e-12
    leaning = level_ground(1.0, 0.0, 0.1)  # a camera turned clockwise sees the vertical lean to the left
    assert leaning.up[0] < 0


def test_the_floor_below_a_robots_base_is_seen_from_its_camera():
    """A camera 1.2 m above the base's origin, looking along its x axis and 0.3 rad down."""
    base_from_level = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])  # optical axes in the base frame
    base_from_camera = transform(base_from_level @ axis_rotation(np.array([1.0, 0, 0]), -0.3), [0.2, 0.1, 1.2])
    plane = ground_below(inverse(base_from_camera))
    wanted = level_ground(1.2, 0.3)
    assert np.abs(plane.up - wanted.up).max() < 1e-12 and abs(plane.height - 1.2) < 1e-12


def test_rays_meet_the_plane_at_the_elevation_asked_for():
    generator = np.random.default_rng(0)
    plane = level_ground(1.7, 0.3)
    rays = np.concatenate([generator.normal(size=(50, 2)) * 0.4 + [0, 0.3], np.ones((50, 1))], 1)
    points = meet_ground(rays, plane, 0.1)
    met = np.isfinite(points).all(1)
    assert met.sum() > 20
    assert np.abs(plane.elevation(points[met]) - 0.1).max() < 1e-9  # m
    assert np.abs(np.cross(points[met], rays[met])).max() < 1e-9


def test_rays_above_the_horizon_meet_nothing():
    plane = level_ground(1.7, 0.0)
    assert np.isnan(meet_ground(np.array([[0, -0.1, 1], [0, 0, 1.0]]), plane)).all()
    assert np.isnan(meet_ground(np.array([0, 0.5, 1]), plane, elevation=1.8)).all()  # a plane above the camera


def test_the_floor_through_points_is_found():
    generator = np.random.default_rng(1)
    plane = GroundPlane(axis_rotation(np.array([0, 0, 1.0]), 0.1) @ level_ground(1.4, 0.25).up, 1.4)
    rays = generator.uniform([-0.5, 0.2, 1], [0.5, 0.8, 1], (30, 3))
    points = meet_ground(rays, plane)
    found = ground_through(points + 0.002 * generator.normal(size=points.shape))
    assert np.degrees(np.arccos(found.up @ plane.up)) < 0.3  # 2 mm of noise over two metres
    assert abs(found.height - plane.height) < 0.01  # m
    exact = ground_through(points[:3])
    assert np.abs(exact.up - plane.up).max() < 1e-9 and abs(exact.height - 1.4) < 1e-9


@pytest.mark.parametrize("points, message", [
    (np.zeros((2, 3)), "2 floor points: wanted at least three finite ones"),
    (np.outer(np.arange(4), [1.0, 2, 3]), "the floor points lie on one line: wanted three that span the floor"),
])
def test_points_that_span_no_floor_are_refused(points, message):
    with pytest.raises(CameraError, match=message):
        ground_through(points)


def test_a_camera_below_the_floor_is_refused():
    with pytest.raises(CameraError, match="-1 m above the floor: wanted a positive height"):
        GroundPlane([0, -1, 0], -1.0)
    with pytest.raises(CameraError, match="wanted three numbers that give a direction"):
        GroundPlane([0, 0, 0], 1.0)
