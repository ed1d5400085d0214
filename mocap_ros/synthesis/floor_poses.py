"""How people crouch, sit, kneel and lie on the floor."""

import numpy as np

from mocap_ros.synthesis.arm_habits import SITTING_ARMS, STANDING_ARMS, place_arms
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import GROUND, bend_trunk, neutral, set_arm, set_leg, turn_head
from mocap_ros.synthesis.upright_poses import standing
from mocap_ros.synthesis.seated_poses import sitting


def crouching(generator):
    """Squatting, lunging, bending, skiing, ready to jump: feet on the ground, knees bent."""
    local = neutral()
    depth = generator.uniform(0.3, 2.0)
    local[0] = axis_turn("X", generator.uniform(0, 0.35) * depth)
    split = generator.uniform(0, 0.9) if generator.random() < 0.4 else 0
    for side, sign in (("l", 1), ("r", -1)):
        knee = np.clip(depth + generator.normal(0, 0.12) - sign * split * 0.4, 0.05, 2.4)
        set_leg(
            local,
            side,
            depth * 0.75 + sign * split + generator.normal(0, 0.1),
            generator.uniform(0.0, 0.4),
            generator.uniform(0, 0.3),
            knee,
            0.35 * depth * generator.uniform(0.3, 1),
        )
    bend_trunk(local, generator.uniform(0.0, 0.8), generator.normal(0, 0.12), generator.normal(0, 0.25))
    turn_head(local, generator.normal(-0.1, 0.35), generator.normal(0, 0.4), generator.normal(0, 0.1))
    place_arms(local, SITTING_ARMS if generator.random() < 0.4 else STANDING_ARMS, generator)
    return local, GROUND


def on_floor(generator):
    """Sitting on the floor, kneeling or on all fours."""
    local = neutral()
    kind = generator.choice(["tailor", "stretched", "kneeling", "fours"], p=[0.35, 0.3, 0.25, 0.1])
    trunk = generator.normal(0.15, 0.2)
    for side in "lr":
        if kind == "tailor":
            set_leg(local, side, 1.45, 0.75, 0.5, generator.uniform(1.8, 2.3), -0.4)
        elif kind == "stretched":
            set_leg(local, side, generator.uniform(1.3, 1.9), 0.12, 0.2, generator.uniform(0.1, 1.7), 0.0)
        elif kind == "kneeling":
            set_leg(local, side, generator.uniform(0.0, 0.9), 0.1, 0, generator.uniform(1.5, 2.4), -0.6)
        else:
            set_leg(local, side, 1.5, 0.08, 0, 1.55, -0.8)
    if kind == "fours":
        local[0] = axis_turn("X", 1.45)
        trunk = 0.0
        for side in "lr":
            set_arm(local, side, 1.5 + generator.normal(0, 0.15), 0.1, 0, abs(generator.normal(0.05, 0.15)))
    else:
        local[0] = axis_turn("X", generator.normal(-0.1, 0.12))
        place_arms(local, SITTING_ARMS, generator)
    bend_trunk(local, trunk, generator.normal(0, 0.1), generator.normal(0, 0.2))
    turn_head(local, generator.normal(0.1, 0.3), generator.normal(0, 0.4), generator.normal(0, 0.1))
    return local, GROUND


def lying(generator):
    """Lying on back, belly or side with any small bend of the limbs."""
    local, _ = standing(generator) if generator.random() < 0.6 else sitting(generator)
    local[0] = axis_turn("X", generator.choice([-1, 1]) * (np.pi / 2 + generator.normal(0, 0.15))) @ axis_turn(
        "Z", generator.uniform(-np.pi, np.pi)
    )
    return local, GROUND
