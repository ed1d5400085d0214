"""Dressing a body at random: garments, simple clothes cut from a shell around the body, skirts, caps, hair."""

import numpy as np

from mocap_ros.synthesis.accessories import add_things
from mocap_ros.synthesis.body import HEAD, LEFT_ARM, RIGHT_ARM, shape_vertices, vertex_normals
from mocap_ros.synthesis.character import BOTTOM, HAIR, HAT, INNER, SHOES, SKIN, TOP, MeshParts, assembled
from mocap_ros.synthesis.garment_files import fit_garment
from mocap_ros.synthesis.solids import box

ADULT_AGE = 0.55  # anny's age axis
STRANDS, STRAND_WIDTH = 320, 0.0016  # number of loose strands a head; [m], some hairs that keep together
COVER_MARGIN = 0.03  # [m] skin this far inside a simple garment's hem is not drawn


def _add_garment(parts, wardrobe, name, pieces, slot, shape, generator):
    garment = wardrobe.assets.garments[name]
    bone_indices, bone_weights, piece_of = wardrobe.assets.garment_skins[name]
    start = parts.add_vertices(
        fit_garment(garment, shape).astype(np.float32), bone_indices, bone_weights, garment.texture_points
    )
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

    shell = body.tights_triangles
    normals = np.zeros_like(shape)
    vertex_normals(shape, shell, normals)
    texture = _cylinder_texture(shape)
    bone_part = wardrobe.skeleton.parts[body.bone_indices[:, 0]]
    arm = (bone_part == LEFT_ARM) | (bone_part == RIGHT_ARM)
    shoulder, wrist = point("l_shoulder"), point("l_wrist")
    along_arm = (np.abs(shape[:, 0]) - shoulder[0]) / (wrist[0] - shoulder[0])
    knee, ankle, pelvis, neck = (point(name)[2] for name in ("l_knee", "l_ankle", "pelvis", "neck"))
    waist = pelvis + generator.uniform(0.02, 0.12)
    height = shape[:, 2]
    if with_bottom:
        leg = generator.choice(
            [ankle + 0.02, ankle + 0.05, knee - 0.05, knee + 0.1, knee + 0.25], p=[0.4, 0.2, 0.1, 0.15, 0.15]
        )
        loose = generator.uniform(0.002, 0.016)
        if tight:
            leg, loose = ankle, 0.002
        excess = np.maximum(leg - height, height - waist)
        excess[arm] = 1.0
        vertices, kept = _snapped((shape + normals * loose).astype(np.float32), shell, excess)
        kept = kept[~arm[kept].any(1)]
        start = parts.add_vertices(vertices, body.bone_indices, body.bone_weights, texture)
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
        start = parts.add_vertices(vertices, body.bone_indices, body.bone_weights, texture)
        parts.add_triangles(start, kept, kept, TOP)
        covered |= excess < np.where(arm, -0.12, -COVER_MARGIN)
    return covered[wardrobe.nearest_shell]


def _add_skirt(parts, wardrobe, shape, points, generator, slot):
    body = wardrobe.assets.body
    knee, pelvis = (points[wardrobe.point_index[name]][2] for name in ("l_knee", "pelvis"))
    hem = generator.uniform(knee - 0.15, pelvis - 0.2)
    vertices, kept = _snapped(shape, body.skirt_triangles, hem - shape[:, 2])
    start = parts.add_vertices(
        vertices.astype(np.float32), body.bone_indices, body.bone_weights, _cylinder_texture(shape)
    )
    parts.add_triangles(start, kept, kept, slot)


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
    base = parts.add_vertices(shape, body.bone_indices, body.bone_weights, body.texture_points)
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
        name = str(generator.choice(names))
        _add_garment(parts, wardrobe, name, None, HAIR, shape, generator)
        _add_strands(parts, wardrobe, name, generator)
        if adult and wardrobe.hats and generator.random() < 0.04:
            _add_garment(parts, wardrobe, str(generator.choice(wardrobe.hats)), None, HAT, shape, generator)
    if carrying:
        add_things(parts, wardrobe, points, generator)
    visible = ~hidden[body.skin_triangles].all(1)
    for triangles, texture in (
        (body.skin_triangles[visible], body.skin_texture_triangles[visible]),
        (body.l_eye_triangles, body.l_eye_texture_triangles),
        (body.r_eye_triangles, body.r_eye_texture_triangles),
    ):
        parts.add_triangles(base, triangles, texture, SKIN, two_sided=False)
    return assembled(parts, wardrobe, heads, points, male)
