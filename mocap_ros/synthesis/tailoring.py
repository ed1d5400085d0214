"""Clothes cut from the shell around a body: each hangs over those below it, hems are level, long ones end as tubes."""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from mocap_ros.synthesis.body import pack_weights, vertex_normals
from mocap_ros.synthesis.cutting import Cloth, cut, drawn_out, unwrapped
from mocap_ros.synthesis.drape import Folds, envelope, relaxed, smoothstep
from mocap_ros.synthesis.patterns import COLLARS, TEMPLATE_HEIGHT, Legwear

UNDER = 0.03  # [m] skin this far inside a hem is not drawn
LEAST = 0.001  # [m] from what lies below
UNDER_CLOTH = 0.015  # [m] the same for cloth
ARM_COVER = 0.08  # of an arm's length, the same for sleeves
ROW = 0.03  # [m] between the rows of a tube
AROUND = 2.0  # repeats of a texture around the trunk
UP = 1.2  # repeats of a texture per metre
FROM_ARMPIT = 0.11, 0.20  # [m] below the shoulder, where cloth ceases to follow the body and where it only hangs
NECKLINE = (-0.08, 0.0, 0.05), (-0.09, -0.03, 0.025)  # lowest points [m] from the neck point at places from its middle
HIGHEST_NECKLINE = 0.055  # [m] above the neck point, where all cloth ends
THICKEST = 0.04  # [m] of a ready-made garment that later clothes lie on
OVER_CROTCH = 0.035  # [m] above the crotch the trunk's shell ends


class Figure:
    """A body that is being dressed: the outermost surface so far, and what of it is covered.

    Attributes:
        surface: outermost cloth or skin of every vertex of the shell [m], (S, 3).
        covered: what no longer needs to be drawn, (S,) bool.
    """

    def __init__(self, wardrobe, shape, points):
        self.shell, self.bones = wardrobe.shell, wardrobe.bone_index
        self.points = {name: points[i].astype(float) for name, i in wardrobe.point_index.items()}
        self.rests = shape[self.shell.numbers].astype(float)
        self.surface, self.covered = self.rests.copy(), np.zeros(len(self.rests), bool)
        self._worn = []  # slot, Cloth and what it hides, from the innermost to the outermost
        self.pelvis, self.neck, self.shoulder, self.knee, self.ankle = (
            self.points[name][2] for name in ("pelvis", "neck", "l_shoulder", "l_knee", "l_ankle"))
        self.scale = (self.neck - self.ankle) / TEMPLATE_HEIGHT
        middle = (np.abs(self.rests[:, 0]) < 0.02 * self.scale) & (self.shell.arms < 0.5)
        self.crotch = float(self.rests[middle, 2].min()) if middle.any() else self.pelvis - 0.08 * self.scale
        self.cut_height = self.crotch + OVER_CROTCH * self.scale
        shoulder, arm = self.points["l_shoulder"], self.points["l_wrist"] - self.points["l_shoulder"]
        mirrored = self.rests * [1, 1, 1]
        mirrored[:, 0] = np.abs(mirrored[:, 0])
        self.along = (mirrored - shoulder) @ arm / (arm @ arm)
        self.along[self.shell.arms < 0.5] = -0.2
        self.texture = self._texture(shoulder, arm, mirrored)

    def _texture(self, shoulder, arm, mirrored):
        """Texture points: around the trunk, and around and along the arms, (S, 2)."""
        angle = np.arctan2(self.rests[:, 0], -(self.rests[:, 1] - self.points["pelvis"][1])) / (2 * np.pi) + 0.5
        around, up = angle * AROUND, self.rests[:, 2] * UP
        on_arm, length = self.shell.arms > 0.5, np.linalg.norm(arm)
        along = arm / length
        down = np.array([0, 0, -1.0])
        down = down - along * (down @ along)
        outward = mirrored - shoulder
        front, low = -outward[:, 1] + along[1] * (outward @ along), outward @ (down / np.linalg.norm(down))
        turn = np.arctan2(front, -low) / (2 * np.pi)  # 0 on top of the arm, a quarter in front
        middle = np.where(self.rests[:, 0] > 0, 0.75, 0.25) * AROUND
        around = np.where(on_arm, middle - np.sign(self.rests[:, 0]) * turn * 0.6, around)
        up = np.where(on_arm, (shoulder[2] - np.maximum(self.along, 0) * length) * UP, up)
        return np.stack([around, up], 1)

    def _cloth(self, vertices):
        return Cloth(vertices, self.rests, self.along, self.texture, self.shell.weights, self.shell.triangles)

    def _normals(self):
        normals = np.zeros_like(self.surface)
        vertex_normals(self.surface, self.shell.triangles, normals)
        return normals

    def _settle(self, slot, cloth, vertices, kept, hides):
        """Takes up a finished cloth: the next one lies on it where it is (`kept`), and it `hides` places of others."""
        self.surface = np.where(kept[:, None], vertices, self.surface)
        self.covered |= hides(self._cloth(vertices), UNDER * self.scale)
        self._worn.append((slot, cloth, hides))

    def finish(self, parts):
        """Adds all clothes to the parts, without what others hide of them."""
        for number, (slot, cloth, _) in enumerate(self._worn):
            hidden = np.zeros(len(cloth.vertices), bool)
            for _, _, hides in self._worn[number + 1 :]:
                hidden |= hides(cloth, UNDER_CLOTH * self.scale)
            triangles = cloth.triangles[~hidden[cloth.triangles].all(1)]
            columns, weights = pack_weights(cloth.weights)
            texture, texture_triangles = unwrapped(cloth.texture, triangles, AROUND)
            bones = self.shell.bones[columns].astype(np.int16)
            start = parts.add_vertices(cloth.vertices.astype(np.float32), bones, weights, texture)
            parts.add_triangles(start, triangles, texture_triangles, slot)

    def add_top(self, slot, pattern, generator):
        """Adds a top, coat or dress of a Pattern; returns its Cloth."""
        scale, shell = self.scale, self.shell
        hem, collar = self.pelvis + pattern.hem * scale, self.neck
        if pattern.neck < 0:
            collar = self.pelvis + pattern.waist * scale
        above = self._above(pattern, collar)
        height, body, normals = self.rests[:, 2], self.surface, self._normals()
        at_shoulder, at_chest, at_hem, at_sleeve = (each * scale for each in pattern.ease)
        chest = min(self.shoulder - 0.15 * scale, collar - 0.01)
        ease = np.interp(height, [min(hem, chest - 0.01), chest, self.shoulder], [at_hem, at_chest, at_shoulder])
        sleeve = max(pattern.sleeve, 0.05)
        on_arm = at_shoulder + (at_sleeve - at_shoulder) * np.clip(self.along / sleeve, 0, 1)
        ease = ease + (on_arm - ease) * smoothstep((shell.arms - 0.2) / 0.6)
        vertices = body + normals * ease[:, None]
        around, folds = self._trunk(vertices, min(hem, self.cut_height), collar, pattern.taper), Folds(generator)
        fold_height = max(chest - hem, 0.1)

        def hung(places, follow):
            axis, out, radii = around.around(places)
            depth = np.clip((chest - places[:, 2]) / fold_height, 0, 1) * pattern.folds * scale
            radii = radii + depth * folds(out, places[:, 2])
            inner = np.linalg.norm(places[:, :2] - axis, axis=1)
            radii = inner + (np.maximum(radii, inner) - inner) * follow
            return np.concatenate([axis + out * radii[:, None], places[:, 2:]], 1)

        first, last = (self.shoulder - each * scale for each in FROM_ARMPIT)
        follow = smoothstep((first - height) / (first - last)) * (shell.arms < 0.5) * pattern.hang
        vertices = hung(vertices, follow)
        vertices = relaxed(vertices, body, normals, np.minimum(ease, 0.004 * scale + 0.3 * ease), shell.neighbours, 4)
        on_trunk = smoothstep((first - height) / (first - last)) * (shell.arms < 0.5)
        vertices = self._level(vertices, on_trunk, body, normals)
        cloth, neckline = cut(self._cloth(vertices), above(self.rests))
        cloth = self._with_collar(cloth, neckline, COLLARS[pattern.collar])
        cloth, _ = cut(cloth, cloth.along - pattern.sleeve)
        bottom = max(hem, self.cut_height)
        cloth, edges = cut(cloth, np.where(cloth.along > -0.1, -1.0, bottom - cloth.rests[:, 2]))
        if hem < bottom - 0.01:
            cloth = self._tube(cloth, edges, hem, around, folds, pattern, fold_height)
        is_open = pattern.opening[0] > 0
        if is_open:
            cloth, _ = cut(cloth, self._opening(pattern, hem, collar)(cloth.vertices))

        def hides(other, margin):
            on_arm = other.along > -0.1
            inside = np.where(on_arm, pattern.sleeve - ARM_COVER - other.along, other.rests[:, 2] - hem - margin) > 0
            behind = other.rests[:, 1] > self.points["pelvis"][1]
            return inside & (above(other.rests) < -margin) & (on_arm | behind | (not is_open))

        excess = np.where(self.along > -0.1, self.along - pattern.sleeve, hem - height)
        self._settle(slot, cloth, vertices, (excess <= 0) & (above(self.rests) <= 0), hides)
        return cloth

    def _level(self, vertices, share, body, normals):
        """The vertices moved back along trunk, legs and arms to where they began, so that hems run straight.

        Args:
            share: how much on the trunk and the legs, (S,).
            body, normals: what they lie on, (S, 3).
        """
        arm = (self.points["l_wrist"] - self.points["l_shoulder"]) * np.where(self.rests[:, :1] > 0, 1, [[-1, 1, 1]])
        arm /= np.linalg.norm(arm, axis=1, keepdims=True)
        on_arm = self.shell.arms > 0.5
        axis = np.where(on_arm[:, None], arm, [0, 0, 1.0])
        share = np.where(on_arm, smoothstep(self.along / 0.15), share)[:, None]
        vertices = vertices - axis * ((vertices - self.rests) * axis).sum(1, keepdims=True) * share
        lack = np.maximum(LEAST * self.scale - ((vertices - body) * normals).sum(1, keepdims=True), 0)
        level = normals - axis * (normals * axis).sum(1, keepdims=True) * (share > 0)  # out again, but not along
        return vertices + level * lack / np.maximum((level**2).sum(1, keepdims=True), 0.2)

    def _with_collar(self, cloth, neckline, rows):
        """The cloth with a collar drawn out of its neckline."""
        on_cut = np.unique(neckline)
        start = cloth.vertices[on_cut]
        out = start[:, :2] - self.points["neck"][:2] - [0, 0.01 * self.scale]
        out = np.concatenate([out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6), 0 * out[:, :1]], 1)

        def row(up, outward):
            def fields(numbers):
                places = start + out * outward * self.scale + np.array([0, 0, up * self.scale])
                return {"vertices": places, "rests": places, "along": np.full(len(start), -0.2),
                        "texture": cloth.texture[on_cut] + [0, up * UP], "weights": cloth.weights[on_cut]}
            return fields

        return drawn_out(cloth, neckline, [row(*each) for each in rows])[0]

    def _above(self, pattern, collar):
        """How far inside a neckline, or above a skirt's waist, places are [m]."""
        neck, scale = self.points["neck"], self.scale

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

    def _opening(self, pattern, hem, collar):
        """How far inside an open front places are [m]."""
        def excess(places):
            wide = np.interp(places[:, 2], [hem, collar], np.array(pattern.opening) * self.scale)
            return np.where(places[:, 1] < self.points["pelvis"][1], wide - np.abs(places[:, 0]), -1.0)
        return excess

    def _trunk(self, vertices, low, collar, taper):
        """The Envelope of trunk and legs below a collar."""
        middle = self.points["pelvis"][1] - 0.015 * self.scale
        axis = np.array([[0, middle, low - 1], [0, middle, self.neck + 1]])
        high, hung = min(self.shoulder, collar), min(self.shoulder - FROM_ARMPIT[0] * self.scale, collar)
        return envelope(vertices[self.shell.arms < 0.5], axis, low - 0.04, high, hung, taper)

    def _tube(self, cloth, edges, hem, around, folds, pattern, fold_height):
        """The cloth drawn out below the trunk's shell, around both legs."""
        scale, top = self.scale, self.cut_height
        heights = np.linspace(top, hem, int(np.ceil((top - hem) / (ROW * scale))) + 1)[1:]
        on_cut = np.unique(edges)
        start, first = cloth.vertices[on_cut], None
        _, out, radii = around.around(start)
        first = np.linalg.norm(start[:, :2] - around.around(start)[0], axis=1) - radii
        chest = hem + fold_height
        deep = np.clip((chest - start[:, 2]) / fold_height, 0, 1) * pattern.folds * scale * folds(out, start[:, 2])
        first = first - deep

        def row(height):
            def fields(numbers):
                places = np.concatenate([start[:, :2], np.full((len(start), 1), height)], 1)
                axis, out, radii = around.around(places)
                down = top - height
                deep = np.clip((chest - height) / fold_height, 0, 1) * pattern.folds * scale
                radii = radii + first + pattern.flare * down + deep * folds(out, places[:, 2])
                vertices = np.concatenate([axis + out * radii[:, None], places[:, 2:]], 1)
                texture = cloth.texture[on_cut] - [0, down * UP]
                share = smoothstep(down / (0.16 * scale))
                weights = cloth.weights[on_cut] * (1 - share) + self._tube_weights(vertices) * share
                return {"vertices": vertices, "rests": vertices, "along": np.full(len(start), -0.2),
                        "texture": texture, "weights": weights.astype(np.float32)}
            return fields

        return drawn_out(cloth, edges, [row(height) for height in heights])[0]

    def _column(self, bone):
        return int(np.searchsorted(self.shell.bones, self.bones[bone]))

    def _tube_weights(self, places):
        """Skin weights of cloth that goes around both legs, (N, B)."""
        left = smoothstep(0.5 + places[:, 0] / (2.6 * self.points["l_hip"][0]))
        shin = smoothstep((self.knee + 0.10 * self.scale - places[:, 2]) / (0.2 * self.scale))
        root = 0.3 * np.clip(1 - (self.cut_height - places[:, 2]) / (0.35 * self.scale), 0, 1)
        weights = np.zeros((len(places), self.shell.weights.shape[1]))
        for side, share in (("L", left), ("R", 1 - left)):
            weights[:, self._column(f"upperleg01.{side}")] = (1 - root) * share * (1 - shin)
            weights[:, self._column(f"lowerleg01.{side}")] = (1 - root) * share * shin
        weights[:, self._column("root")] = root
        return weights

    def add_legwear(self, slot, legwear):
        """Adds trousers, shorts or stockings; returns their Cloth."""
        scale, shell = self.scale, self.shell
        hip = self.points["l_hip"][2]
        end = float(np.interp(legwear.end, [-1, 0, 1, 2], [self.ankle - 0.07 * scale, self.ankle, self.knee, hip]))
        if legwear.end < -1:
            end = float(self.rests[:, 2].min()) - 0.1
        waist = self.pelvis + legwear.waist * scale
        height, body, normals = self.rests[:, 2], self.surface, self._normals()
        at_waist, at_thigh, at_end = (each * scale for each in legwear.ease)
        ease = np.interp(height, [min(end, hip - 0.02), hip, max(waist, hip + 0.01)], [at_end, at_thigh, at_waist])
        vertices = body + normals * ease[:, None]
        for side, share in (("l", shell.left_leg), ("r", shell.right_leg)):
            leg = (share > 0.5) & (height < self.crotch + 0.06 * scale)
            if legwear.hang > 0 and leg.sum() > 3:
                axis = np.stack([self.points[f"{side}_{name}"] for name in ("ankle", "knee", "hip")])
                shin = leg & (height > self.ankle - 0.01 * scale)
                around = envelope(vertices[shin], axis, self.ankle - 0.1 * scale, hip, self.crotch, legwear.taper)
                middle, out, radii = around.around(vertices)
                inner = np.linalg.norm(vertices[:, :2] - middle, axis=1)
                follow = smoothstep((self.crotch - height) / (0.12 * scale)) * legwear.hang * leg
                radii = inner + np.maximum(radii - inner, 0) * follow
                moved = middle + out * radii[:, None]
                vertices = np.where(leg[:, None], np.concatenate([moved, vertices[:, 2:]], 1), vertices)
        vertices = relaxed(vertices, body, normals, np.minimum(ease, 0.002 * scale + 0.3 * ease), shell.neighbours, 3)
        vertices = self._level(vertices, shell.arms < 0.5, body, normals)
        off_arm = np.where(shell.arms > 0.5, 1.0, -1.0)
        cloth, _ = cut(self._cloth(vertices), np.maximum(height - waist, off_arm))
        cloth, _ = cut(cloth, end - cloth.rests[:, 2])

        def hides(other, margin):
            inside = np.minimum(waist - other.rests[:, 2], other.rests[:, 2] - end) > margin
            return inside & (other.along < -0.1)

        excess = np.maximum(np.maximum(height - waist, end - height), off_arm)
        self._settle(slot, cloth, vertices, excess <= 0, hides)
        return cloth

    def add_socks(self, slot, up):
        """Adds socks that end `up` [m] above the ankles."""
        waist = (self.ankle - self.pelvis) / self.scale + up
        return self.add_legwear(slot, Legwear(waist, -9.0, (0.003, 0.003, 0.002), 0.0, 1.0))

    def fit_over(self, vertices, covered):
        """Ready-made clothes over those below them; from now on later clothes lie on these.

        Args:
            vertices: of the garment as fitted to the body [m], (N, 3).
            covered: those of its vertices that are worn, (M,) int.

        Returns:
            (N, 3) [m].
        """
        below = cKDTree(self.rests).query(vertices)[1]
        normals = self._normals()
        raised = np.maximum(((self.surface - self.rests) * normals).sum(1), 0)
        vertices = vertices + normals[below] * raised[below, None]
        height = ((vertices[covered] - self.surface[below[covered]]) * normals[below[covered]]).sum(1)
        thickness = np.zeros(len(self.rests))
        np.maximum.at(thickness, below[covered], np.minimum(height, THICKEST * self.scale))
        thickness = np.maximum(thickness, self.shell.neighbours @ thickness)
        self.surface = self.surface + normals * thickness[:, None]
        return vertices

    def add_skirt(self, slot, pattern, generator):
        """Adds a skirt: what a Pattern says below its waist; returns its Cloth."""
        return self.add_top(slot, replace(pattern, sleeve=-0.1, neck=-1.0), generator)
