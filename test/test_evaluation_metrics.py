"""Scores against numbers counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation_scenes import labelled_sequence, perfect, ROOTS

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, SEEN
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, J, JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.evaluation.pose_metrics import (
    area_under_curve, columns_of, correct_curve, correct_share, mean_error, MPJPE_JOINTS)
from mocap_ros.evaluation.pose_normalisation import (
    knee_to_neck, procrustes_aligned, root_relative, to_universal, with_bone_lengths_of)
from mocap_ros.evaluation.matching import pair_as_mupots, pair_by_agreement
from mocap_ros.evaluation.predictions import nobody_predicted
from mocap_ros.evaluation.protocols import Protocol, protocol_of, SIZE
from mocap_ros.evaluation.scored_people import join, score_sequence
from mocap_ros.evaluation.summary import summarise
from mocap_ros.geometry.rotation import rotvec_to_matrix

ONLY_SIZE = Protocol("test", SIZE)


def scored(sequence, predictions, protocol=ONLY_SIZE, joints=JOINTS):
    return score_sequence(sequence, {each.frame: each for each in predictions}, joints, protocol)


def with_labels(sequence, **changes):
    return sequence._replace(frames=[replace(frame, **changes) for frame in sequence.frames])


def test_shares_curves_and_areas_by_hand():
    """Two of four joints within 150 mm, one of them at exactly 75 mm: right at the 15 thresholds from 80 mm on."""
    errors = np.array([[0.0, 0.075, 0.2, np.inf, np.nan]])
    assert correct_share(errors) == 0.5
    np.testing.assert_array_equal(correct_curve(errors, [0, 0.075, 0.0751, 0.15, 1]), [0, 0.25, 0.5, 0.5, 0.75])
    assert area_under_curve(errors) == pytest.approx((30 * 0.25 + 15 * 0.25) / 31)
    assert mean_error(errors) == pytest.approx(0.275 / 3)


def test_nothing_annotated_has_no_score():
    nothing = np.full((3, 4), np.nan)
    assert np.isnan([correct_share(nothing), area_under_curve(nothing), mean_error(nothing)]).all()


def test_the_threshold_itself_is_wrong():
    assert correct_share(np.array([[0.15]])) == 0.0 and correct_share(np.array([[0.1499]])) == 1.0


def bodies(count=4, seed=3):
    return np.random.default_rng(seed).normal(0, 0.4, (count, J, 3))


def test_the_universal_skeleton_is_930_mm_from_knee_to_neck():
    np.testing.assert_allclose(knee_to_neck(to_universal(bodies())), 0.93)
    np.testing.assert_allclose(to_universal(7 * bodies()), to_universal(bodies()))


def test_without_a_spine_the_trunk_is_straight():
    straight = bodies()
    straight[:, JOINTS.index("spine")] = np.nan
    pelvis, neck = JOINTS.index("pelvis"), JOINTS.index("neck")
    trunk = np.linalg.norm(straight[:, neck] - straight[:, pelvis], axis=-1)
    thighs = [np.linalg.norm(straight[:, JOINTS.index(f"{s}_knee")] - straight[:, JOINTS.index(f"{s}_hip")], axis=-1)
              for s in "rl"]
    np.testing.assert_allclose(knee_to_neck(straight), trunk + np.mean(thighs, axis=0))


def test_without_a_pelvis_the_root_is_between_the_hips():
    joints = bodies()
    hips = joints[:, columns_of(("r_hip", "l_hip"))].mean(1)
    joints[:, JOINTS.index("pelvis")] = np.nan
    np.testing.assert_allclose(root_relative(joints), joints - hips[:, None])


def test_resized_bones_keep_their_direction_and_take_the_models_length():
    joints, model = root_relative(bodies(seed=1)), root_relative(bodies(seed=2))
    resized = with_bone_lengths_of(joints, model)
    elbow, wrist = columns_of(("r_elbow", "r_wrist"))
    bone, other = resized[:, wrist] - resized[:, elbow], joints[:, wrist] - joints[:, elbow]
    wanted = model[:, wrist] - model[:, elbow]
    np.testing.assert_allclose(np.linalg.norm(bone, axis=-1), np.linalg.norm(wanted, axis=-1))
    np.testing.assert_allclose(np.cross(bone, other), 0, atol=1e-12)  # m^2
    np.testing.assert_allclose(with_bone_lengths_of(model, model), model, atol=1e-12)  # m
    # The top of the head hangs on the neck, as in the published script.
    top, neck = columns_of(("head_top", "neck"))
    np.testing.assert_allclose(np.linalg.norm(resized[:, top] - resized[:, neck], axis=-1),
                               np.linalg.norm(model[:, top] - model[:, neck], axis=-1))


def test_procrustes_undoes_a_similarity_but_no_reflection():
    truth = bodies()
    turned = 1.7 * truth @ rotvec_to_matrix(np.array([0.3, -1.0, 0.5])).T + [1.0, 2, 3]
    np.testing.assert_allclose(procrustes_aligned(turned, truth), truth, atol=1e-9)  # m, float64
    assert np.abs(procrustes_aligned(truth * [-1, 1, 1], truth) - truth).max() > 0.05


def test_procrustes_uses_the_joints_that_both_have():
    truth = bodies()
    partial = 2 * truth
    partial[0, 5:9] = np.nan
    aligned = procrustes_aligned(partial, truth)
    assert np.isnan(aligned[0, 5:9]).all()
    np.testing.assert_allclose(np.delete(aligned[0], slice(5, 9), 0), np.delete(truth[0], slice(5, 9), 0), atol=1e-9)
    partial[1, 2:] = np.nan
    assert np.isnan(procrustes_aligned(partial, truth)[1]).all()


def test_perfect_predictions_score_full():
    sequence = labelled_sequence()
    for name in ("mupots", "mpi_inf_3dhp", "human36m", "synthetic"):
        people = scored(sequence, [perfect(sequence, n) for n in range(3)], protocol_of(name))
        summary = summarise(people, protocol_of(name))
        pose = summary["pose"]
        assert pose["pck"] == 100 and pose["matched_pck"] == 100 and pose["detection_rate"] == 100, name
        assert pose["auc"] == pytest.approx(100 * 30 / 31)  # nothing is within 0 mm
        assert pose["mpjpe_mm"] < 0.01 and pose["pa_mpjpe_mm"] < 0.01  # mm, float32 labels
        assert people.false_people == 0 and summary["keypoints"]["placed"] == 100


def test_an_unmatched_person_counts_all_joints_wrong():
    sequence = labelled_sequence(2)
    people = scored(sequence, [perfect(sequence, 0), perfect(sequence, 1, people=[0])])
    pose = summarise(people, ONLY_SIZE)["pose"]
    assert pose["pck"] == 75 and pose["matched_pck"] == 100 and pose["detection_rate"] == 75
    assert pose["by_joint"]["Wrist"]["pck"] == 75 and pose["mpjpe_mm"] < 0.01
    assert pose["by_activity"]["Stand/Walk"]["pck"] == 100 and pose["by_activity"]["Sports"]["pck"] == 50


def test_a_missing_frame_has_nobody():
    sequence = labelled_sequence(2)
    assert summarise(scored(sequence, [perfect(sequence, 0)]), ONLY_SIZE)["pose"]["pck"] == 50


def test_moved_joints_have_the_error_by_which_they_moved():
    """All joints but the pelvis 100 mm off: within 150 mm, and 16/17 of it as MPJPE, since the pelvis is the root."""
    sequence = labelled_sequence(1)
    universal = with_labels(sequence, joints_universal=sequence.frames[0].joints_camera)
    people = scored(universal, [perfect(universal, 0, moved=0.1)], Protocol("test", ""))
    errors = people.errors()
    assert correct_share(errors[:, columns_of(EVALUATION_JOINTS)]) == 1
    assert mean_error(errors[:, columns_of(MPJPE_JOINTS)]) == pytest.approx(0.1 * 16 / 17, rel=1e-4)


def test_visible_and_occluded_joints_are_told_apart():
    """The hidden wrists and ankles are wrong, all else is right."""
    sequence = labelled_sequence(1)
    hidden = np.isin(JOINTS, ("r_wrist", "l_wrist", "r_ankle", "l_ankle"))
    sequence = with_labels(sequence, joint_visibility=np.tile(np.where(hidden, HIDDEN_BY_OBJECT, SEEN), (2, 1)))
    found = perfect(sequence, 0)
    joints = np.array(found.joints)
    joints[:, hidden] += 1.0
    people = scored(sequence, [replace(found, joints=joints)])
    pose = summarise(people, ONLY_SIZE)["pose"]
    assert pose["visible_pck"] == 100 and pose["occluded_pck"] == 0
    assert pose["pck"] == pytest.approx(100 * 10 / 14) and pose["occluded_share"] == pytest.approx(100 * 4 / 14)


def test_annotations_that_do_not_count_are_left_out():
    sequence = with_labels(labelled_sequence(1), valid=[True, False])
    people = scored(sequence, [perfect(sequence, 0)])
    assert len(people) == 1 and people.false_people == 0  # who is found is no false person


def test_ghosts_are_counted():
    sequence = labelled_sequence(2)
    alone = sequence._replace(frames=[labelled_sequence(2, roots=ROOTS[:1]).frames[n] for n in range(2)])
    assert scored(alone, [perfect(sequence, n) for n in range(2)]).false_people == 2


def test_joints_that_a_system_does_not_have_are_not_counted():
    sequence = labelled_sequence(1)
    names = tuple(name for name in JOINTS if name != "head_top")
    found = perfect(sequence, 0)
    joints = np.array(found.joints)
    joints[:, JOINTS.index("head_top")] = np.nan
    people = scored(sequence, [replace(found, joints=joints)], joints=names)
    pose = summarise(people, ONLY_SIZE)["pose"]
    assert pose["joints"] == 13 and pose["pck"] == 100 and pose["by_joint"]["Head"]["pck"] is None
    everything = scored(sequence, [replace(found, joints=joints)])
    assert summarise(everything, ONLY_SIZE)["pose"]["by_joint"]["Head"]["pck"] == 0


def test_a_system_without_knees_has_no_size():
    sequence = labelled_sequence(1)
    with pytest.raises(ConfigError, match="lack r_knee, without which their size"):
        scored(sequence, [], joints=tuple(name for name in JOINTS if name != "r_knee"))


def test_parts_join_in_order():
    sequence = labelled_sequence(4)
    whole = scored(sequence, [perfect(sequence, n) for n in range(4)])
    halves = [scored(sequence._replace(frames=sequence.frames[n:n + 2], name=f"TS{n}"),
                     [replace(perfect(sequence, n + m), frame=m) for m in range(2)]) for n in (0, 2)]
    joined = join(halves)
    np.testing.assert_array_equal(joined.predicted, whole.predicted)
    assert joined.images == 4 and list(dict.fromkeys(joined.sequences)) == ["TS0", "TS2"]


def people_at(*places):
    shape = np.random.default_rng(0).uniform([-30, -90], [30, 90], (K, 2))
    return np.array([shape + place for place in places]).reshape(-1, K, 2)


EVERY = np.ones((2, K), bool)


def test_both_rules_find_the_pairs_in_any_order():
    truth = people_at((100, 200), (400, 200))
    for rule in (pair_by_agreement, pair_as_mupots):
        detections, people = rule(truth[::-1] + 3, EVERY, truth, EVERY)
        assert sorted(zip(detections, people)) == [(0, 1), (1, 0)]
        assert len(rule(truth + 600, EVERY, truth, EVERY)[0]) == 0
        assert len(rule(people_at(), EVERY[:0], truth, EVERY)[0]) == 0
        assert len(rule(truth, EVERY, people_at(), EVERY[:0])[0]) == 0


def test_mupots_takes_annotations_in_turn_and_one_near_joint_is_enough():
    truth = people_at((100, 200), (130, 200))
    first = truth[1:] + 5  # nearer to the second person, but within 40 px of the first, whose turn comes first
    assert [tuple(each) for each in pair_as_mupots(first, EVERY[:1], truth, EVERY)] == [(0,), (0,)]
    far = people_at((600, 600))
    far[0, KEYPOINTS.index("l_wrist")] = truth[0, KEYPOINTS.index("l_wrist")] + 39
    assert len(pair_as_mupots(far, EVERY[:1], truth[:1], EVERY[:1])[0]) == 1
    assert len(pair_by_agreement(far, EVERY[:1], truth[:1], EVERY[:1])[0]) == 0
    far[0, KEYPOINTS.index("l_wrist"), 0] += 2  # 41 px along x
    assert len(pair_as_mupots(far, EVERY[:1], truth[:1], EVERY[:1])[0]) == 0


def test_exchanged_sides_are_mirrored_not_placed():
    sequence = labelled_sequence(1)
    found = perfect(sequence, 0)
    exchanged = replace(found, keypoints_px=found.keypoints_px[:, KEYPOINT_MIRROR])
    people = scored(sequence, [exchanged], protocol_of("mupots"))
    keypoints = summarise(people, ONLY_SIZE)["keypoints"]
    assert keypoints["mirrored"] > 30 and keypoints["placed"] + keypoints["mirrored"] == pytest.approx(100)


def test_pckh_by_hand():
    """Half the head is 20 px: ten of the thirteen counted keypoints are 10 px off and right, three are 30 px off."""
    sequence = with_labels(labelled_sequence(1, roots=ROOTS[:1]), head_sizes_px=[40.0])
    found = perfect(sequence, 0)
    points = np.array(found.keypoints_px)
    far = [KEYPOINTS.index(name) for name in ("r_wrist", "l_wrist", "head_top", "neck")]
    points[:, :, 0] += 10
    points[:, far, 0] += 20
    protocol = protocol_of("mpii")
    keypoints = summarise(scored(sequence, [replace(found, keypoints_px=points)], protocol), protocol)["keypoints"]
    assert keypoints["pck"] == pytest.approx(100 * 10 / 13) and keypoints["threshold"] == "0.5 head"
    by_joint = keypoints["by_joint"]
    assert by_joint["Wrist"] == 0 and by_joint["Knee"] == 100 and "Neck" not in by_joint
    assert keypoints["auc"] == pytest.approx(100 * 10 / 13 * 26 / 51)  # right from 0.25 on, 26 of 51 steps


def test_lsp_measures_by_the_torso():
    sequence = labelled_sequence(1, roots=ROOTS[:1])
    points = sequence.frames[0].keypoints_px[0]
    torso = np.linalg.norm(points[KEYPOINTS.index("l_shoulder")] - points[KEYPOINTS.index("r_hip")])
    found = perfect(sequence, 0)
    for share, pck in ((0.19, 100), (0.21, 0)):
        off = replace(found, keypoints_px=found.keypoints_px + np.float32([share * torso, 0]))
        people = scored(sequence, [off], replace(protocol_of("lsp"), matching="mupots"))
        assert summarise(people, protocol_of("lsp"))["keypoints"]["pck"] == pck


def test_nobody_annotated_gives_no_figures():
    sequence = labelled_sequence(1)
    empty = with_labels(sequence, valid=[False, False])
    summary = summarise(scored(empty, [nobody_predicted(0)]), ONLY_SIZE)
    assert summary["people"] == 0 and summary["pose"]["pck"] is None and summary["detection_rate"] is None
