"""Made-up labelled images for the tests of nets and training."""

import numpy as np

from mocap_ros.datasets.sample import SEEN, Sample
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT, JOINTS, K, KEYPOINTS

CAMERA = np.array([[300.0, 0, 127.5], [0, 300.0, 95.5], [0, 0, 1]])

# A standing person who faces the camera, pelvis at the origin, camera axes (x right, y down, z away) [m].
_STANDING = {
    "head_top": (0, -0.76, 0), "neck": (0, -0.5, 0.02), "pelvis": (0, 0, 0), "spine": (0, -0.25, 0.03),
    "head": (0, -0.6, 0), "r_shoulder": (-0.18, -0.46, 0), "r_elbow": (-0.28, -0.2, 0.05),
    "r_wrist": (-0.33, 0.03, -0.06), "r_hand": (-0.34, 0.11, -0.1), "r_hip": (-0.1, 0.02, 0),
    "r_knee": (-0.13, 0.43, -0.05), "r_ankle": (-0.14, 0.84, 0.03), "r_toe": (-0.17, 0.9, -0.14),
}
_FACE = {"nose": (0, -0.62, -0.11), "l_eye": (0.035, -0.65, -0.09), "r_eye": (-0.035, -0.65, -0.09),
         "l_ear": (0.07, -0.64, 0), "r_ear": (-0.07, -0.64, 0)}


def standing_joints():
    """Joints of a standing person relative to the pelvis, camera axes [m], (J, 3)."""
    def place(name):
        if name in _STANDING:
            return _STANDING[name]
        return np.array(_STANDING["r" + name[1:]]) * [-1, 1, 1]
    return np.array([place(name) for name in JOINTS], float)


def people_sample(roots, width=256, height=192, generator=None, yaws=0.0):
    """A Sample of people who stand with their pelvis at `roots` (P, 3) [m], all keypoints SEEN.

    With a generator each joint is shaken by 3 cm, so that no two people are alike, and the image is noise; without,
    the image is black.
    """
    roots = np.asarray(roots, float).reshape(-1, 3)
    yaws = np.broadcast_to(np.asarray(yaws, float), len(roots))
    turns = np.zeros((len(roots), 3, 3))
    turns[:, 0, 0] = turns[:, 2, 2] = np.cos(yaws)
    turns[:, 0, 2], turns[:, 2, 0], turns[:, 1, 1] = np.sin(yaws), -np.sin(yaws), 1
    joints = standing_joints() @ turns.transpose(0, 2, 1) + roots[:, None]
    face = np.array([_FACE.get(name, (0, 0, 0)) for name in KEYPOINTS]) @ turns.transpose(0, 2, 1) + roots[:, None]
    if generator is not None:
        joints = joints + generator.normal(0, 0.03, joints.shape)
    points = np.where((JOINT_OF_KEYPOINT >= 0)[:, None], joints[:, JOINT_OF_KEYPOINT], face)  # (P, K, 3)
    pixels = points @ CAMERA.T
    pixels = pixels[..., :2] / pixels[..., 2:]
    image = np.zeros((height, width, 3), np.uint8)
    if generator is not None:
        image = generator.integers(0, 256, image.shape, dtype=np.uint8)
    return Sample(image, pixels, np.full((len(roots), K), SEEN), joints, CAMERA)
