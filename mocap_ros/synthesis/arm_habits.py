"""What people do with their arms: habits of standing and sitting people, both hands on one thing."""

import numpy as np

from mocap_ros.synthesis.pose import reach, set_arm

# (share, wrist target in arm lengths from the shoulder: x outward, y back, z up; spread; elbow's pole)
ARM_TARGETS = {
    "hip": ((0.02, -0.06, -0.72), 0.05, (1.0, 0.5, 0.0)),
    "pocket": ((0.06, -0.12, -0.85), 0.04, (0.7, 1.0, 0.0)),
    "crossed": ((-0.42, -0.38, -0.36), 0.06, (0.8, -0.1, -0.6)),
    "ear": ((-0.08, -0.22, 0.16), 0.06, (0.7, -0.3, -1.0)),
    "screen": ((-0.18, -0.52, -0.22), 0.09, (0.5, 0.3, -1.0)),
    "hold": ((-0.1, -0.5, -0.45), 0.1, (0.6, 0.6, -0.6)),
    "face": ((-0.2, -0.34, 0.06), 0.08, (0.7, 0.0, -1.0)),
    "mouth": ((-0.24, -0.3, -0.02), 0.06, (0.8, -0.1, -0.9)),
    "camera": ((-0.2, -0.42, 0.18), 0.06, (0.9, 0.0, -0.8)),
    "wave": ((0.28, -0.22, 0.42), 0.14, (0.9, 0.2, -0.6)),
    "overhead": ((0.1, -0.15, 0.92), 0.18, (0.8, 0.2, -0.2)),
    "back": ((-0.25, 0.28, -0.72), 0.06, (0.8, 0.9, 0.0)),
    "lap": ((-0.08, -0.5, -0.62), 0.08, (0.8, 0.5, -0.1)),
    "knee": ((0.0, -0.75, -0.6), 0.08, (0.7, 0.2, -0.3)),
    "table": ((-0.1, -0.68, -0.4), 0.12, (0.7, 0.3, -0.6)),
    "wheel": ((0.0, -0.82, -0.12), 0.08, (0.9, 0.1, -0.5)),
    "strap": ((-0.02, -0.24, -0.1), 0.05, (0.6, 0.3, -1.0)),
    "head": ((0.0, 0.02, 0.42), 0.06, (1.0, -0.2, 0.3)),
}
STANDING_ARMS = (
    ("hang", 0.30),
    ("hold", 0.09),
    ("screen", 0.08),
    ("pocket", 0.08),
    ("hip", 0.06),
    ("crossed", 0.05),
    ("ear", 0.04),
    ("face", 0.05),
    ("camera", 0.03),
    ("wave", 0.03),
    ("overhead", 0.03),
    ("back", 0.03),
    ("strap", 0.03),
    ("head", 0.02),
    ("reach", 0.12),
    ("point", 0.03),
    ("anywhere", 0.09),
)
SITTING_ARMS = (
    ("lap", 0.22),
    ("knee", 0.12),
    ("table", 0.24),
    ("screen", 0.1),
    ("face", 0.08),
    ("wheel", 0.08),
    ("crossed", 0.04),
    ("hang", 0.06),
    ("reach", 0.08),
    ("anywhere", 0.06),
    ("wave", 0.02),
)
TABLE_ARMS = (
    ("table", 0.42),
    ("mouth", 0.16),
    ("hold", 0.1),
    ("face", 0.1),
    ("reach", 0.1),
    ("crossed", 0.05),
    ("lap", 0.07),
)
NEAR_ARMS = (
    ("hang", 0.2),
    ("mouth", 0.1),
    ("hold", 0.12),
    ("screen", 0.1),
    ("face", 0.08),
    ("camera", 0.06),
    ("crossed", 0.08),
    ("ear", 0.05),
    ("head", 0.04),
    ("wave", 0.05),
    ("reach", 0.1),
    ("anywhere", 0.05),
)
SHOULDER = 0.35  # distance of a shoulder from the middle, in arm lengths
TOGETHER = 0.14  # share of people who hold one thing with both hands


def choose(options, generator):
    """One name of (name, share) pairs at random."""
    names, shares = zip(*options)
    shares = np.array(shares)
    return names[generator.choice(len(names), p=shares / shares.sum())]


def place_arm(local, side, name, generator):
    """Sets one arm to a named habit: hanging, reaching, or a target of ARM_TARGETS."""
    if name == "hang":
        set_arm(local, side, generator.uniform(0, 0.3), generator.uniform(-0.6, 1.6), generator.normal(0.1, 0.2),
                abs(generator.normal(0.2, 0.2)), generator.normal(0.2, 0.4))
        return
    if name == "anywhere":
        set_arm(local, side, generator.uniform(0, 2.7), generator.uniform(-0.4, 1.9), generator.uniform(-0.9, 1.2),
                generator.uniform(0, 2.3), generator.normal(0, 0.6))
        return
    if name in ("reach", "point"):
        target = generator.normal([0.1, -0.6, 0.05], [0.4, 0.3, 0.35])
        target *= (0.98 if name == "point" else generator.uniform(0.7, 1)) / max(np.linalg.norm(target), 0.1)
        pole = (0.7, 0.3, -0.8)
    else:
        target, spread, pole = ARM_TARGETS[name]
        target = np.array(target) + generator.normal(0, spread, 3)
    reach(local, side, target, np.array(pole) + generator.normal(0, 0.2, 3), generator.normal(0.5, 0.6))


def place_arms(local, options, generator):
    """Sets both arms: often both hold one thing, in half of the other draws they do the same."""
    if generator.random() < TOGETHER:
        join_hands(local, generator.normal([0.0, -0.55, -0.3], [0.2, 0.15, 0.25]), generator.uniform(0, 0.5), generator)
        return
    left = choose(options, generator)
    right = left if generator.random() < 0.5 else choose(options, generator)
    place_arm(local, "l", left, generator)
    place_arm(local, "r", right, generator)


def join_hands(local, middle, apart, generator):
    """Sets both arms so that the wrists come near one point, as on a ball, a bat, a plate or a phone.

    Args:
        middle: from between the shoulders in the chest's frame, in arm lengths: x left, y back, z up, (3,).
        apart: distance of the wrists, in arm lengths.
    """
    across = generator.normal(0, [1.0, 0.3, 0.5])
    across *= apart / 2 / np.linalg.norm(across) * np.sign(across[0])
    for side, sign in (("l", 1), ("r", -1)):
        target = (np.asarray(middle) + sign * across) * [sign, 1, 1] - [SHOULDER, 0, 0]
        reach(local, side, target, np.array([0.7, 0.3, -0.8]) + generator.normal(0, 0.2, 3), generator.normal(0.5, 0.5))


def place_hands(local, middle, apart, generator):
    """Sets both arms so that the wrists are level and as far apart as told, around a point; see join_hands."""
    for side, sign in (("l", 1), ("r", -1)):
        target = [sign * middle[0] + apart / 2 - SHOULDER, middle[1], middle[2]]
        reach(local, side, target, np.array([0.7, 0.5, -0.8]) + generator.normal(0, 0.1, 3), generator.normal(0.2, 0.3))
