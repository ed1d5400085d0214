"""The pipeline over labelled sequences, in pieces that can be computed anywhere in any order."""

from dataclasses import dataclass
from functools import lru_cache
import zlib

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.config import MocapConfig
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import J, JOINT_OF_KEYPOINT, JOINTS, K, ROOT
from mocap_ros.evaluation.coco_scores import ranks
from mocap_ros.evaluation.predictions import PredictedPeople
from mocap_ros.geometry.pinhole import project
from mocap_ros.pipeline.estimator import Estimator
from mocap_ros.pipeline.fitter import Fitter
from mocap_ros.pipeline.single_image import fit_alone

STAGES = (2, 3)  # the per-frame estimate (Sec. 6.3), and after tracking and fitting (Sec. 8.3)
FRAMES_A_PIECE = 100
_PELVIS = JOINTS.index(ROOT)


@dataclass(frozen=True, eq=False)
class Piece:
    """Frames of one sequence that one process computes.

    Attributes:
        sequence: EvaluationSequence.
        start, stop: indices of its frames; at stage 3 always the whole sequence, since tracking remembers.
        stage: one of STAGES.
        config: MocapConfig.
    """

    sequence: EvaluationSequence
    start: int
    stop: int
    stage: int
    config: MocapConfig

    @property
    def name(self):
        """A file name, without ending, that no other piece of the data set has."""
        return f"{self.sequence.name}_{self.start:07d}-{self.stop:07d}"


def pieces_of(sequences, stage, config):
    """Pieces of all sequences, in order."""
    pieces = []
    for sequence in sequences:
        count = len(sequence.frames)
        step = FRAMES_A_PIECE if stage == 2 else max(count, 1)
        pieces += [Piece(sequence, start, min(start + step, count), stage, config) for start in range(0, count, step)]
    return pieces


def predict(piece, tick=None):
    """PredictedPeople of a piece's frames: the same wherever it is computed, on the same kind of machine.

    Args:
        piece: Piece.
        tick: called with 1 after each frame, to show progress; None for nobody to tell.
    """
    estimator = _estimator(piece.config)
    fitter = None
    if piece.stage == 3:
        seed = zlib.crc32(piece.sequence.name.encode())  # ids must not depend on what was computed before
        fitter = Fitter(piece.config, np.random.default_rng(seed))
    results = []
    estimator.forget()
    for index in range(piece.start, piece.stop):
        frame = piece.sequence.frames[index]
        image = frame.read_image()
        camera = frame.camera or piece.sequence.camera or assumed_camera(
            image.shape[1], image.shape[0], piece.config.camera.vertical_field_of_view)
        if fitter is None:
            estimator.forget()  # some front ends remember where people were
        observation = estimator.estimate(image, camera)
        if fitter is None:
            results.append(of_observation(index, observation, fit_alone(observation, camera, piece.config.fitting),
                                          piece.config.fitting.assumed_height))
        else:
            people = fitter.update(observation, camera, frame.time).people
            results.append(of_people(index, people, camera, observation.detections.encodings is not None))
        if tick is not None:
            tick(1)
    return results


def of_observation(index, observation, bodies, height):
    """PredictedPeople of the per-frame estimate.

    Keypoints that are not seen stand where they are thought to be, else where the fitted body has them, with
    confidence 0.

    Args:
        index: the frame's index.
        observation: Observation.
        bodies: Bodies of the same people.
        height: standing height that they are given [m].
    """
    found = observation.detections
    seen = found.confidence > 0
    unseen = bodies.keypoints_px
    if found.hidden_px is not None:
        unseen = np.where(np.isfinite(found.hidden_px), found.hidden_px, unseen)
    keypoints = np.where(seen[..., None], found.keypoints_px, unseen)
    whole = (observation.width, observation.height) if found.encodings is not None else None
    scores = ranks(found.scores, keypoints, found.confidence, whole)
    return PredictedPeople(index, keypoints, found.confidence, scores,
                           observation.joints_relative * (height / REFERENCE_HEIGHT), bodies.roots)


def of_people(index, people, camera, whole_image):
    """PredictedPeople of tracked and fitted Persons; `whole_image` tells whether the network saw it as a whole.

    Keypoints that are not seen stand where the fitted joints are, with confidence 0; nose, eyes and ears have none.
    """
    count = len(people)
    joints = np.array([person.joints_camera for person in people]).reshape(count, J, 3)
    confidence = np.array([person.keypoint_confidence for person in people]).reshape(count, K)
    keypoints = np.array([person.keypoints_px for person in people]).reshape(count, K, 2)
    projected = np.where((JOINT_OF_KEYPOINT >= 0)[:, None], project(joints, camera)[:, JOINT_OF_KEYPOINT], np.nan)
    keypoints = np.where((confidence > 0)[..., None], keypoints, projected)
    size = (camera.width, camera.height) if whole_image else None
    scores = ranks([person.score for person in people], keypoints, confidence, size)
    roots = joints[:, _PELVIS]
    return PredictedPeople(
        index, keypoints, confidence, scores, joints - roots[:, None], roots, tuple(person.id for person in people),
    )


@lru_cache(maxsize=1)
def _estimator(config):
    """This process's networks: loaded once for all its pieces."""
    return Estimator(config)
