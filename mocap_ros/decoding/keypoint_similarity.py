"""COCO's similarity of keypoints: between people found, and to be expected of one of them (cocodataset.org)."""

import numpy as np

from mocap_ros.datatypes.skeleton import COCO_17, COCO_DEVIATIONS, index_map, KEYPOINT_DEVIATIONS, KEYPOINTS
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE

AREA_OF_BOX = 0.53  # a person's mask over the box around the keypoints, COCO's mean
PLACE_ERROR = 4.0  # px of the network's input: root mean square, the shipped weights on held-out people under 160 px
_COCO = index_map(KEYPOINTS, COCO_17)


def usual_pixel(image_size):
    """Side of a pixel of the network's usual input in an image of (width, height) [px], in pixels of that image."""
    return (image_size[0] * image_size[1] / (DEFAULT_INPUT_SIZE[0] * DEFAULT_INPUT_SIZE[1])) ** 0.5


def expected_ranks(scores, keypoints_px, confidence, pixel):
    """Scores of people times the similarity to the truth that is to be expected, (P,).

    That is the mean over COCO's keypoints of the similarity that those which are seen have at PLACE_ERROR from the
    truth. Ours: that error does not shrink with the people, so of two who are found as surely, the larger is the
    better find.

    Args:
        scores: (P,).
        keypoints_px: KEYPOINTS order [px], those that are not seen too where something tells them, (P, K, 2).
        confidence: (P, K), 0 where not seen.
        pixel: side of a pixel of the network's input, in pixels of the image [px].
    """
    areas = _areas(np.asarray(keypoints_px, float)[:, _COCO])
    similarity = np.exp(-(PLACE_ERROR * pixel) ** 2 / (2 * areas[:, None] * (2 * COCO_DEVIATIONS) ** 2))
    return np.asarray(scores) * ((np.asarray(confidence)[:, _COCO] > 0) * similarity).mean(1)


def similarities(keypoints_px, others_px):
    """Similarity of each two people over the keypoints that both show, by the larger one's size, (P, Q).

    Args:
        keypoints_px, others_px: (P, K, 2), (Q, K, 2) [px]; NaN where not seen. Two people without a common keypoint
            have similarity 0.
    """
    points, others = np.asarray(keypoints_px, float), np.asarray(others_px, float)
    areas = np.maximum(_areas(points)[:, None], _areas(others))
    between = ((points[:, None] - others) ** 2).sum(-1)  # (P, Q, K)
    common = np.isfinite(between)
    each = np.exp(-np.where(common, between, 0) / (2 * areas[..., None] * (2 * KEYPOINT_DEVIATIONS) ** 2))
    return (each * common).sum(-1) / np.maximum(common.sum(-1), 1)


def _areas(points_px):
    """Areas of people's masks by the boxes around their known points, (P,) [px^2]."""
    return np.maximum(box_sides(points_px), 1).prod(-1) * AREA_OF_BOX
