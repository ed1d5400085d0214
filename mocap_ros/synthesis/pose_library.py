"""What people do: draws of whole poses, weighted toward what a robot sees, standing and walking first."""

import numpy as np

from mocap_ros.synthesis.arm_habits import (
    NEAR_ARMS,
    SITTING_ARMS,
    STANDING_ARMS,
    TABLE_ARMS,
    choose,
    join_hands,
    place_arm,
    place_arms,
    place_hands,
)
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.motion import S
from mocap_ros.synthesis.pose import (
    CARRIED,
    FEET,
    GROUND,
    INDEX,
    PUSHED,
    SEAT,
    Pose,
    bend_trunk,
    gait_angles,
    mirrored,
    perturbed,
    set_arm,
    set_leg,
    turn_head,
)

UPPER_BODY = [i for name, i in INDEX.items() if not name.endswith(("thigh", "shin", "foot")) and name != "pelvis"]

def _neutral():
    return np.tile(np.eye(3), (S, 1, 1))


def standing(generator, arms=STANDING_ARMS):
    """Standing people: weight on one or both legs, any habit of the arms."""
    local = _neutral()
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
    local = _neutral()
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


def _standing_or_walking(generator):
    local, support = standing(generator) if generator.random() < 0.5 else walking(generator)
    bend_trunk(local, generator.normal(0.05, 0.12), generator.normal(0, 0.04), generator.normal(0, 0.08))
    return local, support


def carrying(generator):
    """Standing or walking with a load before the body, a hand on either side of it."""
    local, support = _standing_or_walking(generator)
    middle = [generator.normal(0, 0.05), generator.uniform(-0.7, -0.45), generator.uniform(-0.75, -0.2)]
    place_hands(local, middle, generator.uniform(0.35, 0.95), generator)
    return local, support


def pushing(generator):
    """Standing or walking behind a cart or a pram, both hands on its handle."""
    local, support = _standing_or_walking(generator)
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


def sitting(generator, arms=SITTING_ARMS):
    """Sitting on a seat, feet down, legs crossed or stretched."""
    local = _neutral()
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


def crouching(generator):
    """Squatting, lunging, bending, skiing, ready to jump: feet on the ground, knees bent."""
    local = _neutral()
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
    local = _neutral()
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


def sporting(generator):
    """Throwing, kicking, catching, balancing: wide legs, arms anywhere."""
    local = _neutral()
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


def recorded(clips, generator):
    """A frame of recorded motion, in a third of the draws with another frame's or a standing person's arms."""
    clip = clips[generator.integers(len(clips))]
    local = clip[generator.integers(len(clip))].astype(float)
    heading = axis_turn("Z", -np.arctan2(local[0, 1, 1], local[0, 0, 1]) + np.pi / 2)
    local[0] = heading @ local[0]
    draw = generator.random()
    if draw < 0.2:
        other = clips[generator.integers(len(clips))]
        local[UPPER_BODY] = other[generator.integers(len(other))][UPPER_BODY]
    elif draw < 0.35:
        place_arms(local, STANDING_ARMS, generator)
    return local, FEET


KINDS = (
    (standing, 0.23),
    (posing, 0.05),
    (walking, 0.18),
    (running, 0.04),
    (carrying, 0.025),
    (pushing, 0.02),
    (sitting, 0.13),
    (lounging, 0.03),
    (riding, 0.03),
    (crouching, 0.07),
    (on_floor, 0.03),
    (lying, 0.015),
    (sporting, 0.06),
    (swinging, 0.03),
    (recorded, 0.115),
)
STREET_KINDS = (
    (standing, 0.47),
    (walking, 0.40),
    (recorded, 0.05),
    (sitting, 0.04),
    (crouching, 0.02),
    (running, 0.02),
    (carrying, 0.02),
    (pushing, 0.015),
)
LOADS = {carrying: CARRIED, pushing: PUSHED}
NEAR_KINDS = ((posing, 0.6), (standing, 0.2), (sporting, 0.05), (swinging, 0.03), (crouching, 0.05), (recorded, 0.07))
SEATED_KINDS = ((lounging, 0.6), (sitting, 0.3), (riding, 0.1))
TABLE_KINDS = ((dining, 0.9), (posing, 0.1))
STEPS_KINDS = ((sitting, 0.5), (lounging, 0.15), (standing, 0.3), (posing, 0.05))


def draw_pose(clips, generator, kinds=KINDS):
    """One Pose, heading -Y, from the mixture of all kinds.

    Args:
        clips: anatomical rotations of recorded motion, a list of (T, S, 3, 3).
        kinds: (function, share) pairs.
    """
    kind = choose(kinds, generator)
    local, support = kind(clips, generator) if kind is recorded else kind(generator)
    if generator.random() < 0.5:
        local = mirrored(local)
    if kind in LOADS:
        return Pose(local, support, generator.uniform(0.7, 1.2, 2), LOADS[kind])
    if kind not in (walking, running):
        local = perturbed(local, generator.choice([0.02, 0.05, 0.12], p=[0.4, 0.4, 0.2]), generator)
    return Pose(local, support, generator.uniform(0.0, 1.1, 2))
