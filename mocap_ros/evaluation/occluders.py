"""Random occluders pasted over people: the synthetic-occlusion experiment (thesis Sec. 6.2.4, Table C.3)."""

from dataclasses import replace
from functools import partial
import zlib

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, KEYPOINT_OF_JOINT, KEYPOINTS
from mocap_ros.evaluation.matching import person_sizes

SHARE = 0.14  # of the evaluated joints (Table C.3)
SMALLEST, LARGEST = 0.10, 0.25  # side of an occluder, of the person's size; sizes and looks are ours
JITTER = 0.06  # of the person's size, by which an occluder's middle misses the joint that it is aimed at
NOISE = 25.0  # grey levels, texture of an occluder
_EVALUATED = [KEYPOINTS.index(name) for name in EVALUATION_JOINTS]


def occlude(sequence, share=SHARE, seed=1):
    """The EvaluationSequence with occluders over about `share` of the evaluated joints, the same for the same seed.

    Keypoints and joints under an occluder are HIDDEN_BY_OBJECT, all others count as seen: as in Table C.3, what people
    hide of themselves is not told apart.
    """
    return sequence._replace(frames=OccludedFrames(sequence.frames, zlib.crc32(sequence.name.encode()), share, seed))


class OccludedFrames:
    """LabelledFrames of `frames` with occluders; arguments as of occlude."""

    def __init__(self, frames, key, share, seed):
        self.frames, self.key, self.share, self.seed = frames, key, share, seed

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, index):
        frame = self.frames[index]
        draw = (self.seed, self.key, index)
        boxes = occluder_boxes(frame.keypoints_px, self.share, np.random.default_rng(draw))
        placed = np.isfinite(frame.keypoints_px).all(-1)
        hidden = covered(frame.keypoints_px, boxes)
        keypoints = np.where(hidden, HIDDEN_BY_OBJECT, np.where(placed, SEEN, OUTSIDE))
        joints = np.where(KEYPOINT_OF_JOINT >= 0, keypoints[:, KEYPOINT_OF_JOINT], OUTSIDE)
        return replace(frame, keypoint_visibility=keypoints, joint_visibility=joints,
                       read_image=partial(_read_occluded, frame.read_image, boxes, draw))


def occluder_boxes(keypoints_px, share, generator):
    """Boxes that cover about `share` of the evaluated keypoints of all people, (N, 4): left, top, right, bottom [px].

    Boxes are aimed at joints drawn at random and added for as long as that brings the covered share nearer to `share`.
    """
    placed = np.isfinite(keypoints_px).all(-1)
    evaluated = placed[:, _EVALUATED]
    sizes = person_sizes(keypoints_px, placed)
    boxes = np.zeros((0, 4))
    missing = share  # distance of the covered share from the wanted one
    people, joints = np.nonzero(evaluated)
    while len(people):
        target = generator.integers(len(people))
        person = people[target]
        middle = keypoints_px[person, _EVALUATED[joints[target]]] + JITTER * sizes[person] * generator.normal(size=2)
        half = sizes[person] * generator.uniform(SMALLEST, LARGEST, 2) / 2
        more = np.concatenate([boxes, [[*(middle - half), *(middle + half)]]])
        now = abs(share - covered(keypoints_px, more)[:, _EVALUATED].sum() / evaluated.sum())
        if now > missing:
            break
        boxes, missing = more, now
        if now == 0:
            break
    return boxes


def covered(keypoints_px, boxes):
    """Which keypoints (P, K, 2) [px] lie under any box, (P, K) bool."""
    points = keypoints_px[:, :, None]  # (P, K, 1, 2)
    return ((points >= boxes[:, :2]) & (points <= boxes[:, 2:])).all(-1).any(-1)


def _read_occluded(read_image, boxes, draw):
    """The image with textured boxes of random colours."""
    image = read_image().copy()
    generator = np.random.default_rng((*draw, 1))
    height, width = image.shape[:2]
    for left, top, right, bottom in np.round(boxes).astype(int):
        rows, columns = slice(max(top, 0), min(bottom, height - 1) + 1), slice(max(left, 0), min(right, width - 1) + 1)
        patch = image[rows, columns]
        colour = generator.uniform(0, 255, 3) + NOISE * generator.normal(size=patch.shape)
        image[rows, columns] = np.clip(colour, 0, 255).astype(np.uint8)
    return image
