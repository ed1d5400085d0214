"""Recorded motion in the generator's axes, and its transfer to the body's own rest pose.

World axes: Z up, the body at rest faces -Y, its left is +X (the body model's axes). The readers are in bvh_files and
amc_files; they turn a Y-up file's (x, y, z) into (x, -z, y), degrees into radians and lengths into metres.
"""

from dataclasses import dataclass
import gzip

import numpy as np

from mocap_ros.synthesis.directions import axis_turn, frame_of, smallest_rotation

# Body segments that carry a rotation of their own, S = 19; parents before children.
SEGMENTS = (
    "pelvis",
    "abdomen",
    "chest",
    "neck",
    "head",
    "l_clavicle",
    "l_upper_arm",
    "l_forearm",
    "l_hand",
    "l_thigh",
    "l_shin",
    "l_foot",
    "r_clavicle",
    "r_upper_arm",
    "r_forearm",
    "r_hand",
    "r_thigh",
    "r_shin",
    "r_foot",
)
S = len(SEGMENTS)
SEGMENT_PARENTS = np.array([-1, 0, 1, 2, 3, 2, 5, 6, 7, 0, 9, 10, 2, 12, 13, 14, 0, 16, 17])
SEGMENT_MIRROR = np.array([0, 1, 2, 3, 4, *range(12, 19), *range(5, 12)])
Z_UP_FROM_Y_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


@dataclass(frozen=True, eq=False)
class MotionClip:
    """Recorded movement of one person.

    Attributes:
        rotations: world_from_rest of every segment, (T, S, 3, 3); identity is the source's own rest pose.
        root: place of the pelvis [m], (T, 3).
        rate: frames per second.
        rest: directions of the source's bones at rest by name ("l_upper_arm" ...), each (3,); "l_palm" points across
            the palm from the little finger to the thumb, "l_hinge" is the elbow's axis.
    """

    rotations: np.ndarray
    root: np.ndarray
    rate: float
    rest: dict


def read_text(path):
    """Text of a plain or gzip-compressed file."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", errors="replace") as file:
        return file.read()


def to_z_up(rotations):
    """World rotations of a Y-up file in the generator's axes, (..., 3, 3)."""
    return Z_UP_FROM_Y_UP @ rotations @ Z_UP_FROM_Y_UP.T


def transfer(clip, rest):
    """A clip's rotations counted from another body's rest pose.

    Args:
        clip: MotionClip.
        rest: the other body's rest directions, named as MotionClip.rest.

    Returns:
        world_from_rest of every segment, (T, S, 3, 3). Limb directions stay those of the clip; trunk and head keep the
        clip's rotation; a foot keeps its heading.

    Source: ours; the rules were checked against forward kinematics of the source skeleton.
    """
    alignment = np.tile(np.eye(3), (S, 1, 1))  # source_rest_from_rest
    for side in "lr":
        pairs = (("upper_arm", "hinge"), ("forearm", "hinge"), ("hand", "palm"))
        for part, across in pairs:
            source = frame_of(clip.rest[f"{side}_{part}"], clip.rest[f"{side}_{across}"])
            target = frame_of(rest[f"{side}_{part}"], rest[f"{side}_{across}"])
            alignment[SEGMENTS.index(f"{side}_{part}")] = source @ target.T
        for part in ("thigh", "shin"):
            name = f"{side}_{part}"
            alignment[SEGMENTS.index(name)] = smallest_rotation(rest[name], clip.rest[name])
        foot, wanted = rest[f"{side}_foot"], clip.rest[f"{side}_foot"]
        heading = np.arctan2(wanted[1], wanted[0]) - np.arctan2(foot[1], foot[0])
        alignment[SEGMENTS.index(f"{side}_foot")] = axis_turn("Z", heading)
    return clip.rotations @ alignment


def intact_frames(rotations, limit=np.deg2rad(70)):
    """Frames whose trunk, neck and head do not turn against each other by more than `limit` [rad], (T,) bool.

    Some recorded clips have the head flipped; a person in them would carry a wrong label.
    """
    chain = [SEGMENTS.index(name) for name in ("pelvis", "abdomen", "chest", "neck", "head")]
    lower, upper = rotations[:, chain[:-1]], rotations[:, chain[1:]]
    cosine = (np.einsum("tsij,tsij->ts", lower, upper) - 1) / 2
    return (cosine > np.cos(limit)).all(1)
