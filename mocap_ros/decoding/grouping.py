"""Limbs become people: the best connection first, over all limbs at once.

Cao et al. 2017 build people limb by limb from the neck, and the thesis drops a person whose neck is hidden
(Sec. 6.3.1). Here every connection may start a person (ours), so half bodies and hidden necks survive. What keeps two
people apart is that a person has each keypoint once, and one size (ours): a limb that is far too long for the rest is
an accident of two people standing in line. One doubled keypoint is forgiven, or a single stray peak would cut a person
in two.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import K, LIMB_PROPORTIONS

LONGEST = 1.6  # times the size of a person that the other limbs show
SHORT_LIMB = 0.1  # of the standing height; shorter limbs are too few cells long to tell a size
FORGIVEN = 1  # keypoints of which two groups of one person may hold different peaks
BLUR = 1.0  # cells by which a length may be wrong


def group_people(peaks, connections):
    """Peaks of each person, by greedy merging of connections: long limbs before short ones, the surest first.

    Two groups are joined unless their sizes disagree or they hold different peaks of more than FORGIVEN keypoints; of
    two peaks of one keypoint the higher stays. A peak belongs to one person only.

    Args:
        peaks: Peaks.
        connections: Connections between them.

    Returns:
        members: index of the peak of each person's keypoint, (P, K) int, valid where `present`.
        present: (P, K) bool. Only peaks that some connection joined appear.
    """
    group_of = list(range(len(peaks.keypoint)))
    score = peaks.score.tolist()
    members_of = [{k: n} for n, k in enumerate(peaks.keypoint.tolist())]  # of each group: keypoint -> peak
    peaks_in = [[n] for n in group_of]  # those that a group lost to a higher one too, so that they stay in no other
    size_of = [0.0] * len(group_of)  # largest standing height that a long limb shows [cells]; 0 while unknown
    room_of = [0.0] * len(group_of)  # largest that a short limb allows [cells], for groups without a long one
    smallest, size, room = _sizes(peaks, connections)
    sureness = connections.score * np.sqrt(peaks.score[connections.start] * peaks.score[connections.end])
    # Long limbs first: they tell a person's size, by which eyes and hips of another are kept away.
    order = np.lexsort((-sureness, size == 0))
    ordered = (each[order].tolist() for each in (connections.start, connections.end, smallest, size, room))
    for start, end, low, height, high in zip(*ordered):
        a, b = group_of[start], group_of[end]
        if a == b:
            continue
        largest = size_of[a] if size_of[a] > size_of[b] else size_of[b]
        roomiest = room_of[a] if room_of[a] > room_of[b] else room_of[b]
        known = largest or roomiest
        if known and low > LONGEST * known:
            continue
        if len(peaks_in[a]) < len(peaks_in[b]):
            a, b = b, a
        mine, theirs = members_of[a], members_of[b]
        if mine.keys().isdisjoint(theirs):
            mine.update(theirs)
        else:
            shared = mine.keys() & theirs.keys()
            if len(shared) > FORGIVEN or len(shared) == len(theirs):
                continue
            mine.update((k, n) for k, n in theirs.items() if k not in shared or score[n] > score[mine[k]])
        members_of[b] = {}
        peaks_in[a] += peaks_in[b]
        size_of[a] = height if height > largest else largest
        room_of[a] = high if high > roomiest else roomiest
        for n in peaks_in[b]:
            group_of[n] = a
        peaks_in[b] = []

    groups = [group for group in members_of if len(group) > 1]
    members = np.zeros((len(groups), K), int)
    present = np.zeros((len(groups), K), bool)
    person = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    place = person, [k for group in groups for k in group]
    members[place] = [n for group in groups for n in group.values()]
    present[place] = True
    return members, present


def _sizes(peaks, connections):
    """Standing heights [cells] by each limb, (M,) each: the least it allows, what a long limb tells, the most allowed.

    A limb can be foreshortened, so the last holds only for the limb nearest to the image plane.
    """
    proportion = np.array(LIMB_PROPORTIONS)[connections.limb]
    length = np.linalg.norm(peaks.cells[connections.end] - peaks.cells[connections.start], axis=-1)
    telling = np.where(proportion >= SHORT_LIMB, length / proportion, 0)
    return np.maximum(length - BLUR, 0) / proportion, telling, (length + BLUR) / proportion
