"""The wardrobe: the baked garments sorted by use, and what each of them hides."""

import numpy as np
from scipy.spatial import cKDTree

from mocap_ros.synthesis.body import Skeleton, make_skeleton
from mocap_ros.synthesis.garment_files import fit_garment
from mocap_ros.synthesis.shell import make_shell


SECTORS = 10  # around the trunk


def _edge(places):
    """Height [m] that a garment's upper edge reaches all around; upside down, less its lower edge's."""
    sector = ((np.arctan2(places[:, 0], -places[:, 1]) / (2 * np.pi) % 1) * SECTORS).astype(int) % SECTORS
    highest = np.full(SECTORS, -np.inf)
    np.maximum.at(highest, sector, places[:, 2])
    return float(highest[np.isfinite(highest)].min())


class Wardrobe:
    """Garments sorted by use, and what each piece of them hides."""

    def __init__(self, assets):
        self.assets = assets
        self.skeleton: Skeleton = make_skeleton(
            assets.body.bone_names, assets.body.bone_parents, assets.body.point_names
        )
        self.point_index = {str(name): i for i, name in enumerate(assets.body.point_names)}
        self.bone_index = {str(name): i for i, name in enumerate(assets.body.bone_names)}
        self.tops, self.bottoms, self.wholes, self.hair, self.shoes, self.hats = {}, {}, {}, [], [], []
        self.hems, self.waists = {}, {}  # [m] above the pelvis of the template
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
            below = highest < pelvis_height + 0.27
            upper = np.flatnonzero(~below)
            if lowest[upper].min() < pelvis_height - 0.5:
                self.wholes[name] = (np.arange(len(highest)), garment.hidden)
                continue
            _, nearest = cKDTree(fitted).query(template[garment.hidden])
            is_below = below[pieces[nearest]]
            on_trunk = self.shell.arms[cKDTree(template[self.shell.numbers]).query(fitted)[1]] < 0.5
            self.tops[name] = (upper, garment.hidden[~is_below])
            self.hems[name] = -_edge(-fitted[on_trunk & ~below[pieces]]) - pelvis_height
            if below.any():
                self.bottoms[name] = (np.flatnonzero(below), garment.hidden[is_below])
                self.waists[name] = _edge(fitted[below[pieces]]) - pelvis_height
