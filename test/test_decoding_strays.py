"""Keypoints that lie where no person of that size could have them are found, and nobody else's are."""

import numpy as np

from mocap_ros.datatypes.skeleton import K, KEYPOINTS
from mocap_ros.decoding.stray_keypoints import find_strays

# Somebody standing, 20 cells tall, (column, row).
STANDING = {
    "nose": (0.1, 1.4), "neck": (0, 3.6), "r_shoulder": (-2.2, 3.8), "r_elbow": (-3, 7), "r_wrist": (-3.4, 10),
    "l_shoulder": (2.2, 3.8), "l_elbow": (3, 7), "l_wrist": (3.4, 10), "r_hip": (-1.3, 9.8), "r_knee": (-1.5, 14.5),
    "r_ankle": (-1.6, 19), "l_hip": (1.3, 9.8), "l_knee": (1.5, 14.5), "l_ankle": (1.6, 19), "l_eye": (0.7, 1),
    "r_eye": (-0.6, 1), "l_ear": (1.4, 1.2), "r_ear": (-1.3, 1.2), "pelvis": (0, 9.8), "head_top": (0, 0),
}
PERSON = np.array([STANDING[name] for name in KEYPOINTS])


def strays_of(moved, scale=1.0, present=None):
    """Names of the strays after some keypoints were moved to (column, row)."""
    cells = PERSON * scale
    for name, place in moved.items():
        cells[KEYPOINTS.index(name)] = place
    present = np.ones(K, bool) if present is None else np.isin(KEYPOINTS, present)
    return {KEYPOINTS[k] for k in np.flatnonzero(find_strays(cells[None], present[None])[0])}


def test_a_whole_person_of_any_size_has_none():
    for scale in (0.3, 1.0, 3.0):
        assert strays_of({}, scale) == set()


def test_foreshortened_limbs_are_no_strays():
    sitting = {"r_knee": (-1.5, 11), "l_knee": (1.5, 11), "r_ankle": (-1.6, 15), "l_ankle": (1.6, 15)}
    assert strays_of(sitting) == set()


def test_the_face_of_a_neighbour_is_stray():
    assert strays_of({"l_ear": (25, 1)}) == {"l_ear"}
    assert {"l_eye", "l_ear"} <= strays_of({"l_eye": (24, 1), "l_ear": (25, 1)})


def test_the_foot_of_a_neighbour_is_stray():
    assert strays_of({"r_ankle": (-20, 19)}) == {"r_ankle"}


def test_a_small_bodys_large_neighbour_does_not_make_its_own_keypoints_stray():
    """The far ankle goes, the knee that it hung on stays."""
    assert "r_knee" not in strays_of({"r_ankle": (-20, 19)}, 0.7)


def test_keypoints_that_are_not_there_are_never_strays_and_make_none():
    seen = ("neck", "pelvis", "r_shoulder", "r_hip")
    assert strays_of({"l_ear": (500, 500), "l_wrist": (-300, 0)}, present=seen) == set()


def test_nobody_has_no_strays():
    assert find_strays(np.zeros((0, K, 2)), np.zeros((0, K), bool)).shape == (0, K)
    assert not find_strays(np.zeros((1, K, 2)), np.zeros((1, K), bool)).any()
