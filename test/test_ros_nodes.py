"""The installed executables as processes: what a robot's camera may send them, good and bad."""

import array
import importlib.util

from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rcl_interfaces.msg import ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from ros_driver import end, EXECUTABLES, FRAME, NAMESPACE, refusal, RELIABLE_IMAGES, start
from sensor_msgs.msg import Image
from standing_model import CAMERA, HEIGHT, WIDTH, write_standing_model

from mocap_ros.datatypes.camera import Camera
from mocap_ros.motion_export.messages import camera_info_message
from mocap_ros.ros.image_conversions import image_from_bgr
from mocap_ros.ros.person_conversions import TYPES

ROOTS = np.array([[-0.6, 0.1, 3.5], [0.7, 0.1, 4.0]])  # m, camera frame
CALIBRATED = Camera(WIDTH, HEIGHT, CAMERA.matrix)
SECOND_NS = 10 ** 9


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_standing_model(folder, ROOTS)
    return folder


@pytest.fixture(scope="module")
def capture(model, driver):
    process = start("capture_node", f"estimator.weights:={model}", "estimator.device:=cpu",
                    "estimator.refined_people:=0", RELIABLE_IMAGES)
    driver.wait_for(lambda: driver.images.get_subscription_count() and driver.models, "capture node")
    yield process
    end(process)


def counts(driver):
    """Received, processed, dropped and rejected images by the newest diagnostics."""
    return [int(driver.value("capture", f"frames {name}") or -1)
            for name in ("received", "processed", "dropped", "rejected")]


def assert_standing(message, atol):
    """Everybody is where the model put them, within `atol` [m]."""
    found = sorted((each.root.position.x, each.root.position.y, each.root.position.z) for each in message.people)
    np.testing.assert_allclose(found, ROOTS, atol=atol)


def test_every_node_is_installed_as_an_executable():
    names = {path.name for path in EXECUTABLES.iterdir()}
    nodes = ("calibrator", "capture", "estimator", "fitter", "lifter", "recorder", "video_source", "visualizer")
    assert names == {f"{name}_node" for name in nodes}


def test_an_image_without_camera_info_gives_people_and_a_warning(driver, capture):
    for _ in range(6):
        message = driver.show()
    assert message.header.frame_id == FRAME and not message.calibrated
    assert_standing(message, 0.05)
    driver.wait_for(lambda: driver.value("capture", "calibration") == "assumed: no camera_info", "diagnostics")
    assert driver.value("capture", "level") == DiagnosticStatus.WARN
    assert driver.value("capture", "message").startswith("uncalibrated")
    assert "ONNX Runtime on the CPU" in driver.value("capture", "engine")


def test_tf_bears_the_images_stamp(driver, capture):
    message = driver.show()

    def bodies_of_the_image():
        return [each for transforms in driver.transforms for each in transforms.transforms
                if each.child_frame_id.startswith("body_") and each.header.stamp == message.header.stamp]

    driver.wait_for(bodies_of_the_image, "tf")
    bodies = bodies_of_the_image()
    assert len(bodies) == len(ROOTS)
    assert {each.child_frame_id for each in bodies} == {f"body_{person.id}" for person in message.people}
    assert all(each.header.frame_id == FRAME for each in bodies)


def test_a_dark_image_gives_an_empty_array_in_the_end(driver, capture):
    for _ in range(30):  # people who hide are shown for a moment
        message = driver.show(np.zeros((HEIGHT, WIDTH, 3), np.uint8), advance=0.1)
        if not message.people:
            return
    raise AssertionError("people are still there after three dark seconds")


def bad_images(header):
    """Images as broken drivers send them."""
    def made(**fields):
        return Image(**{"header": header(), "height": HEIGHT, "width": WIDTH, "encoding": "bgr8", "step": 3 * WIDTH,
                        "data": array.array("B", bytes(3 * WIDTH * HEIGHT)), **fields})

    yield made(height=0, width=0, step=0, data=array.array("B"))
    yield made(encoding="mono16")
    yield made(encoding="no such encoding")
    yield made(step=WIDTH)
    yield made(data=array.array("B", bytes(100)))
    yield made(width=8, height=8, step=24, data=array.array("B", bytes(192)))


def test_bad_images_are_counted_and_the_next_good_one_works(driver, capture):
    driver.show()
    driver.spin_for(1.2)
    before = counts(driver)
    sent = 0
    for message in bad_images(driver.header):
        driver.images.publish(message)
        sent += 1
        driver.wait_for(lambda: counts(driver)[3] == before[3] + sent, "rejection")
    driver.show()
    assert capture.poll() is None
    assert driver.value("capture", "last problem")


def test_an_image_of_another_size_works(driver, capture):
    for _ in range(4):
        message = driver.show(np.full((HEIGHT // 2, WIDTH // 2, 3), 120, np.uint8))
    assert (message.image_width, message.image_height) == (WIDTH // 2, HEIGHT // 2)
    assert_standing(message, 0.1)  # m; half the pixels, half as exact


def test_a_late_image_is_dropped_and_a_restarted_recording_is_not(driver, capture):
    ids = {each.id for _ in range(5) for each in driver.show().people}
    driver.spin_for(1.2)
    rejected = counts(driver)[3]
    driver.images.publish(image_from_bgr(np.full((HEIGHT, WIDTH, 3), 120, np.uint8), driver.header(advance=-0.5)))
    driver.wait_for(lambda: counts(driver)[3] == rejected + 1, "rejection of a late image")

    driver.second -= 500
    for _ in range(5):
        message = driver.show()
    assert len(message.people) == len(ROOTS)
    assert not ids & {each.id for each in message.people}


def test_the_newest_image_wins_and_the_others_are_counted(driver, capture):
    driver.show()
    driver.spin_for(1.2)
    before = counts(driver)
    bright = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    headers = [driver.header() for _ in range(30)]
    for header in headers:
        driver.images.publish(image_from_bgr(bright, header))
    last = headers[-1].stamp.sec, headers[-1].stamp.nanosec
    driver.wait_for(lambda: last in driver.persons, "persons of the newest image")
    driver.wait_for(lambda: counts(driver)[0] - before[0] >= 2 and counts(driver)[0] == sum(counts(driver)[1:]),
                    "counts that add up")


def show_with(driver, camera_info):
    """Persons of an image that comes just after `camera_info`, as a camera sends the two."""
    driver.camera_infos.publish(camera_info)
    driver.spin_for(0.05)
    return driver.show()


def test_camera_info_is_used_and_nonsense_in_it_is_not(driver, capture):
    wide = Camera(WIDTH, HEIGHT, CAMERA.matrix * [[0.5, 1, 1], [1, 0.5, 1], [1, 1, 1]])
    driver.wait_for(lambda: show_with(driver, camera_info_message(wide, driver.header(), TYPES)).calibrated,
                    "calibration")
    for _ in range(40):
        message = driver.show()
    nearest = min(each.root.position.z for each in message.people)
    assert nearest == pytest.approx(ROOTS[0, 2] / 2, rel=0.1)  # half the focal length, half the distance

    for matrix in (np.full(9, np.nan), np.zeros(9)):
        bad = camera_info_message(wide, driver.header(), TYPES)
        bad.k = matrix
        driver.wait_for(lambda: not show_with(driver, bad).calibrated, "uncalibrated persons")
        driver.wait_for(lambda: show_with(driver, camera_info_message(wide, driver.header(), TYPES)).calibrated,
                        "calibration")
    driver.wait_for(lambda: not show_with(driver, bad).calibrated, "uncalibrated persons")
    driver.wait_for(lambda: driver.value("capture", "calibration") == "assumed: camera_info has K = 0", "diagnostics")


def test_no_frame_was_ever_sent_twice_with_one_stamp(driver, capture):
    """Over all that the tests above did: late images, a restarted recording, people who hid."""
    newest, parents = {}, {}
    assert len(driver.transforms) > 20
    for message in driver.transforms:
        assert len({(each.header.stamp.sec, each.header.stamp.nanosec) for each in message.transforms}) == 1
        for each in message.transforms:
            stamp = each.header.stamp.sec, each.header.stamp.nanosec
            assert stamp > newest.get(each.child_frame_id, (0, 0)), each.child_frame_id
            assert parents.setdefault(each.child_frame_id, each.header.frame_id) == each.header.frame_id
            newest[each.child_frame_id] = stamp


def set_parameter(driver, name, value):
    client = driver.create_client(SetParameters, f"{NAMESPACE}/capture/set_parameters")
    driver.wait_for(client.service_is_ready, "parameter service")
    parameter = Parameter(name, value=value).to_parameter_msg()
    assert isinstance(parameter.value, ParameterValue)
    return driver.call(client.call_async(SetParameters.Request(parameters=[parameter]))).results[0]


def test_a_setting_can_be_changed_while_the_node_runs(driver, capture):
    assert set_parameter(driver, "decoding.minimum_score", 1.0).successful
    for _ in range(30):
        message = driver.show(advance=0.1)
    assert not message.people
    refused = set_parameter(driver, "decoding.minimum_score", 2.0)
    assert not refused.successful and refused.reason
    assert not set_parameter(driver, "estimator.device", "cuda").successful
    assert set_parameter(driver, "decoding.minimum_score", 0.2).successful
    for _ in range(20):  # 0.8 s: of people who look alike it is not clear at once which of those lost they are
        message = driver.show()
    assert len(message.people) == len(ROOTS)


def test_the_node_can_be_deactivated_and_activated_again(driver, capture):
    client = driver.create_client(ChangeState, f"{NAMESPACE}/capture/change_state")
    driver.wait_for(client.service_is_ready, "lifecycle service")

    def change(transition):
        return driver.call(client.call_async(ChangeState.Request(transition=Transition(id=transition)))).success

    assert change(Transition.TRANSITION_DEACTIVATE)
    driver.wait_for(lambda: driver.images.get_subscription_count() == 0, "unsubscription")
    assert change(Transition.TRANSITION_CLEANUP)
    assert change(Transition.TRANSITION_CONFIGURE)
    assert change(Transition.TRANSITION_ACTIVATE)
    driver.wait_for(lambda: driver.images.get_subscription_count() == 1, "subscription")
    for _ in range(4):
        message = driver.show()
    assert len(message.people) == len(ROOTS)


def test_a_silent_camera_is_said_to_be_silent(driver, capture):
    driver.show()
    driver.wait_for(lambda: driver.value("capture", "level") == DiagnosticStatus.STALE, "stale diagnostics")
    assert "no image for" in driver.value("capture", "message")


@pytest.mark.parametrize("node, parameter, problem", [
    ("capture_node", "tracking.memory:=-1.0", "parameter tracking.memory"),
    ("capture_node", "estimator.weights:=/no/such/folder", "weights '/no/such/folder': no such folder"),
    ("video_source_node", "video.source:=/no/such/video.mp4", "no such file"),
    pytest.param("fitter_node", "output.rep155:=true", "hri_msgs is not installed", marks=pytest.mark.skipif(
        importlib.util.find_spec("hri_msgs") is not None, reason="hri_msgs is installed")),
    ("recorder_node", "recorder.folder:=/proc/recording", "cannot be written"),
])
def test_what_the_user_can_mend_is_one_line_and_status_2(node, parameter, problem):
    assert problem in refusal(node, parameter)


def test_estimator_and_fitter_do_on_two_machines_what_capture_does_on_one(model, driver, capture):
    capture.poll()
    client = driver.create_client(ChangeState, f"{NAMESPACE}/capture/change_state")
    driver.call(client.call_async(ChangeState.Request(transition=Transition(id=Transition.TRANSITION_DEACTIVATE))))
    driver.wait_for(lambda: driver.images.get_subscription_count() == 0, "unsubscription")
    estimator = start("estimator_node", f"estimator.weights:={model}", "estimator.device:=cpu",
                      "estimator.refined_people:=0", "input.transport:=compressed")
    fitter = start("fitter_node")
    try:
        driver.wait_for(driver.compressed.get_subscription_count, "estimator")
        driver.wait_for(lambda: driver.count_publishers(f"{NAMESPACE}/persons") == 1, "fitter")
        driver.wait_for(lambda: driver.count_subscribers(f"{NAMESPACE}/untracked") == 1, "fitter")
        driver.camera_infos.publish(camera_info_message(CALIBRATED, driver.header(), TYPES))
        driver.spin_for(0.5)
        for _ in range(8):
            message = driver.show(compressed=True)
        assert_standing(message, 0.05)
        assert message.header.frame_id == FRAME and len({each.id for each in message.people}) == 2
        driver.wait_for(lambda: int(driver.value("fitter", "frames processed") or 0) >= 8, "fitter's diagnostics")
    finally:
        for process in (estimator, fitter):
            end(process)
