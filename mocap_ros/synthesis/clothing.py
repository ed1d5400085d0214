"""Dressing a body at random: clothes cut for it, ready-made garments, shoes, caps, hair."""

from dataclasses import replace

import numpy as np

from mocap_ros.synthesis.accessories import add_things
from mocap_ros.synthesis.body import HEAD, shape_vertices, vertex_normals
from mocap_ros.synthesis.character import BOTTOM, HAIR, HAT, INNER, SHOES, SKIN, SOCKS, TOP, MeshParts, assembled
from mocap_ros.synthesis.expression import add_mouth, draw_expression
from mocap_ros.synthesis.figure import Figure
from mocap_ros.synthesis.garment_files import fit_garment
from mocap_ros.synthesis.outfit import OVERLAP, draw_outfit
from mocap_ros.synthesis.solids import box
from mocap_ros.synthesis.tailoring import add_legwear, add_skirt, add_socks, add_top
from mocap_ros.synthesis.trimmings import add_hood, add_lapels

ADULT_AGE = 0.55  # anny's age axis
STRANDS, STRAND_WIDTH = 320, 0.0016  # number of loose strands a head; [m], some hairs that keep together
OPEN_MOUTH = 0.03  # [rad] of the jaw from which on teeth are seen
WHOLE_SHARE = 0.05  # of people in an overall that is one garment
# Shares of ready-made garments, by the kind of outfit.
READY_TOPS = {"casual": 0.2, "office": 0.35, "suit": 0.4, "summer": 0.1}
READY_BOTTOMS = {"casual": 0.2, "office": 0.25, "suit": 0.2, "winter": 0.15, "work": 0.2}
READY_COVER = 0.04  # [m] trousers below a ready-made top end this far above its hem


def _add_garment(parts, wardrobe, name, pieces, slot, shape, generator, figure=None):
    """Adds a ready-made garment, or some of its pieces; with a Figure over what that wears already."""
    garment = wardrobe.assets.garments[name]
    bone_indices, bone_weights, piece_of = wardrobe.assets.garment_skins[name]
    fitted = fit_garment(garment, shape)
    if figure is not None:
        fitted = figure.fit_over(fitted, np.flatnonzero(np.isin(piece_of, pieces)))
    start = parts.add_vertices(fitted.astype(np.float32), bone_indices, bone_weights, garment.texture_points)
    piece_of_triangle = piece_of[garment.triangles[:, 0]]
    chosen = np.isin(piece_of_triangle, pieces) if pieces is not None else np.ones(len(piece_of_triangle), bool)
    slots = np.full(int(chosen.sum()), slot, np.int32)
    if slot == TOP and len(pieces) > 1:  # a jacket's lining, shirt or tie may differ from it
        biggest = np.bincount(piece_of_triangle[chosen]).argmax()
        slots[piece_of_triangle[chosen] != biggest] = generator.choice([TOP, INNER], p=[0.25, 0.75])
    if name in wardrobe.wholes and generator.random() < 0.8:
        waist = shape[wardrobe.assets.body.skirt_triangles].mean(1)[:, 2].max()
        centre = parts.vertices[-1][garment.triangles[chosen]].mean(1)
        slots[(centre[:, 2] < waist) & (np.abs(centre[:, 0]) < 0.3)] = BOTTOM
    parts.add_triangles(start, garment.triangles[chosen], garment.texture_triangles[chosen], slots)


def _add_strands(parts, wardrobe, name, generator):
    """Adds loose strands that stand off the surface of the hair added last, so that its outline is not smooth."""
    garment, (bone_indices, bone_weights, _) = wardrobe.assets.garments[name], wardrobe.assets.garment_skins[name]
    surface = parts.vertices[-1]
    normals = np.zeros_like(surface)
    vertex_normals(surface, garment.triangles.astype(np.int32), normals)
    normals *= np.sign(((surface - surface.mean(0)) * normals).sum())  # hair is wound either way round
    roots = generator.integers(len(surface), size=STRANDS)
    length = generator.gamma(2.0, 0.007, STRANDS)[:, None]  # [m]
    sideways = generator.normal(0, 1, (STRANDS, 3))
    across = np.cross(normals[roots], sideways)
    across *= STRAND_WIDTH / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    out = normals[roots] * 0.5 + sideways * 0.35
    down = np.array([0, 0, -1.0])
    bend = surface[roots] + length * (out + 0.3 * down)
    places = np.stack([surface[roots] - across / 2, surface[roots] + across / 2, bend - across / 3, bend + across / 3,
                       surface[roots] + length * (1.3 * out + 1.2 * down)], 1).reshape(-1, 3)
    rows = np.repeat(roots, 5)
    texture = np.tile([[0.0, 0], [0.01, 0], [0, 0.1], [0.01, 0.1], [0, 0.2]], (STRANDS, 1))
    texture += generator.random((STRANDS, 2)).repeat(5, 0)
    start = parts.add_vertices(
        places.astype(np.float32), bone_indices[rows], bone_weights[rows], texture.astype(np.float32)
    )
    corners = (5 * np.arange(STRANDS)[:, None, None] + np.array([[0, 1, 3], [0, 3, 2], [2, 3, 4]])).reshape(-1, 3)
    parts.add_triangles(start, corners, corners, HAIR)


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


def _add_cap(parts, wardrobe, shape, points, generator):
    """Adds a knitted cap, a hood or a peaked cap made from the scalp."""
    body = wardrobe.assets.body
    eye = points[wardrobe.point_index["l_eye"]]
    ear = points[wardrobe.point_index["l_ear"]]
    triangles = body.skin_triangles
    normals = np.zeros_like(shape)
    vertex_normals(shape, triangles, normals)
    slope = generator.uniform(-0.3, 0.5)
    line = eye[2] + generator.uniform(0.025, 0.05) - slope * (shape[:, 1] - eye[1])
    excess = line - shape[:, 2]
    kind = generator.choice(["knitted", "peaked", "hood"], p=[0.4, 0.4, 0.2])
    if kind == "hood":
        excess = np.maximum(
            ear[1] - 0.015 - shape[:, 1] - np.maximum(0, shape[:, 2] - eye[2] - 0.03), ear[2] - 0.14 - shape[:, 2]
        )
    on_head = wardrobe.skeleton.parts[body.bone_indices[:, 0]] == HEAD
    vertices, kept = _snapped((shape + normals * generator.uniform(0.008, 0.022)).astype(np.float32), triangles, excess)
    kept = kept[on_head[kept].all(1)]
    start = parts.add_vertices(vertices, body.bone_indices, body.bone_weights, _cylinder_texture(shape))
    parts.add_triangles(start, kept, kept, HAT)
    if kind == "peaked":
        peak = box([0, eye[1] - 0.055, eye[2] + 0.055], [0.15, 0.11, 0.008])
        parts.add_rigid(peak, wardrobe.bone_index["head"], HAT)


def _choose_ready(wardrobe, outfit, male, generator):
    """The Outfit, its first top perhaps lengthened, and the names of a ready-made top and bottoms or None."""

    def pick(names):
        fitting = [name for name in names if not male == name.startswith("female")]
        return str(generator.choice(fitting if fitting and generator.random() < 0.8 else names))

    top = bottom = None
    if outfit.dress or outfit.bare:
        return outfit, top, bottom
    if outfit.legwear is not None and outfit.skirt is None and generator.random() < READY_BOTTOMS.get(outfit.kind, 0):
        bottom = pick(list(wardrobe.bottoms))
    waist = wardrobe.waists[bottom] if bottom else outfit.skirt.waist if outfit.skirt else outfit.legwear.waist
    reaching = [name for name, hem in wardrobe.hems.items() if hem < waist - OVERLAP]
    if reaching and generator.random() < READY_TOPS.get(outfit.kind, 0):
        top, outfit = pick(reaching), replace(outfit, tucked=False)
        if outfit.skirt is None and not bottom:
            lower = min(waist, wardrobe.hems[top] + READY_COVER)
            outfit = replace(outfit, legwear=replace(outfit.legwear, waist=lower))
    if bottom:
        slot, first = outfit.tops[0]
        tops = (slot, replace(first, hem=min(first.hem, waist - OVERLAP))), *outfit.tops[1:]
        outfit = replace(outfit, tucked=False, tops=tops)
    return outfit, top, bottom


def _put_on(parts, figure, outfit, top, bottom, wardrobe, shape, generator):
    """Adds an Outfit's clothes, some ready-made; returns the base vertices that these cover, (V,) bool."""
    hidden = np.zeros(len(shape), bool)

    def put_ready(name, table, slot):
        pieces, covered = table[name]
        _add_garment(parts, wardrobe, name, pieces, slot, shape, generator, figure)
        hidden[covered] = True

    def put_below():
        if bottom:
            put_ready(bottom, wardrobe.bottoms, BOTTOM)
        elif outfit.legwear is not None:
            add_legwear(figure, INNER if outfit.skirt or outfit.dress else BOTTOM, outfit.legwear)
        if outfit.skirt is not None:
            add_skirt(figure, BOTTOM, outfit.skirt, generator)

    if outfit.socks > 0:
        add_socks(figure, SOCKS, outfit.socks)
    if not outfit.tucked:
        put_below()
    for number, (slot, pattern) in enumerate(outfit.tops):
        if number == 0 and top:
            put_ready(top, wardrobe.tops, TOP)
        else:
            cloth = add_top(figure, slot, pattern, generator)
            if slot == outfit.hood:
                add_hood(parts, figure, slot, generator)
            if slot == outfit.lapels:
                add_lapels(parts, cloth, figure, slot, pattern)
        if number == 0 and outfit.tucked:
            put_below()
    figure.finish(parts)
    return hidden


def dress(wardrobe, generator, carrying=True):
    """A Character drawn at random: body, clothes, shoes, hair, and carried things where `carrying` is True."""
    assets, body = wardrobe.assets, wardrobe.assets.body
    number = int(generator.choice(assets.bodies))
    phenotype = dict(zip(body.phenotype_names, body.phenotypes[number]))
    male, adult = bool(phenotype["gender"] < 0.5), phenotype["age"] > ADULT_AGE
    shape = shape_vertices(assets, number).astype(np.float32)
    points = (assets.points @ shape).astype(np.float32)
    heads = np.ascontiguousarray(assets.heads @ shape, np.float64)
    parts = MeshParts()
    face, jaw = draw_expression(wardrobe, shape, heads, generator)
    base = parts.add_vertices(face, body.bone_indices, body.bone_weights, body.texture_points)
    if jaw > OPEN_MOUTH:
        add_mouth(parts, wardrobe, shape, SKIN)
    hidden, covered = np.zeros((2, len(shape)), bool)
    outfit = draw_outfit(generator, male, adult)
    if generator.random() < WHOLE_SHARE:
        names = [name for name in wardrobe.wholes if not male == name.startswith("female")] or list(wardrobe.wholes)
        name = str(generator.choice(names))
        _add_garment(parts, wardrobe, name, wardrobe.wholes[name][0], TOP, shape, generator)
        hidden[wardrobe.wholes[name][1]] = True
    else:
        figure = Figure(wardrobe, shape, points)
        outfit, top, bottom = _choose_ready(wardrobe, outfit, male, generator)
        hidden |= _put_on(parts, figure, outfit, top, bottom, wardrobe, shape, generator)
        covered = figure.covered[wardrobe.nearest_shell]
    if generator.random() < 0.95:
        name = str(generator.choice(wardrobe.shoes))
        _add_garment(parts, wardrobe, name, None, SHOES, shape, generator)
        hidden[assets.garments[name].hidden] = True
    if generator.random() < 0.18:
        _add_cap(parts, wardrobe, shape, points, generator)
    elif generator.random() < (0.85 if male else 0.97):
        short = [name for name in wardrobe.hair if name.startswith(("short", "afro"))]
        long = [name for name in wardrobe.hair if name not in short]
        names = short if male and generator.random() < 0.93 else (long if generator.random() < 0.75 else short)
        name = str(generator.choice(names))
        _add_garment(parts, wardrobe, name, None, HAIR, shape, generator)
        _add_strands(parts, wardrobe, name, generator)
        if adult and wardrobe.hats and generator.random() < 0.04:
            _add_garment(parts, wardrobe, str(generator.choice(wardrobe.hats)), None, HAT, shape, generator)
    if carrying:
        add_things(parts, wardrobe, points, generator)
    visible = ~(hidden[body.skin_triangles].all(1) | covered[body.skin_triangles].any(1))
    for triangles, texture in (
        (body.skin_triangles[visible], body.skin_texture_triangles[visible]),
        (body.l_eye_triangles, body.l_eye_texture_triangles),
        (body.r_eye_triangles, body.r_eye_texture_triangles),
    ):
        parts.add_triangles(base, triangles, texture, SKIN, two_sided=False)
    return assembled(parts, wardrobe, heads, points, male, outfit.kind)
