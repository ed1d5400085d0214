"""The refiner on ONNX Runtime: each found person is looked at once more, in a crop, and put right in 2D and 3D."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.skeleton import J, K
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.geometry.perspective_correction import correct_perspective
from mocap_ros.geometry.pinhole import rays
from mocap_ros.nets.model_format import check_metadata, refiner_metadata
from mocap_ros.nets.onnx_runtime import CPU, open_optimised, open_session
from mocap_ros.nets.refiner_input import (
    box_crop, camera_numbers, CROP_PX, FEWEST_KEYPOINTS, finding, PERSON_PX, refinable, refine_crop, REFINER_ANSWERS,
    REFINER_INPUTS)
from mocap_ros.nets.shown_maps import NOTHING_SHOWN

LEAST_SEEN = 0.5  # chance of being seen from which on a keypoint counts as seen
LEAST_CONFIDENCE = 0.05  # of such a keypoint
LEAST_PERSON = 0.5  # chance of being a person, below which whom Stage I found is dropped
LEAST_PERSON_IN_BOX = 0.7  # the same where only a box was known
SAME_PLACE = 0.05  # of a crop's side: a place that was found farther away than that was another one
FOUND_WEIGHT = 0.5  # of the place that was found before, where that of the refiner's is its certainty


class RefinerAnswers(NamedTuple):
    """What the network says of N people, numpy arrays; see refiner_net.RefinerOutputs.

    Attributes:
        places: [px of the crop], (N, K, 2).
        certainty: (N, K), seen: 0 to 1, (N, K), person: 0 to 1, (N,).
        joints: axes of the view through the crop's centre [m], (N, J, 3).
    """

    places: np.ndarray
    certainty: np.ndarray
    seen: np.ndarray
    person: np.ndarray
    joints: np.ndarray


class Refined(NamedTuple):
    """People as they are after the second look.

    Attributes:
        detections: Detections of the Q people who remain, in order; whoever was not looked at is as before.
        joints: root-relative at the reference height, camera axes [m], (Q, J, 3); NaN for whom was not looked at.
        kept: which of the P found ones remain, (P,) bool: those who were looked at and are nobody do not.
    """

    detections: Detections
    joints: np.ndarray
    kept: np.ndarray


class OnnxRefiner:
    """The refiner from a file.

    Args:
        path: refiner.onnx.
        providers: ONNX Runtime's execution providers, best first.
        threads: of the CPU provider; 0 uses every core.

    Raises:
        WeightsError: missing, damaged, or made for another version or skeleton.
    """

    def __init__(self, path, providers=CPU, threads=0):
        self._session = open_optimised(path, threads) if tuple(providers) == CPU else open_session(
            path, providers, threads)
        check_metadata(path, self._session.get_modelmeta().custom_metadata_map, refiner_metadata(CROP_PX, PERSON_PX))

    def infer(self, crops, keypoints, camera, maps):
        """RefinerAnswers; arguments as of RefinerNet, numpy arrays."""
        values = dict(zip(REFINER_INPUTS, (np.ascontiguousarray(crops), keypoints, camera, maps)))
        return RefinerAnswers(*self._session.run(list(REFINER_ANSWERS), values))

    def refine(self, image, detections, camera, most, maps=None):
        """Refined people.

        Args:
            image: (H, W, 3) uint8 BGR.
            detections: Detections in its pixels.
            camera: Camera that took it.
            most: people who are looked at, the largest first.
            maps: ShownMaps of the image, where the front end has them.
        """
        joints = np.full((len(detections), J, 3), np.nan, np.float32)
        rows = _largest(detections.keypoints_px, most)
        kept = np.ones(len(detections), bool)
        if not len(rows):
            return Refined(detections, joints, kept)
        chosen = detections.take(rows)
        crops = [refine_crop(person) for person in chosen.keypoints_px]
        in_crops = np.stack([crop.to_crop(person) for crop, person in zip(crops, chosen.keypoints_px)])
        answers, places, joints[rows] = self._look(image, crops, finding(in_crops, chosen.confidence), camera, maps)
        sides = np.array([crop.side for crop in crops])
        places = _with_the_found(places, answers.certainty, chosen, SAME_PLACE * sides)
        right = _put_right(detections, rows, places, answers, image.shape[1::-1])
        kept[rows] = answers.person >= LEAST_PERSON
        return Refined(right.take(kept), joints[kept], kept)

    def look_into(self, image, shown, camera):
        """Detections of the people in boxes that nobody fills, and their joints as of Refined.

        Args:
            image: (H, W, 3) uint8 BGR.
            shown: Shown of the image.
            camera: Camera that took it.
        """
        crops = [box_crop(low, high) for low, high in shown.corners.reshape(-1, 2, 2)]
        if not crops:
            return nobody(), np.zeros((0, J, 3), np.float32)
        untold = np.zeros((len(crops), K, 3), np.float32)
        answers, places, joints = self._look(image, crops, untold, camera, shown.maps)
        seen, confidence = _seen(places, answers, image.shape[1::-1])
        scores = confidence.sum(1) / np.maximum(seen.sum(1), 1) * answers.person
        found = Detections(np.where(seen[..., None], places, np.nan), confidence, scores,
                           hidden_px=np.where(seen[..., None], np.nan, places))
        kept = (answers.person >= LEAST_PERSON_IN_BOX) & (seen.sum(1) >= FEWEST_KEYPOINTS)
        return found.take(kept), joints[kept]

    def _look(self, image, crops, keypoints, camera, maps):
        """RefinerAnswers of crops of an image, their places in it (P, K, 2) [px], and joints along the camera's axes.

        Args:
            crops: list of Crop.
            keypoints: see refiner_input.finding, (P, K, 3).
            camera: Camera that took the image.
            maps: ShownMaps of the image, or None.
        """
        sides = np.array([crop.side for crop in crops])
        looks = rays(np.array([(crop.left, crop.top) for crop in crops]) + sides[:, None] / 2, camera)
        focal_length = np.sqrt(camera.matrix[0, 0] * camera.matrix[1, 1])
        shown = [NOTHING_SHOWN if maps is None else maps.around(crop.from_image) for crop in crops]
        answers = self.infer(np.stack([crop.cut(image) for crop in crops]), keypoints,
                             camera_numbers(looks, sides / focal_length), np.stack(shown))
        places = np.stack([crop.to_image(each) for crop, each in zip(crops, answers.places)])
        return answers, places, correct_perspective(answers.joints, looks)


def _largest(keypoints_px, most):
    """Indices of the people who are looked at."""
    rows = np.flatnonzero(refinable(keypoints_px))
    sizes = box_sides(keypoints_px[rows]).max(-1)
    return rows[np.argsort(-sizes, kind="stable")[:most]]


def _with_the_found(places, certainty, found, reach):
    """Places (P, K, 2) [px], drawn towards those of the Detections `found` that are within `reach` (P,) [px] of them.

    Two networks that saw the person err differently (ours; docs/refining.md).
    """
    away = np.linalg.norm(places - found.keypoints_px, axis=-1)
    near = (away <= reach[:, None])[..., None]  # not where nothing was found: NaN
    weight = np.maximum(certainty, LEAST_CONFIDENCE)[..., None]
    mean = (weight * places + FOUND_WEIGHT * np.nan_to_num(found.keypoints_px)) / (weight + FOUND_WEIGHT)
    return np.where(near, mean, places)


def _seen(places, answers, image_size):
    """Which keypoints are seen in the image, (P, K) bool, and their confidence, (P, K); 0 where not."""
    inside = ((places >= -0.5) & (places < np.array(image_size) - 0.5)).all(-1)
    seen = (answers.seen >= LEAST_SEEN) & inside
    return seen, np.where(seen, np.maximum(answers.seen * answers.certainty, LEAST_CONFIDENCE), 0)


def _put_right(detections, rows, places, answers, image_size):
    """Detections with those in `rows` as the refiner has them."""
    seen, confidence = _seen(places, answers, image_size)
    points, sure, scores = (
        np.array(each) for each in (detections.keypoints_px, detections.confidence, detections.scores))
    hidden = np.full_like(points, np.nan)
    points[rows], hidden[rows] = np.where(seen[..., None], places, np.nan), np.where(seen[..., None], np.nan, places)
    sure[rows], scores[rows] = confidence, scores[rows] * answers.person
    encodings = detections.encodings
    if encodings is not None:
        encodings = np.array(encodings)
        encodings[rows] *= seen[..., None, None]
    return Detections(points, sure, scores, encodings, hidden)
