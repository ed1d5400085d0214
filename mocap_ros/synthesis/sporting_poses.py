"""How people throw, kick, bat and dig."""

from mocap_ros.synthesis.arm_habits import join_hands, place_arms
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.pose import FEET, bend_trunk, neutral, set_leg, turn_head


def sporting(generator):
    """Throwing, kicking, catching, balancing: wide legs, arms anywhere."""
    local = neutral()
    local[0] = axis_turn("Y", generator.normal(0, 0.15)) @ axis_turn("X", generator.normal(0.1, 0.25))
    for side in "lr":
        knee = abs(generator.normal(0.5, 0.5))
        set_leg(
            local,
            side,
            knee * 0.6 + generator.normal(0, 0.45),
            abs(generator.normal(0.2, 0.2)),
            generator.uniform(0, 0.5),
            min(knee, 2.2),
            generator.normal(0.1, 0.25),
        )
    bend_trunk(local, generator.normal(0.2, 0.25), generator.normal(0, 0.2), generator.normal(0, 0.4))
    turn_head(local, generator.normal(0, 0.25), generator.normal(0, 0.4), generator.normal(0, 0.1))
    place_arms(local, (("anywhere", 0.5), ("reach", 0.25), ("overhead", 0.15), ("hold", 0.1)), generator)
    return local, FEET


def swinging(generator):
    """Batting, serving, rowing, digging: as sporting, both hands on one handle anywhere about the trunk."""
    local, support = sporting(generator)
    bend_trunk(local, generator.normal(0.25, 0.25), generator.normal(0, 0.2), generator.normal(0, 0.7))
    join_hands(local, generator.normal([0.0, -0.4, 0.0], [0.45, 0.2, 0.5]), generator.uniform(0.05, 0.4), generator)
    return local, support
