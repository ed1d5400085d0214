"""How well a Stage I finds people on labelled images: COCO's average precision and the share of keypoints laid right.

The full evaluation protocols are in evaluation/; this one is what a training prints at every checkpoint.
"""

from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import DecodingConfig
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.skeleton import COCO_17, EVALUATION_JOINTS, J, JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS, ROOT, index_map
from mocap_ros.decoding.people import decode_people
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE, STRIDE
from mocap_ros.nets.person_frame import reference_scale

# COCO's per-keypoint constants (cocodataset.org, keypoint evaluation), in COCO_17 order.
OKS_SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
OKS_THRESHOLDS = np.linspace(0.5, 0.95, 10)
AREA_OF_BOX = 0.53  # a person's mask over the box around the keypoints, COCO's mean
FEWEST_KEYPOINTS = 3  # of a person who must be found
RIGHT_AT_SIMILARITY = 0.5
PLACED_WITHIN = 0.1  # of the longer side of the person's keypoint box
FEWEST_AGREEING = 4  # keypoints that a detection and a labelled person must share to be paired
PCK_RADIUS = 0.15  # m (Sec. 3.3)


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
    matches, scores, people, false_people = [], [], 0, 0
    placed = swapped = seen_keypoints = 0
    for index in range(len(samples)):
        sample = samples[index]
        labelled = np.flatnonzero((_required(sample.visibility) & _in_coco()).sum(1) >= FEWEST_KEYPOINTS)
        found = detect(sample.image)
        similarity = keypoint_similarity(sample.keypoints_px, _required(sample.visibility), found)  # (P, N)
        optional = np.setdiff1d(np.arange(len(sample)), labelled)
        similarity = similarity[labelled], similarity[optional]
        best, forgiven = match(similarity[0], similarity[1], found)
        people += len(labelled)
        matches.append(best[~forgiven])
        scores.append(_ranking(found)[~forgiven])
        false_people += int((best[~forgiven] < RIGHT_AT_SIMILARITY).sum())
        right, mirrored, counted = keypoints_placed(sample, labelled, found, similarity[0])
        placed, swapped, seen_keypoints = placed + right, swapped + mirrored, seen_keypoints + counted
    matches, scores = np.concatenate(matches or [[]]), np.concatenate(scores or [[]])
    precisions = [average_precision(matches >= threshold, scores, people) for threshold in OKS_THRESHOLDS]
    return FoundScores(
        float(np.mean(precisions)), precisions[0], float((matches >= RIGHT_AT_SIMILARITY).sum() / max(people, 1)),
        placed / max(seen_keypoints, 1), swapped / max(seen_keypoints, 1), false_people / max(len(samples), 1),
    )


def score_poses(detect, lift, samples):
    """Share of right joints, mean joint error [m] and number of the people who are found, see pose_scores.

    Args:
        detect: function from an image to Detections with encodings.
        lift: function from Detections and a Camera to root-relative joints at the reference height, camera axes.
        samples: sequence of Sample with cameras and joints.
    """
    predicted, truth = [np.zeros((0, J, 3))], [np.zeros((0, J, 3))]
    for index in range(len(samples)):
        sample = samples[index]
        found = detect(sample.image)
        detection, person = pair_up(found, sample)
        camera = Camera(sample.image.shape[1], sample.image.shape[0], sample.camera_matrix)
        joints = sample.joints_camera[person] - sample.joints_camera[person][:, JOINTS.index(ROOT), None]
        known = np.isfinite(joints).all((1, 2))
        truth.append((joints * reference_scale(joints)[:, None, None])[known])
        predicted.append(lift(found, camera)[detection][known])
    predicted, truth = np.concatenate(predicted), np.concatenate(truth)
    return (*pose_scores(predicted, truth), len(truth))


def pose_scores(predicted, truth):
    """Share of the 14 evaluation joints within 150 mm (3DPCK) and mean joint error [m] of root-relative poses (P, J, 3).

    Source: Sec. 3.3; everybody is scaled to the reference height, where the thesis scales to a universal skeleton.
    """
    order = [JOINTS.index(name) for name in EVALUATION_JOINTS]
    error = np.linalg.norm((predicted - truth)[:, order], axis=-1)
    return (float((error < PCK_RADIUS).mean()), float(error.mean())) if len(error) else (0.0, float("nan"))


def pair_up(found, sample):
    """Detections and the labelled people they are, as two index arrays: each side once, the closest pairs first.

    A pair needs FEWEST_AGREEING keypoints within PLACED_WITHIN of the person's size, and most of those that both have.
    """
    both = (found.confidence > 0)[:, None] & (sample.visibility > OUTSIDE)[None]  # (N, P, K)
    placed = np.where(both[..., None], sample.keypoints_px[None] - np.nan_to_num(found.keypoints_px)[:, None], 0)
    distance = np.linalg.norm(placed, axis=-1)
    points = np.where((sample.visibility > OUTSIDE)[..., None], sample.keypoints_px, np.nan)
    extent = np.array([np.ptp(p[np.isfinite(p[:, 0])], axis=0).max(initial=1.0) if np.isfinite(p).any() else 1.0
                       for p in points]).reshape(-1)
    agreeing = (both & (distance < PLACED_WITHIN * extent[:, None])).sum(-1)  # (N, P)
    share = agreeing / np.maximum(both.sum(-1), 1)
    score = np.where((agreeing >= FEWEST_AGREEING) & (share > 0.5), agreeing * share, 0)
    detections, people = [], []
    while score.size and score.max() > 0:
        n, p = np.unravel_index(score.argmax(), score.shape)
        detections.append(n)
        people.append(p)
        score[n], score[:, p] = 0, 0
    return np.array(detections, int), np.array(people, int)


def keypoint_similarity(keypoints_px, required, found):
    """COCO's object keypoint similarity of every labelled person and every detection, (P, N).

    A keypoint that was not detected counts as infinitely far, so a partial detection cannot score full.
    """
    order = index_map(KEYPOINTS, COCO_17)
    truth, required = np.asarray(keypoints_px)[:, order], required[:, order]
    points = np.where(found.confidence[:, order, None] > 0, found.keypoints_px[:, order], np.inf)
    box = np.where(required[..., None], truth, np.nan)
    sizes = _nan_range(box)  # (P, 2)
    area = np.maximum(sizes.prod(-1) * AREA_OF_BOX, 1.0)
    squared = ((np.where(required[..., None], truth, 0)[:, None] - points[None]) ** 2).sum(-1)  # (P, N, 17)
    exponent = squared / (2 * area[:, None, None] * (2 * OKS_SIGMAS) ** 2)
    counted = np.maximum(required.sum(-1), 1)[:, None]
    return (np.exp(-exponent) * required[:, None]).sum(-1) / counted


def match(similarity, similarity_optional, found):
    """Each detection's similarity to the labelled person it claims, best-ranked detection first.

    Args:
        similarity: to people who must be found, (P, N).
        similarity_optional: to people who may be found, (Q, N).
        found: Detections, N of them.

    Returns:
        (N,) similarity, 0 for none; (N,) bool, True for detections of optional people, which do not count.
    """
    best, forgiven = np.zeros(len(found)), np.zeros(len(found), bool)
    free = np.ones(len(similarity), bool)
    for n in np.argsort(-_ranking(found), kind="stable"):
        open_to = np.where(free, similarity[:, n], -1.0)
        if len(open_to) and open_to.max() >= OKS_THRESHOLDS[0]:
            best[n] = open_to.max()
            free[open_to.argmax()] = False
        elif len(similarity_optional) and similarity_optional[:, n].max() >= 0.3:
            forgiven[n] = True
    return best, forgiven


def average_precision(right, scores, people):
    """Area under the precision-recall curve at COCO's 101 recall levels."""
    if not people or not len(right):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(hits / people, np.linspace(0, 1, 101), side="left")
    return float(np.where(at < len(precision), precision[np.minimum(at, len(precision) - 1)], 0).mean())


def keypoints_placed(sample, labelled, found, similarity):
    """Numbers of seen keypoints laid right, laid right only when sides are exchanged, and all, over `labelled` people."""
    right = mirrored = counted = 0
    for row, person in enumerate(labelled):
        required = _required(sample.visibility[person])
        counted += int(required.sum())
        if not len(found):
            continue
        nearest = _closest(sample.keypoints_px[person], required, found, similarity[row])
        extent = _nan_range(np.where(required[:, None], sample.keypoints_px[person], np.nan)[None])[0].max()
        near = [
            (np.linalg.norm(np.where(required[:, None], sample.keypoints_px[person], np.inf)
                            - found.keypoints_px[nearest][order], axis=-1) < PLACED_WITHIN * extent)
            for order in (np.arange(K), KEYPOINT_MIRROR)
        ]
        right += int(near[0].sum())
        mirrored += int((near[1] & ~near[0]).sum())
    return right, mirrored, counted


def _closest(truth, required, found, similarity):
    """Index of the detection that belongs to a person: the most similar, else the one nearest to the person's centre."""
    if similarity.max() > 0.1:
        return int(similarity.argmax())
    centre = truth[required].mean(0)
    seen = found.confidence > 0
    centres = np.where(seen[..., None], found.keypoints_px, 0).sum(1) / np.maximum(seen.sum(1), 1)[:, None]
    return int(((centres - centre) ** 2).sum(-1).argmin())


def _required(visibility):
    """Keypoints that a detector is asked for."""
    return (visibility == SEEN) | (visibility == HIDDEN_BY_SELF) | (visibility == UNKNOWN)


def _in_coco():
    return index_map(COCO_17, KEYPOINTS) >= 0


def _ranking(found):
    """Confidence by which detections are ordered, as `mocap detect --format coco` writes it, (N,)."""
    order = index_map(KEYPOINTS, COCO_17)
    return found.scores * (found.confidence[:, order] > 0).mean(1)


def _nan_range(points):
    """Largest minus smallest coordinate over axis 1, ignoring NaN, (P, 2); zeros for nobody."""
    low = np.where(np.isnan(points), np.inf, points).min(1, initial=np.inf)
    high = np.where(np.isnan(points), -np.inf, points).max(1, initial=-np.inf)
    return np.where(high >= low, high - low, 0)
