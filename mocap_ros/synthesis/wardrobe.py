"""The wardrobe: the baked garments sorted by use, and what each of them hides."""

import numpy as np
from scipy.spatial import cKDTree

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.synthesis.body import Skeleton, make_skeleton
from mocap_ros.synthesis.garment_files import fit_garment
from mocap_ros.synthesis.shell import make_shell


SECTORS = 10  # around the trunk
LEGWEAR_TOP = 0.27  # [m] above the pelvis of the template, what ends below is worn on the legs
WHOLE_END = 0.5  # [m] below it, tops that reach there are overalls


def _edge(places):
    """Height [m] that a garment's upper edge reaches all around; upside down, less its lower edge's."""
    sector = ((np.arctan2(places[:, 0], -places[:, 1]) / (2 * np.pi) % 1) * SECTORS).astype(int) % SECTORS
    highest = np.full(SECTORS, -np.inf)
    np.maximum.at(highest, sector, places[:, 2])
    return float(highest[np.isfinite(highest)].min())


class Wardrobe:
    """Garments sorted by use, and what each piece of them hides.

    Attributes:
        assets: Assets.
        skeleton: Skeleton of the body model.
        point_index, bone_index: numbers of label points and bones by name.
        shell: Shell that clothes are cut from; nearest_shell: its vertex nearest to every base vertex, (V,).
        tops, bottoms, wholes: pieces worn, (N,), and base vertices that they hide, (M,), by the garment's name.
        hair, shoes, hats: names.
        hems, waists: height of the lower edge of a top, of the upper edge of bottoms, above the pelvis [m], by name.

    Raises:
        ConfigError: a kind of garment is missing.
    """

    def __init__(self, assets):
        self.assets = assets
        self.skeleton: Skeleton = make_skeleton(
            assets.body.bone_names, assets.body.bone_parents, assets.body.point_names
        )
        self.point_index = {str(name): i for i, name in enumerate(assets.body.point_names)}
        self.bone_index = {str(name): i for i, name in enumerate(assets.body.bone_names)}
        self.tops, self.bottoms, self.wholes, self.hair, self.shoes, self.hats = {}, {}, {}, [], [], []
        self.hems, self.waists = {}, {}
        template = assets.body.vertices
        self.shell = make_shell(assets.body, self.skeleton)
        self.nearest_shell = cKDTree(template[self.shell.numbers]).query(template)[1]  # of every base vertex
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
            below = highest < pelvis_height + LEGWEAR_TOP
            upper = np.flatnonzero(~below)
            if below.all():
                self._add_bottoms(name, fitted, below, pieces, garment.hidden, pelvis_height)
                continue
            if lowest[upper].min() < pelvis_height - WHOLE_END:
                self.wholes[name] = (np.arange(len(highest)), garment.hidden)
                continue
            _, nearest = cKDTree(fitted).query(template[garment.hidden])
            is_below = below[pieces[nearest]]
            on_trunk = self.shell.arms[cKDTree(template[self.shell.numbers]).query(fitted)[1]] < 0.5
            self.tops[name] = (upper, garment.hidden[~is_below])
            self.hems[name] = -_edge(-fitted[on_trunk & ~below[pieces]]) - pelvis_height
            if below.any():
                self._add_bottoms(name, fitted, below, pieces, garment.hidden[is_below], pelvis_height)
        missing = [kind for kind in ("tops", "bottoms", "wholes", "hair", "shoes") if not getattr(self, kind)]
        if missing:
            raise ConfigError(f"baked garments lack {', '.join(missing)}: bake them with more of clothes/ and hair/")

    def _add_bottoms(self, name, fitted, below, pieces, hidden, pelvis_height):
        self.bottoms[name] = (np.flatnonzero(below), hidden)
        self.waists[name] = _edge(fitted[below[pieces]]) - pelvis_height
