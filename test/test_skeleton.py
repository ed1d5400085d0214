"""Joint sets and the maps between them."""

import numpy as np
import pytest

from mocap_ros.datatypes import skeleton
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import (
    COCO_17, ENCODED_BONES, HUMAN36M_17, HUMAN36M_32, J, JOINT_MIRROR, JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS, L,
    LIMB_MIRROR, LIMB_PROPORTIONS, LIMBS, LSP_14, MPI_INF_3DHP_28, MPII_16, PANOPTIC_19, PARENTS, SMPL_24, mirror_name,
    select,
)

SETS = {"keypoints": KEYPOINTS, "joints": JOINTS, "coco": COCO_17, "mpii": MPII_16, "lsp": LSP_14,
        "human36m": HUMAN36M_17, "human36m_files": HUMAN36M_32, "mpi_inf_3dhp": MPI_INF_3DHP_28,
        "panoptic": PANOPTIC_19, "smpl": SMPL_24}


@pytest.mark.parametrize("name", SETS)
def test_every_joint_set_names_each_joint_once_and_both_sides(name):
    names = SETS[name]
    assert len(set(names)) == len(names)
    assert {mirror_name(each) for each in names} == set(names)


def test_counts_are_those_of_the_design():
    assert (K, J, L, len(skeleton.ANGLES), len(skeleton.BONES)) == (20, 21, 23, 23, 20)
    names = ("coco", "mpii", "lsp", "human36m", "human36m_files", "mpi_inf_3dhp", "panoptic", "smpl")
    assert [len(SETS[name]) for name in names] == [17, 16, 14, 17, 32, 28, 19, 24]
    assert len(LIMB_PROPORTIONS) == L and all(0 < each < 0.5 for each in LIMB_PROPORTIONS)


@pytest.mark.parametrize("mirror", [KEYPOINT_MIRROR, JOINT_MIRROR, LIMB_MIRROR])
def test_mirroring_twice_changes_nothing(mirror):
    assert (mirror[mirror] == np.arange(len(mirror))).all() and (mirror != np.arange(len(mirror))).any()


def test_rep155_has_the_left_eye_and_ear_first():
    assert KEYPOINTS[14:18] == ("l_eye", "r_eye", "l_ear", "r_ear")


def test_the_first_nineteen_limbs_join_all_keypoints():
    together = {"neck"}
    for _ in range(K):
        together |= {b for a, b in LIMBS[:19] if a in together}
    assert together == set(KEYPOINTS)


def test_every_joint_hangs_from_the_pelvis():
    for joint in JOINTS:
        steps = 0
        while PARENTS[joint] is not None:
            joint, steps = PARENTS[joint], steps + 1
            assert steps < J
        assert joint == "pelvis"


def test_joints_are_selected_by_name_and_absent_ones_are_nan():
    coco = np.arange(34.0).reshape(17, 2)
    chosen = select(coco, COCO_17, KEYPOINTS)
    assert (chosen[KEYPOINTS.index("l_wrist")] == coco[COCO_17.index("l_wrist")]).all()
    assert (chosen[KEYPOINTS.index("r_ear")] == coco[COCO_17.index("r_ear")]).all()
    assert np.isnan(chosen[[KEYPOINTS.index("neck"), KEYPOINTS.index("pelvis")]]).all()
    with pytest.raises(SkeletonError, match="wanted 17 joints"):
        select(np.zeros((16, 2)), COCO_17, KEYPOINTS)


def test_the_elbow_carries_the_upper_arm_and_the_forearm_only():
    bones = [JOINTS[j] for j in np.flatnonzero(ENCODED_BONES[KEYPOINTS.index("r_elbow")])]
    assert sorted(bones) == ["r_elbow", "r_wrist"]  # a bone bears its outer joint's name
