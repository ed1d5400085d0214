"""A 2D front end and Stage II: one image becomes an Observation, before identity (thesis Sec. 6.3)."""

from dataclasses import replace

import numpy as np

from mocap_ros.datatypes.detections import joined
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.observation import Observation
from mocap_ros.decoding.person_boxes import distinct_people
from mocap_ros.front_ends.loading import load_front_end
from mocap_ros.nets.mean_lift import mean_pose
from mocap_ros.nets.runtime import load_refiner
from mocap_ros.pipeline.single_person import SinglePersonFrontEnd
from mocap_ros.pipeline.timing import StageTimer
from mocap_ros.tracking.appearance import body_histograms

SMALLEST_IMAGE_PX = 16


class Estimator:
    """The per-frame half of the pipeline.

    Args:
        config: MocapConfig; sections `estimator`, `front_end` and `decoding` are used.
        timer: StageTimer that the stages report to; its own if None.

    Raises:
        ConfigError, WeightsError, DeviceError: see front_ends.loading.
    """

    def __init__(self, config, timer=None):
        self.config = config
        self.timer = timer or StageTimer()
        self.front_end, self.stage_two = load_front_end(config, self.timer)
        self.refiner = load_refiner(config.estimator) if config.front_end.kind == "xnect" else None
        if config.estimator.single_person:
            self.front_end = SinglePersonFrontEnd(self.front_end, config)

    @property
    def engine(self):
        """Which engine runs on which device, and why, as one line."""
        return self.front_end.description

    @property
    def problems(self):
        """Counter of the keypoints and people that the front end should not have said, by reason."""
        return self.front_end.problems

    def configure(self, config):
        """Takes over settings that may change while running: all that are not fixed."""
        self.config = self.front_end.config = config

    def forget(self):
        """Forgets where people were, for a new recording or an image that has nothing to do with the last."""
        self.front_end.forget()

    def detect(self, image):
        """People in the image's own pixels, by the front end.

        Args:
            image: (H, W, 3) uint8 BGR of any size.

        Returns:
            Detections, with encodings where the front end is our own.

        Raises:
            ImageError: not such an image.
        """
        check_image(image)
        return self.front_end.detect(image)

    def lift(self, detections, image, camera):
        """Observation of people that any front end found: the refiner for those of our own, Stage II, appearance.

        Args:
            detections: Detections in the image's pixels.
            image: the image they were found in.
            camera: Camera that took it.
        """
        settings, shown = self.config.estimator, detections.shown
        detections = replace(detections, shown=None)  # large, and of use here only
        with self.timer.stage("stage two"):
            joints = self.stage_two.infer(detections, camera)  # it has learned from keypoints as they were found
        if self.refiner is not None and settings.refined_people:
            with self.timer.stage("refine"):
                detections, refined, kept = self.refiner.refine(
                    image, detections, camera, settings.refined_people, shown and shown.maps)
                joints = mean_pose(joints[kept], refined)
        if self.refiner is not None and shown is not None and len(shown.corners):
            with self.timer.stage("look into boxes"):
                detections, joints = self._with_people_in_boxes(detections, joints, image, camera, shown)
        with self.timer.stage("appearance"):
            appearance = body_histograms(image, detections.keypoints_px)
        height, width = image.shape[:2]
        return Observation(detections, joints, appearance, width, height)

    def _with_people_in_boxes(self, detections, joints, image, camera, shown):
        """Detections and joints with those whom the refiner alone finds, where the front end knew of a box only."""
        found, poses = self.refiner.look_into(image, shown, camera)
        rows = distinct_people(found, detections)[:max(self.config.decoding.maximum_people - len(detections), 0)]
        if not len(rows):
            return detections, joints
        return joined(detections, found.take(rows)), np.concatenate([joints, poses[rows]])

    def estimate(self, image, camera):
        """Observation of everybody in one image.

        Args:
            image: (H, W, 3) uint8 BGR.
            camera: Camera of that image size.

        Raises:
            ImageError: not such an image.
        """
        return self.lift(self.detect(image), image, camera)


def check_image(image):
    """Raises ImageError unless `image` is (H, W, 3) uint8 with both sides at least SMALLEST_IMAGE_PX."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        came = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ImageError(f"image is {came}: wanted uint8 (H, W, 3)")
    if min(image.shape[:2]) < SMALLEST_IMAGE_PX:
        raise ImageError(f"image is {image.shape[1]} x {image.shape[0]} px: wanted {SMALLEST_IMAGE_PX} at least")
