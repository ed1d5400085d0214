"""People in rows one above the other, as Stage I's maps would show them: a known number of people for `mocap bench`."""

import numpy as np

from mocap_ros.datasets.sample import SEEN, Sample
from mocap_ros.datatypes.skeleton import ANGLES, K, KEYPOINTS
from mocap_ros.geometry.pinhole import project
from mocap_ros.kinematics.chain import forward_kinematics, POINTS
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.nets.onnx_refiner import Refined
from mocap_ros.nets.stage_one_maps import StageOneMaps
from mocap_ros.training.targets import make_targets

ROW, APART, ABOVE = 5, 1.3, 2.0  # people in a row, and metres between people and between rows
NEAREST, DISTANCE_PER_ROW = 4.0, 2.3  # m
FACING_CAMERA = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])  # camera_from_body
SWAY = 0.3  # rad
STRENGTH = 0.9  # of a peak


class DrawnStageOne:
    """An engine that works as another does, and answers maps of people who were drawn, moving from frame to frame.

    Args:
        stage_one: engine; its time is spent, its answer is thrown away.
        count: people.
        camera: Camera of the images.
        size: (width, height) of the network's input [px].
        frames: frames until the movement repeats.
    """

    def __init__(self, stage_one, count, camera, size, frames=20):
        self._stage_one, self._number = stage_one, 0
        self.input_size, self.stride, self.description = stage_one.input_size, stage_one.stride, stage_one.description
        self._maps = [_maps(count, camera, size, 2 * np.pi * n / frames) for n in range(frames)]

    def infer(self, images):
        """StageOneMaps of the next frame."""
        self._stage_one.infer(images)
        self._number += 1
        return self._maps[self._number % len(self._maps)]


class DrawnRefiner:
    """A refiner that works as another does, and leaves people as they are: drawn ones are not in the image.

    Args:
        refiner: OnnxRefiner; its time is spent, its answer is thrown away.
    """

    def __init__(self, refiner):
        self._refiner = refiner

    def refine(self, image, detections, camera, most, maps=None):
        """Refined people, who stay as they were found; arguments as of OnnxRefiner."""
        refined = self._refiner.refine(image, detections, camera, most, maps)
        unknown = np.full((len(detections), *refined.joints.shape[1:]), np.nan)
        return Refined(detections, unknown, np.ones(len(detections), bool))

    def look_into(self, image, shown, camera):
        """Nobody, after a look into the boxes; arguments as of OnnxRefiner."""
        found, joints = self._refiner.look_into(image, shown, camera)
        return found.take([]), joints[:0]


def _maps(count, camera, size, phase):
    """StageOneMaps of `count` people who sway, (1, ...)."""
    angles = np.zeros((count, len(ANGLES)))
    each = np.arange(count)
    for name in ("l_shoulder_abduction", "r_shoulder_abduction", "spine_lateral", "l_hip_flexion", "r_elbow_flexion"):
        angles[:, ANGLES.index(name)] = SWAY * np.sin(phase + each)
    row, rows = each // ROW, -(-count // ROW)
    in_row = np.minimum(count - row * ROW, ROW)
    distance = max(NEAREST, DISTANCE_PER_ROW * rows)
    position = np.stack([(each % ROW - (in_row - 1) / 2) * APART, (row - (rows - 1) / 2) * ABOVE,
                         np.full(count, distance)], -1)
    posed = forward_kinematics(position, np.tile(FACING_CAMERA, (count, 1, 1)), angles,
                               default_bone_lengths(np.full(count, 1.7)))
    places = [POINTS.index(name) for name in KEYPOINTS]
    scale = np.array([size[0] / camera.width, size[1] / camera.height])
    keypoints = (project(posed.points[:, places], camera) + 0.5) * scale - 0.5
    matrix = np.diag([*scale, 1.0]) @ camera.matrix
    image = np.zeros((size[1], size[0], 3), np.uint8)
    sample = Sample(image, keypoints, np.full((count, K), SEEN), posed.joints, matrix)
    targets = make_targets(sample)
    return StageOneMaps(targets.heatmaps[None] * STRENGTH, targets.part_affinity[None], targets.encodings[None])
