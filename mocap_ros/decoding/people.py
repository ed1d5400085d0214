"""Stage I's maps become people: peaks, limbs, grouping and read-out in one pass (thesis Sec. 6.3.1)."""

from dataclasses import replace

import numpy as np

from mocap_ros.datatypes.detections import Detections
from mocap_ros.decoding.grouping import group_people
from mocap_ros.decoding.limb_scores import score_limbs
from mocap_ros.decoding.peaks import find_peaks
from mocap_ros.decoding.pose_readout import read_encodings
from mocap_ros.decoding.stray_keypoints import find_strays


def decode_people(heatmaps, part_affinity, encodings, stride, config):
    """People in one image's maps.

    Args:
        heatmaps: (K, h, w).
        part_affinity: (L, 2, h, w).
        encodings: (J, 3, h, w) [m], or None.
        stride: pixels of the network's input per map cell.
        config: DecodingConfig.

    Returns:
        Detections in pixels of the network's input, best first. Cell (row i, column j) is centred at pixel
        ((j + 0.5) stride - 0.5, (i + 0.5) stride - 0.5). Whoever has too few keypoints or too small a mean
        confidence is left out; a neck is not needed.
    """
    peaks = find_peaks(heatmaps, config.peak_threshold)
    connections = score_limbs(part_affinity, peaks, config.limb_threshold, config.limb_fraction)
    found, cells, _ = assemble_people(peaks, connections, stride, config)
    return found if encodings is None else replace(found, encodings=read_encodings(encodings, cells))


def assemble_people(peaks, connections, stride, config):
    """People from keypoint candidates and the limbs between them.

    Args:
        peaks: Peaks.
        connections: Connections.
        stride: pixels of the network's input per map cell.
        config: DecodingConfig.

    Returns:
        Detections without encodings, as above; their keypoints in map cells, (P, K, 2), NaN where not seen; and the
        index of each keypoint's peak, (P, K) int, -1 where not seen.
    """
    members, present = group_people(peaks, connections)
    if len(peaks.score):
        present = present & ~find_strays(peaks.cells[members], present)
        confidence = np.where(present, peaks.score[members], 0)
        cells = np.where(present[..., None], peaks.cells[members], np.nan)
    else:
        confidence, cells = np.zeros(present.shape), np.zeros(present.shape + (2,))
    count = present.sum(-1)
    scores = confidence.sum(-1) / np.maximum(count, 1)
    kept = np.flatnonzero((count >= config.minimum_keypoints) & (scores >= config.minimum_score))
    # Best first: by how much of a person was found as well as by how surely.
    kept = kept[np.argsort(-confidence[kept].sum(-1), kind="stable")][:config.maximum_people]
    cells = cells[kept]
    found = Detections((cells + 0.5) * stride - 0.5, np.clip(confidence[kept], 0, 1), np.clip(scores[kept], 0, 1))
    return found, cells, np.where(present[kept], members[kept], -1)
