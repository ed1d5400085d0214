"""What stands in rooms and looks a little like people: coat stands, dress forms, lamps, plants, curtains, shelves.

Lists of (solid, finish), the finish one of finishes.FINISHES; things stand on the origin and face -Y.
"""

import numpy as np

from mocap_ros.synthesis.solids import bar, box, cylinder, ellipsoid, joined, lofted, placed, rounded_loop
from mocap_ros.synthesis.street_things import leaf_cards

# Heights above its hem, as shares of a coat's length, and its half breadth and half depth there, shares of its breadth.
COAT = ((0.0, 1.15, 0.62), (0.3, 1.0, 0.6), (0.7, 0.95, 0.55), (0.92, 0.9, 0.4), (0.99, 0.35, 0.25))
# Heights [m], half breadth, half depth [m] of a dress form's body.
FORM = ((0.0, 0.17, 0.11), (0.12, 0.175, 0.12), (0.32, 0.13, 0.095), (0.5, 0.16, 0.12), (0.62, 0.18, 0.1),
        (0.68, 0.06, 0.055), (0.76, 0.055, 0.05))


def _coat(top, generator):
    """A coat or jacket that hangs from a point at a height [m], (solid, finish)."""
    length, breadth = generator.uniform(0.65, 1.15), generator.uniform(0.17, 0.25)
    loops = [rounded_loop(wide * breadth, deep * breadth, deep * breadth, top - length + share * length, 2.4, 16)
             for share, wide, deep in COAT]
    ripple = 1 + 0.06 * np.sin(np.arange(16) * 2 * np.pi * 3 / 16 + generator.uniform(0, 6))
    loops[0][:, :2] *= ripple[:, None]
    sleeves = []
    for side in (-1, 1):
        arm = cylinder([0, 0, 0], 0.05, 0.62 * min(length, 0.95), 8, 0.075)
        place = [side * breadth * 0.98, generator.normal(0, 0.02), top - 0.08 - arm[0][:, 2].max()]
        sleeves.append(placed(arm, place, 0))
    return joined([lofted(loops, lid=True), *sleeves]), "coat" if generator.random() < 0.6 else "linen"


def coat_stand(generator):
    """A coat stand with coats, and a hat now and then."""
    height = generator.uniform(1.65, 1.95)
    post = [cylinder([0, 0, 0], 0.025, height, 8)]
    post += [bar([0, 0, 0.25], [0.3 * np.cos(turn), 0.3 * np.sin(turn), 0.0], 0.03) for turn in (0.3, 2.4, 4.5)]
    things, turn = [], generator.uniform(0, 6.3)
    for _ in range(int(generator.integers(1, 5))):
        turn += generator.uniform(1.0, 2.2)
        out = np.array([np.cos(turn), np.sin(turn)]) * 0.16
        post.append(bar([0, 0, height - 0.15], [*out, height - 0.05], 0.02))
        coat, finish = _coat(height - 0.1, generator)
        things.append((placed(coat, [*out, 0], turn + np.pi / 2), finish))
    if generator.random() < 0.5:
        crown = ellipsoid([0, 0, height + 0.03], [0.1, 0.12, 0.1], 6, 12)
        things.append((joined([crown, cylinder([0, 0, height], 0.17, 0.015, 14)]), "coat"))
    return [(joined(post), "wood"), *things]


def hung_coats(generator):
    """Coats on hooks on a wall behind the origin."""
    height, x, things = generator.uniform(1.5, 1.8), generator.uniform(-0.6, -0.2), []
    board = box([0.2, 0.12, height + 0.02], [1.5, 0.03, 0.1])
    for _ in range(int(generator.integers(1, 5))):
        coat, finish = _coat(height, generator)
        things.append((placed(coat, [x, 0, 0], generator.normal(0, 0.15)), finish))
        x += generator.uniform(0.3, 0.55)
    return [(board, "wood"), *things]


def dress_form(generator):
    """A tailor's dummy on a post, or a bust as shops show clothes on, without head and arms."""
    foot, scale = generator.uniform(0.65, 0.85), generator.uniform(0.9, 1.15)
    loops = [rounded_loop(wide * scale, deep * scale, deep * scale, foot + height, 2.6, 16)
             for height, wide, deep in FORM]
    parts = [(joined([cylinder([0, 0, 0], 0.02, foot + 0.05, 8), cylinder([0, 0, 0], 0.2, 0.03, 14)]), "post"),
             (lofted(loops, lid=True), str(generator.choice(["linen", "coat", "white"])))]
    if generator.random() < 0.3:  # a skirt
        hem = [rounded_loop(each * scale, each * scale, each * scale, foot + z, 2.2, 16)
               for each, z in ((0.3, -0.45), (0.2, 0.05), (0.135, 0.33))]
        parts.append((lofted(hem), "linen"))
    return parts


def standing_lamp(generator):
    """A standing lamp with a shade."""
    height, radius = generator.uniform(1.25, 1.75), generator.uniform(0.14, 0.26)
    upper = radius * generator.uniform(0.4, 1.0)
    shade = cylinder([0, 0, height - 0.05], radius, generator.uniform(0.2, 0.36), 14, upper)
    return [(joined([cylinder([0, 0, 0], 0.015, height, 8), cylinder([0, 0, 0], 0.15, 0.03, 12)]), "post"),
            (shade, "lamp" if generator.random() < 0.7 else "linen")]


def plant(generator):
    """A plant in a pot."""
    pot, height = generator.uniform(0.2, 0.4), generator.uniform(0.4, 1.3)
    radius = generator.uniform(0.13, 0.22)
    middle, radii = np.array([[0, 0, pot + 0.55 * height]]), np.array([[0.28, 0.28, 0.5]]) * [height, height, height]
    stems = [bar([0, 0, pot - 0.05], middle[0] + generator.normal(0, 0.12, 3) * height, 0.015) for _ in range(4)]
    cards = [leaf_cards(middle, radii * share, 45, 0.1 + 0.1 * height, generator) for share in (0.5, 0.85)]
    return [(cylinder([0, 0, 0], radius * 0.75, pot, 12, radius), str(generator.choice(["stone", "white", "bright"]))),
            (joined([*stems, *cards]), "leaves")]


def curtains(generator):
    """Two curtains that hang beside a window, along X."""
    height, gap = generator.uniform(2.0, 2.4), generator.uniform(0.3, 0.8)
    sheets = []
    for side in (-1, 1):
        wide = generator.uniform(0.35, 0.8)
        x = np.linspace(0, wide, 25)
        wave = 0.05 * np.sin(x * generator.uniform(22, 40)) + 0.02 * np.sin(x * 55)
        line = np.stack([side * (gap + x), wave, np.full(25, 0.04)], 1)
        loop = np.concatenate([line, line[::-1] + [0, 0.015, 0]])
        gathered = loop * [1, 0.5, 1] + [0, 0, height - 0.04]
        sheets.append(lofted([loop, gathered]))
    rail = bar([-gap - 0.9, 0, height + 0.02], [gap + 0.9, 0, height + 0.02], 0.03)
    return [(joined(sheets), "linen"), (rail, "metal")]


def shelves(generator):
    """Shelves with books and things."""
    width, height, depth = generator.uniform(0.6, 1.4), generator.uniform(1.0, 2.1), generator.uniform(0.25, 0.4)
    frame = [box([side * width / 2, 0, height / 2], [0.03, depth, height]) for side in (-1, 1)]
    frame.append(box([0, depth / 2, height / 2], [width, 0.02, height]))
    books, floors = [], np.linspace(0.05, height, int(height / 0.36) + 1)
    for low, high in zip(floors, floors[1:]):
        frame.append(box([0, 0, low], [width, depth, 0.025]))
        x = -0.46 * width
        while x < 0.4 * width:
            size = [generator.uniform(0.03, 0.14), generator.uniform(0.4, 0.8) * depth,
                    (high - low) * generator.uniform(0.35, 0.85)]
            if generator.random() < 0.75:
                books.append(box([x + size[0] / 2, 0, low + 0.012 + size[2] / 2], size))
            x += size[0] + generator.uniform(0, 0.06)
    frame.append(box([0, 0, height], [width, depth, 0.03]))
    return [(joined(frame), "wood")] + ([(joined(books), "poster")] if books else [])


def cupboard(generator):
    """A cupboard, refrigerator or cabinet with handles."""
    width, height, depth = generator.uniform(0.5, 1.2), generator.uniform(0.9, 2.1), generator.uniform(0.4, 0.65)
    doors = [box([side * width / 4, -depth / 2 - 0.01, height / 2], [width / 2 - 0.02, 0.02, height - 0.08])
             for side in (-1, 1)]
    handles = [box([side * 0.04, -depth / 2 - 0.04, height * 0.55], [0.02, 0.03, 0.2]) for side in (-1, 1)]
    finish = str(generator.choice(["wood", "white", "metal"]))
    return [(joined([box([0, 0, height / 2], [width, depth, height]), *doors]), finish), (joined(handles), "metal")]


def door(generator):
    """A door in its frame, a hand's breadth or more open, against a wall behind the origin."""
    width, height = generator.uniform(0.8, 0.95), generator.uniform(1.98, 2.1)
    frame = [box([side * width / 2, 0, height / 2], [0.09, 0.14, height]) for side in (-1, 1)]
    frame.append(box([0, 0, height + 0.04], [width + 0.18, 0.14, 0.09]))
    leaf = box([width / 2, 0, height / 2], [width, 0.04, height - 0.02])
    knob = box([width - 0.08, -0.05, 1.05], [0.12, 0.06, 0.03])
    turn = -generator.choice([0.0, generator.uniform(0.1, 1.4)])
    swung = [placed(each, [-width / 2, 0, 0], turn) for each in (leaf, knob)]
    return [(joined(frame), "wood"), (swung[0], "wood"), (swung[1], "metal")]
