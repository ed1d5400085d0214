"""People in 2D as other software publishes them: joints by name, in pixels of the image. docs/front_ends.md."""

import importlib
from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.errors import ConfigError, SkeletonError
from mocap_ros.datatypes.skeleton import COCO_17, KEYPOINTS
from mocap_ros.front_ends.joint_names import JOINT_SETS
from mocap_ros.motion_export.people_messages import keypoints_from_messages

PACKAGES = {"persons": "mocap_ros", "rep155": "hri_msgs", "yolo": "yolo_msgs", "vision": "vision_msgs"}
TYPES = {"persons": ("PersonArray",), "rep155": ("IdsList", "Skeleton2D"), "yolo": ("DetectionArray",),
         "vision": ("Detection2DArray",)}
FIELDS = {"PersonArray": "people", "IdsList": "ids", "Skeleton2D": "skeleton", "DetectionArray": "detections",
          "Detection2DArray": "detections"}
SIDES = {"left": "l", "right": "r"}  # of COCO's own joint names
PERSON = "person"


class People2D(NamedTuple):
    """P people of one image, with N joints.

    Attributes:
        points_px: (P, N, 2) [px], centre of the top-left pixel at (0, 0).
        confidence: (P, N); 0 where not seen.
        scores: (P,).
        names: joint order, N names.
    """

    points_px: np.ndarray
    confidence: np.ndarray
    scores: np.ndarray
    names: tuple


def message_types(settings):
    """The message classes of a format, in the order of TYPES.

    Args:
        settings: People2DConfig.

    Raises:
        ConfigError: the package is not installed, or has no such messages.
    """
    package = settings.package or PACKAGES[settings.format]
    try:
        module = importlib.import_module(f"{package}.msg")
    except ImportError as error:
        debian = f"ros-$ROS_DISTRO-{package.replace('_', '-')}"
        raise ConfigError(f"people_2d.format '{settings.format}': {package} is not installed ({error}); sudo apt-get "
                          f"install {debian}, or build it in this workspace") from None
    types = [getattr(module, name, None) for name in TYPES[settings.format]]
    for name, kind in zip(TYPES[settings.format], types):
        if kind is None or FIELDS[name] not in kind.get_fields_and_field_types():
            raise ConfigError(f"people_2d.format '{settings.format}': {package} has no message {name} with the field "
                              f"'{FIELDS[name]}'")
    return types


def from_persons(message):
    """People2D of a PersonArray, of whatever state; only the keypoints and scores are read."""
    points, confidence = _unseen(len(message.people), KEYPOINTS)
    for row, each in enumerate(message.people):
        points[row], confidence[row] = keypoints_from_messages(each.keypoints)
    return _without_missing(points, confidence, np.array([each.score for each in message.people]))


def from_skeletons(messages, width, height):
    """People2D of Skeleton2D messages, whose points are shares of an image of width x height [px].

    Raises:
        SkeletonError: not REP-155's 18 points.
    """
    names = JOINT_SETS["rep155_18"]
    for each in messages:
        if len(each.skeleton) != len(names):
            raise SkeletonError(f"Skeleton2D of {len(each.skeleton)} points: wanted REP-155's {len(names)}")
    tables = np.array([[(point.x, point.y, point.c) for point in each.skeleton] for each in messages], float)
    tables = tables.reshape(-1, len(names), 3)
    points, confidence = tables[..., :2] * [width, height] - 0.5, tables[..., 2]
    seen = confidence > 0
    scores = np.where(seen, confidence, 0).sum(1) / np.maximum(seen.sum(1), 1)
    return People2D(points, confidence, scores, names)


def from_yolo(message, names):
    """People2D of yolo_ros' DetectionArray; detections without keypoints are left out.

    Args:
        message: DetectionArray; a keypoint's `id` counts from 1 in the model's order, and those not seen are missing.
        names: the model's joint order.

    Raises:
        SkeletonError: an id that the order does not have, or one that comes twice.
    """
    people = [each for each in message.detections if len(each.keypoints.data)]
    points, confidence = _unseen(len(people), names)
    for row, each in enumerate(people):
        given = [point.id for point in each.keypoints.data]
        wrong = [number for number in given if not 1 <= number <= len(names)]
        if wrong:
            raise SkeletonError(f"keypoint id {wrong[0]}: wanted 1 to {len(names)}, one for each of people_2d.joints")
        if len(set(given)) < len(given):
            raise SkeletonError(f"a person with {len(given)} keypoints, of which only {len(set(given))} ids differ")
        columns = np.array(given) - 1
        points[row, columns] = [(point.point.x, point.point.y) for point in each.keypoints.data]
        confidence[row, columns] = [point.score for point in each.keypoints.data]
    return People2D(points, confidence, np.array([each.score for each in people]), names)


def from_vision(message):
    """People2D of a Detection2DArray whose every Detection2D is a person and every hypothesis in it a joint.

    vision_msgs has no keypoint type. A hypothesis' class_id is the joint's name (COCO's, such as left_wrist, or ours,
    such as l_wrist), its score the confidence, and x and y of its pose's position are pixels. A hypothesis of the class
    `person` gives the person's score; without one it is the joints' mean confidence.

    Raises:
        SkeletonError: a class that is no joint, or one that comes twice.
    """
    names = KEYPOINTS
    points, confidence = _unseen(len(message.detections), names)
    scores = np.full(len(message.detections), np.nan)
    for row, each in enumerate(message.detections):
        for result in each.results:
            name, score = _class_of(result)
            if name == PERSON:
                scores[row] = score
                continue
            if name not in names:
                raise SkeletonError(f"class_id '{name}': wanted person or a joint, one of {', '.join(names)} (left_ "
                                    "and right_ may be written out)")
            column = names.index(name)
            if confidence[row, column] > 0:
                raise SkeletonError(f"a person with two joints '{name}'")
            position = result.pose.pose.position
            points[row, column], confidence[row, column] = (position.x, position.y), score
    seen = confidence > 0
    mean = np.where(seen, confidence, 0).sum(1) / np.maximum(seen.sum(1), 1)
    return _without_missing(points, confidence, np.where(np.isnan(scores), mean, scores))


def _class_of(result):
    """A hypothesis' class, in our words, and its score, of vision_msgs 3 and 4 and of the older ones."""
    told = getattr(result, "hypothesis", result)
    name = told.class_id if hasattr(told, "class_id") else told.id
    side, _, rest = name.partition("_")
    return f"{SIDES[side]}_{rest}" if side in SIDES else name, told.score


def _without_missing(points, confidence, scores):
    """People2D without those joints that COCO lacks and nobody has, so that they are put half-way."""
    used = [k for k, name in enumerate(KEYPOINTS) if name in COCO_17 or (confidence[:, k] > 0).any()]
    return People2D(points[:, used], confidence[:, used], scores, tuple(KEYPOINTS[k] for k in used))


def _unseen(people, names):
    return np.full((people, len(names), 2), np.nan), np.zeros((people, len(names)))
