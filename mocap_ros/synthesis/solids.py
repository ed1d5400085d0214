"""Simple solids as meshes: boxes, ellipsoids, cylinders, and furniture built of them.

A solid is (vertices (V, 3) float32 [m], triangles (F, 3) int32, texture points (V, 2) float32 [m on the surface]).
"""

import numpy as np

from mocap_ros.synthesis.directions import axis_turn, frame_of


def _faces():
    corners, triangles, spans = [], [], []
    for axis in range(3):
        for sign in (-1, 1):
            u, v = [(1, 2), (2, 0), (0, 1)][axis]
            start = len(corners)
            for p, q in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                corner = np.zeros(3)
                corner[axis], corner[u], corner[v] = sign, p * sign, q
                corners.append(corner)
                spans.append((u, v))
            triangles += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return np.array(corners), np.array(triangles, np.int32), np.array(spans)


_CORNERS, _TRIANGLES, _SPANS = _faces()


def box(centre, size, yaw=0.0, toward=None):
    """A box.

    Args:
        centre: [m], (3,).
        size: edge lengths [m], (3,).
        yaw: turn about Z [rad].
        toward: direction of the box's Z edge, (3,); None for upright.
    """
    size = np.asarray(size, float)
    corners = _CORNERS * size / 2
    rows = np.arange(len(_CORNERS))
    texture = np.stack([corners[rows, _SPANS[:, 0]], corners[rows, _SPANS[:, 1]]], 1)
    if toward is not None:
        frame = frame_of(toward, [0.3, 1.0, 0.1])
        corners = corners[:, [2, 1, 0]] * [1, 1, -1] @ frame.T
    elif yaw:
        corners = corners @ axis_turn("Z", yaw).T
    return (corners + centre).astype(np.float32), _TRIANGLES, texture.astype(np.float32)


def ellipsoid(centre, radii, rings=8, around=14):
    """An ellipsoid with its axes along X, Y, Z; `radii` [m], (3,)."""
    polar, azimuth = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, around + 1), indexing="ij")
    directions = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], -1)
    vertices = directions.reshape(-1, 3) * radii + centre
    texture = np.stack([azimuth.ravel() * radii[0], polar.ravel() * radii[2]], 1)
    corner = (np.arange(rings)[:, None] * (around + 1) + np.arange(around)).ravel()
    below = corner + around + 1
    triangles = np.concatenate([np.stack([corner, below, below + 1], 1), np.stack([corner, below + 1, corner + 1], 1)])
    return vertices.astype(np.float32), triangles.astype(np.int32), texture.astype(np.float32)


def ring(centre, half_width, half_height, thickness, around=14):
    """A flat elliptic ring that faces -Y, such as the rim of glasses; sizes of its inner edge [m]."""
    azimuth = np.linspace(0, 2 * np.pi, around + 1)
    circle = np.stack([np.cos(azimuth), np.zeros(around + 1), np.sin(azimuth)], 1)
    radii = np.array([half_width, 1, half_height])
    vertices = np.concatenate([circle * radii, circle * (radii + [thickness, 0, thickness])]) + centre
    inner = np.arange(around)
    outer = inner + around + 1
    triangles = np.concatenate(
        [np.stack([inner, outer, outer + 1], 1), np.stack([inner, outer + 1, inner + 1], 1)]
    )
    return vertices.astype(np.float32), triangles.astype(np.int32), vertices[:, [0, 2]].astype(np.float32)


def bar(start, end, thickness):
    """A thin bar between two points [m], (3,)."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = np.linalg.norm(end - start)
    return box((start + end) / 2, [thickness, thickness, length], toward=(end - start) / length)


def lofted(loops, lid=False):
    """A skin over closed loops one after the other, such as the outlines of a body at rising heights.

    Args:
        loops: the same number of points on each, in order around, [m], (S, N, 3).
        lid: True where the last loop is closed by triangles to its middle.
    """
    loops = np.asarray(loops, float)
    loops = np.concatenate([loops, loops[:, :1]], 1)  # the texture's seam
    rows, around = loops.shape[:2]
    along = np.cumsum(np.linalg.norm(np.diff(loops, axis=1, prepend=loops[:, :1]), axis=2), 1)
    up = np.cumsum(np.linalg.norm(np.diff(loops, axis=0, prepend=loops[:1]), axis=2), 0)
    vertices, texture = loops.reshape(-1, 3), np.stack([along, up], -1).reshape(-1, 2)
    corner = (np.arange(rows - 1)[:, None] * around + np.arange(around - 1)).ravel()
    above = corner + around
    triangles = np.concatenate([np.stack([corner, corner + 1, above + 1], 1), np.stack([corner, above + 1, above], 1)])
    if lid:
        rim = np.arange(len(vertices), len(vertices) + around)
        triangles = np.concatenate([triangles, np.stack([rim[:-1], rim[1:], np.full(around - 1, rim[-1] + 1)], 1)])
        top = np.concatenate([loops[-1], loops[-1, :-1].mean(0, keepdims=True)])
        vertices, texture = np.concatenate([vertices, top]), np.concatenate([texture, top[:, :2]])
    return vertices.astype(np.float32), triangles.astype(np.int32), texture.astype(np.float32)


def rounded_loop(half_width, front, back, height, roundness=4.0, points=20):
    """A level outline between a rectangle and an ellipse, (points, 3) [m]: `half_width` along X, from -front to back
    along Y; `roundness` 2 is an ellipse, more is nearer to a rectangle."""
    turn = (np.arange(points) + 0.5) * 2 * np.pi / points
    x, y = (np.sign(each) * np.abs(each) ** (2 / roundness) for each in (np.sin(turn), -np.cos(turn)))
    y = np.where(y < 0, y * front, y * back)
    return np.stack([x * half_width, y, np.broadcast_to(height, points)], 1)


def cylinder(base, radius, height, around=12, top=None):
    """An upright cylinder with a lid, standing on `base` [m], (3,); `top` is its upper radius, None for the same."""
    top = radius if top is None else top
    turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1)
    return lofted(np.stack([circle * radius, circle * top + [0, 0, height]]) + base, lid=True)


def joined(solids):
    """One solid of several."""
    vertices, triangles, texture, start = [], [], [], 0
    for each in solids:
        vertices.append(each[0])
        triangles.append(each[1] + start)
        texture.append(each[2])
        start += len(each[0])
    return np.concatenate(vertices), np.concatenate(triangles), np.concatenate(texture)


def placed(solid, place, yaw):
    """The solid turned about Z by `yaw` [rad] and moved to `place` [m]."""
    vertices, triangles, texture = solid
    return (vertices @ axis_turn("Z", yaw).T + place).astype(np.float32), triangles, texture


def chair(seat_height, generator):
    """A chair, stool, bench or block whose seat is around the origin at `seat_height` [m], its back toward +Y."""
    width, depth = generator.uniform(0.38, 0.7), generator.uniform(0.38, 0.55)
    kind = generator.choice(["chair", "stool", "block", "sofa"], p=[0.45, 0.15, 0.2, 0.2])
    if kind == "block":
        width = generator.uniform(0.5, 2.0)
        return box([0, 0.05, seat_height / 2], [width, depth, seat_height])
    if kind == "sofa":
        width = generator.uniform(0.8, 2.0)
        back = generator.uniform(0.35, 0.55)
        pieces = [
            box([0, 0.1, seat_height / 2], [width, 0.6, seat_height]),
            box([0, 0.38, (seat_height + back) / 2], [width, 0.16, seat_height + back]),
        ]
        for sign in (-1, 1):
            pieces.append(box([sign * width / 2, 0.1, (seat_height + 0.2) / 2], [0.12, 0.6, seat_height + 0.2]))
        return joined(pieces)
    pieces = [box([0, 0.03, seat_height - 0.025], [width, depth, 0.05])]
    leg = generator.uniform(0.02, 0.05)
    for x in (-1, 1):
        for y in (-1, 1):
            pieces.append(
                box([x * (width / 2 - leg), 0.03 + y * (depth / 2 - leg), seat_height / 2], [leg, leg, seat_height])
            )
    if kind == "chair":
        back = generator.uniform(0.3, 0.6)
        pieces.append(
            box([0, depth / 2 + 0.05, seat_height + back / 2 + generator.uniform(0, 0.1)], [width, 0.04, back])
        )
    return joined(pieces)


def table(height, generator, width=None, depth=None, things=None):
    """A table or counter around the origin with things on it.

    Args:
        height, width, depth: [m]; None for any width or depth.
        things: number of things; None for any.
    """
    width = generator.uniform(0.7, 2.2) if width is None else width
    depth = generator.uniform(0.5, 1.0) if depth is None else depth
    pieces = [box([0, 0, height - 0.02], [width, depth, 0.04])]
    if generator.random() < 0.3:
        pieces.append(box([0, 0, height / 2], [width * 0.95, depth * 0.9, height - 0.04]))
    else:
        for x in (-1, 1):
            for y in (-1, 1):
                pieces.append(box([x * width * 0.45, y * depth * 0.43, height / 2], [0.05, 0.05, height]))
    for _ in range(generator.integers(0, 5) if things is None else things):
        size = generator.uniform([0.05, 0.05, 0.02], [0.3, 0.3, 0.3]) * generator.uniform(0.4, 1)
        place = generator.uniform([-0.45 * width, -0.4 * depth, 0], [0.45 * width, 0.4 * depth, 0])
        draw = generator.random()
        if draw < 0.25:  # a plate
            pieces.append(cylinder(place + [0, 0, height], generator.uniform(0.08, 0.15), 0.02))
        elif draw < 0.5:  # a cup, a bottle
            pieces.append(cylinder(place + [0, 0, height], generator.uniform(0.03, 0.05), size[2]))
        else:
            pieces.append(box(place + [0, 0, height + size[2] / 2], size, generator.uniform(0, 3)))
    return joined(pieces)


def clutter(generator):
    """Something that stands about: a box, a post, a drum, a rack or a heap."""
    kind = generator.choice(["box", "post", "drum", "rack", "heap"], p=[0.3, 0.2, 0.15, 0.2, 0.15])
    if kind == "box":
        size = generator.uniform([0.3, 0.3, 0.25], [1.4, 1.0, 1.2])
        return box([0, 0, size[2] / 2], size)
    if kind == "post":
        return cylinder([0, 0, 0], generator.uniform(0.03, 0.14), generator.uniform(0.8, 4.0))
    if kind == "drum":
        return cylinder([0, 0, 0], generator.uniform(0.2, 0.4), generator.uniform(0.4, 1.1))
    if kind == "rack":
        width, height = generator.uniform(0.6, 2.5), generator.uniform(0.7, 1.4)
        bars = [box([0, 0, z], [width, 0.04, 0.04]) for z in np.linspace(0.1, height, generator.integers(2, 5))]
        posts = [
            box([x, 0, height / 2], [0.05, 0.05, height])
            for x in np.linspace(-width / 2, width / 2, generator.integers(2, 9))
        ]
        return joined(bars + posts)
    radii = generator.uniform([0.3, 0.3, 0.2], [0.9, 0.8, 1.0])
    return ellipsoid([0, 0, radii[2] * 0.6], radii)
