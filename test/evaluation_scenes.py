"""Labelled people whom the standing model sees, and predictions made of labels: known input for the evaluation."""

from functools import partial

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, LabelledFrame
from mocap_ros.datasets.sample import SEEN
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.skeleton import ANGLES, J, JOINTS, K
from mocap_ros.evaluation.predictions import PredictedPeople
from standing_model import CAMERA, HEIGHT, standing_people, WIDTH

ROOTS = [[-0.9, 0.1, 4.2], [1.0, 0.15, 4.6]]  # m, in the standing model's camera
GREY = 200
LIVELY = np.zeros(len(ANGLES))  # rad; no two limbs alike, and arms and legs towards the camera and away from it
for _name, _angle in {"r_shoulder_flexion": 1.2, "r_elbow_flexion": 0.6, "l_shoulder_abduction": 0.9,
                      "r_hip_flexion": 0.9, "r_knee_flexion": 0.5, "l_hip_flexion": -0.3, "l_knee_flexion": 0.6,
                      "spine_flexion": 0.2}.items():
    LIVELY[ANGLES.index(_name)] = _angle
PELVIS = JOINTS.index("pelvis")


def grey_image(width, height):
    return np.full((height, width, 3), GREY, np.uint8)


def labelled_sequence(count=3, scale=2, roots=ROOTS, name="TS1", rate=25.0, angles=LIVELY):
    """People of the standing model in an image `scale` times the network's input, so that pixels must be converted."""
    matrix = CAMERA.matrix.copy()
    matrix[:2] *= scale
    matrix[:2, 2] += (scale - 1) / 2  # pixel centres: (u + 1/2) scale - 1/2
    camera = Camera(scale * WIDTH, scale * HEIGHT, matrix)
    keypoints, joints = standing_people(roots, angles)
    keypoints = (keypoints + 0.5) * scale - 0.5
    frames = [
        LabelledFrame(n, n / 25, partial(grey_image, camera.width, camera.height), keypoints,
                      np.full(keypoints.shape[:2], SEEN), joints, joint_visibility=np.full(joints.shape[:2], SEEN),
                      activities=("Stand/Walk", "Sports")[:len(roots)])
        for n in range(count)
    ]
    return EvaluationSequence(name, frames, camera, rate)


def perfect(sequence, index, moved=0.0, people=None):
    """PredictedPeople who are the labels of a frame, every joint but the pelvis `moved` by so many metres along x."""
    frame = sequence.frames[index]
    rows = np.arange(len(frame)) if people is None else np.array(people, int)
    joints = frame.joints_camera[rows].astype(float)
    roots = joints[:, PELVIS].copy()
    joints = joints - roots[:, None]
    joints[:, np.arange(J) != PELVIS, 0] += moved
    return PredictedPeople(index, frame.keypoints_px[rows], np.ones((len(rows), K)), np.ones(len(rows)), joints, roots,
                           tuple(f"person{p}" for p in rows))

