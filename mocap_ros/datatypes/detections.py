"""The narrow door into the pipeline: what any 2D front end says of one image."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import J, K


@dataclass(frozen=True, eq=False)
class Detections:
    """People found in one image, before any 3D, identity or time.

    Attributes:
        keypoints_px: image points in KEYPOINTS order [px], (P, K, 2) float32; NaN where not seen.
        confidence: 0 to 1, (P, K) float32; 0 where not seen.
        scores: how sure the front end is of each person, 0 to 1, (P,) float32.
        encodings: Stage I's parent-relative bone vectors read at each keypoint [m], axes of the person's view frame,
            (P, K, J, 3) float32, zeros where not seen; None where the front end has no 3D branch.
        hidden_px: where keypoints that are not seen are thought to be [px], (P, K, 2) float32; NaN where they are seen
            or nothing is thought. None where nobody was asked.
        shown: what else the image showed the front end, for the refiner (nets.shown_maps.Shown); None where the front
            end has no such thing, and of a part of the people.

    Raises:
        SkeletonError: shapes that do not agree.
    """

    keypoints_px: np.ndarray
    confidence: np.ndarray
    scores: np.ndarray
    encodings: np.ndarray | None = None
    hidden_px: np.ndarray | None = None
    shown: object = None

    def __post_init__(self):
        people = len(self.keypoints_px)
        wanted = {"keypoints_px": (people, K, 2), "confidence": (people, K), "scores": (people,)}
        if self.encodings is not None:
            wanted["encodings"] = (people, K, J, 3)
        if self.hidden_px is not None:
            wanted["hidden_px"] = (people, K, 2)
        freeze_arrays(self, wanted, SkeletonError)

    def __len__(self):
        return len(self.keypoints_px)

    def take(self, rows):
        """Some of the people, in the order of `rows` (indices or a mask)."""
        encodings, hidden = (None if each is None else each[rows] for each in (self.encodings, self.hidden_px))
        return Detections(self.keypoints_px[rows], self.confidence[rows], self.scores[rows], encodings, hidden)


def joined(some, others):
    """Detections of two groups of people, one after the other; where one group lacks encodings, those are zeros, and
    where it lacks hidden_px, nothing is thought."""
    counts = len(some), len(others)

    def both(name, shape, missing):
        parts = [getattr(each, name) for each in (some, others)]
        if parts[0] is None and parts[1] is None:
            return None
        return np.concatenate([np.full((count, *shape), missing) if part is None else part
                               for part, count in zip(parts, counts)])

    return Detections(*(np.concatenate([getattr(some, name), getattr(others, name)])
                        for name in ("keypoints_px", "confidence", "scores")),
                      both("encodings", (K, J, 3), 0.0), both("hidden_px", (K, 2), np.nan))


def nobody(with_encodings=False):
    """Detections with P = 0."""
    encodings = np.zeros((0, K, J, 3)) if with_encodings else None
    return Detections(np.zeros((0, K, 2)), np.zeros((0, K)), np.zeros(0), encodings)
