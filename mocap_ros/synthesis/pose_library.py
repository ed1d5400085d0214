"""What people do: draws of whole poses, weighted toward what a robot sees, standing and walking first."""

import numpy as np

from mocap_ros.synthesis.arm_habits import STANDING_ARMS, choose, place_arms
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.floor_poses import crouching, lying, on_floor
from mocap_ros.synthesis.pose import CARRIED, FEET, INDEX, PUSHED, Pose, mirrored, perturbed
from mocap_ros.synthesis.seated_poses import dining, lounging, riding, sitting
from mocap_ros.synthesis.sporting_poses import sporting, swinging
from mocap_ros.synthesis.upright_poses import carrying, posing, pushing, running, standing, walking

UPPER_BODY = [i for name, i in INDEX.items() if not name.endswith(("thigh", "shin", "foot")) and name != "pelvis"]


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
