"""One person followed in a crop instead of everybody in the whole image: VNect's mode (thesis Sec. 8.2.2)."""

from dataclasses import replace
import math

import numpy as np

from mocap_ros.nets.image_input import MULTIPLE
from mocap_ros.tracking.association import person_size, place_and_scale
from mocap_ros.tracking.box_tracker import CROP_PX, crop_around, follow

NEAR = 0.5  # person sizes from the last image's keypoints, within which somebody in the crop is the one followed
FEWEST_KEYPOINTS = 8  # in a crop; fewer, and the whole image is looked at too


class SinglePersonFrontEnd:
    """A front end that looks only where the one person is, and at the whole image where the person is not known.

    The crop goes to the inner front end as an image; our own then runs on CROP_PX x CROP_PX (times the `resolution`)
    instead of 512 x 320, and sees a person far away as large as one who is near. What it finds is in the whole image's
    pixels again, so that Stage II and all that follows know the camera that took it: the perspective of the crop needs
    no correction beyond that which Stage II makes (Appendix B.1).

    Args:
        front_end: the front end that runs on whole images and crops.
        config: MocapConfig.

    Attributes:
        config: may be replaced while running.
        description, problems: the inner front end's.
        whole_images: how many images were looked at as a whole, so far.
    """

    def __init__(self, front_end, config):
        self.front_end = front_end
        self.whole_images = 0
        self.config = config
        self.forget()

    @property
    def description(self):
        return f"{self.front_end.description}, one person in a crop"

    @property
    def problems(self):
        return self.front_end.problems

    @property
    def config(self):
        return self._config

    @config.setter
    def config(self, config):
        self._config = self._crop_config = config
        self._size = CROP_PX
        stage_one = getattr(self.front_end, "stage_one", None)
        if stage_one is not None:
            self._size = MULTIPLE * max(1, round(CROP_PX * config.estimator.resolution / MULTIPLE))
            # The resolution at which the crop is the network's input, pixel for pixel.
            resolution = self._size / math.sqrt(math.prod(stage_one.input_size)) * (1 + 1e-6)
            self._crop_config = replace(config, estimator=replace(
                config.estimator, resolution=resolution, several_resolutions=False, near_look=False, closer_looks=0,
                box_looks=0, refined_boxes=0))
        self.front_end.config = config

    def forget(self):
        """Forgets the person, for a new recording."""
        self._box = self._keypoints = self._shape = None
        self.front_end.forget()

    def detect(self, image):
        """Detections of at most one person in the pixels of `image`, (H, W, 3) uint8 BGR."""
        if image.shape != self._shape:
            self._box = self._keypoints = None
        self._shape = image.shape
        found = self._in_crop(image) if self._box is not None else None
        if found is None or np.count_nonzero(found.confidence) < FEWEST_KEYPOINTS:
            whole = self._in_whole_image(image)
            if found is None or whole.confidence.sum() > found.confidence.sum():
                found, self._box = whole, None
        if not len(found):
            self._box = self._keypoints = None
            return found
        keypoints = found.keypoints_px[0].astype(float)
        self._box, self._keypoints = follow(self._box, keypoints), keypoints
        return found

    def _in_crop(self, image):
        """The followed person's Detections from the crop around the last box; None where nobody is near enough."""
        crop = crop_around(self._box, self._size)
        self.front_end.config = self._crop_config
        try:
            found = self.front_end.detect(crop.cut(image))
        finally:
            self.front_end.config = self._config
        if not len(found):
            return None
        keypoints = crop.to_image(found.keypoints_px)
        place, _ = place_and_scale(keypoints, self._keypoints[None], person_size(self._keypoints[None]))
        near = np.flatnonzero(place[:, 0] < NEAR)
        if not len(near):
            return None
        best = [near[np.argmax(found.confidence[near].sum(1))]]
        return replace(found.take(best), keypoints_px=keypoints[best])

    def _in_whole_image(self, image):
        """The best person's Detections; P = 0 where nobody is."""
        self.whole_images += 1
        found = self.front_end.detect(image)
        return found.take([int(np.argmax(found.confidence.sum(1)))] if len(found) else [])
