"""What is remembered of how one person looks (thesis Sec. 8.3.1)."""

from dataclasses import dataclass, replace

import numpy as np

from mocap_ros.datatypes.observation import APPEARANCE_BINS, BODY_PARTS, PART_BINS

HISTOGRAMS = 50  # of each body part that are averaged at an arrival and at every refresh: some turns of the body

RECENT = 8  # histograms of each part that the looks of the last moments are made of


@dataclass(frozen=True, eq=False)
class Looks:
    """Mean colour histograms of one person's body parts.

    Attributes:
        mean: (APPEARANCE_BINS,); NaN for parts that were never seen.
        counts: histograms in the mean of each of BODY_PARTS since `begun`; 0 after a refresh, while the old mean stays.
        sightings: images in which any part was seen.
        begun: when this was begun [s].
    """

    mean: np.ndarray
    counts: np.ndarray
    sightings: int
    begun: float

    @property
    def known(self):
        """Whether any part was ever seen."""
        return self.sightings > 0

    @property
    def full(self):
        """Whether nothing more is learned until the next refresh."""
        return bool((self.counts >= HISTOGRAMS).all())


def no_looks(time):
    """Looks of somebody who was not seen yet, begun at `time` [s]."""
    return Looks(np.full(APPEARANCE_BINS, np.nan), np.zeros(len(BODY_PARTS), int), 0, time)


def learn_looks(looks, histograms):
    """Each Looks of a list with its row of (P, APPEARANCE_BINS) in the mean of every part that has room for more."""
    return _added(looks, histograms, lambda counts: np.where(counts < HISTOGRAMS, 1 / (counts + 1), 0))


def follow_looks(looks, histograms):
    """Each Looks of a list with its row of (P, APPEARANCE_BINS) in a mean over about the last RECENT."""
    return _added(looks, histograms, lambda counts: 1 / np.minimum(counts + 1, RECENT))


def _added(looks, histograms, shares_of):
    """The Looks after one more histogram each, whose share in the mean follows from the counts before."""
    if not looks:
        return []
    parts = (len(looks), len(BODY_PARTS), PART_BINS)
    histograms = np.asarray(histograms, float).reshape(parts)
    seen = ~np.isnan(histograms[..., 0])  # (P, parts)
    counts = np.stack([each.counts for each in looks])
    share = np.where(seen, shares_of(counts), 0)[..., None]
    old = np.stack([each.mean for each in looks]).reshape(parts)
    mean = np.where(share == 1, histograms, np.where(share > 0, old + share * (histograms - old), old))
    counts = np.minimum(counts + seen, HISTOGRAMS)
    any_seen = seen.any(1).tolist()
    return [Looks(row, count, each.sightings + more, each.begun)
            for row, count, each, more in zip(mean.reshape(len(looks), -1), counts, looks, any_seen)]


def refresh_looks(looks, time):
    """The Looks to be taken anew from `time` [s] on: each part's next histogram replaces the mean, others follow."""
    return replace(looks, counts=np.zeros(len(BODY_PARTS), int), begun=time)
