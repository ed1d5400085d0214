"""Limbs become people: the best connection first, over all limbs at once.

Cao et al. 2017 build people limb by limb from the neck, and the thesis drops a person whose neck is hidden
(Sec. 6.3.1). Here every connection may start a person (ours), so half bodies and hidden necks survive.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import K


def group_people(peaks, connections):
    """Peaks of each person, by greedy merging of connections in the order of falling score.

    Two groups are joined unless they hold two different peaks of one keypoint; a peak belongs to one person only.

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
    order = np.argsort(-connections.score, kind="stable")
    for start, end in zip(connections.start[order].tolist(), connections.end[order].tolist()):
        a, b = group_of[start], group_of[end]
        if a == b or keypoints_in[a] & keypoints_in[b]:
            continue
        if len(peaks_in[a]) < len(peaks_in[b]):
            a, b = b, a
        keypoints_in[a] |= keypoints_in[b]
        peaks_in[a] += peaks_in[b]
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
