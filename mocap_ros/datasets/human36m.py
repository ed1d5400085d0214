"""Human3.6M (Ionescu et al. 2014) from its own downloads: videos and poses as NASA CDF files.

Layout: ROOT/S9/Videos/NAME.mp4, ROOT/S9/MyPoseFeatures/D2_Positions/NAME.cdf, .../D3_Positions_mono/NAME.cdf (camera
frame) and, where it was downloaded, .../D3_Positions_mono_universal/NAME.cdf; NAME is such as "Directions 1.54138969":
an action, its repetition, a camera. Each CDF holds `Pose`, (1, frames, 32 points x 2 or 3), in pixels or millimetres.
"""

from functools import partial
from pathlib import Path

import numpy as np

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datasets.fitted_camera import fit_camera
from mocap_ros.datasets.frame_choice import distinct_frames
from mocap_ros.datasets.frame_samples import FrameSamples
from mocap_ros.datasets.label_layout import labelled_keypoints, lay_out_joints, lay_out_keypoints, outside_image
from mocap_ros.datasets.published_files import Origin, need, read_cdf, read_video_frame, video_length
from mocap_ros.datasets.sample import UNKNOWN
from mocap_ros.datasets.stored_frames import StoredFrames
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import HUMAN36M_17, HUMAN36M_32

ORIGIN = Origin("Human3.6M", "http://vision.imar.ro/human3.6m/ (after registration)")
TRAINING = ("S1", "S5", "S6", "S7", "S8")
TEST = ("S9", "S11")
STEP = 64  # the usual protocol, also the thesis's (Sec. 4.1): every 64th frame of the test subjects
DISTINCT = 0.1  # m; H80K leaves out poses nearer than this to the frame before (Ionescu et al. 2014a)
RATE = 50.0  # 1/s
MATLAB = 1.0  # px; the toolbox draws on images whose first pixel is (1, 1)
# Some files of S1 have the older name.
ACTIONS = {"TakingPhoto": "Photo", "WalkingDog": "WalkDog"}


def evaluation_sequences(root, subjects=TEST, step=STEP):
    """The EvaluationSequences of some subjects, every `step`-th frame of all their videos.

    With a step above 1 the frames count as unrelated images (rate 0). The activity is the action without its number.

    Raises:
        ImageError: no subject is there, or a file of one is missing.
    """
    return tuple(_recording(*place, step=step) for place in _places(root, subjects))


def training_samples(root, subjects=TRAINING, distinct=DISTINCT):
    """Samples of the training subjects, where some joint has moved by `distinct` [m] since the last one taken."""
    return FrameSamples([_recording(*place, distinct=distinct) for place in _places(root, subjects)],
                        labelled_keypoints(HUMAN36M_17))


def _places(root, subjects):
    """(subject's folder, name of the recording) of every recording."""
    root = Path(root)
    found = [root / subject for subject in subjects if (root / subject).is_dir()]
    if not found:
        need(root / subjects[0], ORIGIN)
    for folder in found:
        poses = need(folder / "MyPoseFeatures" / "D3_Positions_mono", ORIGIN)
        for path in sorted(poses.glob("*.cdf")):
            if not path.stem.startswith("_ALL"):
                yield folder, path.stem


def _recording(folder, name, step=1, distinct=0.0):
    poses = folder / "MyPoseFeatures"
    video = need(folder / "Videos" / f"{name}.mp4", ORIGIN)
    pixels = _pose(poses / "D2_Positions" / f"{name}.cdf", 2) - MATLAB
    joints = _pose(poses / "D3_Positions_mono" / f"{name}.cdf", 3) / 1000
    universal = poses / "D3_Positions_mono_universal" / f"{name}.cdf"
    count = min(len(pixels), len(joints), video_length(video))
    height, width = read_video_frame(video, 0).shape[:2]
    camera = fit_camera(joints, pixels[:len(joints)], width, height)  # pinhole: the lens's distortion stays in
    chosen = np.arange(0, count, step)
    if distinct:
        chosen = chosen[distinct_frames(joints[chosen], distinct)]
    keypoints, visibility = lay_out_keypoints(pixels[chosen], np.full((len(chosen), 32), UNKNOWN), HUMAN36M_32)
    frames = StoredFrames(
        partial(read_video_frame, str(video)), chosen, RATE, keypoints[:, None].astype(np.float32),
        outside_image(keypoints, visibility, width, height)[:, None],
        lay_out_joints(joints[chosen], HUMAN36M_32)[:, None].astype(np.float32),
        lay_out_joints(_pose(universal, 3)[chosen] / 1000, HUMAN36M_32)[:, None] if universal.exists() else None,
        activities=(_action(name),) * len(chosen),
    )
    return EvaluationSequence(f"{folder.name} {name}", frames, camera, RATE if step == 1 else 0.0, HUMAN36M_17)


def _action(name):
    """The action of a recording such as "Directions 1.54138969"."""
    action = name.split(".")[0].split(" ")[0]
    return ACTIONS.get(action, action)


def _pose(path, dimensions):
    values = read_cdf(path, ORIGIN, "Pose")
    if values.size % (32 * dimensions):
        raise ImageError(f"{path}: {values.size} numbers, wanted 32 points of {dimensions} per frame")
    return values.reshape(-1, 32, dimensions).astype(float)
