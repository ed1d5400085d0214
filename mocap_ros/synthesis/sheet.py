"""Contact sheets: pictures with their labels drawn, for looking."""

import cv2
import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS, LIMB_INDICES, PARENT_INDICES, ROOT
from mocap_ros.kinematics.bone_lengths import measure_bones
from mocap_ros.kinematics.chain import forward_kinematics

RIGHT, LEFT, MIDDLE = (60, 60, 255), (255, 140, 30), (60, 220, 220)  # BGR
DOTS = {HIDDEN_BY_OTHER: (0, 0, 255), HIDDEN_BY_OBJECT: (255, 0, 255), HIDDEN_BY_SELF: (0, 165, 255), SEEN: (0, 255, 0),
        UNKNOWN: (255, 255, 255)}
NEAREST_CHAIN = 0.1  # [m] bones nearer to the camera are not drawn
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


def draw_masks(sample):
    """A sample's image with every person's mask in a colour of its own and, in white, the chain in its labelled pose.

    The chain is drawn from root rotation, angles and bone lengths alone: where it leaves the body, they are wrong.
    """
    canvas = sample.image.copy()
    for number, mask in enumerate(sample.masks):
        colour = cv2.cvtColor(np.uint8([[[number * 47 % 180, 220, 255]]]), cv2.COLOR_HSV2BGR)[0, 0]
        canvas[mask] = canvas[mask] // 2 + colour // 2
    known = np.isfinite(sample.angles).all(1) & np.isfinite(sample.joints_camera).all((1, 2))
    joints = sample.joints_camera[known].astype(float)
    chain = forward_kinematics(
        joints[:, JOINTS.index(ROOT)], sample.root_rotations[known].astype(float), sample.angles[known].astype(float),
        measure_bones(joints),
    ).joints
    pixels = chain @ sample.camera_matrix.T
    for person, depth in zip(pixels[..., :2] / np.maximum(pixels[..., 2:], 0.05), chain[..., 2]):
        for joint, parent in enumerate(PARENT_INDICES):
            if parent >= 0 and min(depth[joint], depth[parent]) > NEAREST_CHAIN:
                ends = [tuple(int(v) for v in np.clip(np.rint(person[each]), -4000, 4000)) for each in (joint, parent)]
                cv2.line(canvas, *ends, (255, 255, 255), 1, cv2.LINE_AA)
    return canvas


def contact_sheet(samples, columns=4):
    """Samples in a grid, each plain and below it with keypoints and, where known, masks and chain, (h, w, 3) uint8.

    Args:
        samples: Samples whose images are of one size and which all have owners or all have none.
    """
    tiles = []
    for each in samples:
        panels = [each.image, draw_labels(each.image, each.keypoints_px, each.visibility, 1)]
        tiles.append(np.vstack(panels + [draw_masks(each)] * (each.owners.size > 0)))
    while len(tiles) % columns:
        tiles.append(np.zeros_like(tiles[0]))
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])
