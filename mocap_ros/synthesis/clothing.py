"""Dressed people: a body shape with garments, hair and carried things, as one mesh that follows the bones."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from mocap_ros.synthesis.body import HEAD, LEFT_ARM, RIGHT_ARM, Skeleton, make_skeleton, shape_vertices, vertex_normals
from mocap_ros.synthesis.garment_files import fit_garment
from mocap_ros.synthesis.solids import box, ellipsoid

# Material slots of a dressed person.
SKIN, TOP, INNER, BOTTOM, SHOES, HAIR, HAT, BAG, THING, LENSES = range(10)
SLOTS = 10
ADULT_AGE = 0.55  # anny's age axis
COVER_MARGIN = 0.03  # [m] skin this far inside a simple garment's hem is not drawn


@dataclass(frozen=True, eq=False)
class Character:
    """One dressed person at rest.

    Attributes:
        vertices: [m], Z up, facing -Y, (V, 3) float32.
        bone_indices, bone_weights: (V, 4).
        texture_points: (U, 2).
        triangles, texture_triangles: (F, 3) int32.
        slots: material slot of each triangle, (F,) int32.
        two_sided: 1 where the back of a triangle is drawn too, (F,) int8.
        parts: body part of each triangle, (F,) int8.
        heads: bone heads [m], (bones, 3).
        points: label points at rest [m], (points, 3).
        height: standing height without shoes [m].
        male: True for a man or boy.
        trunk: heights of pelvis and neck at rest [m], (2,).
        seat_vertices: vertices of the buttocks, for finding the seat's height, (N,) int.
    """

    vertices: np.ndarray
    bone_indices: np.ndarray
    bone_weights: np.ndarray
    texture_points: np.ndarray
    triangles: np.ndarray
    texture_triangles: np.ndarray
    slots: np.ndarray
    two_sided: np.ndarray
    parts: np.ndarray
    heads: np.ndarray
    points: np.ndarray
    height: float
    male: bool
    trunk: np.ndarray
    seat_vertices: np.ndarray


class Wardrobe:
    """Garments sorted by use, and what each piece of them hides."""

    def __init__(self, assets):
        self.assets = assets
        self.skeleton: Skeleton = make_skeleton(assets.body["bone_names"], assets.body["bone_parents"],
                                                assets.body["point_names"])
        self.point_index = {str(name): i for i, name in enumerate(assets.body["point_names"])}
        self.bone_index = {str(name): i for i, name in enumerate(assets.body["bone_names"])}
        self.tops, self.bottoms, self.wholes, self.hair, self.shoes, self.hats = {}, {}, {}, [], [], []
        template = assets.body["vertices"]
        shell = np.unique(assets.body["tights_triangles"])
        self.nearest_shell = shell[cKDTree(template[shell]).query(template)[1]]  # of every base vertex
        pelvis_height = (assets.points @ template)[self.point_index["pelvis"], 2]
        for name, garment in assets.garments.items():
            if garment.kind != "suit":
                {"hair": self.hair, "shoes": self.shoes, "hat": self.hats}[garment.kind].append(name)
                continue
            pieces, fitted = assets.garment_skins[name][2], fit_garment(garment, template)
            highest = np.full(pieces.max() + 1, -np.inf)
            lowest = np.full(pieces.max() + 1, np.inf)
            np.maximum.at(highest, pieces, fitted[:, 2])
            np.minimum.at(lowest, pieces, fitted[:, 2])
            below = highest < pelvis_height + 0.27
            upper = np.flatnonzero(~below)
            if lowest[upper].min() < pelvis_height - 0.5:
                self.wholes[name] = (np.arange(len(highest)), garment.hidden)
                continue
            _, nearest = cKDTree(fitted).query(template[garment.hidden])
            is_below = below[pieces[nearest]]
            self.tops[name] = (upper, garment.hidden[~is_below])
            if below.any():
                self.bottoms[name] = (np.flatnonzero(below), garment.hidden[is_below])


class _MeshParts:
    """Growing lists of vertices and triangles with one running vertex offset."""

    def __init__(self):
        self.vertices, self.bone_indices, self.bone_weights, self.texture_points = [], [], [], []
        self.triangles, self.texture_triangles, self.slots, self.two_sided = [], [], [], []
        self.vertex_count = self.texture_count = 0

    def add_vertices(self, vertices, bone_indices, bone_weights, texture_points):
        """Adds vertices and returns the offsets of their vertex and texture numbers."""
        start = self.vertex_count, self.texture_count
        self.vertices.append(vertices)
        self.bone_indices.append(bone_indices)
        self.bone_weights.append(bone_weights)
        self.texture_points.append(texture_points)
        self.vertex_count += len(vertices)
        self.texture_count += len(texture_points)
        return start

    def add_triangles(self, start, triangles, texture_triangles, slot, two_sided=True):
        """Adds triangles numbered from `start`; `slot` is one number or one per triangle."""
        self.triangles.append(triangles + start[0])
        self.texture_triangles.append(texture_triangles + start[1])
        self.slots.append(np.broadcast_to(np.int32(slot), len(triangles)))
        self.two_sided.append(np.full(len(triangles), two_sided, np.int8))

    def add_rigid(self, solid, bone, slot):
        """Adds a solid (vertices, triangles, texture points) that moves with one bone."""
        vertices, triangles, points = solid
        indices = np.zeros((len(vertices), 4), np.int16)
        indices[:, 0] = bone
        weights = np.zeros((len(vertices), 4), np.float32)
        weights[:, 0] = 1
        start = self.add_vertices(vertices, indices, weights, points)
        self.add_triangles(start, triangles, triangles, slot)


def _add_garment(parts, wardrobe, name, pieces, slot, shape, generator):
    garment = wardrobe.assets.garments[name]
    bone_indices, bone_weights, piece_of = wardrobe.assets.garment_skins[name]
    start = parts.add_vertices(fit_garment(garment, shape).astype(np.float32), bone_indices, bone_weights,
                               garment.texture_points)
    piece_of_triangle = piece_of[garment.triangles[:, 0]]
    chosen = np.isin(piece_of_triangle, pieces) if pieces is not None else np.ones(len(piece_of_triangle), bool)
    slots = np.full(int(chosen.sum()), slot, np.int32)
    if slot == TOP and len(pieces) > 1:  # a jacket's lining, shirt or tie may differ from it
        biggest = np.bincount(piece_of_triangle[chosen]).argmax()
        slots[piece_of_triangle[chosen] != biggest] = generator.choice([TOP, INNER], p=[0.25, 0.75])
    if name in wardrobe.wholes and generator.random() < 0.8:
        waist = shape[wardrobe.assets.body["skirt_triangles"]].mean(1)[:, 2].max()
        centre = parts.vertices[-1][garment.triangles[chosen]].mean(1)
        slots[(centre[:, 2] < waist) & (np.abs(centre[:, 0]) < 0.3)] = BOTTOM
    parts.add_triangles(start, garment.triangles[chosen], garment.texture_triangles[chosen], slots)


def _cylinder_texture(vertices):
    around = np.arctan2(vertices[:, 0], -vertices[:, 1]) / (2 * np.pi) + 0.5
    return np.stack([around * 2, vertices[:, 2] * 1.2], 1).astype(np.float32)


def _snapped(vertices, triangles, excess):
    """Vertices moved along triangle edges onto the line where `excess` is zero, and the triangles with a part below it.

    Args:
        vertices: (V, 3).
        triangles: (F, 3).
        excess: per vertex, positive on the side that is cut off, (V,).
    """
    over = excess > 0
    keep = ~over[triangles].all(1)
    moved, count = np.zeros_like(vertices), np.zeros(len(vertices))
    straddling = triangles[keep & over[triangles].any(1)]
    for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
        i, j = straddling[:, a], straddling[:, b]
        crossing = over[i] & ~over[j]
        i, j = i[crossing], j[crossing]
        share = (excess[i] / np.maximum(excess[i] - excess[j], 1e-9))[:, None]
        np.add.at(moved, i, vertices[i] + share * (vertices[j] - vertices[i]))
        np.add.at(count, i, 1)
    result = vertices.copy()
    hit = count > 0
    result[hit] = moved[hit] / count[hit, None]
    return result, triangles[keep]


def _add_shell(parts, wardrobe, shape, points, generator, with_top, with_bottom, tight=False):
    """Adds simple clothes cut from a shell around the body, shirts of any sleeve, shorts, leggings.

    Args:
        tight: True for stockings below a skirt.

    Returns:
        base vertices that the clothes cover, (V,) bool.
    """
    body = wardrobe.assets.body
    covered = np.zeros(len(shape), bool)

    def point(name):
        return points[wardrobe.point_index[name]]

    shell = body["tights_triangles"]
    normals = np.zeros_like(shape)
    vertex_normals(shape, shell, normals)
    texture = _cylinder_texture(shape)
    bone_part = wardrobe.skeleton.parts[body["bone_indices"][:, 0]]
    arm = (bone_part == LEFT_ARM) | (bone_part == RIGHT_ARM)
    shoulder, wrist = point("l_shoulder"), point("l_wrist")
    along_arm = (np.abs(shape[:, 0]) - shoulder[0]) / (wrist[0] - shoulder[0])
    knee, ankle, pelvis, neck = (point(name)[2] for name in ("l_knee", "l_ankle", "pelvis", "neck"))
    waist = pelvis + generator.uniform(0.02, 0.12)
    height = shape[:, 2]
    if with_bottom:
        leg = generator.choice([ankle + 0.02, ankle + 0.05, knee - 0.05, knee + 0.1, knee + 0.25],
                               p=[0.4, 0.2, 0.1, 0.15, 0.15])
        loose = generator.uniform(0.002, 0.016)
        if tight:
            leg, loose = ankle, 0.002
        excess = np.maximum(leg - height, height - waist)
        excess[arm] = 1.0
        vertices, kept = _snapped((shape + normals * loose).astype(np.float32), shell, excess)
        kept = kept[~arm[kept].any(1)]
        start = parts.add_vertices(vertices, body["bone_indices"], body["bone_weights"], texture)
        parts.add_triangles(start, kept, kept, BOTTOM)
        covered |= excess < -COVER_MARGIN
    if with_top:
        sleeve = generator.choice([0.12, 0.3, 0.45, 0.95], p=[0.12, 0.33, 0.1, 0.45])
        collar = neck + generator.uniform(-0.06, 0.045)
        hem = pelvis + generator.choice([0.1, 0.02, -0.06, -0.2], p=[0.15, 0.4, 0.35, 0.1])
        loose = generator.uniform(0.003, 0.02)
        excess = np.maximum(hem - height, height - collar)
        excess[arm] = along_arm[arm] - sleeve
        flare = 1 + np.clip((pelvis + 0.3 - height) / 0.4, 0, 1) * generator.uniform(0, 1.5)
        vertices, kept = _snapped((shape + normals * (loose * flare)[:, None]).astype(np.float32), shell, excess)
        start = parts.add_vertices(vertices, body["bone_indices"], body["bone_weights"], texture)
        parts.add_triangles(start, kept, kept, TOP)
        covered |= excess < np.where(arm, -0.12, -COVER_MARGIN)
    return covered[wardrobe.nearest_shell]


def _add_skirt(parts, wardrobe, shape, points, generator, slot):
    body = wardrobe.assets.body
    knee, pelvis = (points[wardrobe.point_index[name]][2] for name in ("l_knee", "pelvis"))
    hem = generator.uniform(knee - 0.15, pelvis - 0.2)
    vertices, kept = _snapped(shape, body["skirt_triangles"], hem - shape[:, 2])
    start = parts.add_vertices(vertices.astype(np.float32), body["bone_indices"], body["bone_weights"],
                               _cylinder_texture(shape))
    parts.add_triangles(start, kept, kept, slot)


def _add_cap(parts, wardrobe, shape, points, generator):
    """Adds a knitted cap, a hood or a peaked cap made from the scalp."""
    body = wardrobe.assets.body
    eye = points[wardrobe.point_index["l_eye"]]
    ear = points[wardrobe.point_index["l_ear"]]
    triangles = body["skin_triangles"]
    normals = np.zeros_like(shape)
    vertex_normals(shape, triangles, normals)
    slope = generator.uniform(-0.3, 0.5)
    line = eye[2] + generator.uniform(0.025, 0.05) - slope * (shape[:, 1] - eye[1])
    excess = line - shape[:, 2]
    kind = generator.choice(["knitted", "peaked", "hood"], p=[0.4, 0.4, 0.2])
    if kind == "hood":
        excess = np.maximum(ear[1] - 0.015 - shape[:, 1] - np.maximum(0, shape[:, 2] - eye[2] - 0.03), ear[2] - 0.14 - shape[:, 2])
    on_head = wardrobe.skeleton.parts[body["bone_indices"][:, 0]] == HEAD
    vertices, kept = _snapped((shape + normals * generator.uniform(0.008, 0.022)).astype(np.float32), triangles, excess)
    kept = kept[on_head[kept].all(1)]
    start = parts.add_vertices(vertices, body["bone_indices"], body["bone_weights"], _cylinder_texture(shape))
    parts.add_triangles(start, kept, kept, HAT)
    if kind == "peaked":
        peak = box([0, eye[1] - 0.055, eye[2] + 0.055], [0.15, 0.11, 0.008])
        parts.add_rigid(peak, wardrobe.bone_index["head"], HAT)


def _add_things(parts, wardrobe, points, generator):
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
    if generator.random() < 0.12:
        eyes = (point("l_eye") + point("r_eye")) / 2
        for each in (-1, 1):
            parts.add_rigid(box(eyes + [each * 0.034, -0.018, 0.0], [0.052, 0.006, 0.036]), bone("head"), LENSES)


def dress(wardrobe, generator):
    """A Character drawn at random: body, clothes, shoes, hair, carried things."""
    assets, body = wardrobe.assets, wardrobe.assets.body
    number = int(generator.choice(assets.bodies))
    phenotype = dict(zip(body["phenotype_names"], body["phenotypes"][number]))
    male, adult = bool(phenotype["gender"] < 0.5), phenotype["age"] > ADULT_AGE
    shape = shape_vertices(assets, number).astype(np.float32)
    points = (assets.points @ shape).astype(np.float32)
    heads = np.ascontiguousarray(assets.heads @ shape, np.float64)
    parts = _MeshParts()
    base = parts.add_vertices(shape, body["bone_indices"], body["bone_weights"], body["texture_points"])
    hidden = np.zeros(len(shape), bool)

    def pick(table):
        names = [name for name in table if not male == name.startswith("female")]
        return str(generator.choice(names if names and generator.random() < 0.8 else list(table)))

    draw = generator.random()
    if draw < 0.08:
        name = pick(wardrobe.wholes)
        _add_garment(parts, wardrobe, name, wardrobe.wholes[name][0], TOP, shape, generator)
        hidden[wardrobe.wholes[name][1]] = True
    else:
        shell_top, shell_bottom = generator.random() < 0.35, generator.random() < 0.3
        skirt = not male and generator.random() < 0.22
        if shell_top or (shell_bottom and not skirt):
            hidden |= _add_shell(parts, wardrobe, shape, points, generator, shell_top, shell_bottom and not skirt)
        if not shell_top:
            name = pick(wardrobe.tops)
            _add_garment(parts, wardrobe, name, wardrobe.tops[name][0], TOP, shape, generator)
            hidden[wardrobe.tops[name][1]] = True
        if skirt:
            stockings = generator.random() < 0.45
            slot = TOP if generator.random() < 0.4 else INNER if stockings else BOTTOM
            _add_skirt(parts, wardrobe, shape, points, generator, slot)
            if stockings:
                hidden |= _add_shell(parts, wardrobe, shape, points, generator, False, True, tight=True)
        elif not shell_bottom:
            name = pick(wardrobe.bottoms)
            _add_garment(parts, wardrobe, name, wardrobe.bottoms[name][0], BOTTOM, shape, generator)
            hidden[wardrobe.bottoms[name][1]] = True
    if generator.random() < 0.93:
        name = str(generator.choice(wardrobe.shoes))
        _add_garment(parts, wardrobe, name, None, SHOES, shape, generator)
        hidden[assets.garments[name].hidden] = True
    capped = generator.random() < 0.18
    if capped:
        _add_cap(parts, wardrobe, shape, points, generator)
    elif generator.random() < (0.85 if male else 0.97):
        short = [name for name in wardrobe.hair if name.startswith(("short", "afro"))]
        long = [name for name in wardrobe.hair if name not in short]
        names = short if male and generator.random() < 0.93 else (long if generator.random() < 0.75 else short)
        _add_garment(parts, wardrobe, str(generator.choice(names)), None, HAIR, shape, generator)
        if adult and wardrobe.hats and generator.random() < 0.04:
            _add_garment(parts, wardrobe, str(generator.choice(wardrobe.hats)), None, HAT, shape, generator)
    _add_things(parts, wardrobe, points, generator)
    visible = ~hidden[body["skin_triangles"]].all(1)
    for triangles, texture in ((body["skin_triangles"][visible], body["skin_texture_triangles"][visible]),
                               (body["l_eye_triangles"], body["l_eye_texture_triangles"]),
                               (body["r_eye_triangles"], body["r_eye_texture_triangles"])):
        parts.add_triangles(base, triangles, texture, SKIN, two_sided=False)
    return _compact(parts, wardrobe, heads, points, male)


def simplified(character, cell):
    """The character with all vertices of one material in each `cell` [m] merged, for people seen small."""
    slot_of = np.zeros(len(character.vertices), np.int64)
    slot_of[character.triangles.ravel()] = np.repeat(character.slots, 3)
    cells = np.floor(character.vertices / cell).astype(np.int64) + 512
    keys = ((slot_of * 1024 + cells[:, 0]) * 1024 + cells[:, 1]) * 1024 + cells[:, 2]
    _, first, merged = np.unique(keys, return_index=True, return_inverse=True)
    merged = merged.ravel().astype(np.int32)
    counts = np.bincount(merged).astype(np.float32)
    vertices = np.stack([np.bincount(merged, character.vertices[:, axis]) for axis in range(3)], 1) / counts[:, None]
    triangles = merged[character.triangles]
    a, b, c = triangles.T
    kept = np.flatnonzero((a != b) & (b != c) & (a != c))
    _, unique = np.unique(np.sort(triangles[kept], 1), axis=0, return_index=True)
    kept = kept[np.sort(unique)]
    return replace(character, vertices=vertices.astype(np.float32), bone_indices=character.bone_indices[first],
                   bone_weights=character.bone_weights[first], triangles=np.ascontiguousarray(triangles[kept]),
                   texture_triangles=np.ascontiguousarray(character.texture_triangles[kept]), slots=character.slots[kept],
                   two_sided=np.ones(len(kept), np.int8), parts=character.parts[kept],
                   seat_vertices=np.unique(merged[character.seat_vertices]))


def _compact(parts, wardrobe, heads, points, male):
    """The Character of the collected parts without the vertices that no triangle uses."""
    triangles = np.concatenate(parts.triangles)
    used, renumbered = np.unique(triangles, return_inverse=True)
    texture_used, texture_renumbered = np.unique(np.concatenate(parts.texture_triangles), return_inverse=True)
    triangles = renumbered.reshape(-1, 3).astype(np.int32)
    bone_indices = np.concatenate(parts.bone_indices)[used].astype(np.int32)
    vertices = np.ascontiguousarray(np.concatenate(parts.vertices)[used], np.float32)
    index = wardrobe.point_index
    pelvis, hip = points[index["pelvis"]], points[index["l_hip"]]
    seat = np.flatnonzero((np.abs(vertices[:, 0]) < hip[0] * 1.4) & (np.abs(vertices[:, 2] - pelvis[2]) < 0.12)
                          & (vertices[:, 1] > pelvis[1]))
    height = float(points[index["head_top"], 2] - (points[index["l_ankle"], 2] - 0.075))
    return Character(
        vertices, bone_indices, np.ascontiguousarray(np.concatenate(parts.bone_weights)[used], np.float32),
        np.ascontiguousarray(np.concatenate(parts.texture_points)[texture_used], np.float32), triangles,
        texture_renumbered.reshape(-1, 3).astype(np.int32), np.concatenate(parts.slots).astype(np.int32),
        np.concatenate(parts.two_sided), wardrobe.skeleton.parts[bone_indices[triangles[:, 0], 0]], heads, points,
        height, male, points[[index["pelvis"], index["neck"]], 2], seat)
