"""The people factory: labelled pictures by seed, one stock of characters per shard."""

from dataclasses import dataclass, replace
import time

import cv2
import numpy as np

from mocap_ros.synthesis.assets import load_assets
from mocap_ros.synthesis.drawing import draw
from mocap_ros.synthesis.labels import Labels, label_people, with_chains
from mocap_ros.synthesis.panorama import Panoramas
from mocap_ros.synthesis.rolling import with_rolling_shutter
from mocap_ros.synthesis.sensor import as_picture
from mocap_ros.synthesis.setting import lay_cut_outs
from mocap_ros.synthesis.staging import stage_scene
from mocap_ros.synthesis.stock import Photographs, make_stock
from mocap_ros.synthesis.wardrobe import Wardrobe

CUT_OUT_SHARE = 0.2
TOGETHER = 10  # pictures whose chains are fitted at once
ROLLING_SHARE = 0.1  # of pictures whose rows are exposed one after the other while camera and people move
STAGES = ("stock", "staging", "collect", "z-buffer", "shadow map", "shading", "background", "labels", "sensor")


class Stopwatch:
    """Processor seconds spent per stage; call it with a stage's name when that stage ends."""

    def __init__(self):
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.restart()

    def restart(self):
        """Starts the first stage now."""
        self._last = time.process_time()

    def __call__(self, stage):
        now = time.process_time()
        self.seconds[stage] += now - self._last
        self._last = now


@dataclass(frozen=True, eq=False)
class Picture:
    """One rendered picture: image (H, W, 3) uint8 BGR, its Labels and intrinsics K [px], (3, 3)."""

    image: np.ndarray
    labels: Labels
    matrix: np.ndarray


class Factory:
    """Renders pictures; all draws come from (seed, shard number), so a shard is the same whoever renders it.

    Args:
        assets: path of the baked assets.
        backgrounds: folder of photographs without people, None for rooms and streets only.
        seed: first part of every generator's seed.
        held_out: True for the bodies, motion and photographs that are kept for validation.
        left_out: names of photographs and panoramas not to use.
        panoramas: folder of equirectangular panoramas, None for drawn skies only.
    """

    def __init__(self, assets, backgrounds, seed, held_out=False, left_out=(), panoramas=None):
        cv2.setNumThreads(1)
        loaded = load_assets(assets, held_out)
        self.wardrobe = Wardrobe(loaded)
        self.clips = list(loaded.clips.values())
        self.photographs = Photographs(backgrounds, held_out, left_out)
        self.panoramas = Panoramas(panoramas, left_out)
        self.seed = seed
        self.stopwatch = Stopwatch()

    def shard(self, number, images):
        """Yields `images` Pictures of shard `number`."""
        self.stopwatch.restart()
        generator = np.random.default_rng([self.seed, number])
        stock = make_stock(self.wardrobe, self.photographs, generator)
        self.stopwatch("stock")
        for first in range(0, images, TOGETHER):
            pictures = [self.picture(stock, generator) for _ in range(min(TOGETHER, images - first))]
            self.stopwatch.restart()
            labels = with_chains([picture.labels for picture in pictures])
            self.stopwatch("labels")
            for picture, full in zip(pictures, labels):
                yield replace(picture, labels=full)

    def picture(self, stock, generator):
        """One random Picture, its labels without the chain's."""
        watch = self.stopwatch
        watch.restart()
        scene = stage_scene(self.wardrobe, stock, self.photographs, self.clips, generator, self.panoramas)
        if generator.random() < ROLLING_SHARE:
            scene = with_rolling_shutter(scene, self.wardrobe.skeleton, generator)
        watch("staging")
        drawing = draw(scene, stock, watch)
        covered = None
        if len(self.photographs) and generator.random() < CUT_OUT_SHARE:
            covered = lay_cut_outs(drawing.image, self.photographs, generator)
        labels = label_people(scene, drawing, self.wardrobe, covered)
        watch("labels")
        image = as_picture(drawing.image, stock.grain, generator)
        watch("sensor")
        return Picture(image, labels, scene.view.matrix)
