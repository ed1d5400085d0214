"""What the fit remembers of people from frame to frame."""

from dataclasses import dataclass, fields, replace

import numpy as np

from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.rigid import apply
from mocap_ros.kinematics import foot_planting, uncertainty
from mocap_ros.kinematics.chain import D

UNCHANGED = 1e-3  # share by which a height may differ before places follow it


@dataclass(frozen=True, eq=False)
class FitState:
    """Where P people were in their last frame.

    Attributes:
        position: of the root in the camera frame [m], (P, 3).
        rotation: camera_from_body, (P, 3, 3).
        angles: ANGLES order [rad], (P, 23).
        rate: of the 29 degrees of freedom [1/s], (P, 29).
        unseen: share of each angle that was left open by the data, 0 to 1, (P, 23).
        patience: frames before the person may be started anew, (P,) int.
        joints: JOINTS order [m], (P, J, 3); NaN before the first fit.
        joint_rate: their velocity [m/s], (P, J, 3).
        depth_known: what the frames so far tell of the root's depth: the keypoints' curvature along it, added up
            [1/m^2], (P,).
        height: standing height that the place goes by [m], (P,); NaN before the first fit.
        variance: of the 29 degrees of freedom, (P, 29).
        feet: foot_planting.Feet.
    """

    position: np.ndarray
    rotation: np.ndarray
    angles: np.ndarray
    rate: np.ndarray
    unseen: np.ndarray
    patience: np.ndarray
    joints: np.ndarray
    joint_rate: np.ndarray
    depth_known: np.ndarray
    height: np.ndarray
    variance: np.ndarray
    feet: foot_planting.Feet

    def __len__(self):
        return len(self.position)

    def take(self, rows):
        """The states of some people, in the order of `rows` (indices or a mask)."""
        return FitState(*(_rows(getattr(self, each.name), rows) for each in fields(self)))


def _rows(value, rows):
    return type(value)(*(each[rows] for each in value)) if isinstance(value, tuple) else value[rows]


def unfitted_state(people):
    """Rows that hold a place for people who were never fitted; initial_state gives them a pose."""
    pose = np.zeros((people, 3)), np.tile(np.eye(3), (people, 1, 1)), np.zeros((people, D - 6))
    return at_rest(pose)


def at_rest(pose):
    """A FitState of people who stand in a pose and of whom nothing else is known."""
    people = len(pose[0])
    return FitState(
        *pose, np.zeros((people, D)), np.zeros((people, D - 6)), np.zeros(people, int), np.full((people, J, 3), np.nan),
        np.zeros((people, J, 3)), np.zeros(people), np.full(people, np.nan), uncertainty.ignorance(people),
        foot_planting.fresh_feet(people),
    )


def concatenate(states):
    """One FitState of the rows of several, in order."""
    return FitState(*(_joined([getattr(state, each.name) for state in states]) for each in fields(FitState)))


def _joined(values):
    if isinstance(values[0], tuple):
        return type(values[0])(*(np.concatenate(each) for each in zip(*values)))
    return np.concatenate(values)


def with_height(state, height):
    """The state of people whose standing heights turn out to be `height` (P,): as much farther away as they are taller.

    An image does not tell size from distance, so what was learnt of a place holds at the same share of the new height.
    """
    known = np.isfinite(state.height)
    ratio = np.where(known, height / np.where(known, state.height, 1), 1)
    if (np.abs(ratio - 1) < UNCHANGED).all():
        return replace(state, height=np.where(known, state.height, height))
    row, column = ratio[:, None], ratio[:, None, None]
    rate = state.rate.copy()
    rate[:, :3] *= row
    return replace(
        state, position=state.position * row, rate=rate, joints=state.joints * column,
        joint_rate=state.joint_rate * column, depth_known=state.depth_known / ratio ** 2,
        height=np.asarray(height, float), feet=foot_planting.scaled(state.feet, ratio),
    )


def seen_from(state, now_from_last):
    """The state as a camera sees it that has moved since the last frame, so that people who stood still stand.

    Args:
        state: FitState in the last frame's camera frame.
        now_from_last: this frame's camera frame from the last one's, (4, 4).
    """
    turn = now_from_last[:3, :3].T
    rate = state.rate.copy()
    rate[:, :3], rate[:, 3:6] = rate[:, :3] @ turn, rate[:, 3:6] @ turn
    return replace(
        state, position=apply(now_from_last, state.position), rotation=now_from_last[:3, :3] @ state.rotation,
        rate=rate, joints=apply(now_from_last, state.joints), joint_rate=state.joint_rate @ turn,
        feet=foot_planting.seen_from(state.feet, state.position, state.rate[:, :3], now_from_last),
    )
