"""How well identities hold over a video: IDF1, switches, fragments, counted by py-motmetrics.

IDF1: Ristani et al. 2016, "Performance measures and a data set for multi-target, multi-camera tracking"; switches,
fragments and MOTA: Bernardin and Stiefelhagen 2008, "Evaluating multiple object tracking performance".
"""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import needing_extra, SkeletonError
from mocap_ros.tracking.association import distance_2d, person_size

# Largest mean distance of common keypoints at which a found person is a true one, over the diagonal of the true box:
# 0.35 m for somebody upright. Ours: two people closer than this in the image cannot be told apart by place alone.
KEYPOINT_GATE = 0.2
ROOT_GATE = 0.5  # m, the same for roots in the camera frame
_METRICS = {
    "frames": "num_frames", "idf1": "idf1", "id_precision": "idp", "id_recall": "idr", "switches": "num_switches",
    "transfers": "num_transfer", "fragments": "num_fragmentations", "mota": "mota", "misses": "num_misses",
    "false_alarms": "num_false_positives", "sightings": "num_objects", "people": "num_unique_objects",
}


@dataclass(frozen=True, eq=False)
class IdentityFrame:
    """Who is where in one image, and who was said to be where.

    Attributes:
        truth_ids: one name or number per true person, T of them.
        found_ids: one per found person, P of them.
        distance: of every true and every found person in units of the gate, (T, P) float64; above 1, infinite or NaN
            where they cannot be the same.
        optional: True for true people who may be found or not, such as those quite hidden, (T,) bool.

    Raises:
        SkeletonError: shapes that do not agree.
    """

    truth_ids: tuple
    found_ids: tuple
    distance: np.ndarray
    optional: np.ndarray

    def __post_init__(self):
        truth, found = len(self.truth_ids), len(self.found_ids)
        freeze_arrays(self, {"distance": (truth, found)}, SkeletonError, float)
        freeze_arrays(self, {"optional": (truth,)}, SkeletonError, bool)


@dataclass(frozen=True)
class IdentityScore:
    """Identity over one or more videos.

    Attributes:
        frames: images.
        people: true people.
        ids: different ids that were given.
        sightings: true people summed over the images, without the optional ones.
        idf1, id_precision, id_recall: share of sightings that carry the one id that fits the person best, 0 to 1; NaN
            where there is nothing to share.
        switches: how often a person's id changed, also after an absence.
        transfers: how often an id went from one person to another.
        fragments: how often a person was lost and found again.
        mota: 1 - (misses + false alarms + switches) / sightings.
        misses, false_alarms: sightings without a found person and the reverse.
    """

    frames: int
    people: int
    ids: int
    sightings: int
    idf1: float
    id_precision: float
    id_recall: float
    switches: int
    transfers: int
    fragments: int
    mota: float
    misses: int
    false_alarms: int


def keypoint_frame(truth_px, truth_ids, found_px, found_ids, optional=None, gate=KEYPOINT_GATE):
    """IdentityFrame of people compared by the mean distance of their common keypoints over the true person's size.

    Args:
        truth_px: (T, K, 2), found_px: (P, K, 2) [px]; NaN where unknown. Any one set of points will do.
        truth_ids, found_ids: names or numbers, T and P of them.
        optional: (T,) bool; nobody if None.
        gate: largest distance in sizes.
    """
    truth_px, found_px = np.asarray(truth_px, float), np.asarray(found_px, float)
    sizes = person_size(truth_px) if len(truth_px) else np.zeros(0)
    distance = distance_2d(found_px, truth_px, sizes)
    return _frame(truth_ids, found_ids, distance.T / gate, optional)


def root_frame(truth_roots, truth_ids, found_roots, found_ids, optional=None, gate=ROOT_GATE):
    """IdentityFrame of people compared by the distance of their roots.

    Args:
        truth_roots: (T, 3), found_roots: (P, 3), both in the camera frame [m]; NaN where unknown.
        truth_ids, found_ids, optional: as for `keypoint_frame`.
        gate: largest distance [m].
    """
    truth_roots, found_roots = np.reshape(truth_roots, (-1, 3)), np.reshape(found_roots, (-1, 3))
    distance = np.linalg.norm(truth_roots[:, None] - found_roots[None], axis=-1)
    return _frame(truth_ids, found_ids, distance / gate, optional)


def score_identity(videos):
    """IdentityScore of one or more videos; ids of different videos have nothing to do with each other.

    Args:
        videos: a list with an iterable of IdentityFrame for each video.

    Raises:
        DeviceError: py-motmetrics is not installed.
    """
    with needing_extra("identity scores", "evaluation"):
        import motmetrics
    accumulators, ids = [], 0
    for video in videos:
        accumulator = motmetrics.MOTAccumulator(auto_id=True)
        numbers = {}, {}
        for frame in video:
            _count(accumulator, frame, *numbers)
        accumulators.append(accumulator)
        ids += len(numbers[1])
    table = motmetrics.metrics.create().compute_many(accumulators, metrics=list(_METRICS.values()),
                                                     generate_overall=True)
    overall = table.loc["OVERALL"]
    counts = {name: (float if name in ("idf1", "id_precision", "id_recall", "mota") else int)(overall[column])
              for name, column in _METRICS.items()}
    counts["people"] = int(table["num_unique_objects"].drop("OVERALL").sum())
    return IdentityScore(ids=ids, **counts)


def _frame(truth_ids, found_ids, distance, optional):
    optional = np.zeros(len(truth_ids), bool) if optional is None else np.asarray(optional, bool)
    return IdentityFrame(tuple(truth_ids), tuple(found_ids), distance, optional)


def _count(accumulator, frame, truth_numbers, found_numbers):
    """Adds a frame's counted people to the accumulator, under numbers because it takes no names."""
    distance = np.where(frame.distance <= 1, frame.distance, np.nan)
    near = np.isfinite(distance)
    counted = ~frame.optional
    # Whoever fits only people who may be found or not is neither right nor wrong.
    kept = near[counted].any(0) | ~near[frame.optional].any(0)
    truth = [truth_numbers.setdefault(name, len(truth_numbers))
             for name, used in zip(frame.truth_ids, counted) if used]
    found = [found_numbers.setdefault(name, len(found_numbers)) for name, used in zip(frame.found_ids, kept) if used]
    accumulator.update(truth, found, distance[np.ix_(counted, kept)])
