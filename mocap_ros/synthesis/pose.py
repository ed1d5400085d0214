"""Poses as anatomical rotations, and how people stand, walk, sit and hold their arms.

A pose holds one rotation per segment from its parent's frame. All identity is the neutral pose: standing at attention,
facing -Y, arms hanging with the thumbs forward, legs straight down. Turning about X by +a bends the trunk forward and a
knee backward; a hip or elbow flexes by -a about X. Left is +X.
"""

from dataclasses import dataclass

import numba
import numpy as np

from mocap_ros.geometry.rotation import rotvec_to_matrix
from mocap_ros.synthesis.directions import axis_turn, frame_of, smallest_rotation
from mocap_ros.synthesis.motion import SEGMENT_MIRROR, SEGMENT_PARENTS, SEGMENTS, S

INDEX = {name: i for i, name in enumerate(SEGMENTS)}
MIRROR = np.array([-1.0, 1, 1])
DOWN, FORWARD, HINGE = np.array([0, 0, -1.0]), np.array([0, -1.0, 0]), np.array([-1.0, 0, 0])
UPPER_ARM, FOREARM = 0.53, 0.47  # shares of the arm's length, shoulder to wrist

FEET, SEAT, GROUND = "feet", "seat", "ground"
CARRIED, PUSHED = "carried", "pushed"


@dataclass(frozen=True, eq=False)
class Pose:
    """A body pose without place.

    Attributes:
        local: parent_from_segment of every segment, (S, 3, 3); the pelvis's is world_from_pelvis.
        support: FEET, SEAT (a seat is needed below the pelvis) or GROUND (the body rests on any of its parts).
        curl: bend of the fingers [rad], (2,) left, right.
        load: CARRIED or PUSHED where both hands hold something, "" where not.
    """

    local: np.ndarray
    support: str
    curl: np.ndarray
    load: str = ""

    def __post_init__(self):
        for name in ("local", "curl"):
            array = np.array(getattr(self, name), float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)


def neutral():
    """The neutral pose, (S, 3, 3)."""
    return np.tile(np.eye(3), (S, 1, 1))


def neutral_from_rest(rest):
    """Rotations that bring every segment from the body's rest pose to the neutral pose, (S, 3, 3).

    Args:
        rest: rest directions, named as in MotionClip.rest.
    """
    turns = np.tile(np.eye(3), (S, 1, 1))
    for side in "lr":
        for part in ("upper_arm", "forearm"):
            turns[INDEX[f"{side}_{part}"]] = (
                frame_of(DOWN, HINGE) @ frame_of(rest[f"{side}_{part}"], rest[f"{side}_hinge"]).T
            )
        turns[INDEX[f"{side}_hand"]] = frame_of(DOWN, FORWARD) @ frame_of(rest[f"{side}_hand"], rest[f"{side}_palm"]).T
        for part in ("thigh", "shin"):
            turns[INDEX[f"{side}_{part}"]] = smallest_rotation(rest[f"{side}_{part}"], DOWN)
        foot = rest[f"{side}_foot"]
        turns[INDEX[f"{side}_foot"]] = axis_turn("Z", -np.pi / 2 - np.arctan2(foot[1], foot[0]))
    return turns


def local_rotations(world_from_rest, neutral):
    """Anatomical rotations of poses counted from rest.

    Args:
        world_from_rest: (..., S, 3, 3).
        neutral: neutral_from_rest, (S, 3, 3).

    Returns:
        (..., S, 3, 3), as Pose.local.
    """
    frames = world_from_rest @ np.swapaxes(neutral, -1, -2)
    local = np.swapaxes(frames[..., SEGMENT_PARENTS, :, :], -1, -2) @ frames
    local[..., 0, :, :] = frames[..., 0, :, :]
    return local


def world_rotations(local, neutral):
    """world_from_rest of every segment, (S, 3, 3): undoes local_rotations."""
    frames = np.empty((S, 3, 3))
    frames[0] = local[0]
    for segment in range(1, S):
        frames[segment] = frames[SEGMENT_PARENTS[segment]] @ local[segment]
    return frames @ neutral


def mirrored(local):
    """The pose with left and right exchanged, (..., S, 3, 3)."""
    return (local * MIRROR[:, None] * MIRROR)[..., SEGMENT_MIRROR, :, :]


def between(start, end, share):
    """The pose at `share` of the way from one to another, every joint by the shortest turn, (..., 3, 3).

    Args:
        start, end: rotations, (..., 3, 3).
        share: a number, or one for each rotation, (..., 1).
    """
    shares = np.broadcast_to(np.asarray(share, float), start.shape[:-2] + (1,)).ravel()
    flat = [np.ascontiguousarray(each, float).reshape(-1, 3, 3) for each in (start, end)]
    return _partway(*flat, shares).reshape(start.shape)


@numba.njit(cache=True)
def _partway(start, end, shares):
    """As between, of (N, 3, 3)."""
    result, turn = np.empty_like(start), np.empty((3, 3))
    for n in range(len(start)):
        whole = start[n].T @ end[n]
        axis = np.array([whole[2, 1] - whole[1, 2], whole[0, 2] - whole[2, 0], whole[1, 0] - whole[0, 1]])
        sine, cosine = 0.5 * np.sqrt(np.sum(axis**2)), 0.5 * (whole[0, 0] + whole[1, 1] + whole[2, 2] - 1)
        if sine < 1e-6:
            if cosine > 0:  # no turn
                result[n] = start[n]
                continue
            largest = np.argmax(np.diag(whole))  # half a turn: its axis is in the symmetric part
            axis = whole[:, largest].copy()
            axis[largest] += 1
        axis /= np.sqrt(np.sum(axis**2))
        angle = np.arctan2(sine, cosine) * shares[n]
        s, c = np.sin(angle), np.cos(angle)
        for i in range(3):
            for j in range(3):
                turn[i, j] = axis[i] * axis[j] * (1 - c)
            turn[i, i] += c
        for i in range(3):
            a, b = (i + 1) % 3, (i + 2) % 3
            turn[b, a] += axis[i] * s
            turn[a, b] -= axis[i] * s
        result[n] = start[n] @ turn
    return result


def perturbed(local, scale, generator):
    """The pose with every joint turned a little, less in the trunk and the clavicles.

    Args:
        scale: standard deviation at a limb's joint [rad].
    """
    share = np.ones(S)
    share[:3], share[3:5] = (0.15, 0.25, 0.25), 0.5
    share[[INDEX["l_clavicle"], INDEX["r_clavicle"]]] = 0.25
    vectors = generator.normal(0, scale, (S, 3)) * share[:, None]
    for side in "lr":
        vectors[INDEX[f"{side}_shin"], 1:] = 0
        vectors[INDEX[f"{side}_forearm"], 1:] = 0
    return local @ rotvec_to_matrix(vectors)


def set_leg(local, side, hip_flexion, abduction, twist, knee, ankle):
    """Sets one leg's joints from anatomical angles [rad]; `ankle` lifts the toes, `twist` turns them outward."""
    sign = 1 if side == "l" else -1
    local[INDEX[f"{side}_thigh"]] = (
        axis_turn("Y", -sign * abduction) @ axis_turn("X", -hip_flexion) @ axis_turn("Z", sign * twist)
    )
    local[INDEX[f"{side}_shin"]] = axis_turn("X", knee)
    local[INDEX[f"{side}_foot"]] = axis_turn("X", -ankle)


def set_arm(local, side, elevation, plane, twist, elbow, pronation=0.0):
    """Sets one arm's joints from anatomical angles [rad].

    Args:
        elevation: of the upper arm from hanging; pi / 2 is level.
        plane: direction in which it rises; 0 forward, pi / 2 sideways.
        twist: about the upper arm; positive brings the forearm inward.
        elbow: flexion; 0 straight.
        pronation: of the hand; positive turns the thumb inward.
    """
    sign = 1 if side == "l" else -1
    local[INDEX[f"{side}_upper_arm"]] = (
        axis_turn("Z", sign * plane) @ axis_turn("X", -elevation) @ axis_turn("Z", -sign * (plane + twist))
    )
    local[INDEX[f"{side}_forearm"]] = axis_turn("X", -elbow)
    local[INDEX[f"{side}_hand"]] = axis_turn("Z", -sign * pronation)


def reach(local, side, target, pole, pronation=0.0):
    """Sets one arm so that the wrist comes to a point: two-bone inverse kinematics.

    Args:
        target: wrist from the shoulder in the chest's frame, in arm lengths, (3,); x points away from the body's
            middle on either side, y back, z up. A point out of reach is approached as far as the arm allows.
        pole: where the elbow points, same axes, (3,).
        pronation: as in set_arm.
    """
    sign = np.array([1.0 if side == "l" else -1.0, 1, 1])
    upper, fore = _two_bones(
        np.asarray(target, float) * sign, np.asarray(pole, float) * sign, local[INDEX[f"{side}_clavicle"]]
    )
    local[INDEX[f"{side}_upper_arm"]], local[INDEX[f"{side}_forearm"]] = upper, fore
    local[INDEX[f"{side}_hand"]] = axis_turn("Z", -sign[0] * pronation)


@numba.njit(cache=True)
def _frame(primary, secondary):
    """As directions.frame_of, of two vectors."""
    frame = np.empty((3, 3))
    x = primary / np.sqrt(np.sum(primary**2))
    z = np.cross(x, secondary)
    z /= np.sqrt(np.sum(z**2))
    frame[:, 0], frame[:, 1], frame[:, 2] = x, np.cross(z, x), z
    return frame


@numba.njit(cache=True)
def _two_bones(target, pole, clavicle):
    """Anatomical rotations of upper arm and forearm, 2 x (3, 3), that bring the wrist to a target; see reach."""
    length = np.sqrt(np.sum(target**2))
    distance = min(max(length, 0.28), 0.995)
    toward = target / length
    outward = pole - toward * np.sum(toward * pole)
    aside = np.sqrt(np.sum(outward**2))
    if aside > 1e-6:
        outward /= aside
    else:
        outward = np.cross(toward, HINGE)
        outward /= np.sqrt(np.sum(outward**2))
    cosine = (UPPER_ARM**2 + distance**2 - FOREARM**2) / (2 * UPPER_ARM * distance)
    elbow = UPPER_ARM * (toward * cosine + outward * np.sqrt(max(0.0, 1 - cosine**2)))
    fore = toward * distance - elbow
    hinge = np.cross(elbow, fore)
    if np.sqrt(np.sum(hinge**2)) < 1e-6:
        hinge = -np.cross(toward, outward)
    neutral = _frame(DOWN, HINGE).T
    upper = _frame(elbow, hinge) @ neutral
    return clavicle.T @ upper, upper.T @ (_frame(fore, hinge) @ neutral)


def bend_trunk(local, flexion, lateral, twist):
    """Bends the back [rad]: forward, to the left, turning left; spread over abdomen and chest."""
    for name, share in (("abdomen", 0.5), ("chest", 0.5)):
        local[INDEX[name]] = (
            axis_turn("Z", share * twist) @ axis_turn("Y", share * lateral) @ axis_turn("X", share * flexion)
        )


def turn_head(local, down, left, tilt):
    """Turns the head against the chest [rad], half in the neck."""
    for name in ("neck", "head"):
        local[INDEX[name]] = axis_turn("Z", left / 2) @ axis_turn("Y", tilt / 2) @ axis_turn("X", down / 2)


def gait_angles(phase, stride):
    """Leg angles of level walking at a point of the gait cycle.

    Args:
        phase: 0 at heel strike, 1 at the next of the same foot.
        stride: 1 for a usual step, less for a short one.

    Returns:
        hip flexion, knee flexion, ankle lift [rad].

    Source: ours; bumps fitted by eye to textbook curves of normal gait.
    """

    def bump(centre, width):
        distance = (phase - centre + 0.5) % 1 - 0.5
        return np.exp(-0.5 * (distance / width) ** 2)

    hip = np.deg2rad(8 + 22 * stride * np.cos(2 * np.pi * phase))
    knee = np.deg2rad(4 + 11 * stride * bump(0.14, 0.07) + (25 + 33 * stride) * bump(0.72, 0.10))
    ankle = np.deg2rad(9 * bump(0.42, 0.1) - 17 * stride * bump(0.62, 0.07) + 2 * bump(0.9, 0.1))
    return hip, knee, ankle
