"""What stands in streets: trees, lamps, signs, bollards, bins, railings, stalls; lists of (solid, finish).

The finish is one of finishes.FINISHES; things stand on the origin and face -Y.
"""

import numpy as np

from mocap_ros.synthesis.aids import bench
from mocap_ros.synthesis.directions import unit
from mocap_ros.synthesis.solids import bar, box, cylinder, ellipsoid, joined, lofted

LEAVES = 130  # cards that stand off a crown
LIMB_SHARE = 0.62  # length of a branch by that of the one it grows from


def leaf_cards(centres, radii, number, size, generator):
    """Small triangles that stand off ellipsoids, so that a crown's outline is ragged.

    Args:
        centres, radii: of the ellipsoids [m], (E, 3).
        size: of a leaf or bunch [m].
    """
    chosen = generator.integers(len(centres), size=number)
    out = unit(generator.normal(0, 1, (number, 3)))
    middle = centres[chosen] + out * radii[chosen] * generator.uniform(0.92, 1.12, (number, 1))
    corners = middle[:, None] + generator.normal(0, size / 2, (number, 3, 3))
    vertices = corners.reshape(-1, 3)
    return (vertices.astype(np.float32), np.arange(3 * number, dtype=np.int32).reshape(-1, 3),
            (vertices[:, [0, 2]]).astype(np.float32))


def _blob(centre, radii, generator):
    """An ellipsoid with bulges; its poles and seam stay closed as bulges depend on the direction alone."""
    vertices, triangles, texture = ellipsoid([0, 0, 0], [1, 1, 1], 6, 10)
    waves, phases = generator.normal(0, 2.2, (4, 3)), generator.uniform(0, 6.3, 4)
    bulge = 1 + 0.07 * np.sin(vertices @ waves.T + phases).sum(1, keepdims=True)
    places = vertices * bulge * radii + centre
    return places.astype(np.float32), triangles, (texture * np.mean(radii)).astype(np.float32)


def _branches(start, along, length, thickness, depth, generator):
    """Bars of a bare branch and those that grow from it."""
    end = start + along * length
    pieces = [bar(start, end, thickness)]
    if depth > 0:
        for _ in range(int(generator.integers(2, 4))):
            toward = unit(along + generator.normal([0, 0, 0.15], 0.55))
            root, shorter = end - along * length * generator.uniform(0, 0.3), LIMB_SHARE * generator.uniform(0.7, 1.2)
            pieces += _branches(root, toward, length * shorter, 0.6 * thickness, depth - 1, generator)
    return pieces


def tree(generator):
    """A tree with a crown of leaves, in a seventh of the draws bare."""
    trunk, radius = generator.uniform(1.6, 3.2), generator.uniform(0.07, 0.22)
    stem = cylinder([0, 0, -0.05], radius * 1.15, trunk + 0.5, 9, 0.75 * radius)
    if generator.random() < 1 / 7:
        limbs = []
        for _ in range(3):
            toward = unit(generator.normal([0, 0, 1.0], [0.45, 0.45, 0.1]))
            limbs += _branches(np.array([0, 0, trunk]), toward, trunk * 0.55, 0.9 * radius, 3, generator)
        return [(joined([stem, *limbs]), "bark")]
    spread, blobs = generator.uniform(0.9, 2.0), int(generator.integers(3, 6))
    centres = np.array([0, 0, trunk + 0.8 * spread]) + generator.uniform(-0.6, 0.6, (blobs, 3)) * spread
    radii = generator.uniform(0.45, 0.8, (blobs, 3)) * spread
    crown = [_blob(centre, each, generator) for centre, each in zip(centres, radii)]
    cards = leaf_cards(centres, radii, LEAVES, 0.16 * spread + 0.08, generator)
    return [(stem, "bark"), (joined([*crown, cards]), "leaves")]


def bush(generator):
    """A bush, hedge or tub with plants."""
    radii = generator.uniform([0.3, 0.3, 0.3], [1.2, 0.5, 0.75])
    foot, pieces = 0.0, []
    if generator.random() < 0.4:
        foot = generator.uniform(0.35, 0.6)
        pieces.append((box([0, 0, foot / 2], [1.7 * radii[0], 1.7 * radii[1], foot]), "stone"))
    centre = np.array([0, 0, foot + 0.7 * radii[2]])
    cards = leaf_cards(centre[None], radii[None], 60, 0.12, generator)
    vertices, triangles, texture = joined([_blob(centre, radii, generator), cards])
    vertices[:, 2] = np.maximum(vertices[:, 2], foot)  # nothing grows into the ground
    return [*pieces, ((vertices, triangles, texture), "leaves")]


def lamp_post(generator):
    """A street lamp: a mast with one or two arms, or a lantern on top."""
    height = generator.uniform(3.0, 6.5)
    mast = [cylinder([0, 0, 0], generator.uniform(0.05, 0.1), height, 10, 0.04), cylinder([0, 0, 0], 0.12, 0.5, 10)]
    if generator.random() < 0.45:
        lantern = cylinder([0, 0, height], 0.12, 0.38, 8, 0.2)
        return [(joined([*mast, cylinder([0, 0, height + 0.38], 0.24, 0.14, 8, 0.03)]), "post"), (lantern, "lamp")]
    arms, heads = [], []
    for side in (-1, 1) if generator.random() < 0.3 else (generator.choice([-1, 1]),):
        reach = side * generator.uniform(0.6, 1.4)
        arms.append(bar([0, 0, height - 0.1], [reach, 0, height + 0.15], 0.05))
        heads.append(box([reach + 0.2 * side, 0, height + 0.15], [0.6, 0.24, 0.1]))
    return [(joined(mast + arms), "post"), (joined(heads), "metal")]


def _disc(centre, radius, around, turn=0.0):
    """A flat regular polygon that faces -Y."""
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False) + turn
    loop = np.stack([np.cos(angle) * radius, 0 * angle, np.sin(angle) * radius], 1) + centre
    return lofted([loop, loop + [0, 0.02, 0]][::-1], lid=True)


def traffic_sign(generator):
    """One or two plates on a post, a traffic light or a name of a street."""
    height = generator.uniform(2.0, 3.0)
    post = cylinder([0, 0, 0], 0.035, height, 8)
    kind = generator.choice(["disc", "triangle", "square", "board", "light"], p=[0.3, 0.2, 0.2, 0.15, 0.15])
    if kind == "light":
        body = box([0, -0.08, height - 0.2], [0.3, 0.24, 0.9])
        shining = _disc([0, -0.22, height - 0.2 + generator.choice([-0.28, 0, 0.28])], 0.09, 10)
        return [(joined([post, body]), "post"), (shining, "bright")]
    size, middle = generator.uniform(0.28, 0.42), [0, -0.05, height - 0.35]
    if kind == "board":
        plate = box(middle, [generator.uniform(0.5, 1.2), 0.02, generator.uniform(0.2, 0.6)])
        return [(post, "post"), (plate, "white")]
    corners, turn = {"disc": (14, 0.0), "triangle": (3, np.pi / 2), "square": (4, np.pi / 4)}[kind]
    inner = np.array(middle) - [0, 0.025, 0]
    plates = [(_disc(middle, size, corners, turn), "bright"), (_disc(inner, 0.75 * size, corners, turn), "white")]
    return [(post, "post"), *plates[: 1 if generator.random() < 0.3 else 2]]


def bollard(generator):
    """A bollard, parking meter, hydrant or letter box."""
    kind, height = generator.choice(["bollard", "meter", "hydrant", "box"], p=[0.5, 0.2, 0.15, 0.15]), 0.0
    if kind == "bollard":
        radius, height = generator.uniform(0.05, 0.13), generator.uniform(0.6, 1.1)
        cap = ellipsoid([0, 0, height], [radius, radius, 0.7 * radius], 4, 10)
        return [(joined([cylinder([0, 0, 0], radius, height, 10), cap]), str(generator.choice(["post", "stone"])))]
    if kind == "meter":
        height = generator.uniform(0.9, 1.2)
        head = ellipsoid([0, 0, height + 0.14], [0.11, 0.09, 0.2], 6, 10)
        return [(joined([cylinder([0, 0, 0], 0.04, height, 8), head]), "post")]
    if kind == "hydrant":
        parts = [cylinder([0, 0, 0], 0.13, 0.6, 10), ellipsoid([0, 0, 0.6], [0.14, 0.14, 0.14], 5, 10),
                 box([0, 0, 0.42], [0.42, 0.12, 0.12])]
        return [(joined(parts), "bright")]
    return [(joined([box([0, 0, 0.95], [0.5, 0.35, 0.75]), box([0, 0, 0.3], [0.12, 0.12, 0.6])]), "bright")]


def litter(generator):
    """A litter bin, a wheeled bin or a heap of sacks."""
    kind, height = generator.choice(["round", "wheeled", "sacks"], p=[0.4, 0.4, 0.2]), generator.uniform(0.7, 1.1)
    if kind == "round":
        return [(cylinder([0, 0, 0], 0.18, height, 12, 0.24), "post")]
    if kind == "wheeled":
        body = lofted([np.array([[x, y, z] for x, y in ((-w, -d), (w, -d), (w, d), (-w, d))]) for w, d, z in (
            (0.22, 0.26, 0.05), (0.29, 0.36, height))], lid=True)
        return [(joined([body, box([0, 0.02, height + 0.03], [0.62, 0.8, 0.06])]), "post")]
    heaps = []
    for _ in range(int(generator.integers(2, 5))):
        radii = generator.uniform(0.25, 0.4, 3)
        heaps.append(ellipsoid([*generator.uniform([-0.5, -0.3], [0.5, 0.3]), radii[2] - 0.03], radii, 5, 9))
    return [(joined(heaps), "rubber")]


def railing(generator):
    """A railing or fence along X."""
    length, height = generator.uniform(2.0, 6.0), generator.uniform(0.8, 1.3)
    posts = np.linspace(-length / 2, length / 2, int(length / generator.uniform(0.12, 1.5)) + 2)
    bars = [box([0, 0, z * height], [length, 0.04, 0.05]) for z in (0.98, generator.uniform(0.1, 0.6))]
    return [(joined(bars + [box([x, 0, height / 2], [0.04, 0.04, height]) for x in posts]), "post")]


def stall(generator):
    """A market stall: a counter with goods below an awning."""
    width, depth, top = generator.uniform(2.0, 3.2), generator.uniform(1.0, 1.6), generator.uniform(0.75, 0.95)
    eaves, ridge = generator.uniform(2.05, 2.4), generator.uniform(0.1, 0.5)
    posts = [box([x * width / 2, y * depth / 2, eaves / 2], [0.05, 0.05, eaves]) for x in (-1, 1) for y in (-1, 1)]
    over = np.array([[-1, -0.75, 0], [1, -0.75, 0], [1, 0.6, ridge], [-1, 0.6, ridge]]) * [0.58 * width, depth, 1]
    awning = lofted([over + [0, 0, eaves - 0.02], over + [0, 0, eaves + 0.02]], lid=True)
    edge = box([0, -0.75 * depth, eaves - 0.12], [1.16 * width, 0.02, 0.24])
    goods = []
    for _ in range(int(generator.integers(5, 14))):
        place = generator.uniform([-0.45 * width, -0.4 * depth, top], [0.45 * width, 0.3 * depth, top])
        size = generator.uniform([0.1, 0.1, 0.06], [0.45, 0.35, 0.3])
        goods.append(box(place + [0, 0, size[2] / 2], size, generator.uniform(0, 3)))
    counter = [box([0, 0, top - 0.03], [width, depth, 0.06]), box([0, -depth / 2 + 0.02, top / 2], [width, 0.03, top])]
    return [(joined(posts), "post"), (joined([awning, edge]), "linen"), (joined(counter), "wood"),
            (joined(goods), "poster")]


def parasol(generator):
    """A big parasol."""
    height, radius = generator.uniform(2.1, 2.5), generator.uniform(1.0, 1.7)
    cloth = cylinder([0, 0, height - 0.15], radius, generator.uniform(0.35, 0.6), 8, 0.05)
    return [(cylinder([0, 0, 0], 0.025, height + 0.3, 8), "post"), (cloth, "linen"),
            (cylinder([0, 0, 0], 0.28, 0.12, 10), "stone")]


def column(generator):
    """An advertising column, or a pillar of stone."""
    radius, height = generator.uniform(0.25, 0.65), generator.uniform(2.4, 3.6)
    finish = "poster" if radius > 0.4 else "stone"
    cap = cylinder([0, 0, height], radius * 1.12, 0.2, 14, radius * 0.8)
    return [(cylinder([0, 0, 0], radius, height, 14), finish), (cap, "post")]


def seat(generator):
    """A bench on which nobody sits."""
    return [(bench(generator.uniform(0.4, 0.5), generator.uniform(1.2, 2.0), generator), "wood")]
