"""The calibrator as a process: boards that the test renders go in as images, calibrations come out as files."""

from geometry_msgs.msg import Point, TransformStamped
from mocap_ros.msg import Person
import numpy as np
import pytest
from ros_driver import end, FRAME, NAMESPACE, refusal, RELIABLE_IMAGES, start
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from board_scenes import poses_all_over, render_board, view_directions
from standing_model import write_standing_model
from mocap_ros.calibration.board import Board, CHARUCO
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.datatypes.config_yaml import read_settings
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import BONES
from mocap_ros.geometry.ground_plane import ground_below, level_ground
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import inverse, to_quaternion, transform
from mocap_ros.geometry.rotation import axis_rotation
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, default_bone_lengths
from mocap_ros.pipeline.camera_file import read_camera
from mocap_ros.ros.image_conversions import image_from_bgr
from mocap_ros.ros.topics import IMAGES, RESULTS
from mocap_ros.ros.transform_tree import STATIC, TransformTree

CAMERA = Camera(480, 360, [[390, 0, 244.7], [0, 392, 177.6], [0, 0, 1]], [-0.2, 0.05, 0, 0, 0])
BOARD = Board(CHARUCO, 9, 7, 0.03, 0.023)
VIEWS = 8
SIDES = 1.2, 1.5, 1.3  # m, of the triangle that is clicked
# A camera 1.1 m above the base's origin, looking along its x axis and 0.4 rad down.
BASE_FROM_LEVEL = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
BASE_FROM_CAMERA = transform(BASE_FROM_LEVEL @ axis_rotation(np.array([1.0, 0, 0]), -0.4), [0.3, 0.0, 1.1])


@pytest.fixture(scope="module")
def driver(driver):
    driver.overlays = []
    driver.create_subscription(Image, "overlay", driver.overlays.append, IMAGES)
    driver.clicks = driver.create_publisher(Point, "overlay_mouse_left", RESULTS)
    driver.static = driver.create_publisher(TFMessage, "/tf_static", STATIC)
    return driver


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    return folder / "camera.yaml", folder / "ground.yaml"


@pytest.fixture(scope="module")
def calibrator(driver, files):
    given = {"pattern": CHARUCO, "columns": BOARD.columns, "rows": BOARD.rows, "square": BOARD.square,
             "marker": BOARD.marker, "camera_file": files[0], "ground_file": files[1],
             "side_ab": SIDES[0], "side_bc": SIDES[1], "side_ca": SIDES[2]}
    process = start("calibrator_node", *(f"calibration.{name}:={value}" for name, value in given.items()),
                    "input.ground_frame:=base_footprint", "input.camera_info_wait:=0.0", RELIABLE_IMAGES)
    driver.wait_for(lambda: driver.images.get_subscription_count(), "calibrator")
    yield process
    output = end(process)
    assert "view 1: " in output and "no board in the image's" in output, output  # what is missing is said


def ask(driver, name):
    """The answer of one of the calibrator's services."""
    client = driver.create_client(Trigger, f"{NAMESPACE}/calibrator/{name}")
    driver.wait_for(client.service_is_ready, f"service {name}")
    return driver.call(client.call_async(Trigger.Request()))


def show(driver, image):
    """Sends an image and waits for its overlay, as an array's mean colour."""
    header = driver.header()
    count = len(driver.overlays)
    driver.images.publish(image_from_bgr(image, header))
    driver.wait_for(lambda: len(driver.overlays) > count, "overlay")
    overlay = driver.overlays[-1]
    assert (overlay.header.stamp, overlay.header.frame_id) == (header.stamp, FRAME)
    assert (overlay.width, overlay.height) == (CAMERA.width, CAMERA.height)
    return np.frombuffer(overlay.data, np.uint8).reshape(CAMERA.height, CAMERA.width, 3)


def test_before_anything_was_seen_it_says_what_it_needs(driver, calibrator):
    for name, problem in (("save_camera", "no image yet"), ("ground_from_points", "0 points were clicked"),
                          ("ground_from_board", "not calibrated|no image shows")):
        answer = ask(driver, name)
        assert not answer.success and any(part in answer.message for part in problem.split("|")), answer.message


def test_boards_that_are_shown_give_the_cameras_file(driver, calibrator, files):
    generator, directions = np.random.default_rng(0), view_directions(CAMERA)
    for pose in poses_all_over(BOARD, CAMERA, generator, VIEWS):
        for _ in range(2):  # held still
            overlay = show(driver, render_board(BOARD, pose, directions, generator))
    assert (overlay[..., 1].astype(int) - overlay[..., 2] > 20).mean() > 0.2  # covered cells are green
    driver.wait_for(lambda: int(driver.value("calibrator", "views") or 0) >= VIEWS - 1, "views")
    answer = ask(driver, "save_camera")
    assert answer.success and "reprojection error" in answer.message and str(files[0]) in answer.message
    found = read_camera(files[0])
    assert np.abs(found.matrix[[0, 1], [0, 1]] / CAMERA.matrix[[0, 1], [0, 1]] - 1).max() < 0.02  # of eight views


def test_the_floor_comes_from_tf(driver, calibrator, files):
    answer = ask(driver, "ground_from_tf")
    assert not answer.success and "TF does not connect 'base_footprint'" in answer.message
    driver.static.publish(TFMessage(transforms=[stamped("base_footprint", FRAME, BASE_FROM_CAMERA)]))
    driver.spin_for(0.5)
    show(driver, np.full((CAMERA.height, CAMERA.width, 3), 90, np.uint8))
    answer = ask(driver, "ground_from_tf")
    assert answer.success and "camera 1.100 m above the floor, tilted 22.9 degrees down" in answer.message
    config = with_settings(MocapConfig(), read_settings(files[1]))
    assert (config.camera.ground_height, round(config.camera.ground_tilt, 4)) == (1.1, 0.4)


def test_the_floor_comes_from_three_clicks_on_the_overlay(driver, calibrator, files):
    plane = level_ground(1.3, 0.5)
    ahead = np.array([0, -np.sin(plane.tilt), np.cos(plane.tilt)])
    a = -plane.height * plane.up + 1.6 * ahead + [-0.6, 0, 0]
    x = (SIDES[0] ** 2 + SIDES[2] ** 2 - SIDES[1] ** 2) / (2 * SIDES[0])
    c = a + [x, 0, 0] + np.sqrt(SIDES[2] ** 2 - x ** 2) * ahead
    for x, y in project(np.stack([a, a + [SIDES[0], 0, 0], c]), CAMERA):
        driver.clicks.publish(Point(x=float(x), y=float(y)))
    driver.spin_for(0.5)
    answer = ask(driver, "ground_from_points")
    assert answer.success, answer.message
    config = with_settings(MocapConfig(), read_settings(files[1]))
    # The camera that was found from eight views stands in for the true one.
    assert config.camera.ground_height == pytest.approx(1.3, rel=0.05)
    assert config.camera.ground_tilt == pytest.approx(0.5, abs=0.05)


def test_a_bad_board_is_one_line_and_status_2():
    assert "wanted less than the squares'" in refusal(
        "calibrator_node", "calibration.pattern:=charuco", "calibration.marker:=0.5")


def stamped(parent, child, parent_from_child, seconds=0.0):
    """A TransformStamped."""
    quaternion, place = to_quaternion(parent_from_child)
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    message.header.stamp.sec, message.header.stamp.nanosec = int(seconds), int(seconds % 1 * 1e9)
    for name, value in zip("xyzw", quaternion):
        setattr(message.transform.rotation, name, float(value))
    for name, value in zip("xyz", place):
        setattr(message.transform.translation, name, float(value))
    return message


def test_transforms_are_joined_over_fixed_and_moving_frames_at_the_images_time(driver):
    tree = TransformTree(driver)
    neck = transform(np.eye(3), [0.0, 0, 1.0])

    def turned(angle):
        return transform(axis_rotation(np.array([0, 1.0, 0]), angle), [0.0, 0, 0.1])

    tree._on_static(TFMessage(transforms=[stamped("/base", "neck", neck)]))
    for time, angle in ((5.0, 0.1), (6.0, 0.3)):
        tree._on_moving(TFMessage(transforms=[stamped("neck", "camera", turned(angle), time)]))
    assert np.abs(tree.lookup("base", "camera", 5.2) - neck @ turned(0.14)).max() < 1e-12  # a fifth of the way
    assert np.abs(tree.lookup("base", "camera", 4.9) - neck @ turned(0.1)).max() < 1e-12
    assert np.abs(tree.lookup("camera", "base", 6.1) - inverse(neck @ turned(0.3))).max() < 1e-12
    assert tree.lookup("base", "elsewhere", 5.0) is None
    tree._on_moving(TFMessage(transforms=[stamped("neck", "other", neck, 60.0)]))
    assert tree.lookup("base", "camera", 6.0) is None  # a frame that is not sent any more is forgotten
    assert abs(ground_below(inverse(neck @ turned(0.0))).height - 1.1) < 1e-12
    tree.close()


def test_people_before_a_robot_are_measured_on_the_floor_and_move_as_tf_says(driver, tmp_path):
    """People of 1.7 m stand with their pelvis 0.1 m below the camera; the base stands where their feet are."""
    write_standing_model(tmp_path, [[-0.6, 0.1, 3.5], [0.7, 0.1, 4.0]])
    lengths = default_bone_lengths(REFERENCE_HEIGHT)
    leg = sum(lengths[BONES.index(name)] for name in ("l_knee", "l_ankle")) + ANKLE_HEIGHT * REFERENCE_HEIGHT
    level = transform(BASE_FROM_LEVEL, [0.0, 0, 0.1 + leg])
    others = driver.images.get_subscription_count()
    moving = driver.create_publisher(TFMessage, "/tf", 10)
    capture = start("capture_node", f"estimator.weights:={tmp_path}", "estimator.device:=cpu",
                    "estimator.refined_people:=0", "input.ground_frame:=feet", "input.odometry_frame:=odom",
                    RELIABLE_IMAGES)
    try:
        driver.wait_for(lambda: driver.images.get_subscription_count() > others and driver.models, "capture node")
        driver.wait_for(lambda: driver.count_subscribers("/tf_static") >= 1, "subscription of /tf_static")
        assumed = driver.show().people or driver.show().people or driver.show().people
        assert {person.height_source for person in assumed} == {Person.HEIGHT_ASSUMED}
        driver.static.publish(TFMessage(transforms=[stamped("feet", FRAME, level)]))
        driver.spin_for(0.5)
        for _ in range(10):
            people = driver.show().people
        assert {person.height_source for person in people} == {Person.HEIGHT_MEASURED}
        assert [person.height for person in people] == pytest.approx([REFERENCE_HEIGHT] * 2, rel=0.05)
        speeds = []
        for number in range(40):  # the robot drives at 0.3 m/s, and the people stay where they are in its picture
            place = transform(np.eye(3), [0.3 * 0.04 * number, 0.0, 0.0])
            moving.publish(TFMessage(transforms=[stamped("odom", "feet", place, driver.second + 0.04)]))
            driver.spin_for(0.02)
            speeds.append([[each.velocity.x, each.velocity.y, each.velocity.z] for each in driver.show().people])
        # A transform may come after its image and count for the next, so only the mean is exact.
        assert np.linalg.norm(np.mean(speeds[20:], 0), axis=-1) == pytest.approx([0.3] * 2, abs=0.05)
    finally:
        output = end(capture)
    assert "without a floor, heights are assumed" in output, output
    assert "the camera is taken to be at rest" in output, output
