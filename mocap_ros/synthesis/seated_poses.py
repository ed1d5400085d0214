"""How people sit: on chairs, at tables, on bicycles."""

import numpy as np

from mocap_ros.synthesis.arm_habits import NEAR_ARMS, SITTING_ARMS, TABLE_ARMS, place_arm, place_arms
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import SEAT, bend_trunk, neutral, set_leg, turn_head


def sitting(generator, arms=SITTING_ARMS):
    """Sitting on a seat, feet down, legs crossed or stretched."""
    local = neutral()
    slump = generator.normal(-0.15, 0.15)
    local[0] = axis_turn("X", slump)
    spread, knee_all = generator.uniform(-0.02, 0.3), generator.normal(1.45, 0.25)
    for side in "lr":
        knee = np.clip(knee_all + generator.normal(0, 0.15), 0.2, 2.1)
        set_leg(
            local,
            side,
            1.5 + slump + generator.normal(0, 0.1),
            spread + generator.normal(0, 0.06),
            generator.normal(0.05, 0.1),
            knee,
            generator.normal(0.0, 0.15),
        )
    if generator.random() < 0.18:
        set_leg(
            local,
            generator.choice(["l", "r"]),
            1.75 + slump,
            -0.12,
            generator.uniform(0.0, 0.7),
            generator.uniform(1.0, 1.6),
            0.0,
        )
    bend_trunk(local, generator.normal(0.2, 0.25), generator.normal(0, 0.08), generator.normal(0, 0.15))
    turn_head(local, generator.normal(0.15, 0.25), generator.normal(0, 0.4), generator.normal(0, 0.1))
    place_arms(local, arms, generator)
    return local, SEAT


def dining(generator):
    """Sitting at a table: hands on it, at the mouth, at the face."""
    return sitting(generator, TABLE_ARMS)


def lounging(generator):
    """Sitting near the camera, hands seldom idle."""
    return sitting(generator, NEAR_ARMS)


def riding(generator):
    """On a bicycle, motorbike or sledge: trunk forward, both hands ahead."""
    local, _ = sitting(generator)
    lean = generator.uniform(0.0, 0.9)
    local[0] = axis_turn("X", lean * 0.5)
    for side in "lr":
        set_leg(
            local,
            side,
            generator.uniform(0.7, 1.7) + lean * 0.4,
            generator.uniform(0.05, 0.25),
            0.05,
            generator.uniform(0.6, 1.8),
            generator.normal(0, 0.2),
        )
        place_arm(local, side, "wheel", generator)
    bend_trunk(local, lean * 0.6, 0, generator.normal(0, 0.08))
    turn_head(local, generator.normal(-0.2, 0.25) - lean * 0.3, generator.normal(0, 0.3), 0)
    return local, SEAT
