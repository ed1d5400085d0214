"""People in 2D from other software's topics, through the installed lifter and fitter as processes: good and bad."""

import numpy as np
import pytest
from mocap_ros.msg import Keypoint, Person, PersonArray
from mocap_ros_test_messages.msg import (
    Detection, DetectionArray, IdsList, KeyPoint2D, KeyPoint2DArray, NormalizedPointOfInterest2D, Skeleton2D,
)
from geometry_msgs.msg import Point
from ros_driver import end, FRAME, refusal, start
from standing_model import CAMERA, HEIGHT, standing_people, WIDTH

from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.skeleton import COCO_17, index_map, KEYPOINTS
from mocap_ros.motion_export.messages import camera_info_message
from mocap_ros.motion_export.people_messages import keypoints_from_messages
from mocap_ros.ros.person_conversions import TYPES
from mocap_ros.ros.topics import BODIES, RESULTS

ROOTS = np.array([[-0.6, 0.1, 3.5], [0.7, 0.1, 4.0]])  # m, camera frame
KEYPOINTS_PX, _ = standing_people(ROOTS)
NEAR = 0.6  # m; depth comes from a body of assumed height and a network's guess of the pose
SIZE = f"people_2d.width:={WIDTH}", f"people_2d.height:={HEIGHT}"
PACKAGE = "people_2d.package:=mocap_ros_test_messages"


@pytest.fixture(scope="module")
def fitter(driver):
    process = start("fitter_node")
    driver.wait_for(lambda: driver.count_publishers("/test/persons"), "fitter")
    yield process
    end(process)


def run_lifter(driver, publisher, send, *parameters, remap=()):
    """A lifter that hears a publisher of the driver, on which send(header) publishes, and that the fitter hears."""
    process = start("lifter_node", *parameters, remap=remap)
    driver.wait_for(lambda: publisher.get_subscription_count() or process.poll() is not None, "lifter")
    assert process.poll() is None, process.communicate()[0]
    known = len(driver.persons)

    def heard():
        send(driver.header())
        driver.spin_for(0.3)
        return len(driver.persons) > known

    driver.wait_for(heard, "fitter that hears the lifter")
    driver.spin_for(0.5)  # those on their way
    return process


def answer(driver, send, header):
    """The persons that come back for what `send` publishes under `header`."""
    key = header.stamp.sec, header.stamp.nanosec
    send(header)
    driver.wait_for(lambda: key in driver.persons, "persons for people in 2D")
    return driver.persons[key]


def lifter_counts(driver, name):
    return int(driver.value("lifter", name) or 0)


def assert_standing(message):
    """Both people are near their places."""
    found = sorted((each.root.position.x, each.root.position.y, each.root.position.z) for each in message.people)
    np.testing.assert_allclose(found, ROOTS, atol=NEAR)


def persons_message(header, keypoints=KEYPOINTS_PX, confidence=0.9, width=WIDTH):
    people = [Person(score=0.9, keypoints=[Keypoint(x=float(x), y=float(y), confidence=confidence) for x, y in person])
              for person in keypoints]
    return PersonArray(header=header, image_width=width, image_height=HEIGHT, people=people)


def yolo_message(header, keypoints=KEYPOINTS_PX, first_id=1, skip=()):
    """COCO's 17 keypoints as yolo_ros sends them; what is not seen is missing."""
    order = index_map(KEYPOINTS, COCO_17)
    people = [Detection(class_name="person", score=0.9, keypoints=KeyPoint2DArray(data=[
        KeyPoint2D(id=number + first_id, point=Point(x=float(person[k, 0]), y=float(person[k, 1])), score=0.9)
        for number, (k, name) in enumerate(zip(order, COCO_17)) if name not in skip])) for person in keypoints]
    return DetectionArray(header=header, detections=[*people, Detection(class_name="bicycle", score=0.8)])


def test_yolo_ros_detections_are_people(driver, fitter):
    publisher = driver.create_publisher(DetectionArray, "detections", RESULTS)
    process = run_lifter(driver, publisher, lambda header: publisher.publish(yolo_message(header, keypoints=[])),
                         "people_2d.format:=yolo", PACKAGE, *SIZE, remap=["people_2d:=detections"])
    try:
        for _ in range(8):
            message = answer(driver, lambda header: publisher.publish(yolo_message(header, skip=("l_wrist",))),
                             driver.header())
        assert_standing(message)
        for person in message.people:
            points, confidence = keypoints_from_messages(person.keypoints)
            nearest = np.abs(KEYPOINTS_PX - points[None]).max(-1).min(0)
            assert confidence[KEYPOINTS.index("l_wrist")] == 0 and confidence[KEYPOINTS.index("r_wrist")] > 0
            assert confidence[KEYPOINTS.index("neck")] > 0  # half-way between the shoulders
            assert nearest[[KEYPOINTS.index(name) for name in ("r_wrist", "l_eye", "r_eye", "l_ankle")]].max() < 2  # px
        publisher.publish(yolo_message(driver.header(), first_id=2))  # seventeen joints, the last of them numbered 18
        driver.wait_for(lambda: "keypoint id 18: wanted 1 to 17" in driver.value("lifter", "last problem"), "rejection")
        answer(driver, lambda header: publisher.publish(yolo_message(header)), driver.header())
    finally:
        end(process)
        driver.destroy_publisher(publisher)


def skeleton_message(header, person, count=18):
    """REP-155's points: KEYPOINTS begin in that order, the left eye before the right."""
    return Skeleton2D(header=header, skeleton=[
        NormalizedPointOfInterest2D(x=float((x + 0.5) / WIDTH), y=float((y + 0.5) / HEIGHT), c=0.9)
        for x, y in person[:count]])


def test_rep155_bodies_of_one_image_come_together(driver, fitter):
    ids = driver.create_publisher(IdsList, "/humans/bodies/tracked", BODIES)
    bodies = [driver.create_publisher(Skeleton2D, f"/humans/bodies/{name}/skeleton2d", BODIES)
              for name in ("aaaaa", "bbbbb")]

    def send(header, counts=(18, 18)):
        ids.publish(IdsList(header=header, ids=["aaaaa", "bbbbb"]))
        for publisher, person, count in zip(bodies, KEYPOINTS_PX, counts):
            if count:
                publisher.publish(skeleton_message(header, person, count))

    process = run_lifter(driver, ids, lambda header: ids.publish(IdsList(header=header)), "people_2d.format:=rep155",
                         PACKAGE, *SIZE)
    try:
        send(driver.header())
        driver.wait_for(lambda: all(each.get_subscription_count() for each in bodies), "subscriptions of the bodies")
        driver.spin_for(0.3)
        for _ in range(8):
            message = answer(driver, send, driver.header())
        assert_standing(message)
        for person in message.people:
            points, _ = keypoints_from_messages(person.keypoints)
            assert points[KEYPOINTS.index("l_eye"), 0] > points[KEYPOINTS.index("r_eye"), 0]  # they face the camera
        driver.wait_for(lambda: driver.value("lifter", "level"), "diagnostics")
        send(driver.header(), (18, 17))
        driver.wait_for(lambda: "Skeleton2D of 17 points" in driver.value("lifter", "last problem"), "rejection")
        missing = "bodies without a skeleton of the same stamp"
        driver.spin_for(1.5)  # diagnostics come once a second: the body of 17 points is counted by now
        before = lifter_counts(driver, missing)
        send(driver.header(), (18, 0))
        answer(driver, send, driver.header())
        driver.wait_for(lambda: lifter_counts(driver, missing) > before, "count")
    finally:
        end(process)
        for publisher in (ids, *bodies):
            driver.destroy_publisher(publisher)


@pytest.fixture(scope="module")  # the tests above run lifters of their own, and there may be one at a time
def persons(driver, fitter):
    publisher = driver.create_publisher(PersonArray, "people_2d", RESULTS)
    process = run_lifter(driver, publisher, lambda header: publisher.publish(persons_message(header, keypoints=[])))
    yield publisher
    end(process)
    driver.destroy_publisher(publisher)


def test_keypoints_alone_become_tracked_people_with_the_images_stamp(driver, persons):
    ids = []
    for _ in range(10):
        message = answer(driver, lambda header: persons.publish(persons_message(header)), driver.header())
        ids.append(sorted(each.id for each in message.people))
    assert message.header.frame_id == FRAME
    assert_standing(message)
    assert len(ids[-1]) == 2 and ids[-1] == ids[-3]  # identity without any image


def test_nobody_is_an_empty_array(driver, persons):
    for _ in range(15):
        message = answer(driver, lambda header: persons.publish(persons_message(header, keypoints=[])),
                         driver.header(advance=0.1))
    assert len(message.people) == 0


def test_what_cannot_be_is_counted_and_the_rest_is_used(driver, persons):
    keypoints = KEYPOINTS_PX.copy()
    keypoints[0, KEYPOINTS.index("nose")] = np.nan
    keypoints[1, KEYPOINTS.index("r_wrist")] = 5000, 10
    for _ in range(20):  # 0.8 s: who comes back is known again after half a second at most
        message = answer(driver, lambda header: persons.publish(persons_message(header, keypoints)), driver.header())
    assert_standing(message)
    driver.wait_for(lambda: lifter_counts(driver, "keypoints that are NaN or infinite") >= 8, "count of NaN")
    driver.wait_for(lambda: lifter_counts(driver, "keypoints outside the image") >= 8, "count of outside")
    nose = [keypoints_from_messages(each.keypoints)[1][KEYPOINTS.index("nose")] for each in message.people]
    assert sorted(nose)[0] == 0 and sorted(nose)[1] > 0


def test_late_people_are_dropped_and_a_restarted_recording_is_not(driver, persons):
    ids = {each.id for _ in range(6) for each in
           answer(driver, lambda header: persons.publish(persons_message(header)), driver.header()).people}
    driver.spin_for(1.2)
    rejected = lifter_counts(driver, "frames rejected")
    persons.publish(persons_message(driver.header(advance=-0.5)))
    driver.wait_for(lambda: lifter_counts(driver, "frames rejected") == rejected + 1, "rejection of late people")
    assert "before the last people" in driver.value("lifter", "last problem")
    driver.second -= 300
    for _ in range(6):
        message = answer(driver, lambda header: persons.publish(persons_message(header)), driver.header())
    assert len(message.people) == 2 and not ids & {each.id for each in message.people}


def test_an_image_without_size_is_rejected_until_camera_info_tells_it(driver, persons):
    driver.spin_for(1.2)
    rejected = lifter_counts(driver, "frames rejected")
    persons.publish(persons_message(driver.header(), width=0))
    driver.wait_for(lambda: lifter_counts(driver, "frames rejected") == rejected + 1, "rejection of a missing size")
    assert "size is not known" in driver.value("lifter", "last problem")
    driver.camera_infos.publish(camera_info_message(Camera(WIDTH, HEIGHT, CAMERA.matrix), driver.header(), TYPES))
    driver.spin_for(0.3)
    message = answer(driver, lambda header: persons.publish(persons_message(header, width=0)), driver.header())
    assert message.image_width == WIDTH and message.calibrated


@pytest.mark.parametrize("parameters, problem", [
    (("people_2d.format:=yolo", "people_2d.package:=no_such_msgs"), "no_such_msgs is not installed"),
    (("people_2d.format:=yolo", "people_2d.package:=std_msgs"), "std_msgs has no message DetectionArray"),
    (("people_2d.joints:=nose,tail",), "joint name 'tail'"),
    (("people_2d.format:=openpose",), "wanted one of persons, rep155, yolo, vision"),
    (("estimator.lift:=/no/such/folder",), "lifting weights '/no/such/folder': no such folder"),
])
def test_what_the_user_can_mend_is_one_line_and_status_2(parameters, problem):
    assert problem in refusal("lifter_node", *parameters)
