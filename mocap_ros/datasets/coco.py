"""COCO's person keypoints (Lin et al. 2014) as samples: photographs with 2D labels."""

import json
from pathlib import Path

import cv2
import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN, Sample
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import COCO_17, J, K, KEYPOINTS, MIDPOINTS, index_map

IGNORED_MARGIN = 0.05  # of a box, by which it is widened


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
        try:
            content = json.loads(Path(annotations).read_text())
            people = {}
            for each in content["annotations"]:
                people.setdefault(each["image_id"], []).append(each)
            self.photographs = [
                (each["id"], each["file_name"], people.get(each["id"], [])) for each in content["images"]
                if not only_people or any(one.get("num_keypoints", 0) for one in people.get(each["id"], []))
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImageError(f"{annotations}: not a COCO keypoint file ({error})") from error

    def __len__(self):
        return len(self.photographs)

    def __getitem__(self, index):
        _, name, annotations = self.photographs[index]
        image = cv2.imread(str(self.folder / name), cv2.IMREAD_COLOR)
        if image is None:
            raise ImageError(f"{self.folder / name}: not an image that OpenCV can read")
        ignore = np.zeros(image.shape[:2], bool)
        points, visibility = [], []
        for each in annotations:
            if each.get("num_keypoints", 0) and not each.get("iscrowd", 0):
                keypoints_px, seen = keypoints_of(each["keypoints"])
                points.append(keypoints_px)
                visibility.append(seen)
            else:
                _mark_box(ignore, each["bbox"])
        people = len(points)
        return Sample(
            image, np.reshape(points, (people, K, 2)), np.reshape(visibility, (people, K)),
            np.full((people, J, 3), np.nan), np.full((3, 3), np.nan), ignore,
        )


def keypoints_of(numbers):
    """KEYPOINTS [px], (K, 2), and their visibility, (K,), from COCO's 51 numbers.

    COCO counts from the top-left pixel's corner, so half a pixel is taken off. Its label 1 (hidden) does not say by
    what: it becomes HIDDEN_BY_OBJECT. COCO has no head top.
    """
    table = np.reshape(numbers, (17, 3)).astype(float)
    source = index_map(COCO_17, KEYPOINTS)
    points = np.where((source >= 0)[:, None] & (table[source, 2:] > 0), table[source, :2] - 0.5, np.nan)
    state = np.where(source >= 0, np.choose(table[source, 2].astype(int), [OUTSIDE, HIDDEN_BY_OBJECT, SEEN]), OUTSIDE)
    for middle, (left, right) in MIDPOINTS.items():
        m, a, b = (KEYPOINTS.index(name) for name in (middle, left, right))
        points[m] = (points[a] + points[b]) / 2
        state[m] = min(state[a], state[b])
    return points, state.astype(np.uint8)


def _mark_box(mask, box):
    """Sets a widened box (x, y, width, height) [px] of the mask."""
    x, y, width, height = box
    left, top = max(0, int(x - IGNORED_MARGIN * width)), max(0, int(y - IGNORED_MARGIN * height))
    mask[top:int(y + (1 + IGNORED_MARGIN) * height) + 1, left:int(x + (1 + IGNORED_MARGIN) * width) + 1] = True
