"""Who is back, and who was taken for somebody else: decided by looks and place (thesis Sec. 8.3.1).

All evidence is the natural logarithm of a likelihood ratio: one person against two. The numbers are ours.
"""

import numpy as np

from mocap_ros.tracking.appearance import BREAK_EVEN, WEIGHTS, evidence_of_looks
from mocap_ros.tracking.association import assign, place_and_scale
from mocap_ros.tracking.track import FASTEST, trust

WAIT = 0.5  # s that somebody new waits at most to be known again while others are lost
LOOKS = 4  # sightings of the looks before which nothing is decided early
SURE = 1.0  # evidence at which somebody is known again without waiting
STRANGER = -6.0  # evidence below which somebody is nobody who is lost, without waiting
TRUSTED = 1.0  # evidence at which somebody is still the same after a doubt
AWAY, FAR = 0.3, 3.0  # evidence against a return, per person size from the last sight, counted up to FAR sizes
NEAR = 2.0  # evidence for a return at the predicted place
COMMON = 0.5  # of the evidence, beyond what is asked for a return, that somebody present looks alike too
REACTION = 0.2  # s that anybody has in addition to get to another place
MOST = float(WEIGHTS @ BREAK_EVEN) + NEAR


def exchanged_people(tracks, config):
    """Tracks that follow another person than their id's, such as after two people crossed.

    Somebody's latest looks tell: they fit somebody else much better, who is lost, was in the way too or also looks
    unlike before; or, after a miss or an overlap, they do not fit at all. Who fits is trusted again.

    Args:
        tracks: list of Track.
        config: TrackingConfig.
    """
    known = [track for track in tracks if track.confirmed and track.looks.known]
    seen = [track for track in known if track.detection is not None and track.recent.sightings >= LOOKS]
    if not seen:
        return []
    looks = evidence_of_looks(np.stack([track.recent.mean for track in seen]),
                              np.stack([track.looks.mean for track in known]))
    row_of = {track.id: row for row, track in enumerate(known)}
    rows = [row_of[track.id] for track in seen]
    own = looks[np.arange(len(seen)), rows]
    free = np.array([track.detection is None or track.before_doubt is not None for track in known])
    free[rows] |= own < 0
    others = np.where(free, looks, -np.inf)
    others[np.arange(len(seen)), rows] = -np.inf
    best = np.argmax(others, axis=1)
    fits_another = others.max(1) > np.maximum(0, own + config.exchange_margin)
    exchanged = []
    for track, evidence, other, another in zip(seen, own.tolist(), best.tolist(), fits_another.tolist()):
        if another:
            exchanged += [each for each in (track, known[other])
                          if each.detection is not None and each not in exchanged]
        elif track.before_doubt is None:
            continue
        elif evidence < -config.gate_appearance:
            exchanged += [track] if track not in exchanged else []
        elif evidence > TRUSTED:
            trust(track)
    return exchanged


def recognise(arrived, lost, present, config, time):
    """Which of those who arrived are which of those who are lost, as (Track, Track) pairs; one to one.

    Decided at once if the evidence is plain, else by what there is once WAIT is over; until then an arrival is set to
    be waiting, so that it draws no id.

    Args:
        arrived, lost: lists of Track.
        present: list of Track of known people who are seen.
        config: TrackingConfig.
        time: of the image [s].
    """
    for track in arrived:
        track.waiting = False
    if not arrived or not lost:
        return []
    evidence = evidence_of_return(arrived, lost, present, config, time)
    best, second = -np.sort(np.pad(-evidence, ((0, 0), (0, 1)), constant_values=np.inf), axis=1)[:, :2].T
    for row, track in enumerate(arrived):
        seen_well = track.looks.sightings >= LOOKS
        sure = seen_well and best[row] >= SURE and best[row] - second[row] >= config.reidentify_margin
        stranger = seen_well and best[row] < STRANGER
        track.waiting = not sure and not stranger and time - track.first_seen < WAIT
        if track.waiting:
            evidence[row] = -np.inf
    return [(arrived[row], lost[column]) for row, column in zip(*assign(MOST - evidence, MOST - config.reidentify))]


def evidence_of_return(arrived, lost, present, config, time):
    """How much speaks for each arrival being each lost person, (A, L); infinitely little where it cannot be.

    Looks, less what they are worth while somebody present looks alike too, and the place: for the predicted one soon
    after, against one far from the last sight. Arguments as for `recognise`.
    """
    unseen = np.array([time - track.last_seen for track in lost])
    size = np.array([track.size_px for track in lost])
    here = np.stack([track.keypoints_px for track in arrived])
    place, scale = place_and_scale(here, np.stack([track.predicted(time) for track in lost]), size)
    gap, _ = place_and_scale(here, np.stack([track.keypoints_px for track in lost]), size)
    theirs = np.stack([track.looks.mean for track in arrived])
    looks = evidence_of_looks(theirs, np.stack([track.looks.mean for track in lost]))
    if present:
        alike = evidence_of_looks(theirs, np.stack([track.looks.mean for track in present]))
        looks -= COMMON * np.maximum(alike.max(1, keepdims=True) - config.reidentify, 0)
    gate = config.gate_2d + config.gate_2d_growth * unseen
    near = (place <= gate) & (unseen <= config.bridge) & (scale <= np.log(config.gate_scale))
    larger = np.maximum(size, np.array([[track.size_px] for track in arrived]))
    reachable = ~np.isfinite(gap) | (gap * size <= FASTEST * (unseen + REACTION) * larger)
    evidence = looks + np.where(near, NEAR, -AWAY * np.minimum(gap, FAR))
    return np.where(reachable, evidence, -np.inf)
