"""CMU Panoptic (Joo et al. 2015): several people in a dome, seen by its HD cameras.

Layout, as its toolbox downloads and extracts it: ROOT/SEQUENCE/calibration_SEQUENCE.json, .../hdPose3d_stage1_coco19/
body3DScene_00000000.json onward (centimetres, world frame, 19 joints with confidence) and the images of a camera such
as 00_16, either as hdImgs/00_16/00_16_00000000.jpg or as hdVideos/hd_00_16.mp4.
"""

import json
from pathlib import Path

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence, LabelledFrame
from mocap_ros.datasets.frame_samples import FrameSamples
from mocap_ros.datasets.label_layout import (
    hidden_by_others, labelled_keypoints, lay_out_joints, lay_out_keypoints, outside_image,
)
from mocap_ros.datasets.published_files import Origin, image_or_frame, need
from mocap_ros.datasets.sample import OUTSIDE, UNKNOWN
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import JOINTS, K, PANOPTIC_19
from mocap_ros.geometry.pinhole import project
from mocap_ros.geometry.rigid import apply, transform

ORIGIN = Origin("CMU Panoptic", "http://domedb.perception.cs.cmu.edu/")
POSES = "hdPose3d_stage1_coco19"
CAMERAS = ("00_16", "00_30")  # the two of the usual single-view protocol (Zanfir et al. 2018)
RATE = 29.97  # 1/s
LEAST_CONFIDENCE = 0.1  # the toolbox's; missing joints have -1
CENTIMETRE = 0.01  # m


def evaluation_sequences(root, cameras=CAMERAS, step=1):
    """The EvaluationSequences of every sequence below `root` and every one of `cameras` whose images are there.

    Who hides whom is estimated from everybody's place; other occlusion is UNKNOWN.

    Raises:
        ImageError: no sequence is there, or none of the cameras' images.
    """
    root = Path(root)
    folders = sorted(path.parent for path in root.glob(f"*/{POSES}"))
    if not folders:
        need(root / POSES if (root / "hdVideos").is_dir() else root / "SEQUENCE" / POSES, ORIGIN)
    found = []
    for folder in folders:
        path = need(folder / f"calibration_{folder.name}.json", ORIGIN)
        poses = sorted((folder / POSES).glob("body3DScene_*.json"))[::step]
        calibration = _calibration(path)
        for name in cameras:
            if not (folder / "hdImgs" / name).is_dir() and not (folder / "hdVideos" / f"hd_{name}.mp4").exists():
                continue
            if name not in calibration:
                raise ImageError(f"{path}: no HD camera '{name}'. There are {', '.join(calibration)}")
            camera, camera_from_world = calibration[name]
            frames = _Frames(folder, name, tuple(map(str, poses)), camera, camera_from_world)
            annotated = tuple(joint for joint in JOINTS if joint in PANOPTIC_19)
            found.append(EvaluationSequence(f"{folder.name} {name}", frames, camera, RATE / step, annotated))
    if not found:
        need(folders[0] / "hdVideos" / f"hd_{cameras[0]}.mp4", ORIGIN)
    return tuple(found)


def training_samples(root, cameras=None, step=15):
    """Samples of every `step`-th frame of all HD cameras whose images are there, or of `cameras`.

    The set has no head top, so no height: its samples teach the 2D branch only.
    """
    every = tuple(f"00_{number:02d}" for number in range(31)) if cameras is None else cameras
    return FrameSamples(evaluation_sequences(root, every, step), labelled_keypoints(PANOPTIC_19))


class _Frames:
    """LabelledFrames of one camera; a frame's JSON is read when it is asked for."""

    def __init__(self, folder, name, poses, camera, camera_from_world):
        self.folder, self.name, self.poses = folder, name, poses
        self.camera, self.camera_from_world = camera, camera_from_world

    def __len__(self):
        return len(self.poses)

    def __getitem__(self, index):
        path = self.poses[index]
        try:
            bodies = json.loads(Path(path).read_text())["bodies"]
            table = np.array([each["joints19"] for each in bodies], float).reshape(len(bodies), 19, 4)
            names = [int(each["id"]) for each in bodies]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ImageError(f"{path}: not a pose file of CMU Panoptic ({error})") from error
        number = _number(path)
        points = apply(self.camera_from_world, table[..., :3] * CENTIMETRE)
        points[table[..., 3] < LEAST_CONFIDENCE] = np.nan
        keypoints, visibility = lay_out_keypoints(points, np.full(points.shape[:2], UNKNOWN), PANOPTIC_19)
        pixels = project(keypoints, self.camera) if len(bodies) else np.zeros((0, K, 2))
        visibility = hidden_by_others(keypoints, np.where(np.isfinite(pixels).all(-1), visibility, OUTSIDE))
        visibility = outside_image(pixels, visibility, self.camera.width, self.camera.height)
        inside = (visibility != OUTSIDE).any(1)  # a dome's camera does not see everybody
        image = self.folder / "hdImgs" / self.name / f"{self.name}_{number:08d}.jpg"
        read = image_or_frame(image, self.folder / "hdVideos" / f"hd_{self.name}.mp4", number, ORIGIN)
        return LabelledFrame(
            number, (number - _number(self.poses[0])) / RATE, read, pixels[inside], visibility[inside],
            lay_out_joints(points, PANOPTIC_19)[inside], person_ids=np.array(names, int)[inside],
        )


def _number(path):
    return int(Path(path).stem.rsplit("_", 1)[1])


def _calibration(path):
    """HD cameras by name: (Camera, camera_from_world [m])."""
    try:
        cameras = json.loads(path.read_text())["cameras"]
        return {
            each["name"]: (
                Camera(*map(int, each["resolution"]), each["K"], each["distCoef"]),
                transform(np.array(each["R"], float), np.ravel(each["t"]) * CENTIMETRE),
            ) for each in cameras if each["type"] == "hd"
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ImageError(f"{path}: not a calibration of CMU Panoptic ({error})") from error
