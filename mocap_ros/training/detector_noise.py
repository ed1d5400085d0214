"""What a 2D detector makes of exact keypoints: errors, exchanged sides, misses, and a confidence that tells of them.

The figures are measured: benchmarks/detector_noise.py writes detector_noise.json, docs/lifting.md explains it.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import K, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.training.measured_people import nearest_people

TABLE = Path(__file__).with_name("detector_noise.json")
CLASSES = ("seen", "hidden_by_self", "hidden", "outside")
SEEN, HIDDEN_BY_SELF, HIDDEN, OUTSIDE = range(4)
FORMS = ("all", "coco", "filled")  # all 20 keypoints; COCO's 17; those and the middles of shoulders and hips
PARTS = {"arms": ("elbow", "wrist"), "legs": ("knee", "ankle"), "hips": ("hip",), "shoulders": ("shoulder",)}
LINKS = [(KEYPOINTS.index(f"{side}_{outer}"), KEYPOINTS.index(f"{side}_{inner}"), f"{outer}-{inner}")
         for outer, inner in (("elbow", "shoulder"), ("wrist", "elbow"), ("knee", "hip"), ("ankle", "knee"))
         for side in "lr"]  # nearer to the trunk first
# The bone along which a detector may place a keypoint elsewhere than our skeleton does: the limb's, else the trunk's.
_BONES = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}
_AXES = np.array([(KEYPOINTS.index(name[:2] + _BONES[name[2:]]), KEYPOINTS.index(name)) if name[2:] in _BONES
                  else (KEYPOINTS.index("pelvis"), KEYPOINTS.index("neck")) for name in KEYPOINTS])  # (K, 2)
NECK, PELVIS, HEAD_TOP = (KEYPOINTS.index(name) for name in ("neck", "pelvis", "head_top"))
MIDDLES = [(NECK, [KEYPOINTS.index(f"{side}_shoulder") for side in "lr"]),
           (PELVIS, [KEYPOINTS.index(f"{side}_hip") for side in "lr"])]
FAR_TOGETHER = 0.5  # how often a gross error of a joint takes the next one of the limb along
ALIKE = 0.6  # correlation of a person's confidences
# Beyond the measured detectors, in training only.
OTHER_LEVELS = 0.4  # standard deviation of the logarithm of a detector's errors over the measured ones
OTHER_PERSON = 0.2  # the same of the errors of a measured person
OTHER_CONFIDENCES = 0.4  # the same of the power of its confidences
NO_CONFIDENCES = 0.1  # share of people whose detector says 1 everywhere
MOST_OFFSET = 1.4  # a detector's offsets are drawn from none to this much of the measured ones
OCCLUDED = 0.25  # share of people who are partly behind something
OCCLUDER = 0.08, 0.35  # its radius over the person's size


class Keypoints2D(NamedTuple):
    """Keypoints as a detector gives them: (B, K, 2) at z = 1 and confidence (B, K), 0 where not seen."""

    plane: np.ndarray
    confidence: np.ndarray


class DetectorNoise:
    """The figures of one detector as arrays.

    Attributes:
        offsets: shares of the bone in offset_axes by which its keypoints lie elsewhere than ours, (K,).
        missed, far_share, usual, far: (4 classes, K): share of keypoints that are not given, share of gross errors, and
            the standard deviation per axis of the others and of these, over the person's size.
        given: keypoints that the detector has, (K,) bool.
    """

    def __init__(self, figures):
        columns = np.full((4, 4, K), np.nan)
        for name, kind, _, *values in figures["keypoints"]:
            columns[:, CLASSES.index(kind), KEYPOINTS.index(name)] = [np.nan if v is None else v for v in values]
        self.given = np.isfinite(columns[0, SEEN])  # before the gaps are filled
        for kind in range(4):  # where too few cases tell, the class's mean stands in, else the easier class
            known = np.isfinite(columns[:, kind]).any(1)
            means = np.array([np.nanmean(row) if some else np.nan for row, some in zip(columns[:, kind], known)])
            easier = columns[:, max(kind - 1, 0)]
            stand_in = np.where(known[:, None], means[:, None], easier)
            columns[:, kind] = np.where(np.isfinite(columns[:, kind]), columns[:, kind], stand_in)
        self.missed, self.usual, self.far_share, self.far = columns
        self.exchanged, self.together = figures["exchanged"], figures["together"]
        self.offsets = np.array([figures["offsets"][name] for name in KEYPOINTS])
        self.person, self.person_far = figures["person"], figures["person_far"]
        self._quantiles = np.array(figures["quantiles"])
        self._bins = np.unique([row[1] for row in figures["confidence"]])
        self._levels = np.full((4, len(self._bins), len(self._quantiles)), np.nan)
        for kind, low, _, *values in figures["confidence"]:
            self._levels[CLASSES.index(kind), np.searchsorted(self._bins, low)] = values
        self._levels = np.where(np.isfinite(self._levels), self._levels, np.nanmean(self._levels, axis=(0, 1)))

    def confidence(self, kinds, error, generator):
        """Confidences that go with errors over the person's size, both (B, K)."""
        own, person = generator.standard_normal(error.shape), generator.standard_normal((len(error), 1))
        rank = _normal_rank(ALIKE * person + np.sqrt(1 - ALIKE ** 2) * own)
        levels = self._levels[kinds, np.searchsorted(self._bins, error, side="right") - 1]  # (B, K, Q)
        place = np.clip(np.interp(rank, self._quantiles, np.arange(len(self._quantiles))), 0, len(self._quantiles) - 1)
        below = np.minimum(place.astype(int), len(self._quantiles) - 2)
        low, high = (np.take_along_axis(levels, (below + n)[..., None], -1)[..., 0] for n in (0, 1))
        return low + (place - below) * (high - low)


def measured_detectors():
    """DetectorNoise of every measured detector, by name."""
    return {name: DetectorNoise(figures) for name, figures in json.loads(TABLE.read_text()).items()}


def detect(views, noise, form, generator, varied=True, people=None):
    """Keypoints2D of Views.

    Args:
        views: Views, B of them.
        noise: DetectorNoise.
        form: index into FORMS, which keypoints there are, (B,) or one for all.
        generator: numpy Generator.
        varied: better and worse detectors than the measured one too, other confidences, people behind things.
        people: MeasuredPeople of the same detector: everybody gets the errors, misses and confidences of the one in the
            nearest pose, where neither is hidden by other things or cut off. None: all errors are drawn, blind to the
            pose.
    """
    count = len(views.plane)
    kinds = np.where(views.hidden, HIDDEN_BY_SELF, SEEN)
    if varied:
        kinds = np.where(_occluded(views, generator), HIDDEN, kinds)
    kinds = np.where(views.inside, kinds, OUTSIDE)
    keypoints = np.arange(K)
    level = np.exp(generator.normal(-noise.person ** 2, noise.person, (count, 1)))  # mean square 1
    often = np.exp(generator.normal(-noise.person_far ** 2 / 2, noise.person_far, (count, 1)))
    if varied:
        other = np.exp(generator.normal(0, OTHER_LEVELS, (count, 1)))
        level, often = level * other, often * other
    chance = generator.random((count, K))
    for outer, inner, _ in LINKS:
        chance[:, outer] = np.where(generator.random(count) < FAR_TOGETHER, chance[:, inner], chance[:, outer])
    far = chance < noise.far_share[kinds, keypoints] * often
    draws = generator.standard_normal((count, K, 2))
    for outer, inner, name in LINKS:
        share = noise.together[name] or 0.0
        draws[:, outer] = share * draws[:, inner] + np.sqrt(1 - share ** 2) * draws[:, outer]
    sigma = np.where(far, noise.far[kinds, keypoints], noise.usual[kinds, keypoints] * level)
    shift = draws * sigma[..., None]
    error = np.linalg.norm(shift, axis=-1)
    plane = views.plane + shift * views.size[:, None, None]
    offset = generator.uniform(0, MOST_OFFSET, (count, 1, 1)) if varied else 1.0
    plane += offset * noise.offsets[:, None] * offset_axes(views.plane)
    turned = generator.random(count)  # who is taken for facing the other way has all parts exchanged
    for part, share in noise.exchanged.items():
        both = [KEYPOINTS.index(f"{side}_{name}") for name in PARTS[part] for side in "lr"]
        swapped = np.flatnonzero(turned < share)
        plane[np.ix_(swapped, both)] = plane[np.ix_(swapped, KEYPOINT_MIRROR[both])]
    confidence = noise.confidence(kinds, error, generator)
    missed = generator.random((count, K)) < noise.missed[kinds, keypoints]
    if people is not None:
        nearest = nearest_people(people, views.joints_camera)
        known = np.isfinite(people.confidence[nearest]) & (kinds <= HIDDEN_BY_SELF)
        shift = people.error[nearest] * views.size[:, None, None]
        if varied:
            shift = shift * np.exp(generator.normal(0, OTHER_PERSON, (count, 1, 1)))
            shift = shift + (offset - 1) * noise.offsets[:, None] * offset_axes(views.plane)
        plane = np.where(known[..., None], views.plane + shift, plane)
        confidence = np.where(known, people.confidence[nearest], confidence)
        missed = np.where(known, confidence == 0, missed)
    if varied:
        confidence = confidence ** np.exp(generator.normal(0, OTHER_CONFIDENCES, (count, 1)))
        confidence = np.where(generator.random((count, 1)) < NO_CONFIDENCES, 1.0, confidence)
    missed |= (np.abs(plane) > views.image[:, None]).any(-1) & ~_shown_whole(views)[:, None]
    confidence = np.where(missed, 0, np.clip(confidence, 0.02, 1))
    return in_form(plane, confidence, form)


def offset_axes(points):
    """The image of the bone that each keypoint's offset is counted along, (P, K, 2), of keypoints (P, K, 2)."""
    return points[:, _AXES[:, 1]] - points[:, _AXES[:, 0]]


def in_form(plane, confidence, form):
    """Keypoints2D as detectors of another joint set give them, or as front ends fill them in; `form` as in detect."""
    plane, confidence = plane.copy(), confidence.copy()
    form = np.broadcast_to(form, len(plane))
    confidence[np.ix_(form != FORMS.index("all"), [NECK, PELVIS, HEAD_TOP])] = 0
    filled = form == FORMS.index("filled")
    plane[filled], confidence[filled] = with_middles(plane[filled], confidence[filled])
    return Keypoints2D(np.where(confidence[..., None] > 0, plane, 0), confidence)


def with_middles(points, confidence):
    """Points (P, K, 2) and confidences (P, K) whose neck and pelvis are the middles of shoulders and hips."""
    points, confidence = points.copy(), confidence.copy()
    for middle, sides in MIDDLES:
        points[:, middle], confidence[:, middle] = points[:, sides].mean(1), confidence[:, sides].min(1)
    return points, confidence


def _shown_whole(views):
    """People who are larger than their image but shown whole (see lift_views), (B,) bool."""
    return (views.inside & (np.abs(views.plane) > views.image[:, None]).any(-1)).any(1)


def _occluded(views, generator):
    """Keypoints behind a round thing in front of some people, (B, K) bool."""
    count = len(views.plane)
    centre = views.plane[np.arange(count), generator.integers(K, size=count)]
    radius = generator.uniform(*OCCLUDER, count) * views.size
    near = np.linalg.norm(views.plane - centre[:, None], axis=-1) < radius[:, None]
    return near & (generator.random((count, 1)) < OCCLUDED)


def _normal_rank(values):
    """Share of a normal distribution below each value, by the logistic curve nearest to it (within 0.01)."""
    return 1 / (1 + np.exp(-1.702 * values))
