"""What is said of people over time rather than in single images: whether identities hold (see identity.py)."""

from dataclasses import asdict

import numpy as np

from mocap_ros.datasets.evaluation_sequence import findable
from mocap_ros.evaluation.identity import keypoint_frame, score_identity
from mocap_ros.evaluation.predictions import nobody_predicted


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
