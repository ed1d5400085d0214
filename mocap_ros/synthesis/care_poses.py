"""Poses of people who need or give help: falling, leaning on aids, in bed, bending over; of children carried."""

import numpy as np

from mocap_ros.synthesis.arm_habits import place_arm, place_arms, place_hands
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import GROUND, bend_trunk, neutral, perturbed, reach, set_arm, set_leg, turn_head
from mocap_ros.synthesis.upright_poses import standing, standing_or_walking, walking

BED_ARMS = (("lap", 0.35), ("hang", 0.35), ("screen", 0.08), ("face", 0.07), ("crossed", 0.08), ("hold", 0.07))


def falling(generator):
    """Losing one's balance: the whole body tilted in any direction, arms flung out, knees giving way."""
    local, _ = standing(generator) if generator.random() < 0.4 else walking(generator)
    toward = axis_turn("Z", generator.uniform(-np.pi, np.pi))
    local[0] = toward @ axis_turn("X", generator.uniform(0.3, 1.25)) @ toward.T @ local[0]
    give = generator.uniform(0, 1.2)
    for side in "lr":
        knee = np.clip(give + generator.normal(0, 0.35), 0.05, 1.9)
        set_leg(local, side, 0.6 * knee + generator.normal(0, 0.25), abs(generator.normal(0.1, 0.15)),
                generator.uniform(0, 0.3), knee, generator.normal(0, 0.2))
        set_arm(local, side, generator.uniform(0.5, 2.3), generator.uniform(-0.2, 1.8), generator.normal(0, 0.4),
                generator.uniform(0.05, 1.2), generator.normal(0, 0.4))
    bend_trunk(local, generator.normal(0.25, 0.3), generator.normal(0, 0.2), generator.normal(0, 0.25))
    turn_head(local, generator.normal(0, 0.3), generator.normal(0, 0.35), generator.normal(0, 0.15))
    return local, GROUND


def leaning_on_frame(generator):
    """Standing or shuffling behind a walking frame, bent, both hands on its handles."""
    local, support = standing_or_walking(generator)
    bend_trunk(local, generator.uniform(0.1, 0.55), generator.normal(0, 0.05), generator.normal(0, 0.06))
    turn_head(local, generator.normal(0.0, 0.25), generator.normal(0, 0.3), 0.0)
    place_hands(local, [0.0, generator.uniform(-0.65, -0.35), generator.uniform(-0.82, -0.6)], 0.95, generator)
    return local, support


def with_cane(generator):
    """Standing or walking with a hand ahead on a cane."""
    local, support = standing_or_walking(generator)
    bend_trunk(local, generator.uniform(0.05, 0.4), generator.normal(0, 0.06), generator.normal(0, 0.06))
    side = generator.choice(["l", "r"])
    place_arm(local, "l" if side == "r" else "r", "hang", generator)
    target = generator.normal([0.15, -0.42, -0.78], [0.06, 0.1, 0.06])
    reach(local, side, target, [0.7, 0.8, 0.0], generator.normal(0.2, 0.3))
    return local, support


def in_bed(raised, generator):
    """Lying on the back, head toward +Y, the upper body raised by an angle [rad], (S, 3, 3)."""
    local = neutral()
    local[0] = axis_turn("Z", generator.normal(0, 0.05)) @ axis_turn("X", -np.pi / 2 + 0.8 * raised)
    for side in "lr":
        bent = generator.uniform(0.3, 1.1) if generator.random() < 0.2 else abs(generator.normal(0.05, 0.1))
        set_leg(local, side, 0.8 * raised + bent, abs(generator.normal(0.08, 0.08)), generator.uniform(0, 0.6),
                2 * bent, generator.normal(-0.4, 0.2))
    bend_trunk(local, 0.2 * raised + generator.normal(0.05, 0.05), generator.normal(0, 0.06), 0.0)
    turn_head(local, generator.normal(0.3, 0.15), generator.normal(0, 0.45), generator.normal(0, 0.08))
    place_arms(local, BED_ARMS, generator)
    return perturbed(local, 0.03, generator)


def on_an_arm(generator):
    """A child that sits on somebody's arm, its legs around the hip, (S, 3, 3)."""
    local = neutral()
    for side in "lr":
        set_leg(local, side, generator.uniform(1.0, 1.5), generator.uniform(0.45, 0.75), 0.1,
                generator.uniform(0.7, 1.4), 0.0)
    bend_trunk(local, generator.normal(0.1, 0.12), generator.normal(0, 0.08), generator.normal(0, 0.15))
    turn_head(local, generator.normal(0.0, 0.25), generator.normal(0, 0.5), generator.normal(0, 0.1))
    place_arms(local, (("hang", 0.3), ("lap", 0.3), ("hold", 0.2), ("reach", 0.2)), generator)
    return local


def on_shoulders(generator):
    """A child that sits on somebody's shoulders, its legs over the chest, (S, 3, 3)."""
    local = neutral()
    for side in "lr":
        set_leg(local, side, generator.uniform(0.9, 1.15), generator.uniform(0.38, 0.55), 0.0,
                generator.uniform(1.0, 1.4), 0.0)
    bend_trunk(local, generator.normal(0.2, 0.1), 0.0, generator.normal(0, 0.1))
    turn_head(local, generator.normal(0.0, 0.2), generator.normal(0, 0.4), generator.normal(0, 0.08))
    return local


def kneeling(generator):
    """Kneeling and bent forward, (S, 3, 3)."""
    local = neutral()
    for side in "lr":
        set_leg(local, side, generator.uniform(0.2, 0.9), generator.uniform(0.05, 0.25), 0,
                generator.uniform(1.7, 2.2), -0.6)
    local[0] = axis_turn("X", generator.uniform(0.1, 0.4))
    bend_trunk(local, generator.uniform(0.2, 0.6), generator.normal(0, 0.08), generator.normal(0, 0.12))
    turn_head(local, generator.normal(0.2, 0.2), generator.normal(0, 0.25), 0.0)
    return local


def bending_over(generator):
    """Standing with bent back and knees, as over somebody lower, (S, 3, 3)."""
    local, _ = standing(generator)
    depth = generator.uniform(0.2, 0.7)
    local[0] = axis_turn("X", 0.7 * depth)
    for side in "lr":
        knee = depth * generator.uniform(0.2, 0.9)
        set_leg(local, side, 0.7 * depth + 0.45 * knee + generator.normal(0, 0.05), generator.uniform(0.02, 0.15), 0.1,
                knee, 0.5 * knee)
    bend_trunk(local, depth * generator.uniform(0.3, 0.9), generator.normal(0, 0.06), generator.normal(0, 0.1))
    turn_head(local, generator.normal(0.0, 0.2), generator.normal(0, 0.25), 0.0)
    return local
