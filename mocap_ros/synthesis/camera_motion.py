"""How the camera of a clip moves: held by somebody who walks, on a robot's wheels, on a robot's legs.

It goes to and fro on a winding way, pans and tilts toward this and that, bobs with every step and shakes a little.
"""

from dataclasses import replace

import numpy as np

from mocap_ros.synthesis.scene import view_toward

START, BEND, WINDING = -1.1, 0.12, 2.4  # [m] nearest end of the way, its bends to the side, their length
AIMED = 0.95, 4.0  # [m] height and distance at which the level-headed camera looks
LEVER = 0.6  # [m] from what a shake turns about to the camera
PAUSE = 0.2, 1.2  # [s] between two moves
PAN_SPEED, TILT_SPEED = 0.55, 0.25  # [rad/s] on average over a move
TREMORS = 7  # waves of which a shake is the sum
TREMOR_RATES = 0.7, 9.0  # [1/s] of the slowest and the fastest
MOMENT = 0.02  # [s] over which speed is measured


class _Moves:
    """A number that moves from value to value without jerk and rests in between.

    Args:
        low, high: bounds of the values.
        speed: on average over a move.
        seconds: for how long at least.
    """

    def __init__(self, low, high, speed, seconds, generator):
        self.times, self.values = [-generator.uniform(0, 2)], [generator.uniform(low, high)]
        while self.times[-1] < seconds:
            following = generator.uniform(low, high)
            rest = self.times[-1] + generator.uniform(*PAUSE)
            self.times += [rest, rest + max(0.3, abs(following - self.values[-1]) / speed)]
            self.values += [self.values[-1], following]

    def at(self, time):
        """The value at `time` [s]."""
        after = int(np.clip(np.searchsorted(self.times, time, side="right"), 1, len(self.times) - 1))
        start, end = self.times[after - 1], self.times[after]
        share = float(np.clip((time - start) / (end - start), 0, 1))
        eased = share**3 * (10 - 15 * share + 6 * share**2)
        return self.values[after - 1] + eased * (self.values[after] - self.values[after - 1])


class MovingCamera:
    """A camera that is carried about.

    Args:
        view: View of the image size and focal length.
        carrier: Carrier.
        seconds: for how long.
    """

    def __init__(self, view, carrier, seconds, generator):
        self.view, self.carrier = view, carrier
        self.height = generator.uniform(*carrier.height)
        self.along = _Moves(0.0, carrier.way, carrier.speed, seconds + 1, generator)
        self.pan = _Moves(-carrier.pan, carrier.pan, PAN_SPEED, seconds + 1, generator)
        self.tilt = _Moves(-carrier.tilt, carrier.tilt, TILT_SPEED, seconds + 1, generator)
        self.rates = 2 * np.pi * np.geomspace(*TREMOR_RATES, TREMORS)[:, None] * generator.uniform(0.9, 1.1, (1, 3))
        self.phases = generator.uniform(0, 2 * np.pi, (TREMORS, 3))
        strength = 1 / np.sqrt(self.rates)  # hands and wheels shake less the faster
        self.strength = strength / np.sqrt((strength**2).sum(0) / 2)
        self.first_step, self.bend = generator.uniform(0, 2 * np.pi, 2)

    def _place(self, along):
        """Place on the floor [m], (2,), at a length of the way, and the way's heading there [rad]."""
        turn = 2 * np.pi / WINDING
        slope = BEND * turn * np.cos(turn * along + self.bend)
        return np.array([BEND * np.sin(turn * along + self.bend), START + along]), -np.arctan(slope)

    def at(self, time):
        """The View at `time` [s]."""
        carrier = self.carrier
        along = self.along.at(time)
        place, heading = self._place(along)
        speed = abs(self.along.at(time + MOMENT) - self.along.at(time - MOMENT)) / (2 * MOMENT)
        hurry = min(1.0, speed / carrier.speed)
        step = 2 * np.pi * carrier.cadence * time + self.first_step
        shake = (np.sin(self.rates * time + self.phases) * self.strength).sum(0)
        shake *= carrier.tremor + carrier.jolt * hurry
        yaw = carrier.steers * heading + self.pan.at(time) + shake[0]
        pitch = np.arctan2(AIMED[0] - self.height, AIMED[1]) + self.tilt.at(time) + shake[1]
        roll = shake[2] + carrier.rock * hurry * np.sin(step / 2)
        pitch += carrier.rock * hurry * np.sin(step)
        right = np.array([np.cos(yaw), np.sin(yaw)])
        place = place + right * carrier.bob * hurry * np.sin(step / 2)  # a sway takes two steps
        height = self.height + carrier.bob / 2 * hurry * np.cos(step)
        aimed = view_toward(self.view.width, self.view.height, self.view.focal, [*place, height], pitch, roll, yaw)
        return replace(self.view, rotation=aimed.rotation, eye=aimed.eye + LEVER * shake)


def smear_px(before, after, away):
    """How far a point `away` [m] ahead moves in the picture between two Views [px], (2,)."""
    middle = before.eye + before.rotation[2] * away
    across, down, ahead = after.to_camera(middle)
    return np.array([across, down]) / ahead * after.focal
