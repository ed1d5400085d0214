"""Contact sheets: pictures with their labels drawn, for looking."""

import cv2
import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.skeleton import KEYPOINTS, LIMB_INDICES

RIGHT, LEFT, MIDDLE = (60, 60, 255), (255, 140, 30), (60, 220, 220)  # BGR
DOTS = {HIDDEN_BY_OTHER: (0, 0, 255), HIDDEN_BY_OBJECT: (255, 0, 255), HIDDEN_BY_SELF: (0, 165, 255), SEEN: (0, 255, 0),
        UNKNOWN: (255, 255, 255)}
TREE_LIMBS = 19  # the limbs that span all keypoints once


def draw_labels(image, keypoints_px, visibility, scale=2):
    """The image enlarged with skeletons: red right, blue left; dots green seen, white unknown, orange behind the own
    body, red behind another person, magenta behind an object.

    Args:
        image: (H, W, 3) uint8 BGR.
        keypoints_px: (P, K, 2).
        visibility: (P, K).
    """
    canvas = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    for points, codes in zip(keypoints_px, visibility):
        places = np.round((np.nan_to_num(points) + 0.5) * scale - 0.5).astype(int)  # NaN only where OUTSIDE
        for a, b in LIMB_INDICES[:TREE_LIMBS]:
            if codes[a] == OUTSIDE or codes[b] == OUTSIDE:
                continue
            names = KEYPOINTS[a], KEYPOINTS[b]
            side = [name[:2] for name in names if name[1] == "_"]
            colour = RIGHT if "r_" in side else LEFT if "l_" in side else MIDDLE
            cv2.line(canvas, tuple(places[a].tolist()), tuple(places[b].tolist()), colour, 1, cv2.LINE_AA)
        for place, code in zip(places, codes):
            if code != OUTSIDE:
                cv2.circle(canvas, tuple(place.tolist()), 2, DOTS[int(code)], -1, cv2.LINE_AA)
    return canvas


def contact_sheet(pictures, columns=3, scale=1):
    """Pairs of plain and labelled pictures in a grid, (rows, columns, 3) uint8.

    Args:
        pictures: (image, keypoints_px, visibility) each; all images of one size.
    """
    tiles = []
    for image, keypoints_px, visibility in pictures:
        plain = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        tiles.append(np.vstack([plain, draw_labels(image, keypoints_px, visibility, scale)]))
    while len(tiles) % columns:
        tiles.append(np.zeros_like(tiles[0]))
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])
