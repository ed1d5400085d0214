"""Labels for photographs that have none, by what a network says of them again and again (Radosavovic et al. 2018).

One network looks at each photograph at several resolutions, plain and mirrored. What most looks agree on is labelled;
about the rest of the picture nothing is said. A network that trains on such labels learns to say at one look what it
now says at most of them, on the photographs of the camera that it will have to work with.
"""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from mocap_ros.datasets.coco import CORNER
from mocap_ros.datatypes.skeleton import COCO_17, index_map, K, KEYPOINT_MIRROR, KEYPOINTS, LIMB_INDICES
from mocap_ros.decoding.keypoint_similarity import similarities, usual_pixel
from mocap_ros.decoding.several_looks import merge_looks, SAME_POSE
from mocap_ros.geometry.boxes import box_sides

RESOLUTIONS = 0.7, 1.0, 1.4, 2.0  # sides of the network's input over its usual ones; each plain and mirrored
ENOUGH = 0.5  # share of the looks that must find a person, and of those that must put a keypoint in one place
NEAR = 0.06  # of the person's longer side: keypoints closer than that are in one place
FEWEST_KEYPOINTS = 6  # of COCO_17 that a labelled person shows
REACH = 0.12  # of the person's longer side: how far around keypoints the picture is known; half of it around limbs
SMALLEST_REACH_PX = 12
MOST_PEOPLE = 64
VISIBLE, NOT_SURE = 2, 1  # COCO's states; what is only hidden is neither asked for nor forbidden in training
_COCO = index_map(KEYPOINTS, COCO_17)


class AgreedPeople(NamedTuple):
    """What looks at one photograph agree on.

    Attributes:
        points: KEYPOINTS order [px], (P, K, 2); NaN where no look shows them.
        agreed: in one place in enough of the looks, (P, K) bool.
        doubtful: people whom only few of the looks found [px], (Q, K, 2).
    """

    points: np.ndarray
    agreed: np.ndarray
    doubtful: np.ndarray


def looks_at(image, detectors):
    """What each look finds, in the image's pixels: Detections by resolution, plain and mirrored in turn.

    Args:
        image: (H, W, 3) uint8 BGR.
        detectors: function from an image to Detections with encodings, one for each of RESOLUTIONS.
    """
    reflected = np.ascontiguousarray(image[:, ::-1])
    looks = []
    for detect in detectors:
        looks += [detect(image), _mirrored(detect(reflected), image.shape[1])]
    return looks


def agreed_people(looks, image_size):
    """People whom enough of the looks found.

    Args:
        looks: Detections of looks_at.
        image_size: (width, height) [px].

    Returns:
        AgreedPeople.
    """
    merged = merge_looks(looks, usual_pixel(image_size) / np.repeat(RESOLUTIONS, 2), MOST_PEOPLE)
    points = merged.keypoints_px.astype(float)
    finds, votes = np.zeros(len(points), int), np.zeros((len(points), K), int)
    sides = box_sides(points).max(-1)
    for look in looks:
        if not len(look) or not len(points):
            continue
        alike = similarities(points, look.keypoints_px)
        best = alike.argmax(1)
        same = alike.max(1) >= SAME_POSE
        with np.errstate(invalid="ignore"):
            near = np.linalg.norm(look.keypoints_px[best] - points, axis=-1) <= NEAR * sides[:, None]
        finds += same
        votes += same[:, None] & near
    needed = ENOUGH * len(looks)
    agreed = votes >= needed
    kept = (finds >= needed) & (agreed[:, _COCO].sum(1) >= FEWEST_KEYPOINTS)
    return AgreedPeople(points[kept], agreed[kept], points[~kept])


def annotations_of(image_id, people, rows, columns):
    """Entries of a COCO annotation list, without ids: the agreed people, and a crowd over all that is not known.

    Args:
        image_id: number of the photograph.
        people: AgreedPeople.
        rows, columns: size of the photograph.

    Returns:
        list of dicts that datasets.coco.CocoPeople reads; empty where nobody is agreed on.
    """
    if not len(people.points):
        return []
    entries = []
    for places, sure in zip(people.points, people.agreed):
        shown = np.isfinite(places).all(-1)
        flags = np.where(sure, VISIBLE, np.where(shown, NOT_SURE, 0))[_COCO]
        table = np.where(flags[:, None] > 0, places[_COCO] + CORNER, 0)
        corner, far = np.nanmin(places, 0), np.nanmax(places, 0)
        entries.append({
            "image_id": image_id, "category_id": 1, "iscrowd": 0, "num_keypoints": int((flags > 0).sum()),
            "keypoints": np.column_stack([table.round(2), flags]).ravel().tolist(),
            "bbox": [*corner.round(1).tolist(), *(far - corner).round(1).tolist()],
            "area": float((far - corner).prod().round(1)),
        })
    unknown = ~known_area(people, rows, columns)
    runs = np.flatnonzero(np.diff(unknown.T.ravel(), prepend=False))  # first pixel of every run but the first
    counts = np.diff(np.concatenate([[0], runs, [unknown.size]])).tolist()
    entries.append({
        "image_id": image_id, "category_id": 1, "iscrowd": 1, "num_keypoints": 0, "area": float(unknown.sum()),
        "bbox": [0, 0, columns, rows], "exact": True,
        "segmentation": {"size": [rows, columns], "counts": counts},
    })
    return entries


def known_area(people, rows, columns):
    """Where the picture is known, (rows, columns) bool: around agreed keypoints and the limbs between them.

    Around the keypoints of doubtful people it is not.
    """
    area = np.zeros((rows, columns), np.uint8)
    for places, sure, reach in zip(people.points, people.agreed, _reaches(people.points)):
        for a, b in LIMB_INDICES:
            if sure[a] and sure[b]:
                cv2.line(area, _pixel(places[a]), _pixel(places[b]), 1, reach)
        for k in np.flatnonzero(sure):
            cv2.circle(area, _pixel(places[k]), reach, 1, -1)
    for places, reach in zip(people.doubtful, _reaches(people.doubtful)):
        for place in places[np.isfinite(places).all(-1)]:
            cv2.circle(area, _pixel(place), reach, 0, -1)
    return area > 0


def _reaches(points):
    return [max(int(REACH * side), SMALLEST_REACH_PX) for side in box_sides(points).max(-1)]


def _mirrored(found, width):
    """Detections in a mirrored image as those of the plain one; encodings keep nothing but their shape."""
    points = found.keypoints_px[:, KEYPOINT_MIRROR] * [-1, 1] + [width - 1, 0]
    return replace(found, keypoints_px=points, confidence=found.confidence[:, KEYPOINT_MIRROR])


def _pixel(point):
    return tuple(int(round(each)) for each in point)
