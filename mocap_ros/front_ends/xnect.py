"""Our own front end: Stage I sees the whole image once, and its maps are decoded into people (thesis Sec. 6.3.1)."""

from collections import Counter

from mocap_ros.datatypes.detections import Detections
from mocap_ros.decoding.people import decode_people
from mocap_ros.nets.image_input import letterbox_image


class XNectFrontEnd:
    """Stage I and decoding.

    Args:
        stage_one: engine of Stage I.
        config: MocapConfig; sections `estimator` and `decoding` are used.
        timer: StageTimer.

    Attributes:
        config: may be replaced while running.
        description: which engine runs on which device, and why, as one line.
        problems: Counter of what was dropped, by reason; always empty here.
    """

    def __init__(self, stage_one, config, timer):
        self.stage_one = stage_one
        self.config = config
        self.timer = timer
        self.description = stage_one.description
        self.problems = Counter()

    def detect(self, image):
        """Detections with encodings in the pixels of `image`, (H, W, 3) uint8 BGR."""
        with self.timer.stage("resize"):
            size = [self.config.estimator.resolution * side for side in self.stage_one.input_size]
            resized, letterbox = letterbox_image(image, size)
        with self.timer.stage("stage one"):
            maps = self.stage_one.infer(resized[None])
        with self.timer.stage("decode"):
            found = decode_people(maps.heatmaps[0], maps.part_affinity[0], maps.encodings[0],
                                  self.stage_one.stride, self.config.decoding)
            return Detections(letterbox.to_image(found.keypoints_px), found.confidence, found.scores, found.encodings)

    def forget(self):
        """Nothing: every image stands for itself."""
