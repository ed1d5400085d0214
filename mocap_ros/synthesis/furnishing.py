"""Where things stand about: cars and trees along a street, lamps, plants and coats along the walls of a room.

They stand clear of people and of each other, not before the camera's eye, and seldom hide somebody.
"""

import numpy as np

from mocap_ros.synthesis.clearance import bounds, corners, is_clear
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.finishes import finished
from mocap_ros.synthesis.solids import lofted, placed

MOST = 14  # things in a street; in a room half as many
FARTHEST = 32.0  # [m] from the camera
GAP = 0.12  # [m] between two things, or a thing and a person
OFF_WALLS = 0.02  # [m]
BEFORE_EYE = 1.1  # [m] from the camera that stays free
BESIDE = 2.5  # [m] beside the picture, where a large thing may still be seen
LEAST_DEPTH = 0.35  # [m] ahead of the camera
HIDING = 0.2  # share of things that may stand before somebody
COVERED = 0.35  # of a person's breadth in the picture, from which on a thing stands before them
WIDE = 7.0  # [m] from the camera to a side of a square
KERB = 0.12, 1.5  # [m] height, length of a piece
# What stands in each line of a street, with its share, and the least and largest way to the next one [m].
PARKED = {"car": 0.8, "van": 0.2}
LINE = {"tree": 0.34, "lamp": 0.16, "sign": 0.18, "bollard": 0.2, "litter": 0.06, "railing": 0.06}
FRONT = {"litter": 0.14, "seat": 0.14, "bush": 0.22, "bicycle": 0.2, "stall": 0.12, "form": 0.06, "column": 0.12}
AMID = {"bollard": 0.28, "sign": 0.2, "tree": 0.1, "parasol": 0.1, "bicycle": 0.12, "litter": 0.1, "railing": 0.1}
STEPS = {"parked": (0.4, 3.0), "line": (2.5, 9.0), "front": (3.0, 9.0)}
WALLS = {"coats": 0.13, "hung coats": 0.11, "form": 0.07, "lamp": 0.15, "plant": 0.16, "curtains": 0.1,
         "shelves": 0.12, "cupboard": 0.1, "door": 0.06}
# What stands before a photograph of a street and of a room, with its share.
OPEN = {"car": 0.2, "van": 0.08, "tree": 0.12, "bush": 0.1, "bollard": 0.12, "sign": 0.12, "bicycle": 0.1, "lamp": 0.06,
        "litter": 0.05, "railing": 0.05}
OPEN_ROOM = {"coats": 0.2, "form": 0.2, "lamp": 0.22, "plant": 0.25, "shelves": 0.13}
OPEN_REACH = 20.0, 7.0  # [m] from the camera, of a street and of a room
FLAT = ("hung coats", "curtains", "door", "shelves", "cupboard")  # with their backs to the wall


class Furnisher:
    """Puts Things into a scene.

    Args:
        stock: Stock.
        low, high: of the ground that may be used, in its own axes [m], (2,) or more.
        yaw: of these axes [rad].
        taken: bounds of people and things that stand there already, list of (2, 3) [m].
        people: how many of these, the first ones, are people.
        view: View.
        hiding: share of things that may stand before somebody.

    Attributes:
        placed: PlacedSolids put up so far.
        number: of things put up so far.
    """

    def __init__(self, stock, low, high, yaw, taken, people, view, generator, hiding=HIDING):
        self.stock, self.view, self.generator = stock, view, generator
        self.low, self.high, self.yaw = low[:2] + OFF_WALLS, high[:2] - OFF_WALLS, yaw
        self.turn, self.hiding = axis_turn("Z", yaw), hiding
        self.taken, self.spans = list(taken), [self._span(corners(each)) for each in taken[:people]]
        self.placed, self.number = [], 0

    def _span(self, vertices):
        """Columns [px] and depths [m] that vertices have in the picture: left, right, nearest, farthest."""
        camera = self.view.to_camera(vertices)
        column = camera[:, 0] / np.maximum(camera[:, 2], 0.05) * self.view.focal + (self.view.width - 1) / 2
        return column.min(), column.max(), camera[:, 2].min(), camera[:, 2].max()

    def is_in_view(self, u, v):
        """Whether a place in the axes of the surroundings [m] is in the picture or near it."""
        across, _, ahead = self.view.to_camera(self.turn @ [u, v, 0.8])
        return ahead > LEAST_DEPTH and abs(across) < 0.5 * self.view.width / self.view.focal * ahead + BESIDE

    def _fits(self, box):
        """Whether a thing may stand where its corners (8, 3) [m] are, in the axes of the surroundings."""
        if (box[:, :2] < self.low).any() or (box[:, :2] > self.high).any():
            return False
        world = box @ self.turn.T
        left, right, nearest, _ = self._span(world)
        if nearest < LEAST_DEPTH or right < 0 or left > self.view.width - 1:
            return False
        ground, eye = bounds(world), self.view.eye[:2]
        away = np.linalg.norm(np.maximum(np.maximum(ground[0, :2] - eye, eye - ground[1, :2]), 0))
        if not BEFORE_EYE < away < FARTHEST or not is_clear(ground, self.taken, GAP):
            return False
        hides = any(nearest < farthest and min(right, b) - max(left, a) > COVERED * (b - a)
                    for a, b, _, farthest in self.spans)
        if hides and self.generator.random() >= self.hiding:
            return False
        self.taken.append(ground)
        return True

    def draw(self, things, shares):
        """One of the Things of some kinds, each with its share."""
        names = list(shares)
        kind = names[self.generator.choice(len(names), p=np.array(list(shares.values())) / sum(shares.values()))]
        some = [each for each in things if each.kind == kind]
        return some[self.generator.integers(len(some))]

    def put(self, thing, u, v, yaw, floor=0.0):
        """Puts a Thing at a place in the axes of the surroundings [m], turned by `yaw` [rad] there, if it fits."""
        if self._fits(corners(thing.box) @ axis_turn("Z", yaw).T + [u, v, 0.0]):
            place = [*(self.turn[:2, :2] @ [u, v]), floor]
            self.placed += [finished(self.stock, placed(solid, place, self.yaw + yaw), finish, self.generator)
                            for solid, finish in thing.parts]
            self.number += 1

    def kerb(self, wall, inward, width, low, high):
        """Puts a raised pavement along a wall, in the axes of the surroundings [m], where nobody stands.

        Returns:
            Its height [m], 0 where there is none.
        """
        if any((inward * ((corners(each) @ self.turn)[:, 0] - wall)).min() < width + 0.1 for each in self.taken):
            return 0.0
        along = np.arange(low, high, KERB[1])  # in pieces, as what is partly behind the lens is not drawn
        if len(along) < 2:
            return 0.0
        edge, top = wall + inward * width, KERB[0]
        outline = np.array([[wall, 0, 0], [edge, 0, 0], [edge, 0, top], [wall, 0, top]])
        slab = lofted(outline + along[:, None, None] * [0, 1, 0])
        self.placed.append(finished(self.stock, placed(slab, [0, 0, 0], self.yaw), "stone", self.generator))
        return KERB[0]


def furnish_street(stock, around, taken, people, view, generator, hiding=HIDING):
    """PlacedSolids that stand in a street; see Furnisher."""
    uniform = generator.uniform
    street = Furnisher(stock, around.low, around.high, around.yaw, taken, people, view, generator, hiding)
    ahead, start = (view.eye @ street.turn)[:2] + [0, LEAST_DEPTH]
    end, candidates = min(float(around.high[1]), start + FARTHEST), []
    for wall, inward in ((float(around.low[0]), 1.0), (float(around.high[0]), -1.0)):
        pavement = uniform(1.2, 3.0)
        kerb = street.kerb(wall, inward, pavement, start, end) if generator.random() < 0.5 else 0.0
        rows = [("parked", PARKED, pavement + 1.15, 0.0), ("line", LINE, pavement - 0.35, kerb),
                ("front", FRONT, 0.75, kerb)]
        if abs(wall - ahead) > WIDE:  # a square has more of them inside
            rows += [(name, shares, abs(wall - ahead) * share, 0.0)
                     for name, shares, share in (("parked", PARKED, 0.55), ("line", LINE, 0.7))]
        for name, shares, u, floor in rows:
            if generator.random() < 0.25:
                continue
            v = start + uniform(0, 6)
            while v < end:
                along = generator.choice([0.0, np.pi]) if name == "parked" else inward * np.pi / 2
                length = 5.0 if name == "parked" else 0.0
                yaw = along + generator.normal(0, 0.04)
                candidates.append((shares, wall + inward * u, v + length / 2, yaw, floor))
                v += length + uniform(*STEPS[name])
    for _ in range(int(generator.integers(1, 8))):
        v = start + (end - start) * generator.random() ** 1.5
        candidates.append((AMID, ahead + uniform(-0.7, 0.7) * (v - start + 1), v, uniform(-np.pi, np.pi), 0.0))
    if generator.random() < 0.3:  # somebody drives across, or has parked there
        candidates.append((PARKED, ahead + uniform(-3, 3), uniform(0.5, 0.95) * end + 0.05 * start,
                           generator.choice([-1, 1]) * np.pi / 2 + generator.normal(0, 0.1), 0.0))
    for number in generator.permutation(len(candidates)):
        shares, *place = candidates[number]
        if street.number < MOST and street.is_in_view(*place[:2]):
            street.put(street.draw(stock.street, shares), *place)
    return street.placed


def furnish_room(stock, around, taken, people, view, generator, hiding=HIDING):
    """PlacedSolids that stand along the walls of a room, and a few in it; see Furnisher."""
    uniform = generator.uniform
    room = Furnisher(stock, around.low, around.high, around.yaw, taken, people, view, generator, hiding)
    (left, _, _), (right, back, _) = around.low, around.high
    start = float((view.eye @ room.turn)[1]) + LEAST_DEPTH
    for _ in range(int(generator.integers(0, 9))):
        if room.number >= MOST // 2:
            break
        thing = room.draw(stock.room, WALLS)
        deep = float(thing.box[1, 1]) + 0.04
        if thing.kind not in FLAT:
            deep += uniform(0.1, 1.2)
        side = generator.choice(["back", "left", "right"], p=[0.5, 0.25, 0.25])
        if side == "back":
            place = uniform(left + 0.4, right - 0.4), float(back) - deep, 0.0
        else:
            wall, inward = (left, 1.0) if side == "left" else (right, -1.0)
            place = float(wall) + inward * deep, uniform(start, back - 0.5), inward * np.pi / 2
        room.put(thing, *place)
    return room.placed


def furnish_open(stock, outdoors, taken, people, view, generator):
    """PlacedSolids of a few things that stand before a photograph or panorama; see Furnisher."""
    things, shares = (stock.street, OPEN) if outdoors else (stock.room, OPEN_ROOM)
    corner = np.full(2, 2 * FARTHEST)
    ground = Furnisher(stock, -corner, corner, generator.normal(0, 0.3), taken, people, view, generator)
    for _ in range(int(generator.integers(1, 6))):
        away = BEFORE_EYE + OPEN_REACH[not outdoors] * generator.random() ** 1.5
        place = view.eye + [generator.uniform(-0.6, 0.6) * view.width / view.focal * away, away, 0]
        u, v, _ = place @ ground.turn
        ground.put(ground.draw(things, shares), u, v, generator.uniform(-np.pi, np.pi))
    return ground.placed
