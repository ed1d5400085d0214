"""Targets and decoding are inverses, and unlabelled things are neither asked for nor forbidden."""

import numpy as np
import pytest

pytest.importorskip("torch")

from training_scenes import people_sample, standing_joints  # noqa: E402

from mocap_ros.datasets.sample import HIDDEN_BY_OTHER, HIDDEN_BY_SELF, UNKNOWN, Sample  # noqa: E402
from mocap_ros.datatypes.config import DecodingConfig  # noqa: E402
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT  # noqa: E402
from mocap_ros.datatypes.skeleton import ENCODED_BONES, JOINTS, K, KEYPOINTS, LIMBS, PARENT_INDICES  # noqa: E402
from mocap_ros.decoding.people import decode_people  # noqa: E402
from mocap_ros.geometry.perspective_correction import view_from_camera  # noqa: E402
from mocap_ros.nets.person_frame import reference_scale, standing_height  # noqa: E402
from mocap_ros.training.targets import STRIDE, bone_vectors, make_targets  # noqa: E402

TWO = [(-0.9, 0.1, 4.0), (1.0, 0.15, 4.6)]


def decoded(sample):
    targets = make_targets(sample)
    return decode_people(targets.heatmaps, targets.part_affinity, targets.encodings, STRIDE, DecodingConfig())


def changed(sample, **parts):
    fields = dict(image=sample.image, keypoints_px=sample.keypoints_px, visibility=sample.visibility,
                  joints_camera=sample.joints_camera, camera_matrix=sample.camera_matrix, ignore=sample.ignore,
                  labelled=sample.labelled)
    return Sample(**{**fields, **parts})


@pytest.mark.parametrize("roots", [[], TWO[:1], TWO])
@pytest.mark.parametrize("seed", [1, 2])
def test_decoding_the_targets_gives_the_people_back(roots, seed):
    sample = people_sample(roots, generator=np.random.default_rng(seed))
    found = decoded(sample)
    assert len(found) == len(roots)
    for truth in sample.keypoints_px:
        error = np.linalg.norm(found.keypoints_px - truth, axis=-1).max(-1)
        # Half a pixel of 8 a cell: the peak of a sampled Gaussian is exact, neighbours of one person do not touch it.
        assert error.min() < 0.5


def test_encodings_read_back_are_the_bones_that_meet_at_the_keypoint():
    sample = people_sample(TWO[:1], generator=np.random.default_rng(3))
    found = decoded(sample)
    bones = bone_vectors(sample)[0]
    body = np.array([KEYPOINTS.index(n) for n in ("neck", "r_knee", "l_knee", "r_wrist", "l_elbow", "pelvis")])
    for k in body:
        # Near its own keypoint a bone's map is constant, so bilinear reading is exact to float32.
        np.testing.assert_allclose(found.encodings[0, k][ENCODED_BONES[k]], bones[ENCODED_BONES[k]], atol=1e-5)


def test_bones_are_those_of_a_person_of_the_reference_height_seen_straight_ahead():
    """A person straight ahead (neck on the axis) has view axes equal to camera axes: only the height is changed."""
    joints = standing_joints()
    sample = people_sample([(0.0, 0.5, 5.0)])
    expected = joints * reference_scale(joints)
    expected = expected - expected[np.maximum(PARENT_INDICES, 0)]
    expected[PARENT_INDICES < 0] = 0
    turned = view_from_camera(np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(turned, np.eye(3), atol=1e-12)
    # The neck is 2 cm behind the axis point and 0.5 m above the pelvis: exactly on the axis; float32 labels.
    np.testing.assert_allclose(bone_vectors(sample)[0], expected, atol=2e-4)


def test_standing_height_does_not_depend_on_the_pose_and_scales_with_the_person():
    joints = standing_joints()
    bent = joints.copy()
    bent[:, 2] = joints[:, 1]
    bent[:, 1] = joints[:, 2]
    assert standing_height(bent) == pytest.approx(standing_height(joints), rel=1e-12)
    assert standing_height(joints * 0.5) == pytest.approx(standing_height(joints) / 2, rel=1e-12)
    assert standing_height(joints) * reference_scale(joints) == pytest.approx(REFERENCE_HEIGHT)


def test_view_rotation_brings_the_ray_to_the_axis():
    rays = np.random.default_rng(4).uniform(-1, 1, (50, 3)) * [1, 1, 0] + [0, 0, 1]
    turned = np.einsum("nij,nj->ni", view_from_camera(rays), rays)
    rotations = view_from_camera(rays)
    np.testing.assert_allclose(turned[:, :2], 0, atol=1e-12)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (50, 3, 3)),
                               atol=1e-12)
    assert (np.linalg.det(rotations) > 0).all()


def test_a_keypoint_behind_another_person_is_neither_asked_for_nor_forbidden():
    sample = people_sample(TWO[:1])
    wrist = KEYPOINTS.index("r_wrist")
    visibility = np.array(sample.visibility)
    visibility[0, wrist] = HIDDEN_BY_OTHER
    targets = make_targets(changed(sample, visibility=visibility))
    column, row = np.rint((sample.keypoints_px[0, wrist] + 0.5) / STRIDE - 0.5).astype(int)
    assert targets.heatmaps[wrist].max() == 0 and targets.heatmap_weights[wrist, row, column] == 0
    assert targets.heatmap_weights[wrist, 0, 0] == 1
    limb = LIMBS.index(("r_elbow", "r_wrist"))
    assert not targets.part_affinity[limb].any() and targets.part_affinity_weights[limb, row, column] == 0


def test_a_face_turned_away_is_forbidden_and_a_hip_behind_the_body_is_asked_for():
    sample = people_sample(TWO[:1])
    nose, hip = KEYPOINTS.index("nose"), KEYPOINTS.index("l_hip")
    visibility = np.array(sample.visibility)
    visibility[0, [nose, hip]] = HIDDEN_BY_SELF
    targets = make_targets(changed(sample, visibility=visibility))
    assert targets.heatmaps[nose].max() == 0 and targets.heatmap_weights[nose].min() == 1
    assert targets.heatmaps[hip].max() > 0.5


def test_nothing_is_asked_of_ignored_areas():
    sample = people_sample(TWO)
    ignore = np.zeros((192, 256), bool)
    ignore[:, :128] = True
    targets = make_targets(changed(sample, ignore=ignore))
    assert not targets.heatmap_weights[:, :, :16].any() and targets.heatmap_weights[:, :, 16:].all()
    assert not targets.part_affinity_weights[:, :, :16].any()


def test_people_without_3d_labels_give_no_encodings():
    sample = people_sample(TWO)
    targets = make_targets(changed(sample, joints_camera=np.full_like(sample.joints_camera, np.nan)))
    assert not targets.encoding_weights.any() and np.isfinite(targets.encodings).all()
    targets = make_targets(changed(sample, camera_matrix=np.full((3, 3), np.nan)))
    assert not targets.encoding_weights.any()
    assert make_targets(sample).encoding_weights.any()


def test_every_channel_of_the_root_stays_empty():
    targets = make_targets(people_sample(TWO))
    assert not targets.encoding_weights[PARENT_INDICES < 0].any()
    assert targets.heatmaps.shape == (K, 24, 32)


def test_of_keypoints_that_a_data_set_does_not_label_nothing_is_learned():
    sample = people_sample(TWO)
    labelled = np.array([name not in ("nose", "head_top") for name in KEYPOINTS])
    whole, part = make_targets(sample), make_targets(changed(sample, labelled=labelled))
    assert not part.heatmap_weights[~labelled].any() and part.heatmap_weights[labelled].all()
    for number, limb in enumerate(LIMBS):
        assert part.part_affinity_weights[number].any() == (not {"nose", "head_top"} & set(limb))
    np.testing.assert_array_equal(part.heatmaps[labelled], whole.heatmaps[labelled])


def test_unknown_visibility_teaches_the_body_and_leaves_the_face_open():
    sample = people_sample(TWO[:1])
    targets = make_targets(changed(sample, visibility=np.full((1, K), UNKNOWN)))
    knee, nose = KEYPOINTS.index("r_knee"), KEYPOINTS.index("nose")
    assert targets.heatmaps[knee].max() > 0.8 and targets.heatmaps[nose].max() == 0
    assert not targets.heatmap_weights[nose].all() and targets.heatmap_weights[knee].all()


def test_bones_of_joints_that_a_data_set_lacks_are_left_out_and_the_others_taught():
    sample = people_sample(TWO[:1])
    joints = np.array(sample.joints_camera)
    hand, toe = JOINTS.index("r_hand"), JOINTS.index("l_toe")
    joints[:, [hand, toe]] = np.nan
    whole, part = make_targets(sample), make_targets(changed(sample, joints_camera=joints))
    others = np.setdiff1d(np.arange(len(JOINTS)), [hand, toe])
    assert not part.encoding_weights[[hand, toe]].any() and whole.encoding_weights[[hand, toe]].any()
    np.testing.assert_array_equal(part.encodings[others], whole.encodings[others])
    np.testing.assert_array_equal(part.encoding_weights[others], whole.encoding_weights[others])
