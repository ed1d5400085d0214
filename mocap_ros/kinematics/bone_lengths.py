"""Each person's proportions, learnt from the first confident frames, and joints made to fit them (Sec. 8.2.1)."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.skeleton import BONES, JOINTS, PARENT_INDICES, ROOT, mirror_name
from mocap_ros.kinematics.rest_pose import PROPORTIONS, scale_to_height

CHILDREN = np.array([JOINTS.index(bone) for bone in BONES])  # (20,) joint at a bone's far end
PARENTS_OF_BONES = PARENT_INDICES[CHILDREN]  # (20,) joint at its near end
BONE_MIRROR = np.array([BONES.index(mirror_name(bone)) for bone in BONES])
PRIOR_FRAMES = 2.0  # weight of the default proportions in the average
REFINEMENT = 40.0  # a settled average moves as if it held this many times the frames that it was averaged over
LARGEST_CHANGE = 0.25  # share by which a measured bone may differ from the average before it is held back


def _ancestry():
    """(J, 20): the bones between the root and each joint."""
    marks = np.zeros((len(JOINTS), len(BONES)))
    for j, joint in enumerate(JOINTS):
        while joint != ROOT:
            marks[j, BONES.index(joint)] = 1
            joint = JOINTS[PARENT_INDICES[JOINTS.index(joint)]]
    return marks


BONES_TO_JOINT = _ancestry()


@dataclass(frozen=True, eq=False)
class Proportions:
    """What is known of the proportions of P people.

    Attributes:
        lengths: bone lengths in BONES order of a person 1 m tall, (P, 20).
        frames: how many frames each stands on, (P, 20); 0 for the default proportions.
    """

    lengths: np.ndarray
    frames: np.ndarray

    def __post_init__(self):
        for name in ("lengths", "frames"):
            array = np.array(getattr(self, name), float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def take(self, rows):
        """The proportions of some people, in the order of `rows` (indices or a mask)."""
        return Proportions(self.lengths[rows], self.frames[rows])


def default_proportions(people):
    """Proportions of `people` people of whom nothing was seen."""
    return Proportions(np.tile(PROPORTIONS, (people, 1)), np.zeros((people, len(BONES))))


def concatenate(proportions):
    """One Proportions of the rows of several, in order."""
    return Proportions(
        np.concatenate([each.lengths for each in proportions]), np.concatenate([each.frames for each in proportions])
    )


def measure_bones(joints):
    """Bone lengths in BONES order (..., 20) of joints in JOINTS order (..., J, 3), in their unit; NaN where unseen."""
    bones = joints[..., CHILDREN, :] - joints[..., PARENTS_OF_BONES, :]
    return np.sqrt((bones * bones).sum(-1))


def learn_proportions(proportions, joints_relative, joint_confidence, frames, minimum_confidence=0.3):
    """Proportions after one more frame.

    The first `frames` confident frames are averaged; from then on a bone moves so slowly that it never jumps. Left and
    right share one length: a body is symmetric more surely than a network is.

    Args:
        proportions: Proportions of P people.
        joints_relative: JOINTS order, of any one scale for the whole person, (P, J, 3); NaN where unseen.
        joint_confidence: (P, J).
        frames: how many frames are averaged.
        minimum_confidence: of both ends of a bone.

    Returns:
        The next Proportions.

    Source: Sec. 8.2.1 and 8.3.2; symmetry, slow refinement and the outlier gate are ours.
    """
    confident = np.asarray(joint_confidence) >= minimum_confidence
    measured = measure_bones(np.where(confident[..., None], joints_relative, np.nan))
    other = measured[:, BONE_MIRROR]
    here, there = np.isfinite(measured), np.isfinite(other)
    measured = (np.where(here, measured, 0) + np.where(there, other, 0)) / np.maximum(1.0 * here + there, 1)
    seen = (here | there) & (measured > 0)
    scale = np.where(seen, proportions.lengths, 0).sum(-1, keepdims=True) / np.maximum(
        np.where(seen, measured, 0).sum(-1, keepdims=True), 1e-9
    )  # the frame's unit to a person 1 m tall, from the bones that are seen
    change = np.where(seen, measured * scale / proportions.lengths - 1, 0.0)
    change = np.minimum(np.maximum(change, -LARGEST_CHANGE), LARGEST_CHANGE)
    settled = proportions.frames >= frames
    weight = 1 / (np.where(settled, REFINEMENT * frames, proportions.frames) + PRIOR_FRAMES + 1)
    lengths = proportions.lengths * (1 + weight * change)
    return Proportions(scale_to_height(lengths, np.ones(len(lengths))), proportions.frames + seen)


def retarget(joints_relative, bone_lengths):
    """Root-relative joints with their bone directions kept and their bone lengths replaced.

    Args:
        joints_relative: JOINTS order [m], (P, J, 3); NaN where unseen.
        bone_lengths: BONES order [m], (P, 20).

    Returns:
        (P, J, 3). A joint with an unseen joint between it and the root stays where it was.

    Source: Sec. 8.2.1.
    """
    bones = joints_relative[:, CHILDREN] - joints_relative[:, PARENTS_OF_BONES]  # (P, 20, 3)
    length = np.sqrt((bones * bones).sum(-1))
    known = length > 1e-9  # False for NaN
    scaled = np.where(known[..., None], bones * (bone_lengths / np.where(known, length, 1))[..., None], 0)
    unbroken = (~known).astype(float) @ BONES_TO_JOINT.T < 0.5
    return np.where(unbroken[..., None], BONES_TO_JOINT @ scaled, joints_relative)
