"""The files of a clip: the video, its labels as JSON, and whom each pixel shows as PNG files end to end."""

import json

import cv2
import numpy as np

from mocap_ros.datasets.clips import OWNERS_ENDING
from mocap_ros.datasets.packed_images import encode_owners
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS, KEYPOINTS
from mocap_ros.geometry.rotation import matrix_to_quaternion


def write_clip(path, stage, frames, label_step=1):
    """Writes the video and, beside it, its labels (.json) and masks (.owners.bin).

    The JSON holds width, height, frames per second, K [px], of a still camera the floor (unit normal in the camera
    frame, and the camera's height above it [m]), of a moving one world_from_camera of every labelled frame when the
    middle row was exposed (x, y, z [m], quaternion xyzw; the world's Z is up and its floor at 0), the readout of a
    rolling shutter [s], the orders of joints, keypoints and angles, the standing heights [m], the number of every
    labelled frame and, per labelled frame and person, the joints in the camera frame [mm, rounded] and their visibility
    codes (0 outside, 1 behind another person, 2 behind an object, 3 behind the own body, 4 seen), the keypoints [px, to
    a tenth; x and y in turn] and their visibility likewise, the rotation camera_from_body of the 29 degree-of-freedom
    chain [quaternion xyzw] and its 23 angles [mrad, rounded].
    The masks are PNG files (0 nobody, n + 1 person n); `owner_offsets` of the JSON says where each begins and ends.

    Args:
        path: the .mp4 file.
        stage: clip.Stage, of which the view, the rate and the readout are written.
        frames: iterable of Frame.
        label_step: every so manieth frame is labelled.

    Raises:
        ImageError: no video can be written there.
    """
    view = stage.view
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), stage.rate, (view.width, view.height))
    if not writer.isOpened():
        raise ImageError(f"{path}: no video can be written there")
    rows = {name: [] for name in ("frames", "joints_camera_mm", "joint_visibility", "keypoints_px",
                                  "keypoint_visibility", "root_quaternions", "angles_mrad")}
    heights, offsets, poses = [], [0], []
    with open(path.with_suffix(OWNERS_ENDING), "wb") as owners_file:
        for number, frame in enumerate(frames):
            writer.write(frame.image)
            if number % label_step:
                continue
            for name, value in _row(number, frame.labels).items():
                rows[name].append(value)
            poses.append(_pose(frame.view))
            heights = [round(float(height), 3) for height in frame.labels.heights]
            offsets.append(offsets[-1] + owners_file.write(encode_owners(frame.labels.owners)))
    writer.release()
    if stage.camera is None:
        up = np.round(view.rotation[:, 2], 6).tolist()
        seen_from = {"floor_up": up, "camera_height": round(float(view.eye[2]), 4)}
    else:
        seen_from = {"world_from_camera": poses}
    content = {
        "width": view.width,
        "height": view.height,
        "rate": stage.rate,
        "readout": stage.readout,
        "K": np.round(view.matrix, 3).tolist(),
        **seen_from,
        "joint_names": JOINTS,
        "keypoint_names": KEYPOINTS,
        "angle_names": ANGLES,
        "heights": heights,
        "owner_offsets": offsets,
        **rows,
    }
    path.with_suffix(".json").write_text(json.dumps(content, separators=(",", ":")))


def _pose(view):
    """world_from_camera of a View: x, y, z [m], quaternion xyzw."""
    return [*view.eye.round(5).tolist(), *matrix_to_quaternion(view.rotation.T).round(6).tolist()]


def _row(number, labels):
    """The entries of one labelled frame, by the JSON's names."""
    return {
        "frames": number,
        "joints_camera_mm": np.round(labels.joints_camera * 1000).astype(int).tolist(),
        "joint_visibility": _digits(labels.joint_visibility),
        "keypoints_px": [[round(value, 1) for value in person.ravel().tolist()] for person in labels.keypoints_px],
        "keypoint_visibility": _digits(labels.visibility),
        "root_quaternions": matrix_to_quaternion(labels.root_rotations).round(5).tolist(),
        "angles_mrad": np.round(labels.angles * 1000).astype(int).tolist(),
    }


def _digits(codes):
    """One string of digits a person."""
    return ["".join(str(code) for code in person) for person in codes]
