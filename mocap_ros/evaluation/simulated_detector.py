"""Detections made from the truth with a detector's faults, so that tracking is measured apart from the networks.

Faults of our networks on rendered crowds, in kind: places off by a share of the person's size, hidden keypoints mostly
not found, people missed for a few images in a row, keypoints taken over by whoever stands close, one person found twice
or in two pieces, and false alarms that stay in one place for some images. Source: ours.
"""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, SEEN
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS
from mocap_ros.nets.person_frame import reference_scale
from mocap_ros.tracking.association import person_size

PELVIS = JOINTS.index("pelvis")
_LOWER = np.array([name.split("_")[-1] in ("hip", "knee", "ankle", "pelvis") for name in KEYPOINTS])


@dataclass(frozen=True)
class Faults:
    """How a simulated detector errs.

    Attributes:
        noise: standard deviation of a keypoint, as a share of the person's size, and noise_px in addition [px].
        noise_3d: standard deviation of a joint's place relative to the pelvis [m].
        seen, hidden_by_self, hidden: chance that a keypoint is found that is seen, behind the own body, behind else.
        fewest: keypoints without which a person is not found.
        miss, miss_goes_on: chance that a person begins to be missed, and that it lasts one image more.
        stolen: chance that a keypoint is given to somebody whose own is within `near` of the person's size.
        double, piece: chance that a person is found a second time, and that it falls into an upper and a lower piece.
        false_alarm, false_alarm_goes_on: chance of a new false alarm in an image, and that it lasts one image more.
    """

    noise: float = 0.012
    noise_px: float = 0.7
    noise_3d: float = 0.06
    seen: float = 0.93
    hidden_by_self: float = 0.6
    hidden: float = 0.06
    fewest: int = 4
    miss: float = 0.015
    miss_goes_on: float = 0.75
    stolen: float = 0.15
    near: float = 0.08
    double: float = 0.02
    piece: float = 0.02
    false_alarm: float = 0.08
    false_alarm_goes_on: float = 0.6


def simulate_detections(frames, camera, generator, faults=Faults()):
    """Yields (LabelledFrame, Detections, joints_relative (P, J, 3) [m]) for every image of a sequence, in order.

    Args:
        frames: LabelledFrames of one sequence; row p is the same person throughout.
        camera: Camera, for the image's size.
        generator: numpy random generator.
        faults: Faults.
    """
    missed, alarms = None, []
    for frame in frames:
        missed = np.zeros(len(frame), bool) if missed is None else missed
        missed = generator.random(len(frame)) < np.where(missed, faults.miss_goes_on, faults.miss)
        alarms = [each for each in alarms if generator.random() < faults.false_alarm_goes_on]
        if generator.random() < faults.false_alarm:
            alarms += _false_alarm(frame, camera, generator)
        keypoints, found = _seen_keypoints(frame, generator, faults)
        joints = _relative_joints(frame, generator, faults)
        people = [(keypoints[p], found[p], joints[p], generator.uniform(0.5, 0.9))
                  for p in range(len(frame)) if not missed[p] and found[p].sum() >= faults.fewest]
        people = [piece for person in people for piece in _pieces(person, generator, faults)]
        people += [(place + generator.normal(0, 1, place.shape), seen, pose, 0.4) for place, seen, pose in alarms]
        order = generator.permutation(len(people))
        yield frame, *_assembled([people[row] for row in order], generator)


def _seen_keypoints(frame, generator, faults):
    """Noisy keypoints [px] (P, K, 2) and which of them are found (P, K)."""
    codes, keypoints = frame.keypoint_visibility, frame.keypoints_px.astype(float)
    chance = np.where(codes == SEEN, faults.seen,
                      np.where(codes == HIDDEN_BY_SELF, faults.hidden_by_self, np.where(codes > 0, faults.hidden, 0)))
    found = generator.random(codes.shape) < chance
    size = person_size(np.where(codes[..., None] > 0, keypoints, np.nan)) if len(frame) else np.zeros(0)
    for person in range(len(frame)):
        others = np.where(np.arange(len(frame)) != person)[0]
        if len(others):
            gap = np.linalg.norm(keypoints[others] - keypoints[person], axis=-1)
            gap = np.where(codes[others] == SEEN, gap, np.inf)
            thief = others[np.argmin(gap, axis=0)]
            taken = (gap.min(0) < faults.near * size[person]) & (generator.random(gap.shape[1]) < faults.stolen)
            keypoints[person, taken] = frame.keypoints_px[thief[taken], np.flatnonzero(taken)]
    sigma = faults.noise * size + faults.noise_px
    return keypoints + sigma[:, None, None] * generator.normal(size=keypoints.shape), found


def _relative_joints(frame, generator, faults):
    """Noisy joints about the pelvis at the reference height [m], (P, J, 3)."""
    joints = frame.joints_camera - frame.joints_camera[:, [PELVIS]]
    joints = joints * reference_scale(joints)[:, None, None]
    noise = faults.noise_3d * generator.normal(size=joints.shape)
    return joints + noise * (np.arange(joints.shape[1]) != PELVIS)[:, None]


def _pieces(person, generator, faults):
    """The person as found: whole, twice, or in two pieces."""
    keypoints, found, joints, score = person
    chance = generator.random()
    if chance < faults.double:
        fewer = found & (generator.random(found.shape) < 0.5)
        second = keypoints + generator.normal(0, 2, keypoints.shape), fewer, joints, 0.45
        return [person, second] if fewer.sum() >= faults.fewest else [person]
    if chance < faults.double + faults.piece:
        halves = [(keypoints, found & part, joints, 0.8 * score) for part in (_LOWER, ~_LOWER)]
        return [half for half in halves if half[1].sum() >= faults.fewest]
    return [person]


def _false_alarm(frame, camera, generator):
    """Somebody's shape at another place, as [(keypoints [px], which are found, joints [m])]; empty where nobody is."""
    whole = np.flatnonzero((frame.keypoint_visibility > 0).all(1))
    if not len(whole):
        return []
    shape = frame.keypoints_px[generator.choice(whole)].astype(float)
    shape = (shape - shape.mean(0)) * generator.uniform(0.3, 1)
    shape += generator.uniform([0, 0], [camera.width, camera.height])
    return [(shape, generator.random(len(shape)) < 0.4, generator.normal(0, 0.2, (len(JOINTS), 3)))]


def _assembled(people, generator):
    """Detections and joints of a list of (keypoints, found, joints, score)."""
    count = len(people)
    found = np.array([each[1] for each in people]).reshape(count, len(KEYPOINTS)).astype(bool)
    keypoints = np.array([each[0] for each in people]).reshape(count, len(KEYPOINTS), 2)
    scores = np.array([each[3] for each in people])
    confidence = np.clip(scores[:, None] + generator.normal(0, 0.1, found.shape), 0.2, 1) * found
    joints = np.array([each[2] for each in people]).reshape(count, len(JOINTS), 3)
    return Detections(np.where(found[..., None], keypoints, np.nan), confidence, scores), joints
