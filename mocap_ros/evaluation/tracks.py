"""What is said of people over time: whether identities hold (identity.py) and how motion looks (motion_quality.py)."""

from dataclasses import asdict

import numpy as np

from mocap_ros.datasets.evaluation_sequence import findable
from mocap_ros.datatypes.skeleton import J, JOINTS, ROOT
from mocap_ros.evaluation.identity import keypoint_frame, score_identity
from mocap_ros.evaluation.motion_quality import acceleration_error, foot_sliding, standing_feet
from mocap_ros.evaluation.predictions import nobody_predicted
from mocap_ros.evaluation.scored_people import matched_pairs


def identity_summary(sequences, found):
    """Identity scores over all videos as a dict; None where nothing is a video or nobody has an identity.

    Args:
        sequences: of EvaluationSequence.
        found: for each, (names of predicted joints, dict of frame index to PredictedPeople).
    """
    videos = [_identity_frames(sequence, predictions) for sequence, (_, predictions) in zip(sequences, found)
              if sequence.rate > 0 and any(name for people in predictions.values() for name in people.ids)]
    return asdict(score_identity(videos)) if videos else None


def _identity_frames(sequence, predictions):
    """Yields an IdentityFrame for each frame."""
    for index in range(len(sequence.frames)):
        frame = sequence.frames[index]
        people = predictions.get(index) or nobody_predicted(index)
        unlabelled = ~np.isfinite(frame.keypoints_px).any((1, 2))
        yield keypoint_frame(
            frame.keypoints_px[~unlabelled], tuple(frame.person_ids[~unlabelled]), people.keypoints_px, people.ids,
            ~findable(frame.keypoint_visibility)[~unlabelled])


def temporal_summary(sequences, found, protocol):
    """Acceleration error [m/s^2] and foot sliding [mm a frame] over all videos as a dict; None where there is none.

    Acceleration errors are of root-relative joints and of joints in the camera frame; sliding is of feet that truly
    stand, and needs a camera that does not move. Each is the mean over videos.

    Args:
        sequences, found: as of identity_summary.
        protocol: Protocol, whose matching says who is who.
    """
    rows = []
    for sequence, (_, predictions) in zip(sequences, found):
        if sequence.rate <= 0 or len(sequence.frames) < 3:
            continue
        times = [sequence.frames[index].time for index in (0, len(sequence.frames) - 1)]
        rate = (len(sequence.frames) - 1) / (times[1] - times[0])  # of the frames that are there
        true, relative, roots = _tracked_joints(sequence, predictions, protocol)
        joints = relative + roots[..., None, :]
        rows.append({
            "acceleration_error_root_relative": acceleration_error(
                relative, true - true[..., JOINTS.index(ROOT), None, :], rate),
            "acceleration_error_camera": acceleration_error(joints, true, rate),
            "foot_sliding_mm": 1000 * foot_sliding(joints, standing_feet(true, rate)),
        })
    if not rows:
        return None
    return {name: _mean_known([row[name] for row in rows]) for name in rows[0]}


def _tracked_joints(sequence, predictions, protocol):
    """True joints in the camera frame, predicted joints relative to the pelvis, both (T, P, J, 3), and the predicted
    pelvis, (T, P, 3), of each annotated person [m]."""
    people = sorted({int(one) for index in range(len(sequence.frames)) for one in sequence.frames[index].person_ids})
    column = {one: n for n, one in enumerate(people)}
    true = np.full((len(sequence.frames), len(people), J, 3), np.nan)
    relative, roots = true.copy(), true[..., 0, :].copy()
    for index in range(len(sequence.frames)):
        frame = sequence.frames[index]
        found = predictions.get(index) or nobody_predicted(index)
        columns = [column[int(one)] for one in frame.person_ids]
        true[index, columns] = frame.joints_camera
        detections, labelled = matched_pairs(found, frame, protocol)
        rows = [columns[p] for p in labelled]
        relative[index, rows], roots[index, rows] = found.joints[detections], found.roots[detections]
    return true, relative, roots


def _mean_known(values):
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None
