"""What the overlay draws, and what it leaves alone."""

import numpy as np
import pytest

from mocap_ros.datatypes.person import OCCLUDED, PeopleFrame, Person, TRACKED
from mocap_ros.datatypes.skeleton import ANGLES, BONES, J, K, KEYPOINTS
from mocap_ros.motion_export.overlay import colour_of, draw_people, PANEL_SHARE

HEIGHT, WIDTH = 240, 320


def person(person_id="abcde", keypoints_px=None, state=TRACKED, joints=None):
    keypoints_px = np.full((K, 2), np.nan) if keypoints_px is None else keypoints_px
    return Person(
        id=person_id, state=state, score=0.9, keypoints_px=keypoints_px,
        keypoint_confidence=np.isfinite(keypoints_px).all(-1).astype(float),
        joints_camera=np.zeros((J, 3)) + [0, 0, 3] if joints is None else joints, joint_confidence=np.ones(J),
        root_position=np.array([0, 0, 3.0]), root_orientation=np.array([0, 0, 0, 1.0]), angles=np.zeros(len(ANGLES)),
        bone_lengths=np.ones(len(BONES)), height=1.7, height_source="assumed", velocity=np.zeros(3),
        root_covariance=np.eye(3))


def frame(*people):
    return PeopleFrame(0.0, WIDTH, HEIGHT, people, 0.0, True)


def upper_left(image):
    """The part of the image that the 3D view does not cover."""
    side = int(PANEL_SHARE * HEIGHT)
    return image[:HEIGHT - side, :WIDTH - side]


def test_nobody_changes_only_the_panel_and_never_the_input():
    image = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    drawn = draw_people(image, frame())
    assert (image == 200).all()
    assert (upper_left(drawn) == 200).all()
    assert (drawn[-10:, -10:] < 200).all()


def test_a_limb_is_drawn_between_its_keypoints_in_the_persons_colour():
    keypoints = np.full((K, 2), np.nan)
    keypoints[KEYPOINTS.index("r_hip")] = 60, 40
    keypoints[KEYPOINTS.index("r_knee")] = 60, 100
    drawn = draw_people(np.zeros((HEIGHT, WIDTH, 3), np.uint8), frame(person(keypoints_px=keypoints)))
    np.testing.assert_allclose(drawn[70, 60], colour_of("abcde"), atol=30)  # grey levels: the line's soft edge
    assert not drawn[70, 70].any()


def test_a_limb_with_one_unseen_end_is_not_drawn():
    keypoints = np.full((K, 2), np.nan)
    keypoints[KEYPOINTS.index("r_hip")] = 60, 100
    drawn = draw_people(np.zeros((HEIGHT, WIDTH, 3), np.uint8), frame(person(keypoints_px=keypoints)))
    assert drawn[100, 60].any() and not drawn[120, 60].any()


def test_a_person_without_keypoints_or_with_unknown_joints_is_no_error():
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    draw_people(image, frame(person(state=OCCLUDED, joints=np.full((J, 3), np.nan))))
    far = np.full((K, 2), 1e9)
    draw_people(image, frame(person(keypoints_px=far, joints=np.full((J, 3), 1e7))))


@pytest.mark.parametrize("shape", [(16, 16, 3), (2000, 30, 3)])
def test_any_image_size_works(shape):
    image = np.zeros(shape, np.uint8)
    assert draw_people(image, frame(person(keypoints_px=np.full((K, 2), 5.0)))).shape == shape


def test_a_read_only_image_can_be_drawn_on():
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image.setflags(write=False)
    draw_people(image, frame(person(keypoints_px=np.full((K, 2), 5.0))))


def test_colours_of_ids_are_stable_and_differ():
    assert colour_of("abcde") == colour_of("abcde")
    assert len({colour_of(each) for each in ("abcde", "abcdf", "qwert", "zzzzz")}) == 4
