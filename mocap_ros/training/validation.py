"""How well a Stage I finds people on labelled images: what a training prints at every checkpoint.

The measures are those of evaluation/; the full protocols are in `mocap evaluate`.
"""

from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, LabelledFrame
from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.config import DecodingConfig
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.skeleton import COCO_17, EVALUATION_JOINTS, J, JOINTS, KEYPOINTS, ROOT, index_map
from mocap_ros.decoding.one_person import decode_person
from mocap_ros.decoding.people import decode_people
from mocap_ros.evaluation.coco_scores import coco_annotations, coco_evaluation, coco_matches, coco_results, ranks
from mocap_ros.evaluation.keypoint_metrics import keypoint_summary
from mocap_ros.evaluation.matching import pair_by_agreement
from mocap_ros.evaluation.pose_metrics import columns_of, correct_share, mean_error
from mocap_ros.evaluation.predictions import PredictedPeople
from mocap_ros.evaluation.protocols import NO_HEAD_SIZE, NO_POSE, Protocol
from mocap_ros.evaluation.scored_people import join, score_sequence
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE, STRIDE
from mocap_ros.nets.person_frame import reference_scale

FEWEST_KEYPOINTS = 3  # of a person who must be found
IN_2D = Protocol("validation", NO_POSE)


class FoundScores(NamedTuple):
    """Scores on a set of images, 0 to 1.

    Attributes:
        average_precision: COCO's AP over similarity 0.5 to 0.95.
        average_precision_50: at similarity 0.5.
        found: share of labelled people with a detection at similarity 0.5 or more.
        placed: share of the seen keypoints of all labelled people laid within PLACED_WITHIN of their size.
        swapped: share of those that would be right with left and right exchanged, and are not as they are.
        false_people: detections that no labelled person claims, per image.
    """

    average_precision: float
    average_precision_50: float
    found: float
    placed: float
    swapped: float
    false_people: float


def detect_with(infer, decoding=DecodingConfig(), input_size=DEFAULT_INPUT_SIZE):
    """A function from an image to Detections in its pixels.

    Args:
        infer: from images (1, H, W, 3) uint8 to heatmaps, part affinity and encodings, such as an engine's `infer`.
        decoding: DecodingConfig.
        input_size: (width, height) [px] at which the network runs.
    """

    def detect(image):
        resized, letterbox = letterbox_image(image, input_size)
        maps = infer(resized[None])
        found = decode_people(maps[0][0], maps[1][0], maps[2][0], STRIDE, decoding)
        return Detections(letterbox.to_image(found.keypoints_px), found.confidence, found.scores, found.encodings)

    return detect


def look_closer_with(infer, decoding=DecodingConfig()):
    """A function from a closer look's view to Detections of the person in its middle; arguments as for detect_with."""

    def detect(view):
        maps = infer(view[None])
        return decode_person(maps[0][0], maps[2][0], STRIDE, decoding)

    return detect


def torch_inference(model):
    """The `infer` of a StageOne on the CPU."""

    def infer(images):
        with torch.inference_mode():
            outputs = model(torch.from_numpy(images))
        return torch.sigmoid(outputs.heatmap_logits).numpy(), outputs.part_affinity.numpy(), outputs.encodings.numpy()

    return infer


def score_detector(detect, samples):
    """FoundScores of a detector on labelled samples.

    Args:
        detect: function from an image (H, W, 3) to Detections.
        samples: sequence of Sample.
    """
    return score_found((detect(samples[index].image) for index in range(len(samples))), samples)


def score_found(everybody, samples):
    """FoundScores of what was found.

    Args:
        everybody: the Detections of each sample, in order.
        samples: sequence of Sample.
    """
    parts, truth, results = [], [], []
    for index, found in enumerate(everybody):
        sample, number = samples[index], index + 1
        required = np.where(_required(sample.visibility), SEEN, OUTSIDE)
        must_be_found = ((required == SEEN) & _in_coco()).sum(1) >= FEWEST_KEYPOINTS
        frame = LabelledFrame(index, float(index), None, sample.keypoints_px, required, valid=must_be_found)
        unknown = np.full((len(found), J, 3), np.nan)
        people = PredictedPeople(0, found.keypoints_px, found.confidence, found.scores, unknown, unknown[:, 0])
        parts.append(score_sequence(EvaluationSequence("validation", [frame]), {0: people}, (), IN_2D))
        truth += coco_annotations(number, sample.keypoints_px, required, must_be_found)
        height, width = sample.image.shape[:2]
        places = found.keypoints_px
        if found.hidden_px is not None:
            places = np.where((found.confidence > 0)[..., None], places, found.hidden_px)
        scores = ranks(found.scores, places, found.confidence, (width, height))
        results += coco_results(number, places, found.confidence, scores)
    evaluation = coco_evaluation(truth, results)
    found_people, false_people = coco_matches(evaluation)
    keypoints = keypoint_summary(join(parts), NO_HEAD_SIZE) if parts else {}
    placed, swapped = (np.nan_to_num(keypoints.get(name, 0.0)) / 100 for name in ("placed", "mirrored"))
    average_precision, average_precision_50 = np.maximum(evaluation.stats[:2], 0)
    return FoundScores(float(average_precision), float(average_precision_50), found_people, float(placed),
                       float(swapped), false_people / max(len(samples), 1))


def score_poses(everybody, poses, samples):
    """Share of right joints, mean joint error [m] and number of the people who are found, see pose_scores.

    Args:
        everybody: the Detections of each sample, in order.
        poses: their root-relative joints at the reference height, camera axes [m], for each sample (P, J, 3).
        samples: sequence of Sample with joints.
    """
    predicted, truth = [np.zeros((0, J, 3))], [np.zeros((0, J, 3))]
    for index, found in enumerate(everybody):
        sample = samples[index]
        detection, person = pair_up(found, sample)
        joints = sample.joints_camera[person] - sample.joints_camera[person][:, JOINTS.index(ROOT), None]
        known = np.isfinite(joints).all((1, 2))
        truth.append((joints * reference_scale(joints)[:, None, None])[known])
        predicted.append(poses[index][detection][known])
    predicted, truth = np.concatenate(predicted), np.concatenate(truth)
    return (*pose_scores(predicted, truth), len(truth))


def pose_scores(predicted, truth):
    """Share of the 14 evaluation joints within 150 mm (3DPCK), mean joint error [m], of root-relative (P, J, 3) poses.

    Joints that are not labelled (NaN) are left out. Source: Sec. 3.3; everybody is scaled to the reference height,
    where the thesis scales to a universal skeleton.
    """
    errors = np.linalg.norm((predicted - truth)[:, columns_of(EVALUATION_JOINTS)], axis=-1)
    share = correct_share(errors)
    return (share if np.isfinite(share) else 0.0), mean_error(errors)


def pair_up(found, sample):
    """Detections and the labelled people they are, as two index arrays: each side once, the closest pairs first."""
    return pair_by_agreement(found.keypoints_px, found.confidence > 0, sample.keypoints_px, sample.visibility > OUTSIDE)


def _required(visibility):
    """Keypoints that a detector is asked for."""
    return (visibility == SEEN) | (visibility == HIDDEN_BY_SELF) | (visibility == UNKNOWN)


def _in_coco():
    return index_map(COCO_17, KEYPOINTS) >= 0
