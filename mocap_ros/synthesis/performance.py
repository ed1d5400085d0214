"""People moving over seconds: walking a path, repeating a recording, gesturing on the spot."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.synthesis.arm_habits import SITTING_ARMS, STANDING_ARMS, place_arms
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import FEET, INDEX, SEAT, Pose, between, turn_head
from mocap_ros.synthesis.seated_poses import sitting
from mocap_ros.synthesis.upright_poses import standing, walking_at

STEP_LENGTH = 0.72  # [m] of a person of 1.7 m at stride 1
AHEAD = 0.15  # [m] along a way by which its direction is measured


@dataclass(frozen=True, eq=False)
class Moment:
    """A person at one instant: Pose with heading, pelvis place on the floor [m] (2,), lift above the floor or NaN.

    `lift` NaN means that the lowest point touches the floor.
    """

    pose: Pose
    place: np.ndarray
    lift: float


def _smooth(share):
    return share * share * (3 - 2 * share)


def _heading(local, yaw):
    local = local.copy()
    local[0] = axis_turn("Z", yaw) @ local[0]
    return local


class Way:
    """A closed path of corners, rounded off.

    Args:
        corners: places on the floor [m], (N, 2), N >= 3.

    Attributes:
        length: once around [m].
    """

    def __init__(self, corners):
        steps = np.linspace(0, 1, 60, endpoint=False)[:, None]
        corners = np.asarray(corners, float)
        before, after = np.roll(corners, 1, 0), np.roll(corners, -1, 0)
        pieces = [
            (1 - steps) ** 2 * (a + b) / 2 + 2 * steps * (1 - steps) * b + steps**2 * (b + c) / 2
            for a, b, c in zip(before, corners, after)
        ]
        path = np.concatenate(pieces)
        self._path = np.concatenate([path, path[:1]])
        gaps = np.linalg.norm(np.diff(self._path, axis=0), axis=1)
        self._along = np.concatenate([[0], np.cumsum(gaps)])
        self.length = float(self._along[-1])

    def place(self, distance):
        """Places on the way [m] at distances along it [m], (..., 2)."""
        distance = np.asarray(distance) % self.length
        return np.stack([np.interp(distance, self._along, self._path[:, axis]) for axis in range(2)], -1)

    def heading(self, distance):
        """Heading of who walks there [rad]."""
        ahead = self.place(distance + AHEAD) - self.place(distance - AHEAD)
        return float(np.arctan2(ahead[1], ahead[0]) + np.pi / 2)


def cycle_of(height, speed):
    """How far a body of a standing height [m] gets in two steps at a speed [m/s], and its stride, see gait_angles."""
    return 2 * STEP_LENGTH * height / 1.7 * np.sqrt(speed / 1.3), float(np.clip(speed / 1.3, 0.5, 1.4))


class Walker:
    """Walks a Way around and around.

    Args:
        way: Way.
        height: standing height [m].
        speed: [m/s].
        start: where it begins [m]; None for anywhere.
    """

    def __init__(self, way, height, speed, generator, start=None):
        self.way, self.speed = way, speed
        self.start = generator.uniform(0, way.length) if start is None else start
        self.cycle, self.stride = cycle_of(height, speed)
        self.curl = generator.uniform(0.2, 0.7, 2)

    def at(self, time):
        """The Moment at `time` [s]."""
        distance = self.start + self.speed * time
        local = walking_at(distance / self.cycle % 1, self.stride)
        pose = Pose(_heading(local, self.way.heading(distance)), FEET, self.curl)
        return Moment(pose, self.way.place(distance), np.nan)


class Gesturer:
    """Stands or sits in one place and changes its arms, head and lean every second or two.

    Args:
        place: of the pelvis on the floor [m], (2,).
        yaw: heading [rad].
        seated: True where it sits.
        seconds: for how long.
        base: the pose from which it moves, (S, 3, 3); None for any.
    """

    def __init__(self, place, yaw, seated, seconds, generator, base=None):
        self.place, self.yaw, self.seated = np.asarray(place, float), yaw, seated
        base = (sitting if seated else standing)(generator)[0] if base is None else base
        self.times, self.poses = [0.0], [base]
        while self.times[-1] < seconds + 3:
            local = base.copy()
            turn_head(local, generator.normal(0.08, 0.15), generator.normal(0, 0.4), generator.normal(0, 0.06))
            place_arms(local, SITTING_ARMS if seated else STANDING_ARMS, generator)
            local[INDEX["chest"]] = base[INDEX["chest"]] @ axis_turn("Z", generator.normal(0, 0.15))
            self.poses += [local, local]
            self.times += [self.times[-1] + generator.uniform(0.7, 1.3), self.times[-1] + generator.uniform(1.5, 2.4)]
        self.curl = generator.uniform(0.2, 0.8, 2)

    def at(self, time):
        """The Moment at `time` [s]."""
        after = int(np.searchsorted(self.times, time, side="right"))
        start, end = self.times[after - 1], self.times[after]
        local = between(self.poses[after - 1], self.poses[after], _smooth((time - start) / (end - start)))
        sway = 0.012 * np.sin(time * 1.7)
        local[INDEX["abdomen"]] = axis_turn("Y", sway) @ local[INDEX["abdomen"]]
        return Moment(Pose(_heading(local, self.yaw), SEAT if self.seated else FEET, self.curl), self.place, np.nan)


class Performer:
    """Repeats a recorded take, forward and backward in turn, in one place and heading.

    Args:
        take: assets.Take.
        place: middle of the performance on the floor [m], (2,).
        yaw: turn of the whole take [rad].
        scale: body size over the recorded person's.
    """

    def __init__(self, take, place, yaw, scale, seconds, generator):
        frames = min(len(take.local), int(seconds * take.rate) + 2)
        first = int(generator.integers(0, len(take.local) - frames + 1))
        self.local, self.rate = take.local[first : first + frames].astype(float), take.rate
        root = take.root[first : first + frames] * scale
        turn = axis_turn("Z", yaw)
        self.root = (root - [*root[:, :2].mean(0), 0]) @ turn.T + [*np.asarray(place, float), 0]
        self.local[:, 0] = turn @ self.local[:, 0]
        self.curl = generator.uniform(0.2, 0.8, 2)

    def at(self, time):
        """The Moment at `time` [s]; its lift is the recorded pelvis height, to be set on the floor by the caller."""
        last = len(self.local) - 1
        position = (time * self.rate) % (2 * last)
        position = position if position <= last else 2 * last - position
        before = min(int(position), last - 1)
        share = position - before
        local = between(self.local[before], self.local[before + 1], share)
        root = (1 - share) * self.root[before] + share * self.root[before + 1]
        return Moment(Pose(local, FEET, self.curl), root[:2], float(root[2]))
