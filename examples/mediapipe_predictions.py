"""Predictions of MediaPipe Pose (one person an image) on a data set of `mocap evaluate`, for its --compare.

    pip install mediapipe==0.10.14
    python examples/mediapipe_predictions.py synthetic demo mediapipe_demo
    mocap evaluate --dataset synthetic --root demo --out results --compare MediaPipe=mediapipe_demo

MediaPipe's models are those of its own wheel. Its world landmarks are metres relative to the hips with x to the right,
y down and z away from the camera, as here; it has no joints for the top of the head, the head and the spine.
"""

import argparse
import json
from pathlib import Path

import cv2
import mediapipe
import numpy as np
from tqdm import tqdm

from mocap_ros.evaluation.data_sets import open_sequences
from mocap_ros.evaluation.predictions import FORMAT, VERSION, file_name

# Number of each landmark, from MediaPipe's pose documentation.
LANDMARKS = {
    "nose": 0, "l_eye": 2, "r_eye": 5, "l_ear": 7, "r_ear": 8, "l_shoulder": 11, "r_shoulder": 12, "l_elbow": 13,
    "r_elbow": 14, "l_wrist": 15, "r_wrist": 16, "l_hand": 19, "r_hand": 20, "l_hip": 23, "r_hip": 24, "l_knee": 25,
    "r_knee": 26, "l_ankle": 27, "r_ankle": 28, "l_toe": 31, "r_toe": 32,
}
MIDDLES = {"neck": ("l_shoulder", "r_shoulder"), "pelvis": ("l_hip", "r_hip")}
FACE, ENDS = ("nose", "l_eye", "r_eye", "l_ear", "r_ear"), ("l_hand", "r_hand", "l_toe", "r_toe")
NAMES = (*LANDMARKS, *MIDDLES)
KEYPOINTS = [name for name in NAMES if name not in ENDS]
JOINTS = [name for name in NAMES if name not in FACE]


def main():
    parser = argparse.ArgumentParser(description="Write MediaPipe Pose's predictions on a data set.")
    parser.add_argument("dataset", help="as --dataset of mocap evaluate")
    parser.add_argument("root", help="as --root")
    parser.add_argument("out", help="folder to write")
    parser.add_argument("--limit", type=int, default=0, help="as --limit")
    parser.add_argument("--every", type=int, default=1, help="as --every")
    arguments = parser.parse_args()
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    for sequence in open_sequences(arguments.dataset, arguments.root, arguments.limit, arguments.every):
        with (out / file_name(sequence.name)).open("w") as file, \
                mediapipe.solutions.pose.Pose(static_image_mode=True, model_complexity=1) as pose:
            header = {"format": FORMAT, "version": VERSION, "sequence": sequence.name, "keypoints": KEYPOINTS,
                      "joints": JOINTS}
            file.write(json.dumps(header) + "\n")
            for index in tqdm(range(len(sequence.frames)), unit=" frames", desc=sequence.name):
                people = people_of(pose, sequence.frames[index].read_image())
                file.write(json.dumps({"frame": index, "people": people}) + "\n")


def people_of(pose, image):
    """The person that MediaPipe finds in an image, as a list of one record or none."""
    found = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    if found.pose_landmarks is None:
        return []
    height, width = image.shape[:2]
    # Landmarks are shares of the image's sides from its corner; pixels here count from the first pixel's centre.
    points = with_middles([[each.x * width - 0.5, each.y * height - 0.5, each.visibility]
                           for each in found.pose_landmarks.landmark])
    joints = with_middles([[each.x, each.y, each.z] for each in found.pose_world_landmarks.landmark])
    return [{
        "score": float(np.mean([points[name][2] for name in KEYPOINTS])),
        "keypoints": [points[name].round(3).tolist() for name in KEYPOINTS],
        "joints": [(joints[name] - joints["pelvis"]).round(5).tolist() for name in JOINTS],
    }]


def with_middles(landmarks):
    """Name to values of MediaPipe's landmarks and of the points half-way between two of them."""
    values = {name: np.array(landmarks[number]) for name, number in LANDMARKS.items()}
    return {**values, **{name: (values[a] + values[b]) / 2 for name, (a, b) in MIDDLES.items()}}


if __name__ == "__main__":
    main()
