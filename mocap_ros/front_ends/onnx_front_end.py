"""A user's own 2D model file in front of the tracker: top-down with boxes, or one-stage with keypoints."""

from collections import Counter

import numpy as np

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.front_ends.model_description import ONE_STAGE, read_description
from mocap_ros.front_ends.onnx_model import OnnxModel
from mocap_ros.front_ends.people import count, detections_of, NOT_FINITE
from mocap_ros.front_ends.regions import no_regions, overlap, upright_regions, whole_image
from mocap_ros.front_ends.top_down import pose_scores, Poses, SAME_REGION, TopDown
from mocap_ros.geometry.boxes import keep_distinct
from mocap_ros.nets.runtime import choose_device, PROVIDERS

BOX_OVER_KEYPOINTS = 1.2  # a person's box over that of the keypoints, which end at ankles, wrists and eyes
NOT_FINITE_PEOPLE = "people whose score is NaN"
FEWEST_TO_FOLLOW = 3  # trusted keypoints from which the next region is made


class OnnxFrontEnd:
    """Everybody whom a user's model finds.

    Without a person detector a top-down model sees the whole image first, then follows the one person it found there.

    Args:
        config: MocapConfig; sections `front_end`, `estimator` and `decoding` are used.
        timer: StageTimer.

    Attributes: as XNectFrontEnd's.

    Raises:
        ConfigError: no description, or one that cannot be read.
        WeightsError: a model that is missing, damaged or not as described.
        DeviceError: a device that is not there.
    """

    def __init__(self, config, timer):
        if not config.front_end.model:
            raise ConfigError("front_end.kind 'onnx' needs front_end.model, the path of a YAML that describes it")
        self.config = config
        self.timer = timer
        self.problems = Counter()
        described = read_description(config.front_end.model)
        device, reason = choose_device(config.estimator.device)
        providers = [PROVIDERS[device]] if device == "cpu" else [PROVIDERS[device], PROVIDERS["cpu"]]
        self._described = described
        self._model = OnnxModel(described, providers, config.estimator.threads)
        self._people = OnnxModel(described.people, providers, config.estimator.threads) if described.people else None
        self._top_down = TopDown(self._search, self._read)
        self.description = f"{described.kind} model {described.file.name} on ONNX Runtime, device {device} ({reason})"

    def detect(self, image):
        """Detections in the pixels of `image`, (H, W, 3) uint8 BGR."""
        settings, most = self.config.front_end, self.config.decoding.maximum_people
        if self._described.kind == ONE_STAGE:
            with self.timer.stage("one stage"):
                points, confidence, scores = self._read_whole(image, settings.minimum_score, most)
        else:
            poses = self._top_down.find(image, settings, most)
            points, confidence, scores = poses.points_px, poses.confidence, poses.scores
        height, width = image.shape[:2]
        return detections_of(points, confidence, scores, self._described.joints, width, height, settings, self.problems)

    def forget(self):
        """Forgets where people were."""
        self._top_down.forget()

    def _read_whole(self, image, minimum_score, most):
        """Points, confidence and scores of a one-stage model's people, the best of each group that overlaps."""
        regions, points, confidence = self._model.read(image, whole_image(image))
        count(self.problems, NOT_FINITE_PEOPLE, np.isnan(regions.scores).sum())
        good = np.flatnonzero(regions.scores >= minimum_score)
        found = regions.take(good)
        good = good[keep_distinct(overlap(found, found) > SAME_REGION, found.scores)][:most]
        return points[good], confidence[good], regions.scores[good]

    def _search(self, image, turn, turns):
        """Regions of people; a detector sees the whole image, once in every `turns`."""
        if turn:
            return no_regions()
        if self._people is None:
            return whole_image(image)
        with self.timer.stage("search"):
            found, _, _ = self._people.read(image, whole_image(image))
            found = found.take((found.scores >= self._described.people.minimum_score) & (found.size_px > 1).all(1))
            return found.take(keep_distinct(overlap(found, found) > SAME_REGION, found.scores))

    def _read(self, image, regions):
        """Poses of a top-down model."""
        with self.timer.stage("poses"):
            joints = len(self._described.joints)
            if not len(regions):
                return Poses(np.zeros((0, joints, 2)), np.zeros((0, joints)), np.zeros(0), no_regions())
            points, confidence = self._model.read(image, regions.widened(self._described.box_margin))
        count(self.problems, NOT_FINITE, np.isnan(confidence).sum())
        confidence = np.nan_to_num(confidence)
        scores = pose_scores(confidence)
        trusted = np.isfinite(points).all(-1) & (confidence >= self.config.front_end.minimum_confidence)
        kept = np.flatnonzero(trusted.sum(1) >= FEWEST_TO_FOLLOW)
        points, confidence, scores, trusted = points[kept], confidence[kept], scores[kept], trusted[kept]
        low = np.where(trusted[..., None], points, np.inf).min(1)
        high = np.where(trusted[..., None], points, -np.inf).max(1)
        following = upright_regions(low, high, scores).widened(BOX_OVER_KEYPOINTS)
        return Poses(points, confidence, scores, following)
