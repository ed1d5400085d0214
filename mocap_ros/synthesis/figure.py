"""A body that is being dressed: what is worn so far, where the outermost surface is, what of it need not be drawn."""

import numpy as np
from scipy.spatial import cKDTree

from mocap_ros.synthesis.body import pack_weights, vertex_normals
from mocap_ros.synthesis.cutting import Cloth, unwrapped
from mocap_ros.synthesis.drape import envelope, smoothstep
from mocap_ros.synthesis.patterns import TEMPLATE_HEIGHT

UNDER = 0.03  # [m] skin this far inside a hem is not drawn
UNDER_CLOTH = 0.015  # [m] the same for cloth
LEAST = 0.001  # [m] from what lies below
AROUND = 2.0  # repeats of a texture around the trunk
UP = 1.2  # repeats of a texture per metre
FROM_ARMPIT = 0.11, 0.20  # [m] below the shoulder, where cloth ceases to follow the body and where it only hangs
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
        mirrored = np.column_stack([np.abs(self.rests[:, 0]), self.rests[:, 1:]])
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

    def cloth(self, vertices):
        """The Cloth of the whole shell with its vertices at places [m], (S, 3)."""
        return Cloth(vertices, self.rests, self.along, self.texture, self.shell.weights, self.shell.triangles)

    def normals(self):
        """Normals of the outermost surface, (S, 3)."""
        normals = np.zeros_like(self.surface)
        vertex_normals(self.surface, self.shell.triangles, normals)
        return normals

    def settle(self, slot, cloth, vertices, kept, hides):
        """Takes up a finished cloth.

        Args:
            slot: its material.
            cloth: Cloth.
            vertices: of the whole shell as the cloth lies on it [m], (S, 3).
            kept: where the cloth is, and where the next one lies on it, (S,) bool.
            hides: function of a Cloth and a margin [m] to which of its vertices this one hides, (V,) bool.
        """
        self.surface = np.where(kept[:, None], vertices, self.surface)
        self.covered |= hides(self.cloth(vertices), UNDER * self.scale)
        self._worn.append((slot, cloth, hides))

    def finish(self, parts):
        """Adds all clothes to MeshParts, without what others hide of them."""
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

    def fit_over(self, vertices, covered):
        """Ready-made clothes over those below them; from now on later clothes lie on these.

        Args:
            vertices: of the garment as fitted to the body [m], (N, 3).
            covered: those of its vertices that are worn, (M,) int.

        Returns:
            (N, 3) [m].
        """
        below = cKDTree(self.rests).query(vertices)[1]
        normals = self.normals()
        raised = np.maximum(((self.surface - self.rests) * normals).sum(1), 0)
        vertices = vertices + normals[below] * raised[below, None]
        height = ((vertices[covered] - self.surface[below[covered]]) * normals[below[covered]]).sum(1)
        thickness = np.zeros(len(self.rests))
        np.maximum.at(thickness, below[covered], np.minimum(height, THICKEST * self.scale))
        thickness = np.maximum(thickness, self.shell.neighbours @ thickness)
        self.surface = self.surface + normals * thickness[:, None]
        return vertices

    def level(self, vertices, share, body, normals):
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

    def trunk(self, vertices, low, collar, taper):
        """The Envelope of trunk and legs from a height to a collar [m]; see envelope."""
        middle = self.points["pelvis"][1] - 0.015 * self.scale
        axis = np.array([[0, middle, low - 1], [0, middle, self.neck + 1]])
        high, hung = min(self.shoulder, collar), min(self.shoulder - FROM_ARMPIT[0] * self.scale, collar)
        return envelope(vertices[self.shell.arms < 0.5], axis, low - 0.04, high, hung, taper)

    def column(self, bone):
        """The column of a bone, by name, in the shell's weights."""
        return int(np.searchsorted(self.shell.bones, self.bones[bone]))
