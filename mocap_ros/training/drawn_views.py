"""Training views that are drawn where the network learns: staged as small arrays by processes, drawn on the device.

What a view shows depends on the seed, the step and its place in the batch, and the stock of characters and textures on
the seed and the step, so a resumed run sees what it would have seen.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from mocap_ros.datasets.augmentation import mirror, random_affine, warp
from mocap_ros.datasets.sample import OUTSIDE, SEEN, Sample
from mocap_ros.datatypes.skeleton import J, JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS
from mocap_ros.nets.stage_two_input import SPARSE
from mocap_ros.synthesis.assets import load_assets
from mocap_ros.synthesis.batched.constants import as_tuples, constant
from mocap_ros.synthesis.batched.drawer import Drawer
from mocap_ros.synthesis.batched.hiding import Covers, draw_cover
from mocap_ros.synthesis.batched.lens import Lens, draw_lens
from mocap_ros.synthesis.batched.packed import PackedScenes, pack, points_camera
from mocap_ros.synthesis.drawing import NEAR
from mocap_ros.synthesis.staging import stage_scene
from mocap_ros.synthesis.stock import Photographs, make_stock
from mocap_ros.synthesis.wardrobe import Wardrobe
from mocap_ros.training.batch_targets import batch_targets
from mocap_ros.training.targets import bone_vectors


TEXTURES_A_CHARACTER = {"cloths": 1.6, "sober": 1.0, "grounds": 1.1, "facades": 0.3, "pictures": 0.7}


class StagedView(NamedTuple):
    """One staged view.

    Attributes:
        scene: Scene; view_from_image: (2, 3); mirrored: whether the drawn view is turned into its mirror image.
        keypoints_px, bones: of the view as it will be seen, (P, K, 2) and bone_vectors, (P, J, 3).
        lens, cover: Lens and Covers of one picture.
    """

    scene: object
    view_from_image: np.ndarray
    mirrored: bool
    keypoints_px: np.ndarray
    bones: np.ndarray
    lens: Lens
    cover: Covers


class StagedBatch(NamedTuple):
    """Staged views as tensors.

    Attributes:
        scenes, lens, covers: PackedScenes, Lens, Covers; mirrored: (B,).
        places: image and row of each drawn person in the next two, (N, 2).
        keypoints_px, bones: (B, P, K, 2) and (B, P, J, 3), NaN for people that an image lacks.
    """

    scenes: PackedScenes
    lens: Lens
    covers: Covers
    mirrored: torch.Tensor
    places: torch.Tensor
    keypoints_px: torch.Tensor
    bones: torch.Tensor

    def to(self, device):
        """The same on a device."""
        def moved(part):
            if isinstance(part, PackedScenes):
                return part.to(device)
            if isinstance(part, tuple):
                return type(part)(*(each.to(device, non_blocking=True) for each in part))
            return part.to(device, non_blocking=True)

        return StagedBatch(*(moved(part) for part in self))


class StagedViews(Dataset):
    """Random views to be drawn; the key is (step, place in the batch).

    Args:
        people: DrawnPeople of batch_stream.
        augmentation: AugmentationConfig; its size, zooms, turns and mirror are used.
        seed: of all draws.
        folder: StockFolder from which the stocks come; None makes them here, when they are asked for.
    """

    def __init__(self, people, augmentation, seed, folder=None):
        self.people, self.augmentation, self.seed, self.folder = people, augmentation, seed, folder
        assets = load_assets(people.assets)
        self.wardrobe, self.clips = Wardrobe(assets), list(assets.clips.values())
        self.photographs = Photographs(people.backgrounds)
        self.number, self.stock_in_use = None, None

    def make_stock(self, number):
        """The Stock of a number."""
        characters = self.people.characters
        kinds = {name: max(2, round(count * characters)) for name, count in TEXTURES_A_CHARACTER.items()}
        return make_stock(
            self.wardrobe, self.photographs, np.random.default_rng((self.seed, number)), characters, **kinds)

    def stock_number(self, step):
        """The number of a step's stock."""
        return step // self.people.stock_steps

    def stock(self, step):
        """The Stock of a step; the last one is kept."""
        number = self.stock_number(step)
        if number != self.number:
            self.stock_in_use = self.make_stock(number) if self.folder is None else self.folder.read(number)
            self.number = number
        return self.stock_in_use

    def drawer(self, stock, device):
        """The Drawer of a Stock for these views."""
        return Drawer(stock, self.augmentation.height, self.augmentation.width, device)

    def __getitem__(self, key):
        """The StagedView of a key."""
        step, place = key
        stock = self.stock(step)
        generator = np.random.default_rng((self.seed, step, place))
        scene = stage_scene(self.wardrobe, stock, self.photographs, self.clips, generator)
        sample = self._sample(scene)
        view_from_image = random_affine(sample, self.augmentation, generator)
        mirrored = generator.random() < self.augmentation.mirror
        view = warp(sample, view_from_image, self.augmentation.width, self.augmentation.height)
        view = mirror(view) if mirrored else view
        return StagedView(scene, view_from_image, mirrored, view.keypoints_px, bone_vectors(view),
                          draw_lens(generator), draw_cover(generator))

    def _sample(self, scene):
        """A scene's people as a Sample without a picture; everything inside the picture counts as seen."""
        view, people = scene.view, len(scene.people)
        joints, points = np.zeros((people, J, 3)), np.zeros((people, K, 3))
        for number, person in enumerate(scene.people):
            joints[number] = points_camera(person, view, self.wardrobe, JOINTS)
            points[number] = points_camera(person, view, self.wardrobe, KEYPOINTS)
        ahead = points[..., 2] > NEAR
        pixels = (points @ view.matrix.T)[..., :2] / np.where(ahead, points[..., 2], np.nan)[..., None]
        inside = ahead & ((pixels > -0.5) & (pixels < [view.width - 0.5, view.height - 0.5])).all(-1)
        return Sample(np.zeros((view.height, view.width, 3), np.uint8), pixels, np.where(inside, SEEN, OUTSIDE), joints,
                      view.matrix)

    def collate(self, views):
        """The StagedBatch of a list of StagedView."""
        numbers = {id(each): number for number, each in enumerate(
            (*self.stock_in_use.characters, *self.stock_in_use.far_characters))}
        counts = [len(view.keypoints_px) for view in views]
        keypoints = np.full((len(views), max(1, *counts), K, 2), np.nan, np.float32)
        bones = np.full((len(views), max(1, *counts), J, 3), np.nan, np.float32)
        for image, view in enumerate(views):
            keypoints[image, :counts[image]], bones[image, :counts[image]] = view.keypoints_px, view.bones
        places = [(image, row) for image, count in enumerate(counts) for row in range(count)]

        def stacked(parts):
            return type(parts[0])(*(torch.from_numpy(np.stack(values)) for values in zip(*parts)))

        scenes = pack([view.scene for view in views], [view.view_from_image for view in views], numbers, self.wardrobe)
        return StagedBatch(scenes, stacked([view.lens for view in views]), stacked([view.cover for view in views]),
                           torch.tensor([view.mirrored for view in views]),
                           torch.tensor(places, dtype=torch.int64).reshape(-1, 2), torch.from_numpy(keypoints),
                           torch.from_numpy(bones))


class ViewDrawer:
    """Draws staged batches on a device.

    Args:
        views: StagedViews.
        device: torch.device.
        rank: this process's number among those that train together.
        supervision: of the encodings, see make_targets.
        stocks: PreparedStocks of Drawers; None makes each when its first step comes.
    """

    def __init__(self, views, device, rank=0, supervision=SPARSE, stocks=None):
        self.views, self.device, self.rank, self.supervision = views, device, rank, supervision
        self.stocks, self.number, self.drawer = stocks, None, None

    def __call__(self, step, staged):
        """Pictures (B, H, W, 3) uint8 and Targets of a step's StagedBatch, on the device."""
        size, number = self.views.augmentation, self.views.stock_number(step)
        if number != self.number:
            self.drawer = self.stocks.at(number) if self.stocks else self.views.drawer(
                self.views.stock(step), self.device)
            self.number = number
        staged = staged.to(self.device)
        noise = torch.Generator(self.device).manual_seed(
            int(np.random.SeedSequence((self.views.seed, step, self.rank)).generate_state(1)[0]))
        drawn = self.drawer.draw(staged.scenes, staged.lens, staged.covers, noise)
        visibility = torch.full(staged.keypoints_px.shape[:3], OUTSIDE, dtype=torch.uint8, device=self.device)
        visibility[staged.places[:, 0], staged.places[:, 1]] = drawn.visibility
        mirrored = staged.mirrored[:, None, None]
        swapped = visibility[:, :, constant(as_tuples(KEYPOINT_MIRROR), self.device, torch.int64)]
        visibility = torch.where(mirrored, swapped, visibility)
        pictures = torch.where(mirrored[..., None], drawn.pictures.flip(2), drawn.pictures)
        return pictures, batch_targets(staged.keypoints_px, visibility, staged.bones, size.height, size.width,
                                       self.supervision)
