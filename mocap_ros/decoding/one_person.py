"""The one person that a closer look is meant for: each heatmap's highest peak, for no other person is in the maps."""

from dataclasses import replace

import numpy as np

from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.skeleton import K
from mocap_ros.decoding.peaks import find_peaks
from mocap_ros.decoding.pose_readout import read_encodings

LEAST_CONFIDENCE = 0.3  # of a keypoint; without limbs that lead to it, what is less sure is mostly elsewhere


def decode_person(heatmaps, encodings, stride, config):
    """The person in the middle of a closer look's maps.

    Args:
        heatmaps: (K, h, w).
        encodings: (J, 3, h, w) [m].
        stride: pixels of the network's input per map cell.
        config: DecodingConfig.

    Returns:
        Detections of one person in pixels of the network's input; of nobody where too few keypoints are found or their
        mean confidence is too small.

    Source: ours; a network that answers for one person alone needs no grouping (as detectors do that get one box a
    person), so a keypoint can be found without the limbs that lead to it.
    """
    peaks = find_peaks(heatmaps, max(config.peak_threshold, LEAST_CONFIDENCE), most=1)
    confidence, cells = np.zeros((1, K)), np.full((1, K, 2), np.nan)
    confidence[0, peaks.keypoint], cells[0, peaks.keypoint] = np.minimum(peaks.score, 1), peaks.cells
    score = peaks.score.mean() if len(peaks.score) else 0.0
    if len(peaks.score) < config.minimum_keypoints or score < config.minimum_score:
        return nobody(with_encodings=True)
    found = Detections((cells + 0.5) * stride - 0.5, confidence, np.full(1, min(score, 1.0)))
    return replace(found, encodings=read_encodings(encodings, cells))
