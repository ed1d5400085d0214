"""Top-down detectors: people are searched for now and then, and each one's pose is read in a region of its own.

Between the searches a person's region follows from the pose in the last image, so every person of the image is
followed at the price of one pose each.
"""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.front_ends import regions
from mocap_ros.front_ends.regions import joined, keep_new, no_regions
from mocap_ros.geometry.boxes import keep_distinct

SAME_REGION = 0.7  # overlap above which two regions are of one person; neighbours in a crowd reach 0.6
SAME_POSE = 0.15  # mean distance of two poses over the size of one, below which they are of one person


@dataclass(frozen=True, eq=False)
class Poses:
    """What was read in N regions, N joints in the detector's own order.

    Attributes:
        points_px: (P, N, 2) in the image [px].
        confidence: 0 to 1, (P, N).
        scores: how surely each region holds a person, (P,).
        following: Regions, where to look for each of them in the next image.
    """

    points_px: np.ndarray
    confidence: np.ndarray
    scores: np.ndarray
    following: regions.Regions

    def __post_init__(self):
        people, joints = np.shape(self.confidence)
        freeze_arrays(self, {"points_px": (people, joints, 2), "confidence": (people, joints), "scores": (people,)},
                      SkeletonError, float)

    def take(self, rows):
        """Some of them, in the order of `rows` (indices or a mask)."""
        return Poses(self.points_px[rows], self.confidence[rows], self.scores[rows], self.following.take(rows))


class TopDown:
    """Follows people from image to image.

    Args:
        search: called as search(image, turn, turns); gives Regions of the people whom it finds in its `turn`-th part
            of the image, out of `turns`; in all of it where `turns` is 1.
        read: called as read(image, regions); gives their Poses, in order.
    """

    def __init__(self, search, read):
        self._search = search
        self._read = read
        self.forget()

    def forget(self):
        """Forgets where people were."""
        self._known = no_regions()
        self._turn = 0
        self._shape = None

    def find(self, image, settings, maximum_people):
        """Poses of everybody, best first.

        Args:
            image: (H, W, 3) uint8 BGR.
            settings: FrontEndConfig.
            maximum_people: most people of whom a pose is read.
        """
        if image.shape != self._shape:
            self.forget()
        # The first image is searched as a whole; later ones in turn, so that no image takes much longer than another.
        turns = settings.detection_interval if self._shape is not None else 1
        self._shape = image.shape
        found = self._search(image, self._turn % turns, turns)
        self._turn += 1
        wanted = joined([self._known, keep_new(self._known, found, SAME_REGION)])
        poses = self._read(image, wanted.take(slice(maximum_people)))
        poses = poses.take(poses.scores >= settings.minimum_score)
        poses = poses.take(keep_distinct(same_pose(poses), poses.scores))
        self._known = poses.following
        return poses


def pose_scores(confidence):
    """How surely each of P poses is a person's, (P,): the mean of the surer half of (P, N) confidences.

    Half of a person is often hidden or outside the image.
    """
    joints = confidence.shape[1]
    return np.sort(confidence, axis=1)[:, joints // 2:].mean(1)


def same_pose(poses):
    """Which of P poses lie on one another, (P, P) bool: joints weigh by their confidence in both."""
    weights = poses.confidence[:, None] * poses.confidence[None]  # (P, P, N)
    distance = np.linalg.norm(poses.points_px[:, None] - poses.points_px[None], axis=-1)
    mean = (weights * np.nan_to_num(distance)).sum(-1) / np.maximum(weights.sum(-1), 1e-6)
    sizes = np.ptp(poses.points_px, axis=1).max(-1) if len(poses.points_px) else np.zeros(0)
    return (mean < SAME_POSE * np.minimum(sizes[:, None], sizes[None])) & (weights.sum(-1) > 0)
