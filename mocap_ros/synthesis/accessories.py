"""What people carry and wear beside clothes: backpacks, bags, things in a hand, dark glasses."""

import numpy as np

from mocap_ros.synthesis.character import BAG, LENSES, THING
from mocap_ros.synthesis.solids import box, ellipsoid, ring


def add_things(parts, wardrobe, points, generator):
    """Adds what people carry: backpack, handbag, something in a hand, glasses."""

    def point(name):
        return points[wardrobe.point_index[name]].astype(float)

    def bone(name):
        return wardrobe.bone_index[name]

    side = generator.choice(["l", "r"])
    sign = 1 if side == "l" else -1
    draw = generator.random()
    if draw < 0.12:
        size = generator.uniform([0.24, 0.12, 0.32], [0.36, 0.24, 0.52])
        centre = point("spine") + [0, 0.1 + size[1] / 2, 0.1]
        parts.add_rigid(ellipsoid(centre, size * 0.62), bone("spine01"), BAG)
        for strap in (-1, 1):
            parts.add_rigid(box(point("neck") + [strap * 0.09, -0.1, -0.13], [0.045, 0.02, 0.28]), bone("spine01"), BAG)
    elif draw < 0.22:
        size = generator.uniform([0.1, 0.2, 0.18], [0.18, 0.4, 0.35])
        parts.add_rigid(box(point(f"{side}_hip") + [sign * (0.12 + size[0] / 2), 0.02, 0.02], size), bone("root"), BAG)
    if generator.random() < 0.22:
        hand = bone(f"wrist.{side.upper()}")
        place = point(f"{side}_hand")
        along = (place - point(f"{side}_wrist")) / np.linalg.norm(place - point(f"{side}_wrist"))
        kind = generator.choice(["small", "bag", "stick", "ball", "board"], p=[0.4, 0.25, 0.15, 0.1, 0.1])
        if kind == "small":
            solid = box(place + along * 0.05, generator.uniform([0.03, 0.02, 0.08], [0.1, 0.08, 0.18]))
        elif kind == "bag":
            size = generator.uniform([0.08, 0.2, 0.2], [0.2, 0.4, 0.4])
            solid = box(place + along * (0.08 + size[2] / 2), size, toward=along)
        elif kind == "stick":
            across = np.cross(along, [sign, 0, 0.2])
            length = generator.uniform(0.5, 1.4)
            solid = box(place + across / np.linalg.norm(across) * length * 0.35, [0.03, 0.03, length], toward=across)
        elif kind == "ball":
            radius = generator.uniform(0.04, 0.15)
            solid = ellipsoid(place + along * radius, [radius] * 3)
        else:
            solid = box(place + along * 0.1, generator.uniform([0.02, 0.2, 0.3], [0.05, 0.6, 1.2]), toward=along)
        parts.add_rigid(solid, hand, THING)
    if generator.random() < 0.24:
        _add_glasses(parts, point, bone("head"), generator)


def _add_glasses(parts, point, head, generator):
    """Dark or clear glasses: rims, a bridge and temples that end at the ears."""
    eyes = (point("l_eye") + point("r_eye")) / 2 + [0, -0.018, 0]
    dark = generator.random() < 0.5
    width, height = generator.uniform([0.024, 0.016], [0.03, 0.026])
    for side in (-1, 1):
        middle = eyes + [side * 0.034, 0, 0]
        if dark:
            parts.add_rigid(box(middle, [2 * width, 0.005, 2 * height]), head, LENSES)
        parts.add_rigid(ring(middle, width, height, generator.uniform(0.002, 0.005)), head, LENSES)
        ear = point("l_ear" if side > 0 else "r_ear")
        corner = middle + [side * (width + 0.01), 0.004, height * 0.4]
        temple = np.array([ear[0], ear[1], corner[2]]) - corner
        parts.add_rigid(
            box(corner + temple / 2, [0.004, 0.003, np.linalg.norm(temple)], toward=temple), head, LENSES
        )
    parts.add_rigid(box(eyes + [0, -0.001, 0.003], [0.068 - 2 * width + 0.004, 0.004, 0.004]), head, LENSES)
