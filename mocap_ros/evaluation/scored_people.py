"""Annotated people beside what was predicted of them, one row each: what all scores are taken from."""

from dataclasses import dataclass, fields

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import J, JOINTS, K
from mocap_ros.evaluation.matching import pair_as_mupots, pair_by_agreement, person_sizes
from mocap_ros.evaluation.pose_metrics import MPJPE_JOINTS
from mocap_ros.evaluation.pose_normalisation import (
    knee_to_neck, procrustes_aligned, root_relative, to_universal, with_bone_lengths_of)
from mocap_ros.evaluation.predictions import nobody_predicted
from mocap_ros.evaluation.protocols import BONE_LENGTHS, MUPOTS, NO_POSE, SIZE, UNIVERSAL

NEEDED_JOINTS = ("neck", "r_hip", "l_hip", "r_knee", "l_knee")  # for the size of a prediction
ALIGNED = len(MPJPE_JOINTS)  # hands and toes would bend the alignment, and most sets do not have them
OCCLUDED = (HIDDEN_BY_OTHER, HIDDEN_BY_OBJECT, HIDDEN_BY_SELF)


@dataclass(frozen=True, eq=False)
class ScoredPeople:
    """N annotated people, in the order of sequences, frames and annotations.

    Attributes:
        sequences: name of each one's sequence, (N,) str; frames: its index there, (N,); activities: (N,) str.
        matched: who has a prediction, (N,) bool.
        truth, predicted: root-relative joints made comparable by the protocol [m], (N, J, 3) float32; NaN where not
            annotated, or not predicted.
        visibility: of JOINTS, OUTSIDE where nothing is said, (N, J) uint8.
        truth_px, predicted_px: keypoints [px], (N, K, 2) float32; NaN as above.
        keypoint_visibility: (N, K) uint8. keypoint_seen: predicted with confidence, (N, K) bool.
        sizes_px: longer side of the box around the annotated keypoints, (N,); head_sizes_px: (N,), NaN where unknown.
        truth_roots, predicted_roots: pelvis in the camera frame [m], (N, 3); NaN where unknown.
        size_ratios: predicted over annotated knee-to-neck length before any scaling, (N,); NaN where unknown.
        images, false_people: counts over all frames; a false person is a prediction that no annotated person claims.
        predicted_joints: names of JOINTS that the system predicts at all.
    """

    sequences: np.ndarray
    frames: np.ndarray
    activities: np.ndarray
    matched: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    visibility: np.ndarray
    truth_px: np.ndarray
    predicted_px: np.ndarray
    keypoint_visibility: np.ndarray
    keypoint_seen: np.ndarray
    sizes_px: np.ndarray
    head_sizes_px: np.ndarray
    truth_roots: np.ndarray
    predicted_roots: np.ndarray
    size_ratios: np.ndarray
    images: int
    false_people: int
    predicted_joints: tuple

    def __len__(self):
        return len(self.matched)

    def errors(self, aligned=False):
        """Distances of predicted and annotated joints [m], (N, J): infinity where wrong for lack of a prediction, NaN
        where nothing was annotated or the system has no such joint; `aligned`: after Procrustes alignment."""
        predicted = self.predicted
        if aligned:
            predicted = np.full(self.predicted.shape, np.nan)
            predicted[:, :ALIGNED] = procrustes_aligned(self.predicted[:, :ALIGNED], self.truth[:, :ALIGNED])
        distance = np.linalg.norm(predicted - self.truth, axis=-1)
        annotated = np.isfinite(self.truth).all(-1) & np.isin(JOINTS, self.predicted_joints)
        return np.where(annotated, np.where(np.isfinite(distance), distance, np.inf), np.nan)

    def keypoint_errors_px(self):
        """Distances of keypoints [px], (N, K); infinity where not predicted, NaN where not annotated."""
        distance = np.linalg.norm(self.predicted_px - self.truth_px, axis=-1)
        annotated = np.isfinite(self.truth_px).all(-1)
        return np.where(annotated, np.where(np.isfinite(distance), distance, np.inf), np.nan)

    @property
    def joint_visible(self):
        """(N, J) bool."""
        return self.visibility == SEEN

    @property
    def joint_occluded(self):
        """(N, J) bool."""
        return np.isin(self.visibility, OCCLUDED)


def score_sequence(sequence, predictions, predicted_joints, protocol):
    """ScoredPeople of one sequence.

    Args:
        sequence: EvaluationSequence.
        predictions: dict of frame index to PredictedPeople; a frame that is missing has nobody.
        predicted_joints: names of JOINTS that the system predicts.
        protocol: Protocol.

    Raises:
        ConfigError: the system lacks a joint that the protocol needs to know a person's size.
    """
    missing = [name for name in NEEDED_JOINTS if name not in predicted_joints]
    if protocol.pose != NO_POSE and missing:
        raise ConfigError(f"{sequence.name}: the predictions lack {', '.join(missing)}, without which their size is "
                          f"not known (neck: middle of the shoulders)")
    columns = [each.name for each in fields(ScoredPeople)][:-3]
    rows = {name: [] for name in columns}
    false_people = 0
    for index in range(len(sequence.frames)):
        frame = sequence.frames[index]
        found = predictions.get(index) or nobody_predicted(index)
        detections, people = matched_pairs(found, frame, protocol)
        false_people += len(found) - len(detections)
        counted = np.flatnonzero(frame.valid)
        if not len(counted):
            continue
        partner = np.full(len(frame), -1)
        partner[people] = detections
        for name, values in _rows(sequence, index, frame, found, counted, partner[counted], protocol).items():
            rows[name].append(values)
    empty = _no_rows()
    table = {name: np.concatenate(rows[name] or [empty[name]]) for name in columns}
    return ScoredPeople(**table, images=len(sequence.frames), false_people=false_people,
                        predicted_joints=tuple(predicted_joints))


def join(parts):
    """One ScoredPeople of several.

    Raises:
        ConfigError: the parts were predicted by systems with different joints.
    """
    names = {part.predicted_joints for part in parts}
    if len(names) != 1:
        raise ConfigError("the predictions of the sequences name different joints")
    columns = [each.name for each in fields(ScoredPeople)][:-3]
    return ScoredPeople(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns},
                        images=sum(part.images for part in parts), predicted_joints=names.pop(),
                        false_people=sum(part.false_people for part in parts))


def matched_pairs(found, frame, protocol):
    """Indices of predictions and of the annotated people they are, over everybody who is annotated.

    MuPoTS-3D's rule goes through the people who count; the others are left to it as false people."""
    labelled = np.isfinite(frame.keypoints_px).all(-1)
    if protocol.matching == MUPOTS:
        return pair_as_mupots(found.keypoints_px, found.usable, frame.keypoints_px, labelled & frame.valid[:, None])
    return pair_by_agreement(found.keypoints_px, found.usable, frame.keypoints_px,
                             labelled & (frame.keypoint_visibility > OUTSIDE), either_side=True)


def _rows(sequence, index, frame, found, counted, partner, protocol):
    """The columns of the counted people of one frame; `partner` is each one's prediction, -1 for none."""
    count, matched = len(counted), partner >= 0
    annotated = np.isin(JOINTS, sequence.annotated)[:, None]
    truth = np.where(annotated, frame.joints_camera[counted].astype(float), np.nan)
    universal = np.where(annotated, frame.joints_universal[counted].astype(float), np.nan)
    predicted, predicted_px = np.full((count, J, 3), np.nan), np.full((count, K, 2), np.nan)
    roots, seen = np.full((count, 3), np.nan), np.zeros((count, K), bool)
    predicted[matched], roots[matched] = found.joints[partner[matched]], found.roots[partner[matched]]
    predicted_px[matched] = found.keypoints_px[partner[matched]]
    seen[matched] = found.confidence[partner[matched]] > 0
    truth_roots = truth[:, JOINTS.index("pelvis")]
    comparable_truth, comparable, ratios = comparable_poses(truth, universal, predicted, protocol.pose)
    labelled = np.isfinite(frame.keypoints_px[counted]).all(-1)
    return {
        "sequences": np.full(count, sequence.name, object), "frames": np.full(count, index),
        "activities": np.array([frame.activities[p] for p in counted], object), "matched": matched,
        "truth": comparable_truth.astype(np.float32), "predicted": comparable.astype(np.float32),
        "visibility": frame.joint_visibility[counted], "truth_px": frame.keypoints_px[counted],
        "predicted_px": predicted_px.astype(np.float32), "keypoint_visibility": frame.keypoint_visibility[counted],
        "keypoint_seen": seen, "sizes_px": person_sizes(frame.keypoints_px[counted], labelled),
        "head_sizes_px": frame.head_sizes_px[counted], "truth_roots": truth_roots, "predicted_roots": roots,
        "size_ratios": ratios,
    }


def comparable_poses(truth, universal, predicted, pose):
    """Annotated and predicted joints (N, J, 3), root-relative and scaled as the protocol's `pose` wants, and the ratio
    of their knee-to-neck lengths before, (N,)."""
    truth, predicted = root_relative(truth), root_relative(predicted)
    published = np.isfinite(universal).any((1, 2))[:, None, None]
    ratios = knee_to_neck(predicted) / knee_to_neck(truth)
    if pose == UNIVERSAL:  # a published universal skeleton has one size for all, 930 mm or nearly so
        truth = np.where(published, root_relative(universal), to_universal(truth))
    if pose == BONE_LENGTHS:
        truth = np.where(published, root_relative(universal), truth)
        return truth, with_bone_lengths_of(predicted, truth), ratios
    if pose in (UNIVERSAL, SIZE):
        predicted = predicted * (knee_to_neck(truth) / knee_to_neck(predicted))[:, None, None]
    return truth, predicted, ratios


def _no_rows():
    """The columns of nobody."""
    shapes = {"truth": (0, J, 3), "predicted": (0, J, 3), "visibility": (0, J), "truth_px": (0, K, 2),
              "predicted_px": (0, K, 2), "keypoint_visibility": (0, K), "keypoint_seen": (0, K),
              "truth_roots": (0, 3), "predicted_roots": (0, 3)}
    kinds = {"sequences": object, "activities": object, "frames": int, "matched": bool, "visibility": np.uint8,
             "keypoint_visibility": np.uint8, "keypoint_seen": bool}
    return {each.name: np.zeros(shapes.get(each.name, (0,)), kinds.get(each.name, float))
            for each in fields(ScoredPeople)[:-3]}
