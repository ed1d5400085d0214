"""Clothes cut from the shell around a body: each hangs over those below it, hems are level, long ones end as tubes."""

from dataclasses import replace

import numpy as np

from mocap_ros.synthesis.cutting import cut, drawn_out
from mocap_ros.synthesis.drape import Folds, envelope, relaxed, smoothstep
from mocap_ros.synthesis.figure import FROM_ARMPIT, UP
from mocap_ros.synthesis.patterns import COLLARS, Legwear

ARM_COVER = 0.08  # of an arm's length that cloth goes on below a sleeve's end
ROW = 0.03  # [m] between the rows of a tube
NECKLINE = (-0.08, 0.0, 0.05), (-0.09, -0.03, 0.025)  # lowest points [m] from the neck point at places from its middle
HIGHEST_NECKLINE = 0.055  # [m] above the neck point, where all cloth ends


def add_top(figure, slot, pattern, generator):
    """Adds a top, coat or dress of a Pattern; returns its Cloth."""
    scale, shell = figure.scale, figure.shell
    hem, collar = figure.pelvis + pattern.hem * scale, figure.neck
    if pattern.neck < 0:
        collar = figure.pelvis + pattern.waist * scale
    above = _above(figure, pattern, collar)
    height, body, normals = figure.rests[:, 2], figure.surface, figure.normals()
    at_shoulder, at_chest, at_hem, at_sleeve = (each * scale for each in pattern.ease)
    chest = min(figure.shoulder - 0.15 * scale, collar - 0.01)
    ease = np.interp(height, [min(hem, chest - 0.01), chest, figure.shoulder], [at_hem, at_chest, at_shoulder])
    sleeve = max(pattern.sleeve, 0.05)
    on_arm = at_shoulder + (at_sleeve - at_shoulder) * np.clip(figure.along / sleeve, 0, 1)
    ease = ease + (on_arm - ease) * smoothstep((shell.arms - 0.2) / 0.6)
    vertices = body + normals * ease[:, None]
    around, folds = figure.trunk(vertices, min(hem, figure.cut_height), collar, pattern.taper), Folds(generator)
    fold_height = max(chest - hem, 0.1)

    def hung(places, follow):
        axis, out, radii = around.around(places)
        depth = np.clip((chest - places[:, 2]) / fold_height, 0, 1) * pattern.folds * scale
        radii = radii + depth * folds(out, places[:, 2])
        inner = np.linalg.norm(places[:, :2] - axis, axis=1)
        radii = inner + (np.maximum(radii, inner) - inner) * follow
        return np.concatenate([axis + out * radii[:, None], places[:, 2:]], 1)

    first, last = (figure.shoulder - each * scale for each in FROM_ARMPIT)
    follow = smoothstep((first - height) / (first - last)) * (shell.arms < 0.5) * pattern.hang
    vertices = hung(vertices, follow)
    vertices = relaxed(vertices, body, normals, np.minimum(ease, 0.004 * scale + 0.3 * ease), shell.neighbours, 4)
    on_trunk = smoothstep((first - height) / (first - last)) * (shell.arms < 0.5)
    vertices = figure.level(vertices, on_trunk, body, normals)
    cloth, neckline = cut(figure.cloth(vertices), above(figure.rests))
    cloth = _with_collar(figure, cloth, neckline, COLLARS[pattern.collar])
    cloth, _ = cut(cloth, cloth.along - pattern.sleeve)
    bottom = max(hem, figure.cut_height)
    cloth, edges = cut(cloth, np.where(cloth.along > -0.1, -1.0, bottom - cloth.rests[:, 2]))
    if hem < bottom - 0.01:
        cloth = _tube(figure, cloth, edges, hem, around, folds, pattern, fold_height)
    is_open = pattern.opening[0] > 0
    if is_open:
        cloth, _ = cut(cloth, _opening(figure, pattern, hem, collar)(cloth.vertices))

    def hides(other, margin):
        on_arm = other.along > -0.1
        inside = np.where(on_arm, pattern.sleeve - ARM_COVER - other.along, other.rests[:, 2] - hem - margin) > 0
        behind = other.rests[:, 1] > figure.points["pelvis"][1]
        return inside & (above(other.rests) < -margin) & (on_arm | behind | (not is_open))

    excess = np.where(figure.along > -0.1, figure.along - pattern.sleeve, hem - height)
    figure.settle(slot, cloth, vertices, (excess <= 0) & (above(figure.rests) <= 0), hides)
    return cloth


def _with_collar(figure, cloth, neckline, rows):
    """The cloth with a collar drawn out of its neckline."""
    start = cloth.vertices[np.unique(neckline)]
    out = start[:, :2] - figure.points["neck"][:2] - [0, 0.01 * figure.scale]
    out = np.concatenate([out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6), 0 * out[:, :1]], 1)

    def row(up, outward):
        def fields(numbers):
            places = start + out * outward * figure.scale + np.array([0, 0, up * figure.scale])
            return {"vertices": places, "rests": places, "along": np.full(len(start), -0.2),
                    "texture": cloth.texture[numbers] + [0, up * UP], "weights": cloth.weights[numbers]}
        return fields

    return drawn_out(cloth, neckline, [row(*each) for each in rows])[0]


def _above(figure, pattern, collar):
    """How far inside a neckline, or above a skirt's waist, places are [m]."""
    neck, scale = figure.points["neck"], figure.scale

    def excess(places):
        if pattern.neck < 0:
            return places[:, 2] - collar
        x, y, z = np.abs(places[:, 0]), places[:, 1] - neck[1] - 0.01 * scale, places[:, 2] - neck[2]
        lowest = np.interp(y / scale, NECKLINE[0], NECKLINE[1]) * scale
        inside = np.minimum(pattern.neck * scale - np.hypot(x, y), z - lowest)
        inside = np.maximum(inside, z - HIGHEST_NECKLINE * scale)
        if pattern.plunge > 0:
            wide = (z + pattern.plunge * scale) * pattern.neck / pattern.plunge
            inside = np.maximum(inside, np.where(y < 0, np.minimum(wide - x, 0.05 * scale), -1.0))
        return inside
    return excess


def _opening(figure, pattern, hem, collar):
    """How far inside an open front places are [m]."""
    def excess(places):
        wide = np.interp(places[:, 2], [hem, collar], np.array(pattern.opening) * figure.scale)
        return np.where(places[:, 1] < figure.points["pelvis"][1], wide - np.abs(places[:, 0]), -1.0)
    return excess


def _tube(figure, cloth, edges, hem, around, folds, pattern, fold_height):
    """The cloth drawn out below the trunk's shell, around both legs."""
    scale, top = figure.scale, figure.cut_height
    heights = np.linspace(top, hem, int(np.ceil((top - hem) / (ROW * scale))) + 1)[1:]
    start, chest = cloth.vertices[np.unique(edges)], hem + fold_height
    axis, out, radii = around.around(start)
    deep = np.clip((chest - start[:, 2]) / fold_height, 0, 1) * pattern.folds * scale * folds(out, start[:, 2])
    off = np.linalg.norm(start[:, :2] - axis, axis=1) - radii - deep  # of the cut from the envelope and its folds

    def row(height):
        def fields(numbers):
            places = np.concatenate([start[:, :2], np.full((len(start), 1), height)], 1)
            axis, out, radii = around.around(places)
            down = top - height
            deep = np.clip((chest - height) / fold_height, 0, 1) * pattern.folds * scale
            radii = radii + off + pattern.flare * down + deep * folds(out, places[:, 2])
            vertices = np.concatenate([axis + out * radii[:, None], places[:, 2:]], 1)
            texture = cloth.texture[numbers] - [0, down * UP]
            share = smoothstep(down / (0.16 * scale))
            weights = cloth.weights[numbers] * (1 - share) + _tube_weights(figure, vertices) * share
            return {"vertices": vertices, "rests": vertices, "along": np.full(len(start), -0.2),
                    "texture": texture, "weights": weights.astype(np.float32)}
        return fields

    return drawn_out(cloth, edges, [row(height) for height in heights])[0]


def _tube_weights(figure, places):
    """Skin weights of cloth that goes around both legs, (N, B)."""
    left = smoothstep(0.5 + places[:, 0] / (2.6 * figure.points["l_hip"][0]))
    shin = smoothstep((figure.knee + 0.10 * figure.scale - places[:, 2]) / (0.2 * figure.scale))
    root = 0.3 * np.clip(1 - (figure.cut_height - places[:, 2]) / (0.35 * figure.scale), 0, 1)
    weights = np.zeros((len(places), figure.shell.weights.shape[1]))
    for side, share in (("L", left), ("R", 1 - left)):
        weights[:, figure.column(f"upperleg01.{side}")] = (1 - root) * share * (1 - shin)
        weights[:, figure.column(f"lowerleg01.{side}")] = (1 - root) * share * shin
    weights[:, figure.column("root")] = root
    return weights


def add_skirt(figure, slot, pattern, generator):
    """Adds a skirt: what a Pattern says below its waist; returns its Cloth."""
    return add_top(figure, slot, replace(pattern, sleeve=-0.1, neck=-1.0), generator)


def add_legwear(figure, slot, legwear):
    """Adds trousers, shorts or stockings; returns their Cloth."""
    scale, shell = figure.scale, figure.shell
    hip = figure.points["l_hip"][2]
    end = float(np.interp(legwear.end, [-1, 0, 1, 2], [figure.ankle - 0.07 * scale, figure.ankle, figure.knee, hip]))
    if legwear.end < -1:
        end = float(figure.rests[:, 2].min()) - 0.1
    waist = figure.pelvis + legwear.waist * scale
    height, body, normals = figure.rests[:, 2], figure.surface, figure.normals()
    at_waist, at_thigh, at_end = (each * scale for each in legwear.ease)
    ease = np.interp(height, [min(end, hip - 0.02), hip, max(waist, hip + 0.01)], [at_end, at_thigh, at_waist])
    vertices = body + normals * ease[:, None]
    for side, share in (("l", shell.left_leg), ("r", shell.right_leg)):
        leg = (share > 0.5) & (height < figure.crotch + 0.06 * scale)
        if legwear.hang > 0 and leg.sum() > 3:
            axis = np.stack([figure.points[f"{side}_{name}"] for name in ("ankle", "knee", "hip")])
            shin = leg & (height > figure.ankle - 0.01 * scale)
            around = envelope(vertices[shin], axis, figure.ankle - 0.1 * scale, hip, figure.crotch, legwear.taper)
            middle, out, radii = around.around(vertices)
            inner = np.linalg.norm(vertices[:, :2] - middle, axis=1)
            follow = smoothstep((figure.crotch - height) / (0.12 * scale)) * legwear.hang * leg
            radii = inner + np.maximum(radii - inner, 0) * follow
            moved = middle + out * radii[:, None]
            vertices = np.where(leg[:, None], np.concatenate([moved, vertices[:, 2:]], 1), vertices)
    vertices = relaxed(vertices, body, normals, np.minimum(ease, 0.002 * scale + 0.3 * ease), shell.neighbours, 3)
    vertices = figure.level(vertices, shell.arms < 0.5, body, normals)
    off_arm = np.where(shell.arms > 0.5, 1.0, -1.0)
    cloth, _ = cut(figure.cloth(vertices), np.maximum(height - waist, off_arm))
    cloth, _ = cut(cloth, end - cloth.rests[:, 2])

    def hides(other, margin):
        inside = np.minimum(waist - other.rests[:, 2], other.rests[:, 2] - end) > margin
        return inside & (other.along < -0.1)

    excess = np.maximum(np.maximum(height - waist, end - height), off_arm)
    figure.settle(slot, cloth, vertices, excess <= 0, hides)
    return cloth


def add_socks(figure, slot, up):
    """Adds socks that end `up` [m] above the ankles."""
    waist = (figure.ankle - figure.pelvis) / figure.scale + up
    return add_legwear(figure, slot, Legwear(waist, -9.0, (0.003, 0.003, 0.002), 0.0, 1.0))
