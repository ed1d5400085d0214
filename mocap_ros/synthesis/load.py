"""What people carry before them or push: boxes between two hands, carts behind a handle."""

import numpy as np

from mocap_ros.synthesis.body import posed_points
from mocap_ros.synthesis.pose import CARRIED, PUSHED
from mocap_ros.synthesis.solids import box, joined, placed


def load_of(wardrobe, person, pose, yaw, generator):
    """Solids in the world that both hands hold: one for a pose with a load, none for another.

    Args:
        person: PlacedPerson in that pose.
        pose: Pose.
        yaw: its heading [rad].
    """
    if not pose.load:
        return []
    points = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)
    left, right = (points[wardrobe.point_index[f"{side}_hand"]] for side in "lr")
    middle, apart = (left + right) / 2, float(np.linalg.norm((left - right)[:2]))
    if pose.load == CARRIED:
        size = [max(0.08, apart - 0.05), generator.uniform(0.2, 0.45), generator.uniform(0.15, 0.5)]
        return [placed(box([0, -0.04, generator.uniform(-0.3, 0.3) * size[2]], size), middle, yaw)]
    assert pose.load == PUSHED
    floor = float(person.vertices[:, 2].min())
    return [placed(cart(middle[2] - floor, generator), [*middle[:2], floor], yaw)]


def cart(handle, generator):
    """A cart, pram or trolley whose handle is above the origin at a height [m], the cart toward -Y."""
    width, length = generator.uniform(0.4, 0.65), generator.uniform(0.5, 1.0)
    bottom, top = generator.uniform(0.12, 0.45), handle * generator.uniform(0.6, 1.05)
    pieces = [box([0, 0, handle], [width, 0.03, 0.03])]
    for side in (-1, 1):
        pieces.append(box([side * width / 2, -0.12, handle], [0.03, 0.27, 0.03]))
        for along in (-0.3, -0.2 - length):
            pieces.append(box([side * width / 2, along, bottom / 2], [0.04, 0.12, bottom]))
    if generator.random() < 0.7:
        body = [width, length, max(0.1, top - bottom)]
        pieces.append(box([0, -0.25 - length / 2, bottom + body[2] / 2], body))
    else:  # an open frame
        pieces.append(box([0, -0.25 - length / 2, bottom], [width, length, 0.04]))
        pieces += [box([side * width / 2, -0.25 - length / 2, top], [0.03, length, 0.03]) for side in (-1, 1)]
        pieces += [box([side * width / 2, -0.25, (top + bottom) / 2], [0.03, 0.03, top - bottom]) for side in (-1, 1)]
    return joined(pieces)
