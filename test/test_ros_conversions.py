"""Messages and arrays: round trips, hand-made pixels, and everything that a driver may send wrong."""

import array
import struct

import cv2
from mocap_ros.msg import Person, PersonArray
import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from mocap_ros.datatypes.camera import assumed_camera, Camera
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.errors import CameraError, ImageError
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation
from mocap_ros.datatypes.person import MEASURED, OCCLUDED, PeopleFrame
from mocap_ros.datatypes.person import Person as CorePerson
from mocap_ros.datatypes.skeleton import ANGLES, BONES, J, JOINTS, K, KEYPOINTS
from mocap_ros.motion_export.messages import (
    camera_info_message, people_message, skeleton_model_message, transforms_message,
)
from mocap_ros.motion_export.people_messages import people_from_message
from mocap_ros.ros.camera_conversions import camera_from_info
from mocap_ros.ros.image_bytes import read_image
from mocap_ros.ros.image_conversions import compressed_to_bgr, image_from_bgr, image_to_bgr
from mocap_ros.ros.person_conversions import observation_from_message, observation_to_message, TYPES

HEADER = Header(frame_id="camera_optical_frame")
HEADER.stamp.sec, HEADER.stamp.nanosec = 1700000000, 250000000


def noise(height=6, width=8, channels=3):
    return np.random.default_rng(1).integers(0, 256, (height, width, channels)).astype(np.uint8)


def image_message(pixels, encoding, padding=0):
    """An Image whose rows end with `padding` bytes."""
    rows = np.pad(pixels.reshape(len(pixels), -1), ((0, 0), (0, padding)))
    return Image(height=pixels.shape[0], width=pixels.shape[1], encoding=encoding, step=rows.shape[1],
                 data=array.array("B", rows.tobytes()))


def test_an_image_survives_the_wire():
    pixels = noise()
    message = deserialize_message(serialize_message(image_from_bgr(pixels, HEADER)), Image)
    np.testing.assert_array_equal(image_to_bgr(message), pixels)
    assert message.header == HEADER


@pytest.mark.parametrize("frame_id", ["", "camera", "camera_optical_frame"])
@pytest.mark.parametrize("encoding", ["bgr8", "mono8", "bayer_rggb8"])
def test_an_image_is_read_where_it_lies_in_the_bytes_that_came(frame_id, encoding):
    pixels = noise(channels=3 if encoding == "bgr8" else 1)
    message = image_message(pixels, encoding, padding=3)
    message.header.frame_id, message.header.stamp = frame_id, HEADER.stamp
    received = serialize_message(message)
    found = read_image(received)
    assert found.header == message.header
    assert (found.height, found.width, found.encoding, found.step) == (6, 8, encoding, message.step)
    assert bytes(found.data) == message.data.tobytes()
    assert np.shares_memory(np.frombuffer(found.data, np.uint8), np.frombuffer(received, np.uint8))
    np.testing.assert_array_equal(image_to_bgr(found), image_to_bgr(message))


def test_bytes_of_the_other_order_are_read_too():
    pixels = noise(2, 2)
    body = struct.pack(">iII", 5, 6, 4) + b"cam\0" + struct.pack(">III", 2, 2, 5) + b"bgr8\0" + b"\0"
    body += bytes(-len(body) % 4) + struct.pack(">II", 6, 12) + pixels.tobytes()
    found = read_image(b"\0\0\0\0" + body)
    assert (found.header.stamp.sec, found.header.frame_id) == (5, "cam")
    np.testing.assert_array_equal(image_to_bgr(found), pixels)


def test_a_bgr_image_is_not_copied():
    message = image_from_bgr(noise(), HEADER)
    assert np.shares_memory(image_to_bgr(message), np.frombuffer(message.data, np.uint8))


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("encoding, order", [
    ("bgr8", [0, 1, 2]), ("8UC3", [0, 1, 2]), ("rgb8", [2, 1, 0]), ("bgra8", [0, 1, 2, 3]), ("rgba8", [2, 1, 0, 3]),
])
def test_colour_orders_and_padded_rows(encoding, order, padding):
    pixels = noise()
    laid_out = np.concatenate([pixels, np.full((6, 8, 1), 7, np.uint8)], axis=-1)[..., order]
    np.testing.assert_array_equal(image_to_bgr(image_message(laid_out, encoding, padding)), pixels)


def test_grey_becomes_three_equal_channels():
    pixels = noise(channels=1)
    np.testing.assert_array_equal(image_to_bgr(image_message(pixels, "mono8")), np.repeat(pixels, 3, axis=-1))


@pytest.mark.parametrize("encoding, first_row, second_row", [
    ("bayer_rggb8", "rg", "gb"), ("bayer_bggr8", "bg", "gr"), ("bayer_gbrg8", "gb", "rg"), ("bayer_grbg8", "gr", "bg"),
])
def test_bayer_patterns_give_a_flat_colour_back(encoding, first_row, second_row):
    value = {"b": 40, "g": 120, "r": 200}
    tile = np.array([[value[c] for c in first_row], [value[c] for c in second_row]], np.uint8)
    image = image_to_bgr(image_message(np.tile(tile, (6, 6))[..., None], encoding))
    np.testing.assert_array_equal(image[3:-3, 3:-3], np.broadcast_to([40, 120, 200], (6, 6, 3)))


@pytest.mark.parametrize("encoding, luma_first", [
    ("yuv422", False), ("uyvy", False), ("yuv422_yuy2", True), ("yuyv", True),
])
def test_yuv_grey_is_grey(encoding, luma_first):
    pair = [128, 180] if not luma_first else [180, 128]  # neutral colour and a luma of 180
    image = image_to_bgr(image_message(np.tile(np.array(pair, np.uint8), (4, 6, 1)), encoding))
    assert np.ptp(image.astype(int), axis=-1).max() <= 1  # grey levels
    np.testing.assert_allclose(image.mean(), (180 - 16) * 255 / 219, atol=2)  # BT.601's studio range


def test_the_last_row_may_lack_its_padding():
    message = image_message(noise(), "bgr8", padding=4)
    message.data = message.data[:-4]
    np.testing.assert_array_equal(image_to_bgr(message), noise())


BAD_IMAGES = {
    "of 0 x 0 pixels": Image(encoding="bgr8"),
    "of 8 x 0 pixels": Image(encoding="bgr8", width=8, step=24),
    "encoding 'mono16': wanted one of bgr8": image_message(noise(channels=2), "mono16"),
    "encoding '16UC1'": image_message(noise(channels=2), "16UC1"),
    "encoding '32FC1'": image_message(noise(channels=4), "32FC1"),
    "encoding ''": image_message(noise(), ""),
    "encoding 'nonsense'": image_message(noise(), "nonsense"),
    "step of 20 bytes: a row of 8 bgr8 pixels has 24": Image(height=6, width=8, encoding="bgr8", step=20,
                                                             data=array.array("B", bytes(144))),
    "100 bytes of pixels: 8 x 6 bgr8 needs 144": Image(height=6, width=8, encoding="bgr8", step=24,
                                                       data=array.array("B", bytes(100))),
    "0 bytes of pixels": Image(height=6, width=8, encoding="bgr8", step=24),
    "width must be even": image_message(noise(width=7, channels=2), "yuv422"),
}


@pytest.mark.parametrize("problem", BAD_IMAGES)
def test_a_bad_image_is_named(problem):
    with pytest.raises(ImageError, match=problem):
        image_to_bgr(BAD_IMAGES[problem])


def test_compressed_images_are_decoded():
    pixels = noise(48, 64)
    png = CompressedImage(format="bgr8; png compressed bgr8", data=cv2.imencode(".png", pixels)[1].tobytes())
    np.testing.assert_array_equal(compressed_to_bgr(png), pixels)
    smooth = cv2.GaussianBlur(pixels, (0, 0), 5)
    jpeg = CompressedImage(format="jpeg", data=cv2.imencode(".jpg", smooth)[1].tobytes())
    np.testing.assert_allclose(compressed_to_bgr(jpeg).astype(int), smooth, atol=12)  # grey levels lost by JPEG


@pytest.mark.parametrize("message, problem", [
    (CompressedImage(format="jpeg"), "0 bytes of format 'jpeg' that are no image"),
    (CompressedImage(format="jpeg", data=b"not an image"), "12 bytes"),
    (CompressedImage(format="16UC1; compressedDepth png", data=b"x"), "a depth image"),
])
def test_a_bad_compressed_image_is_named(message, problem):
    with pytest.raises(ImageError, match=problem):
        compressed_to_bgr(message)


CAMERA = Camera(640, 480, [[500, 0, 310.5], [0, 510, 240.25], [0, 0, 1]], [0.1, -0.2, 0.001, 0.002, 0.05])


def test_a_camera_survives_its_message():
    back = camera_from_info(camera_info_message(CAMERA, HEADER, TYPES), 640, 480)
    np.testing.assert_array_equal(back.matrix, CAMERA.matrix)
    np.testing.assert_array_equal(back.distortion, CAMERA.distortion)
    assert back.calibrated


def test_an_uncalibrated_camera_is_sent_as_k_zero_and_read_as_none():
    message = camera_info_message(assumed_camera(640, 480, 1.0), HEADER, TYPES)
    assert message.k[0] == 0
    assert camera_from_info(message, 640, 480) is None
    assert camera_from_info(CameraInfo(), 640, 480) is None


def test_a_halved_image_halves_the_camera_about_the_pixels_corner():
    half = camera_from_info(camera_info_message(CAMERA, HEADER, TYPES), 320, 240)
    np.testing.assert_allclose(half.matrix, [[250, 0, 155], [0, 255, 119.875], [0, 0, 1]])  # (310.5 + 0.5) / 2 - 0.5


def test_a_region_of_interest_moves_the_principal_point():
    message = camera_info_message(CAMERA, HEADER, TYPES)
    message.roi.x_offset, message.roi.y_offset, message.roi.width, message.roi.height = 100, 40, 320, 400
    cut = camera_from_info(message, 320, 400)
    np.testing.assert_allclose(cut.matrix, [[500, 0, 210.5], [0, 510, 200.25], [0, 0, 1]])


@pytest.mark.parametrize("change, problem", [
    ({"k": np.full(9, np.nan)}, "NaN"),
    ({"d": [np.nan] * 5}, "NaN"),
    ({"k": np.array([-5.0, 0, 3, 0, 5, 2, 0, 0, 1])}, "must be positive"),
    ({"d": [0.1, 0.2]}, "2 distortion coefficients"),
    ({"distortion_model": "thin_prism"}, "wanted one of plumb_bob, rational_polynomial, equidistant"),
    ({"height": 640}, "camera_info is for 640 x 640 images, the images are 640 x 480"),
])
def test_a_bad_camera_info_is_named(change, problem):
    message = camera_info_message(CAMERA, HEADER, TYPES)
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(CameraError, match=problem):
        camera_from_info(message, 640, 480)


def person(random):
    seen = random.random(K) > 0.3
    return CorePerson(
        id="qwert", state=OCCLUDED, score=0.5,
        keypoints_px=np.where(seen[:, None], random.random((K, 2)) * 500, np.nan),
        keypoint_confidence=np.where(seen, random.random(K), 0), joints_camera=random.normal(size=(J, 3)) + [0, 0, 4],
        joint_confidence=random.random(J), root_position=random.normal(size=3) + [0, 0, 4],
        root_orientation=np.array([0.5, -0.5, 0.5, 0.5]), angles=random.normal(size=len(ANGLES)) / 4,
        bone_lengths=random.random(len(BONES)), height=1.83, height_source=MEASURED, velocity=random.normal(size=3),
        root_covariance=np.diag([0.1, 0.2, 0.3]), joint_deviation=random.random(J))


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


def test_people_survive_the_wire():
    random = np.random.default_rng(3)
    frame = PeopleFrame(1700000000.25, 640, 480, (person(random), person(random)), 0.03, False)
    message = over_the_wire(people_message(frame, HEADER, TYPES))
    back = people_from_message(message)
    assert message.header == HEADER
    assert (back.time, back.width, back.height, back.calibrated) == (1700000000.25, 640, 480, False)
    assert len(back.people) == 2
    for a, b in zip(frame.people, back.people):
        assert (a.id, a.state, a.height_source) == (b.id, b.state, b.height_source)
        assert b.height == pytest.approx(1.83, abs=1e-6)  # m, float32
        np.testing.assert_array_equal(a.root_position, b.root_position)
        np.testing.assert_array_equal(a.joints_camera, b.joints_camera)
        np.testing.assert_array_equal(a.root_orientation, b.root_orientation)
        np.testing.assert_array_equal(a.root_covariance, b.root_covariance)
        np.testing.assert_allclose(a.joint_deviation, b.joint_deviation, rtol=1e-6)
        np.testing.assert_allclose(a.keypoints_px, b.keypoints_px, rtol=1e-6)  # float32; NaN stays NaN
        np.testing.assert_allclose(a.keypoint_confidence, b.keypoint_confidence, rtol=1e-6)
        np.testing.assert_allclose(a.angles, b.angles, rtol=1e-6)


def test_nobody_survives_the_wire():
    back = people_from_message(over_the_wire(people_message(PeopleFrame(0.0, 64, 48, (), 0.0, True), HEADER, TYPES)))
    assert back.people == () and back.calibrated


def observation(people, random):
    keypoints = random.random((people, K, 2)) * 300
    keypoints[:, 3] = np.nan
    confidence = np.where(np.isfinite(keypoints).all(-1), 0.8, 0)
    appearance = random.random((people, APPEARANCE_BINS))
    appearance[:1] = np.nan  # no torso seen
    return Observation(Detections(keypoints, confidence, random.random(people)), random.normal(size=(people, J, 3)),
                       appearance, 320, 240)


@pytest.mark.parametrize("people", [0, 1, 3])
def test_untracked_people_survive_the_wire(people):
    sent = observation(people, np.random.default_rng(5))
    message = over_the_wire(observation_to_message(sent, HEADER, True, 0.02))
    assert all(each.state == Person.STATE_UNTRACKED and each.id == "" for each in message.people)
    back = observation_from_message(message)
    assert (back.width, back.height, len(back)) == (320, 240, people)
    np.testing.assert_array_equal(back.detections.keypoints_px, sent.detections.keypoints_px)
    np.testing.assert_array_equal(back.detections.confidence, sent.detections.confidence)
    np.testing.assert_array_equal(back.joints_relative, sent.joints_relative)
    np.testing.assert_array_equal(back.appearance, sent.appearance)


def test_untracked_people_are_nobody_to_readers_of_tracked_ones():
    message = observation_to_message(observation(2, np.random.default_rng(5)), HEADER, True, 0.02)
    assert people_from_message(message).people == ()
    assert len(observation_from_message(PersonArray(people=[Person(state=Person.STATE_TRACKED)]))) == 0


def test_the_skeleton_model_names_every_array_of_a_person():
    model = over_the_wire(skeleton_model_message(TYPES))
    assert model.keypoint_names == list(KEYPOINTS) and model.joint_names == list(JOINTS)
    assert model.bone_names == list(BONES) and model.angle_names == list(ANGLES)
    assert (model.angle_lower < model.angle_upper).all()
    assert model.joint_names[list(model.joint_parents).index(-1)] == "pelvis"
    fields = Person.get_fields_and_field_types()
    assert fields["keypoints"] == f"mocap_ros/Keypoint[{K}]" and fields["joints"] == f"geometry_msgs/Point[{J}]"
    assert fields["angles"] == f"float[{len(ANGLES)}]" and fields["bone_lengths"] == f"float[{len(BONES)}]"


def test_tf_is_one_tree_below_the_cameras_frame():
    random = np.random.default_rng(7)
    frame = PeopleFrame(0.0, 640, 480, (person(random),), 0.0, True)
    transforms = over_the_wire(transforms_message(frame, HEADER, TYPES)).transforms
    parents = {each.child_frame_id: each.header.frame_id for each in transforms}
    assert len(parents) == len(transforms)
    assert all(each.header.stamp == HEADER.stamp for each in transforms)
    assert all(child.endswith("_qwert") for child in parents)
    for link in parents:
        steps = 0
        while link != HEADER.frame_id:
            link, steps = parents[link], steps + 1
            assert steps < 20
    body = transforms[[each.child_frame_id for each in transforms].index("body_qwert")]
    at = body.transform.translation
    np.testing.assert_allclose([at.x, at.y, at.z], frame.people[0].root_position, atol=1e-12)  # m


def test_joints_that_nobody_filled_in_are_unknown():
    message = PersonArray(image_width=64, image_height=48, people=[Person(), Person()])
    message.people[1].joints[3].x = 0.2
    joints = observation_from_message(message).joints_relative
    assert np.isnan(joints[0]).all() and np.isfinite(joints[1]).all()
