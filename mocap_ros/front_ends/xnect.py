"""Our own front end: Stage I sees the whole image, and its maps are decoded into people (thesis Sec. 6.3.1)."""

from collections import Counter
from dataclasses import replace

import numpy as np

from mocap_ros.datatypes.detections import Detections, joined, nobody
from mocap_ros.decoding.keypoint_similarity import usual_pixel
from mocap_ros.decoding.one_person import decode_person
from mocap_ros.decoding.people import assemble_people, decode_people
from mocap_ros.decoding.person_boxes import (
    distinct, NO_BOXES, PersonBoxes, read_boxes, unexplained, whom_it_tells_of)
from mocap_ros.decoding.several_looks import (
    closer_crop, merge_looks, near_ones, NEAR_RESOLUTIONS, RESOLUTIONS, without_unconfirmed)
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.shown_maps import Shown, ShownMaps


class XNectFrontEnd:
    """Stage I and decoding.

    Args:
        stage_one: engine of Stage I.
        closer_look: engine of closer looks at one person each; None lets Stage I take them.
        boxes: OnnxBoxes, for box_looks and refined_boxes; None for none.
        config: MocapConfig; sections `estimator` and `decoding` are used.
        timer: StageTimer.

    Attributes:
        config: may be replaced while running.
        description: which engine runs on which device, and why, as one line.
        problems: Counter of what was dropped, by reason; always empty here.
    """

    def __init__(self, stage_one, config, timer, closer_look=None, boxes=None):
        self.stage_one, self.closer_look, self.boxes = stage_one, closer_look, boxes
        self.config = config
        self.timer = timer
        self.description = stage_one.description
        self._candidates = _device_candidates(stage_one)
        self.problems = Counter()

    @property
    def input_size(self):
        """(width, height) whose area the network's input may have [px]: its own times the configured resolution."""
        return [self.config.estimator.resolution * side for side in self.stage_one.input_size]

    def detect(self, image):
        """Detections with encodings in the pixels of `image`, (H, W, 3) uint8 BGR."""
        settings = self.config.estimator
        refined_boxes = settings.refined_boxes if settings.refiner else 0
        boxed = self.boxes is not None and max(settings.box_looks, refined_boxes) > 0
        look = self._look if self._candidates is None or boxed else self._look_on_device  # boxes need the maps
        near = settings.near_look and not settings.several_resolutions
        times = RESOLUTIONS if settings.several_resolutions else NEAR_RESOLUTIONS if near else (1.0,)
        maps, boxes = [], [] if boxed else None
        found = [look(image, [each * side for side in self.input_size], maps, boxes) for each in times]
        pixels = [usual_pixel(image.shape[1::-1]) / (each * settings.resolution) for each in times]
        if near:
            found[0] = near_ones(found[0], pixels[0])
        people = self._merged(found, pixels)
        closer = settings.closer_looks > 0 and len(people) > 0
        if closer:
            people = self._looked_closer(people, found, pixels, image, look)
        told = NO_BOXES
        if boxed:
            told = distinct(PersonBoxes(*(np.concatenate(each) for each in zip(*boxes))))
            if settings.box_looks > 0:
                people = self._looked_into_boxes(told, people, closer, image, look)
            told = unexplained(told, people).take(slice(refined_boxes))
        return replace(people, shown=Shown(maps[times.index(1.0)] if maps else None, *told))

    def _looked_closer(self, people, found, pixels, image, look):
        """Detections of `people` after a closer look at the largest; `found` and `pixels` are those of each look."""
        # A look at one person, as large as the network knows people best, costs a fifth of one at the whole image.
        sizes = box_sides(people.keypoints_px).max(-1)
        chosen = people.take(np.argsort(-sizes, kind="stable")[:self.config.estimator.closer_looks])
        crops = [closer_crop(person) for person in chosen.keypoints_px]
        closer = [self._look_into(crop, image, look) for crop in crops]
        found = without_unconfirmed(found, chosen, closer)
        return self._merged(found + closer, pixels + [1 / crop.scale for crop in crops])

    def _looked_into_boxes(self, boxes, people, left_alone, image, look):
        """Detections of `people` and of those of whom boxes tell that nobody fills, after a look into each.

        Such a look shows people better than one at the whole image, but no better than a closer look: `left_alone` is
        True where `people` had those, and are to stay as they are.
        """
        empty = unexplained(boxes, people).corners[:self.config.estimator.box_looks]
        crops = [closer_crop(box.reshape(2, 2)) for box in empty]
        shown = [self._look_into(crop, image, look) for crop in crops]
        known = people if left_alone else nobody(with_encodings=True)
        told = [each.take(whom_it_tells_of(box, each, known)) for box, each in zip(empty, shown)]
        if not sum(map(len, told)):
            return people
        pixels = [1 / crop.scale for crop in crops]
        if left_alone:
            room = max(self.config.decoding.maximum_people - len(people), 0)
            return joined(people, self._merged(told, pixels).take(slice(room)))
        pixel = usual_pixel(image.shape[1::-1]) / self.config.estimator.resolution
        return self._merged([people] + told, [pixel] + pixels)

    def _merged(self, found, pixels):
        """Detections of several looks as one; those of one look as they are."""
        if len(found) == 1:
            return found[0]
        with self.timer.stage("merge"):
            return merge_looks(found, pixels, self.config.decoding.maximum_people)

    def _look_into(self, crop, image, look):
        """Detections in the pixels of `image` of those whom its Crop shows."""
        with self.timer.stage("resize"):
            view = crop.cut(image)
        if self.closer_look is None:
            found = look(view, (crop.size, crop.size))
        else:
            with self.timer.stage("closer look"):
                maps = self.closer_look.infer(view[None])
                found = decode_person(
                    maps.heatmaps[0], maps.encodings[0], self.closer_look.stride, self.config.decoding)
        return replace(found, keypoints_px=crop.to_image(found.keypoints_px))

    def _look(self, image, input_size, shown=None, boxes=None):
        """Detections in the pixels of `image`; adds the ShownMaps and the PersonBoxes of the look to those lists."""
        with self.timer.stage("resize"):
            resized, letterbox = letterbox_image(image, input_size)
        with self.timer.stage("stage one"):
            maps = self.stage_one.infer(resized[None])
        if shown is not None:
            shown.append(ShownMaps(maps.heatmaps[0], maps.part_affinity[0], letterbox.scale))
        if boxes is not None:
            with self.timer.stage("boxes"):
                told = read_boxes(*self.boxes.infer(maps), self.stage_one.stride)
                corners = letterbox.to_image(told.corners.reshape(-1, 2, 2)).reshape(-1, 4)
                boxes.append(told._replace(corners=corners))
        with self.timer.stage("decode"):
            found = decode_people(maps.heatmaps[0], maps.part_affinity[0], maps.encodings[0],
                                  self.stage_one.stride, self.config.decoding)
            return Detections(letterbox.to_image(found.keypoints_px), found.confidence, found.scores, found.encodings)

    def _look_on_device(self, image, input_size, *_):
        """The same by an engine that resizes and reads out on its device: only candidates come back."""
        settings = self.config.decoding
        with self.timer.stage("stage one"):
            thresholds = settings.peak_threshold, settings.limb_threshold, settings.limb_fraction
            results, letterbox = self.stage_one.read(image, input_size, self._candidates, thresholds)
        with self.timer.stage("decode"):
            peaks, connections, encodings = self._candidates.on_cpu(*results)
            found, _, members = assemble_people(peaks, connections, self.stage_one.stride, settings)
            if not len(found):
                return nobody(with_encodings=True)
            return Detections(letterbox.to_image(found.keypoints_px), found.confidence, found.scores,
                              encodings[members] * (members >= 0)[..., None, None])

    def forget(self):
        """Nothing: every image stands for itself."""


def _device_candidates(stage_one):
    """The read-out for an engine that takes one on its device; None for the others, which may run without torch."""
    if not hasattr(stage_one, "read"):
        return None
    from mocap_ros.decoding.device_candidates import DeviceCandidates  # imports torch
    return DeviceCandidates()
