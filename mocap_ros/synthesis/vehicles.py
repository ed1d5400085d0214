"""Parked cars, vans and bicycles: lists of (solid, finish), the finish one of finishes.FINISHES; they face -Y."""

import numpy as np

from mocap_ros.synthesis.aids import wheel
from mocap_ros.synthesis.solids import bar, box, cylinder, joined, lofted, placed, rounded_loop

TYRE = 0.31, 0.2  # [m] radius and width
SILL = 0.2  # [m] above the road
STATIONS = np.array([-1.0, -0.55, -0.35, 0.3, 0.62, 1.0])  # of a body's length, from the front; heights below are there


def _tyre(x, y):
    """A wheel of a car whose outer side is at `x`, and its disc, two solids."""
    side = np.sign(x)
    radius, width = TYRE

    def lying(radius, width):
        vertices, triangles, texture = cylinder([0, 0, 0], radius, width, 14)
        turned = vertices[:, [2, 0, 1]] * [side, 1, 1] + [x - side * width, y, TYRE[0]]  # its lid outward
        return turned.astype(np.float32), triangles, texture

    return lying(radius, width), lying(0.6 * radius, width + 0.015)


def _body(half, front, back, heights, generator):
    """The painted body of a car up to its belt line, whose height [m] is given at STATIONS."""
    belt = float(np.max(heights))
    loops = [rounded_loop(half - 0.05, front - 0.1, back - 0.1, SILL, 7), rounded_loop(half, front, back, 0.45, 7),
             rounded_loop(half - 0.02, front - 0.03, back - 0.03, 0.75 * belt, 7)]
    rim = rounded_loop(half - 0.08, front - 0.12, back - 0.06, belt, 6)
    rim[:, 2] = np.interp(rim[:, 1], STATIONS * np.where(STATIONS < 0, front, back), heights)
    across = rim * [0.02, 1, 1] + [0, 0, 0.02]
    return lofted([*loops, rim, across])


def car(generator):
    """A saloon, hatchback or estate car."""
    half, belt = generator.uniform(0.82, 0.92), generator.uniform(0.86, 0.98)
    front, back = generator.uniform(1.85, 2.2), generator.uniform(1.75, 2.35)
    roof = belt + generator.uniform(0.48, 0.68)
    boot = belt - 0.02 if generator.random() < 0.6 else belt - generator.uniform(0.0, 0.1)
    hood = belt - generator.uniform(0.08, 0.2)
    body = _body(half, front, back, [hood - 0.1, hood, belt, belt, belt, boot], generator)
    nose, tail = 0.5 * front, generator.uniform(0.55, 0.96) * back
    base = rounded_loop(half - 0.07, nose, tail, belt - 0.03, 6)
    top = rounded_loop(half - 0.24, nose - generator.uniform(0.6, 0.9), tail - generator.uniform(0.12, 0.5), roof, 6)
    ridge = rounded_loop(half - 0.3, np.ptp(top[:, 1]) / 2 - 0.1, np.ptp(top[:, 1]) / 2 - 0.1, roof + 0.05, 5)
    ridge[:, 1] += top[:, 1].mean()
    pillars = [bar(base[k] + (top[k] - base[k]) * 0.02, top[k], 0.06) for k in (2, 7, 12, 17)]
    pillars += [bar([side * (half - 0.08), 0.1, belt], [side * (half - 0.25), 0.15, roof], 0.07) for side in (-1, 1)]
    wheels = [_tyre(side * (half + 0.01), y) for side in (-1, 1) for y in (-0.68 * front, 0.66 * back)]
    lamps = [box([side * (half - 0.25), -front + 0.03, 0.66], [0.3, 0.06, 0.13]) for side in (-1, 1)]
    rear = [box([side * (half - 0.22), back - 0.03, 0.74], [0.26, 0.06, 0.14]) for side in (-1, 1)]
    plates = [box([0, y, 0.5], [0.5, 0.04, 0.11]) for y in (-front, back)]
    mirrors = [box([side * (half + 0.06), -0.25 * front, belt + 0.06], [0.16, 0.1, 0.12]) for side in (-1, 1)]
    return [(joined([body, lofted([top, ridge], lid=True), *pillars, *mirrors]), "paint"),
            (lofted([base, base * 0.5 + top * 0.5, top]), "glass"), (joined([tyre for tyre, _ in wheels]), "rubber"),
            (joined([disc for _, disc in wheels] + lamps), "metal"), (joined(rear), "red"), (joined(plates), "white")]


def van(generator):
    """A delivery van or small bus."""
    half, front, back = generator.uniform(0.92, 1.02), generator.uniform(2.1, 2.5), generator.uniform(2.1, 2.9)
    roof, belt = generator.uniform(1.9, 2.55), generator.uniform(1.05, 1.2)
    bonnet = generator.uniform(0.15, 0.75)
    loops = [rounded_loop(half - 0.05, front - 0.08, back - 0.05, SILL + 0.05, 8),
             rounded_loop(half, front, back, 0.5, 8), rounded_loop(half, front - 0.1, back, belt, 8),
             rounded_loop(half, front - 0.1 - bonnet, back, belt + 0.02, 8),
             rounded_loop(half - 0.1, front - 0.75 - bonnet, back - 0.05, roof - 0.08, 8),
             rounded_loop(half - 0.2, front - 0.85 - bonnet, back - 0.1, roof, 8)]
    wind = [[side * (half - each[0]), -front + each[1] + bonnet, each[2]] for side, each in (
        (-1, (0.1, 0.12, belt + 0.06)), (1, (0.1, 0.12, belt + 0.06)), (1, (0.2, 0.66, roof - 0.2)),
        (-1, (0.2, 0.66, roof - 0.2)))]
    pane = lofted([np.array(wind) - [0, 0.03, 0], np.array(wind) * [0.98, 1, 1] - [0, 0.035, 0]], lid=True)
    sides = [box([side * (half - 0.045), -front + bonnet + 1.15, 0.5 * (belt + roof) - 0.05],
                 [0.1, 0.7, 0.75 * (roof - belt) - 0.1]) for side in (-1, 1)]
    rows = int(front + back - bonnet - 1.7) if generator.random() < 0.4 else 0  # of windows of a bus
    sides += [box([side * (half - 0.045), -front + bonnet + 1.15 + 1.0 * (row + 1), 0.5 * (belt + roof) - 0.02],
                  [0.1, 0.85, 0.6 * (roof - belt)]) for side in (-1, 1) for row in range(rows)]
    wheels = [_tyre(side * (half + 0.01), y) for side in (-1, 1) for y in (-0.66 * front, 0.62 * back)]
    rear = [box([side * (half - 0.1), back, 1.0], [0.12, 0.05, 0.35]) for side in (-1, 1)]
    trim = [box([0, -front, 0.48], [1.7 * half, 0.08, 0.22]), box([0, back, 0.45], [1.8 * half, 0.08, 0.14])]
    return [(lofted(loops, lid=True), "paint"), (joined([pane, *sides]), "glass"),
            (joined([tyre for tyre, _ in wheels] + trim), "rubber"), (joined([disc for _, disc in wheels]), "metal"),
            (joined(rear), "red")]


def bicycle(generator):
    """A bicycle on its stand."""
    radius, apart = generator.uniform(0.3, 0.35), generator.uniform(0.95, 1.08)
    wheels = [placed(wheel(radius, 0.025), [0, y, 0], 0) for y in (-apart / 2, apart / 2)]
    seat, head, pedal = [0, 0.18, 0.92], [0, -0.36, 0.88], [0, 0.02, 0.3]
    front, rear = [0, -apart / 2, radius], [0, apart / 2, radius]
    frame = [bar(a, b, 0.035) for a, b in ((pedal, [0, 0.15, 0.75]), (pedal, head), ([0, 0.14, 0.72], head),
                                           (pedal, rear), ([0, 0.14, 0.72], rear), (head, front))]
    handle = [bar(head, [0, -0.4, 1.02], 0.03), bar([-0.28, -0.36, 1.03], [0.28, -0.36, 1.03], 0.03),
              bar([0.12, 0.1, 0.0], pedal, 0.02), box(seat, [0.14, 0.26, 0.06]), bar([0, 0.15, 0.72], seat, 0.028)]
    if generator.random() < 0.3:
        handle.append(box([0, -0.55, 0.9], [0.34, 0.26, 0.24]))  # a basket
    return [(joined(frame), "paint"), (joined(wheels + handle), "rubber")]
