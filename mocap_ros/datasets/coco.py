"""COCO's person keypoints (Lin et al. 2014): photographs with 2D labels.

Layout: ROOT/annotations/person_keypoints_{train,val}2017.json and ROOT/{train,val}2017/*.jpg.
"""

from functools import partial
import json
from pathlib import Path

import cv2
import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, LabelledFrame
from mocap_ros.datasets.label_layout import labelled_keypoints, lay_out_keypoints
from mocap_ros.datasets.published_files import Origin, need, read_photograph
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN, Sample
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import COCO_17, J, JOINTS, K

ORIGIN = Origin("COCO 2017 (person keypoints)", "https://cocodataset.org/#download")
CORNER = 0.5  # px; COCO counts from the top-left pixel's corner, we from its centre
LABELLED = labelled_keypoints(COCO_17)
STATES = np.array([OUTSIDE, HIDDEN_BY_OBJECT, SEEN], np.uint8)  # of COCO's 0, 1, 2: not labelled, hidden, visible
IGNORED_MARGIN = 0.05  # of a box's longer side, by which what is ignored is widened


class CocoPeople:
    """Samples of a COCO person keypoint file; a neck and a pelvis are put between shoulders and hips.

    People without labelled keypoints, and crowds, become `ignore` areas.

    Args:
        images: folder of the photographs.
        annotations: person_keypoints_*.json.
        only_people: leave out photographs on which nobody has a labelled keypoint.

    Raises:
        ImageError: a file that is missing or not COCO's, or (on access) a photograph that cannot be read.
    """

    def __init__(self, images, annotations, only_people=True):
        self.folder = Path(images)
        self.photographs = _photographs(annotations, only_people)

    def __len__(self):
        return len(self.photographs)

    def __getitem__(self, index):
        _, name, annotations = self.photographs[index]
        image = read_photograph(self.folder / name)
        ignore = np.zeros(image.shape[:2], bool)
        points, visibility = [], []
        for each in annotations:
            if each.get("num_keypoints", 0) and not each.get("iscrowd", 0):
                keypoints_px, seen = keypoints_of(each["keypoints"])
                points.append(keypoints_px)
                visibility.append(seen)
            else:
                ignore |= area_of(each, *image.shape[:2])
        people = len(points)
        return Sample(
            image, np.reshape(points, (people, K, 2)), np.reshape(visibility, (people, K)),
            np.full((people, J, 3), np.nan), np.full((3, 3), np.nan), ignore, LABELLED,
        )


def keypoints_of(numbers):
    """KEYPOINTS [px], (K, 2), and their visibility, (K,), from COCO's 51 numbers.

    Half a pixel is taken off (CORNER). COCO's label 1 (hidden) does not say by what: it becomes HIDDEN_BY_OBJECT. COCO
    has no head top.
    """
    table = np.reshape(numbers, (17, 3)).astype(float)
    return lay_out_keypoints(table[:, :2] - CORNER, STATES[table[:, 2].astype(int)], COCO_17)


def training_samples(root):
    """Samples of train2017."""
    images, annotations = _find(root, "train2017")
    return CocoPeople(images, annotations)


def evaluation_sequences(root, split="val2017"):
    """One EvaluationSequence of a split's photographs with people.

    People without labelled keypoints, and crowds, are there without keypoints and do not count (`valid` False).
    """
    images, annotations = _find(root, split)
    frames = _Frames(images, _photographs(annotations, only_people=False))
    annotated = tuple(joint for joint in JOINTS if joint in COCO_17)
    return (EvaluationSequence(split, frames, annotated=annotated, coco_annotations=str(annotations)),)


class _Frames:
    """LabelledFrames of photographs."""

    def __init__(self, folder, photographs):
        self.folder, self.photographs = folder, photographs

    def __len__(self):
        return len(self.photographs)

    def __getitem__(self, index):
        number, name, annotations = self.photographs[index]
        people = [keypoints_of(each.get("keypoints") or np.zeros(51)) for each in annotations]
        return LabelledFrame(
            number, float(index), partial(read_photograph, str(self.folder / name)),
            np.reshape([points for points, _ in people], (-1, K, 2)),
            np.reshape([states for _, states in people], (-1, K)),
            valid=[bool(each.get("num_keypoints", 0)) and not each.get("iscrowd", 0) for each in annotations],
            areas_px=[each.get("area", np.nan) for each in annotations],
        )


def _find(root, split):
    """The folder of a split's photographs and its annotation file."""
    root = Path(root)
    return need(root / split, ORIGIN), need(root / "annotations" / f"person_keypoints_{split}.json", ORIGIN)


def _photographs(annotations, only_people):
    """(image id, file name, annotations) of every photograph."""
    try:
        content = json.loads(Path(annotations).read_text())
        people = {}
        for each in content["annotations"]:
            people.setdefault(each["image_id"], []).append(each)
        return [
            (each["id"], each["file_name"], people.get(each["id"], [])) for each in content["images"]
            if not only_people or any(one.get("num_keypoints", 0) for one in people.get(each["id"], []))
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImageError(f"{annotations}: not a COCO keypoint file ({error})") from error


def area_of(annotation, rows, columns):
    """Where an annotated person or crowd is, widened a little, (rows, columns) bool: its mask, else its box.

    The masks are polygons, or lengths of runs down the columns of which the first is empty; compressed runs, which the
    published files do not have, count as none. An area that calls itself `exact`, as our own labels do, is not widened.
    """
    area, outline = np.zeros((rows, columns), np.uint8), annotation.get("segmentation")
    x, y, width, height = annotation["bbox"]
    if isinstance(outline, list) and outline:
        cv2.fillPoly(area, [np.rint(np.reshape(each, (-1, 2)) - CORNER).astype(np.int32) for each in outline], 1)
    elif isinstance(outline, dict) and isinstance(outline["counts"], list) and outline["size"] == [rows, columns]:
        counts = outline["counts"]
        area[:] = np.repeat(np.arange(len(counts)) % 2, counts).reshape(columns, rows).T
    else:
        area[max(0, int(y)):int(y + height) + 1, max(0, int(x)):int(x + width) + 1] = 1
    if annotation.get("exact"):
        return area > 0
    margin = 2 * int(np.ceil(IGNORED_MARGIN * max(width, height))) + 1
    return cv2.dilate(area, np.ones((margin, margin), np.uint8)) > 0
