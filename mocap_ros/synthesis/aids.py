"""What people who need help sit on, lie in and hold on to: wheelchairs, walking frames, canes, beds, blankets, sofas.

Solids as in solids.py; they face -Y.
"""

import cv2
import numpy as np

from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.solids import bar, box, ellipsoid, joined, placed

WHEEL_PIECES = 16
HANDLES = 0.24, 0.36, 0.93  # [m] of a wheelchair: from the middle, behind the seat, above the floor
FOOTREST = 0.12  # [m] above the floor
CELL = 0.06  # [m] of a blanket's grid
THICK, HANGS = 0.015, 0.3  # [m] of a blanket: its thickness, how far it hangs over a bed's edges


def wheel(radius, width):
    """A wheel with spokes, standing on the origin and turning about X."""
    turns = np.linspace(0, 2 * np.pi, WHEEL_PIECES, endpoint=False)
    rim = [np.array([0, radius * np.cos(turn), radius * (1 + np.sin(turn))]) for turn in turns]
    pieces = [bar(a, b, width) for a, b in zip(rim, rim[1:] + rim[:1])]
    pieces += [bar([0, 0, radius], rim[k], 0.008) for k in range(0, WHEEL_PIECES, 2)]
    return joined(pieces)


def wheelchair(seat, generator):
    """A wheelchair whose seat is above the origin at a height [m]."""
    half, radius = generator.uniform(0.22, 0.25), generator.uniform(0.26, 0.32)
    back, lean = generator.uniform(0.4, 0.5), 0.06
    pieces = [
        box([0, -0.02, seat - 0.02], [2 * half, 0.44, 0.04]),
        box([0, 0.24 + lean / 2, seat + back / 2], [2 * half, 0.03, back]),
    ]
    big = generator.random() < 0.75  # to be driven by hand
    for side in (-1, 1):
        x = side * (half + 0.03)
        pieces.append(placed(wheel(radius if big else 0.15, 0.03), [x, 0.15, 0], 0))
        pieces.append(placed(wheel(0.09, 0.03), [side * (half - 0.02), -0.32, 0], 0))
        pieces.append(box([x, 0.0, seat + 0.2], [0.05, 0.34, 0.03]))
        pieces.append(bar([x, 0.22, 0.1], [side * HANDLES[0], 0.24 + lean, HANDLES[2]], 0.025))
        pieces.append(bar([side * HANDLES[0], 0.24, HANDLES[2]], [side * HANDLES[0], HANDLES[1], HANDLES[2]], 0.035))
        pieces.append(bar([x, -0.2, seat + 0.2], [x, -0.22, 0.2], 0.025))
        pieces.append(bar([side * (half - 0.04), -0.22, seat - 0.05], [side * 0.12, -0.46, FOOTREST + 0.02], 0.025))
        pieces.append(box([side * 0.11, -0.5, FOOTREST - 0.01], [0.14, 0.2, 0.02]))
    return joined(pieces)


def walking_frame(handle, half, generator):
    """A walking frame or rollator whose handles are above the origin at a height [m], the frame toward -Y.

    Args:
        half: of the distance between its handles [m].
    """
    deep, pieces, wheels = generator.uniform(0.3, 0.5), [], generator.random() < 0.6
    for side in (-1, 1):
        x, foot = side * half, 0.16 if wheels else 0.0
        pieces.append(bar([x, 0.06, handle], [x, -0.2, handle], 0.032))
        pieces.append(bar([x, 0.0, handle], [x * 1.05, 0.05, foot], 0.026))
        pieces.append(bar([x, -0.2, handle], [x * 1.05, -deep, foot], 0.026))
        pieces.append(bar([x, -0.02, handle * 0.5], [x, -deep * 0.7, handle * 0.5], 0.022))
        if wheels:
            pieces += [placed(wheel(0.09, 0.03), [x * 1.05, y, 0], 0) for y in (0.05, -deep)]
    pieces.append(bar([-half, -0.2, handle], [half, -0.2, handle], 0.026))
    pieces.append(bar([-half, -deep * 0.7, handle * 0.5], [half, -deep * 0.7, handle * 0.5], 0.022))
    if wheels and generator.random() < 0.7:  # a seat, a basket
        pieces.append(box([0, -deep / 2, handle * 0.62], [2 * half, deep * 0.6, generator.choice([0.03, 0.2])]))
    return joined(pieces)


def cane(hand, foot):
    """A cane from the hand to its foot on the floor, with a handle; both [m] in the world, (3,)."""
    ahead = np.array([*(np.asarray(foot) - hand)[:2], 0.0])
    ahead = ahead / max(np.linalg.norm(ahead), 1e-6) * 0.06
    return joined([bar(foot, hand, 0.022), bar(hand - ahead, hand + ahead, 0.03)])


def bed(top, raised, generator):
    """The frame of a bed, and its mattress at a height [m] around the origin with a pillow toward +Y.

    Args:
        top: of the mattress.
        raised: how far its head's half is turned up about the origin's X [rad].
    """
    half, thick = generator.uniform(0.42, 0.6), 0.16
    linen = [box([0, -0.5, top - thick / 2], [2 * half, 1.1, thick])]
    upper = joined([box([0, 0.5, -thick / 2], [2 * half, 0.95, thick]),
                    ellipsoid([generator.normal(0, 0.04), 0.68, 0.03], [0.3, 0.22, 0.07], 6, 12)])
    vertices, triangles, texture = upper
    turned = vertices @ axis_turn("X", raised).T + [0, 0.05, top]
    linen.append((turned.astype(np.float32), triangles, texture))
    pieces = [box([0, -0.02, top - thick - 0.06], [2 * half, 2.0, 0.12])]
    for x in (-1, 1):
        for y in (-1, 1):
            pieces.append(box([x * (half - 0.05), y * 0.95 - 0.02, (top - thick) / 2], [0.06, 0.06, top - thick]))
    board = generator.uniform(0.2, 0.6)
    pieces.append(box([0, 1.03, (top + board) / 2], [2 * half, 0.05, top + board]))
    if generator.random() < 0.5:
        pieces.append(box([0, -1.07, (top + board / 2) / 2], [2 * half, 0.05, top + board / 2]))
    if generator.random() < 0.25:  # a rail
        x = generator.choice([-1, 1]) * (half + 0.02)
        pieces += [bar([x, -0.6, top + z], [x, 0.5, top + z], 0.025) for z in (0.1, 0.3)]
        pieces += [bar([x, y, top - 0.1], [x, y, top + 0.3], 0.025) for y in (-0.6, 0.0, 0.5)]
    return joined(pieces), joined(linen)


def blanket(points, top, half, start, end):
    """A cloth that lies over points and a mattress and hangs down on both sides.

    Args:
        points: of the body below [m], (N, 3), in the bed's frame.
        top: height of the mattress [m].
        half: half the cloth's width on the mattress [m].
        start, end: of the cloth along Y [m].
    """
    columns, rows = int(np.ceil(2 * half / CELL)) + 1, max(2, int(np.ceil((end - start) / CELL)))
    column = np.floor((points[:, 0] + half) / (2 * half) * (columns - 1) + 0.5).astype(int)
    row = np.floor((points[:, 1] - start) / (end - start) * (rows - 1) + 0.5).astype(int)
    within = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    height = np.full((rows, columns), top)
    np.maximum.at(height, (row[within], column[within]), points[within, 2])
    covering = cv2.dilate(height, np.ones((3, 3)))  # also of points halfway to the next cell
    height = np.maximum(cv2.GaussianBlur(cv2.dilate(covering, np.ones((3, 3))), (5, 5), 1.2), covering) + THICK
    height = np.pad(height, ((0, 0), (1, 1)), constant_values=top - HANGS)
    x = np.concatenate([[-half - 0.05], np.linspace(-half, half, columns), [half + 0.05]])
    grid = np.stack([*np.meshgrid(x, np.linspace(start, end, rows)), height], -1)
    corner = (np.arange(rows - 1)[:, None] * (columns + 2) + np.arange(columns + 1)).ravel()
    above = corner + columns + 2
    triangles = np.concatenate([np.stack([corner, corner + 1, above + 1], 1), np.stack([corner, above + 1, above], 1)])
    vertices = grid.reshape(-1, 3)
    return vertices.astype(np.float32), triangles.astype(np.int32), vertices[:, :2].astype(np.float32)


def sofa(seat, width):
    """A sofa whose seat is around the origin at a height [m]."""
    pieces = [box([0, 0.05, seat / 2], [width, 0.65, seat]), box([0, 0.4, seat / 2 + 0.25], [width, 0.16, seat + 0.5])]
    pieces += [box([side * width / 2, 0.1, seat / 2 + 0.1], [0.14, 0.7, seat + 0.2]) for side in (-1, 1)]
    return joined(pieces)


def bench(seat, width, generator):
    """A bench, step or wall whose seat is around the origin at a height [m]."""
    if generator.random() < 0.4:
        return box([0, 0.08, seat / 2], [width, 0.5, seat])
    pieces = [box([0, y, seat - 0.02], [width, 0.1, 0.04]) for y in (-0.1, 0.03, 0.16)]
    pieces += [box([x, 0.03, seat / 2], [0.06, 0.38, seat]) for x in (-0.4 * width, 0.4 * width)]
    if generator.random() < 0.6:
        pieces += [box([0, 0.27, seat + z], [width, 0.03, 0.1]) for z in (0.2, 0.38)]
        pieces += [box([x, 0.27, seat + 0.2], [0.05, 0.03, 0.45]) for x in (-0.4 * width, 0.4 * width)]
    return joined(pieces)
