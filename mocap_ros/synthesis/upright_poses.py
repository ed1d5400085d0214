"""How people stand, walk, run, carry and push."""

import numpy as np

from mocap_ros.synthesis.arm_habits import NEAR_ARMS, STANDING_ARMS, choose, place_arm, place_arms, place_hands
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import FEET, bend_trunk, gait_angles, neutral, perturbed, set_arm, set_leg, turn_head


def standing(generator, arms=STANDING_ARMS):
    """Standing people: weight on one or both legs, any habit of the arms."""
    local = neutral()
    width, shift = abs(generator.normal(0.05, 0.07)), generator.normal(0, 0.05)
    local[0] = axis_turn("Y", shift) @ axis_turn("X", generator.normal(0, 0.05))
    for side, sign in (("l", 1), ("r", -1)):
        knee = abs(generator.normal(0.04, 0.08)) + max(0, sign * shift) * generator.uniform(0, 6)
        set_leg(
            local,
            side,
            knee * 0.55 + generator.normal(0, 0.06),
            width + sign * shift + generator.normal(0, 0.02),
            generator.uniform(-0.05, 0.5),
            knee,
            knee * 0.45,
        )
    lean = abs(generator.normal(0.05, 0.1)) + (generator.uniform(0.2, 0.7) if generator.random() < 0.1 else 0)
    bend_trunk(local, lean, -shift + generator.normal(0, 0.05), generator.normal(0, 0.15))
    turn_head(local, generator.normal(0.12, 0.25), generator.normal(0, 0.4), generator.normal(0, 0.1))
    place_arms(local, arms, generator)
    return local, FEET


def posing(generator):
    """Standing near the camera, hands seldom idle."""
    return standing(generator, NEAR_ARMS)


def walking_at(phase, stride, swing=1.0):
    """A walker at one point of the gait cycle, arms swinging, (S, 3, 3)."""
    local = neutral()
    for side, offset in (("l", 0.0), ("r", 0.5)):
        hip, knee, ankle = gait_angles((phase + offset) % 1, stride)
        set_leg(local, side, hip, 0.02, 0.1, knee, ankle)
        forward = -np.cos(2 * np.pi * (phase + offset)) * 0.38 * stride * swing
        set_arm(local, side, forward + 0.04, 0.12, 0.1, 0.25 + 0.2 * stride * (1 + forward), 0.3)
    turn = 0.08 * stride * np.cos(2 * np.pi * phase)
    local[0] = axis_turn("Z", -turn) @ axis_turn("Y", 0.03 * np.sin(2 * np.pi * phase))
    bend_trunk(local, 0.06, -0.03 * np.sin(2 * np.pi * phase), 1.8 * turn)
    turn_head(local, 0.05, -0.6 * turn, 0)
    return local


def walking(generator):
    """Walkers; half of them do something else with one or both arms."""
    local = walking_at(generator.random(), np.clip(generator.normal(0.9, 0.3), 0.3, 1.7), generator.uniform(0.2, 1.6))
    local = perturbed(local, 0.06, generator)
    turn_head(local, generator.normal(0.1, 0.2), generator.normal(0, 0.35), generator.normal(0, 0.08))
    if generator.random() < 0.55:
        for side in ("l", "r") if generator.random() < 0.5 else (("l",) if generator.random() < 0.5 else ("r",)):
            place_arm(local, side, choose(STANDING_ARMS, generator), generator)
    return local, FEET


def standing_or_walking(generator):
    """Standing or walking with a back that is nearly straight."""
    local, support = standing(generator) if generator.random() < 0.5 else walking(generator)
    bend_trunk(local, generator.normal(0.05, 0.12), generator.normal(0, 0.04), generator.normal(0, 0.08))
    return local, support


def carrying(generator):
    """Standing or walking with a load before the body, a hand on either side of it."""
    local, support = standing_or_walking(generator)
    middle = [generator.normal(0, 0.05), generator.uniform(-0.7, -0.45), generator.uniform(-0.75, -0.2)]
    place_hands(local, middle, generator.uniform(0.35, 0.95), generator)
    return local, support


def pushing(generator):
    """Standing or walking behind a cart or a pram, both hands on its handle."""
    local, support = standing_or_walking(generator)
    middle = [0.0, generator.uniform(-0.85, -0.55), generator.uniform(-0.65, -0.35)]
    place_hands(local, middle, generator.uniform(0.5, 0.9), generator)
    return local, support


def running(generator):
    """Runners: long strides, bent elbows, trunk leaning forward."""
    phase = generator.random()
    local = walking_at(phase, generator.uniform(1.3, 2.0), 1.4)
    local = perturbed(local, 0.1, generator)
    bend_trunk(local, generator.uniform(0.1, 0.45), generator.normal(0, 0.06), generator.normal(0, 0.15))
    for side in "lr":
        swing = np.cos(2 * np.pi * (phase + (0 if side == "r" else 0.5)))
        set_arm(local, side, 0.1 + 0.7 * swing, 0.15, 0.3, generator.uniform(1.2, 1.9), 0.3)
    return local, FEET
