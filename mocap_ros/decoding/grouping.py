"""Limbs become people: the best connection first, over all limbs at once.

Cao et al. 2017 build people limb by limb from the neck, and the thesis drops a person whose neck is hidden
(Sec. 6.3.1). Here every connection may start a person (ours), so half bodies and hidden necks survive. What keeps two
people apart is that a person has each keypoint once, and one size (ours): a limb that is far too long for the rest is
an accident of two people standing in line.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import K, LIMB_PROPORTIONS

LONGEST = 1.6  # times the size of a person that the other limbs show
SHORT_LIMB = 0.1  # of the standing height; shorter limbs are too few cells long to tell a size
BLUR = 1.0  # cells by which a length may be wrong


def group_people(peaks, connections):
    """Peaks of each person, by greedy merging of connections in the order of falling score.

    Two groups are joined unless they hold two different peaks of one keypoint, or their sizes disagree; a peak belongs
    to one person only.

    Args:
        peaks: Peaks.
        connections: Connections between them.

    Returns:
        members: index of the peak of each person's keypoint, (P, K) int, valid where `present`.
        present: (P, K) bool. Only peaks that some connection joined appear, so each person has two or more.
    """
    group_of = list(range(len(peaks.keypoint)))
    keypoints_in = [1 << k for k in peaks.keypoint.tolist()]
    peaks_in = [[n] for n in group_of]
    size_of = [0.0] * len(group_of)  # largest standing height that a limb shows [cells]; 0 while unknown
    order = np.argsort(-connections.score, kind="stable")
    smallest, size = _sizes(peaks, connections)
    for start, end, low, height in zip(connections.start[order].tolist(), connections.end[order].tolist(),
                                       smallest[order].tolist(), size[order].tolist()):
        a, b = group_of[start], group_of[end]
        if a == b or keypoints_in[a] & keypoints_in[b]:
            continue
        largest = max(size_of[a], size_of[b])
        if largest and low > LONGEST * largest:
            continue
        if len(peaks_in[a]) < len(peaks_in[b]):
            a, b = b, a
        keypoints_in[a] |= keypoints_in[b]
        peaks_in[a] += peaks_in[b]
        size_of[a] = max(largest, height)
        for n in peaks_in[b]:
            group_of[n] = a
        peaks_in[b] = []

    groups = [group for group in peaks_in if len(group) > 1]
    members = np.zeros((len(groups), K), int)
    present = np.zeros((len(groups), K), bool)
    for row, group in enumerate(groups):
        members[row, peaks.keypoint[group]] = group
        present[row, peaks.keypoint[group]] = True
    return members, present


def _sizes(peaks, connections):
    """Standing heights that each limb shows [cells]: the least that its length allows, and what a long limb tells."""
    proportion = np.array(LIMB_PROPORTIONS)[connections.limb]
    length = np.linalg.norm(peaks.cells[connections.end] - peaks.cells[connections.start], axis=-1)
    telling = np.where(proportion >= SHORT_LIMB, length / proportion, 0)
    return np.maximum(length - BLUR, 0) / proportion, telling
