"""What many scenes share: dressed characters, textures, photographs. One stock serves one shard."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ImageError
from mocap_ros.synthesis.character import (BAG, BOTTOM, HAIR, HAT, INNER, LENSES, OUTER, SHOES, SKIN, SLOTS, SOCKS,
                                           THING, TOP, simplified)
from mocap_ros.synthesis.children import with_small_children
from mocap_ros.synthesis.clothing import dress
from mocap_ros.synthesis.complexion import HAIR_COLOURS, hair_strands, skin
from mocap_ros.synthesis.drawing import PLAIN
from mocap_ros.synthesis.face import find_face
from mocap_ros.synthesis.fabric import SIZE, SOBER, cloth, coarser
from mocap_ros.synthesis.scene import Look
from mocap_ros.synthesis.scenery import make_things, ROOM, STREET
from mocap_ros.synthesis.walls import facade, foliage, ground

HAIR_TEXTURES = 12
DARK_HAIR = (0, 0, 1, 2, 6)  # in HAIR_COLOURS
LIGHT_SKIN = 0.45  # darkest tone beside coloured hair
FOLD_CELLS = 64
FOLD_LENGTH = 2.2  # of a fold, in its breadths
FOLD_BANDS = (4, 1.0), (9, 0.7)  # folds in FOLD_CELLS cells, and how strong they are
SPORTY_SHARE, BRIGHT_SHARE = 1 / 8, 1 / 28  # of the cloths of a stock
SOBER_SHARE = {HAT: 0.7, BAG: 0.8}
# Kinds of cloth by slot and outfit: shares of denim, dark, neutral, sporty, bright and any other cloth.
DYES = ("denim", "dark", "neutral", "sporty", "bright", "any")
PALETTES = {
    TOP: {"casual": (0.02, 0.24, 0.28, 0.03, 0, 0.43), "office": (0, 0.12, 0.68, 0, 0, 0.2),
          "suit": (0, 0.04, 0.9, 0, 0, 0.06), "sport": (0, 0.15, 0.2, 0.4, 0.03, 0.22),
          "winter": (0, 0.3, 0.3, 0.02, 0, 0.38), "summer": (0.01, 0.1, 0.32, 0.02, 0, 0.55),
          "work": (0, 0.25, 0.3, 0, 0.35, 0.1)},
    BOTTOM: {"casual": (0.5, 0.26, 0.15, 0.02, 0, 0.07), "office": (0.08, 0.62, 0.27, 0, 0, 0.03),
             "suit": (0, 0.75, 0.25, 0, 0, 0), "sport": (0, 0.5, 0.17, 0.25, 0, 0.08),
             "winter": (0.42, 0.43, 0.12, 0, 0, 0.03), "summer": (0.36, 0.12, 0.3, 0.02, 0, 0.2),
             "work": (0.2, 0.5, 0.15, 0, 0.12, 0.03)},
    OUTER: {"casual": (0.14, 0.38, 0.22, 0.04, 0, 0.22), "office": (0, 0.7, 0.27, 0, 0, 0.03),
            "suit": (0, 0.75, 0.25, 0, 0, 0), "winter": (0.02, 0.55, 0.2, 0.01, 0.01, 0.21),
            "work": (0, 0.1, 0.05, 0, 0.83, 0.02)},
    SHOES: {"casual": (0, 0.5, 0.35, 0, 0, 0.15), "office": (0, 0.8, 0.2, 0, 0, 0), "suit": (0, 0.9, 0.1, 0, 0, 0),
            "sport": (0, 0.2, 0.45, 0, 0.05, 0.3), "winter": (0, 0.65, 0.3, 0, 0, 0.05),
            "summer": (0, 0.3, 0.45, 0, 0, 0.25), "work": (0, 0.7, 0.3, 0, 0, 0)},
}
PALETTES[INNER] = PALETTES[TOP]
MATCHING = {"suit": 0.85, "office": 0.35, "sport": 0.35}  # how often jacket and trousers are of one cloth
TIE_SHARE = 0.55  # of men in suits
WET_SHARE = 0.04
FAR_CELL = 0.025  # [m]
FOLIAGE = 4  # textures
GRAIN_SHAPE = (768, 1024, 3)
SUFFIXES = (".jpg", ".jpeg", ".png")


class Photographs:
    """Photographs without people below a folder, read when asked for.

    Args:
        folder: None for no photographs.
        held_out: True for every tenth, kept for validation, False for the others.
        left_out: file names not to use, such as those that do show people.
    """

    def __init__(self, folder, held_out=False, left_out=()):
        paths = [] if folder is None else sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES)
        if folder is not None and not paths:
            raise ImageError(f"{folder}: no photographs ({', '.join(SUFFIXES)})")
        self.paths = [
            path
            for number, path in enumerate(paths)
            if (number % 10 == 3) == held_out and path.name not in set(left_out)
        ]

    def __len__(self):
        return len(self.paths)

    def draw(self, generator):
        """One photograph at random, (H, W, 3) uint8 BGR."""
        path = self.paths[generator.integers(len(self.paths))]
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise ImageError(f"{path}: not an image that OpenCV can read")
        return image


@dataclass(frozen=True, eq=False)
class Stock:
    """Characters and textures of one shard.

    Attributes:
        characters: tuple of Character.
        far_characters: the same people with few triangles, for people seen small.
        fine, coarse: textures at two resolutions, (N, SIZE, SIZE, 3) and (N, SIZE / 4, SIZE / 4, 3) uint8.
        colours: mean RGB of each of these, 0 to 1, (N, 3).
        skins: skin textures, (M, SKIN_SIZE, SKIN_SIZE, 3) uint8; number m has the colour of hair texture m % 12.
        folds: periodic noise that bends the normals of cloth, (n, n, n, 3) float32.
        grain: noise of unit scale, larger than any picture, (n, m, 3) float32.
        cloths (sporty ones first, then bright ones), sober (equal parts of SOBER), hairs, grounds, facades, pictures,
            foliage: where each kind of texture starts and ends in `fine`.
        street, room: scenery.Things that stand about.
    """

    characters: tuple
    far_characters: tuple
    fine: np.ndarray
    coarse: np.ndarray
    colours: np.ndarray
    skins: np.ndarray
    folds: np.ndarray
    grain: np.ndarray
    cloths: tuple
    sober: tuple
    hairs: tuple
    grounds: tuple
    facades: tuple
    pictures: tuple
    foliage: tuple
    street: tuple
    room: tuple


def fold_noise(generator):
    """Periodic gradient of creased noise, unit scale, (n, n, n, 3) float32: creases run down rather than across."""
    frequency = np.fft.fftfreq(FOLD_CELLS, 1 / FOLD_CELLS)
    across, along, up = np.meshgrid(frequency, frequency, frequency, indexing="ij")
    radius = np.sqrt(across**2 + along**2 + (FOLD_LENGTH * up) ** 2)
    height = np.zeros((FOLD_CELLS,) * 3, np.float32)
    for middle, strength in FOLD_BANDS:
        band = np.exp(-((np.log(np.maximum(radius, 0.1) / middle) / 0.45) ** 2))
        wave = np.real(np.fft.ifftn(np.fft.fftn(generator.standard_normal(height.shape)) * band))
        height += strength / middle * np.sqrt((wave / wave.std()) ** 2 + 0.1)  # creases where the noise changes sign
    gradient = np.stack([np.roll(height, -1, axis) - np.roll(height, 1, axis) for axis in range(3)], -1)
    return (gradient / gradient.std()).astype(np.float32)


def make_stock(
    wardrobe, photographs, generator, characters=36, cloths=56, sober=36, skins=24, grounds=40, facades=12, pictures=24
):
    """A Stock drawn at random.

    Args:
        wardrobe: Wardrobe.
        photographs: Photographs, possibly none.
    """
    prints = [photographs.draw(generator) for _ in range(6)] if len(photographs) else []
    sporty, bright = int(cloths * SPORTY_SHARE), int(cloths * BRIGHT_SHARE)
    kinds = ["sporty"] * sporty + ["bright"] * bright + [None] * (cloths - sporty - bright)
    groups = [np.stack([cloth(generator, prints, kind) for kind in kinds])]
    groups.append(np.stack([cloth(generator, (), SOBER[number * len(SOBER) // sober]) for number in range(sober)]))
    # The first half of the hair is black, brown or grey and goes with any skin, the other half with light skin.
    half = HAIR_TEXTURES // 2
    chosen = np.append(generator.choice(DARK_HAIR, half), generator.integers(len(HAIR_COLOURS), size=half))
    colours = np.clip(HAIR_COLOURS[chosen] * generator.uniform(0.8, 1.2, (HAIR_TEXTURES, 1)), 0, 1)
    groups.append(np.stack([hair_strands(generator, colour) for colour in colours]))
    groups.append(np.stack([ground(generator) for _ in range(grounds)]))
    groups.append(np.stack([facade(generator) for _ in range(facades)]))
    if len(photographs):
        images = [
            cv2.resize(photographs.draw(generator), (SIZE, SIZE), interpolation=cv2.INTER_AREA)[..., ::-1]
            for _ in range(pictures)
        ]
    else:
        images = [cloth(generator) for _ in range(pictures)]
    groups.append(np.stack(images))
    groups.append(np.stack([foliage(generator) for _ in range(FOLIAGE)]))
    ends = np.cumsum([0] + [len(group) for group in groups])
    spans = [(int(a), int(b)) for a, b in zip(ends[:-1], ends[1:])]
    fine = np.ascontiguousarray(np.concatenate(groups))
    body = wardrobe.assets.body
    rest_points = wardrobe.assets.points @ body.vertices
    eyes = rest_points[[wardrobe.point_index["l_eye"], wardrobe.point_index["r_eye"]]]
    face = find_face(body, wardrobe.skeleton, eyes)
    skin_textures = []
    for number in range(skins):
        hair = number % HAIR_TEXTURES
        male, darkest = number // HAIR_TEXTURES % 2 == 0, 1.0 if hair < half else LIGHT_SKIN
        skin_textures.append(skin(generator, wardrobe.assets.masks, colours[hair], male, face, darkest))
    people = with_small_children([dress(wardrobe, generator) for _ in range(characters)], generator)
    return Stock(
        people,
        tuple(simplified(each, FAR_CELL) for each in people),
        fine,
        coarser(fine),
        fine.mean((1, 2)) / 255,
        np.stack(skin_textures),
        fold_noise(generator),
        generator.standard_normal(GRAIN_SHAPE, np.float32),
        *spans,
        make_things(STREET, generator),
        make_things(ROOM, generator),
    )


def dyed(stock, dye):
    """Where the textures of one of DYES start and end in Stock.fine; any cloth where the stock has none of them."""
    if dye in SOBER:
        first, last = stock.sober
        ends = [first + -(-number * (last - first) // len(SOBER)) for number in range(len(SOBER) + 1)]
        number = SOBER.index(dye)
        span = ends[number], ends[number + 1]
    else:
        first, last = stock.cloths
        sporty, bright = int((last - first) * SPORTY_SHARE), int((last - first) * BRIGHT_SHARE)
        spans = {"sporty": (first, first + sporty), "bright": (first + sporty, first + sporty + bright)}
        span = spans.get(dye, (first + sporty + bright, last))
    return span if span[0] < span[1] else stock.cloths


def _draw_prints(stock, character, generator):
    """Rows of Look.prints: chest and back prints, buttoned strips, zips and ties."""
    prints = np.tile(PLAIN, (SLOTS, 1))
    bottom, top = character.trunk
    if character.outfit not in ("suit", "office") and generator.random() < 0.3:
        size, middle = (
            generator.uniform(0.15, 0.4) * (top - bottom),
            bottom + generator.uniform(0.55, 0.75) * (top - bottom),
        )
        span = stock.pictures if generator.random() < 0.5 else stock.cloths
        prints[TOP, :5] = [
            generator.integers(*span),
            size * generator.uniform(0.4, 1.0),
            middle - size / 2,
            middle + size / 2,
            -1 if generator.random() < 0.75 else 1,
        ]
    if character.outfit == "suit" and character.male and generator.random() < TIE_SHARE:
        prints[TOP, 5], prints[TOP, 6] = generator.uniform(0.024, 0.036), generator.uniform(0.1, 0.6)
    elif generator.random() < (0.7 if character.outfit in ("suit", "office") else 0.2):
        prints[[TOP, INNER], 5] = generator.uniform(0.003, 0.02)
        prints[[TOP, INNER], 6] = generator.choice([0.3, 0.6, 0.85, 1.3])
    if generator.random() < 0.5:
        prints[OUTER, 5], prints[OUTER, 6] = generator.uniform(0.003, 0.02), generator.choice([0.4, 0.7, 1.4])
    return prints


def draw_look(stock, character, generator):
    """Materials of one person."""
    number = generator.integers(len(stock.skins))
    if (number // HAIR_TEXTURES % 2 == 0) != character.male:
        number = (number + HAIR_TEXTURES) % len(stock.skins)
    texture, scale, tint = np.zeros(SLOTS, np.int64), np.ones(SLOTS), np.ones((SLOTS, 3))
    gloss, folds = np.full(SLOTS, 0.02), np.full(SLOTS, 0.12)
    for slot in (TOP, INNER, OUTER, BOTTOM, SOCKS, SHOES, HAT, BAG, THING, LENSES):
        palette = PALETTES.get(slot)
        if palette is not None:
            dye = str(generator.choice(DYES, p=palette.get(character.outfit, palette["casual"])))
        elif slot == SOCKS:
            dye = "neutral" if generator.random() < 0.5 else "dark"
        else:
            dye = "dark" if generator.random() < SOBER_SHARE.get(slot, 0.5) else "any"
        texture[slot] = generator.integers(*dyed(stock, dye))
        scale[slot] = 1 if dye in ("sporty", "bright") else generator.choice([0.7, 1, 1, 2, 3])
        tint[slot] = generator.uniform(0.72, 1.12) * generator.normal(1, 0.04 if dye in SOBER else 0.1, 3)
    if generator.random() < MATCHING.get(character.outfit, 0):
        jacket = TOP if character.outfit == "sport" else OUTER
        for values in (texture, scale, tint):
            values[jacket] = values[BOTTOM]
    texture[SKIN], texture[HAIR], scale[HAIR] = -1 - number, stock.hairs[0] + number % HAIR_TEXTURES, 3
    tint[LENSES], gloss[LENSES] = 0.15, 0.6
    gloss[SKIN], gloss[HAIR], gloss[SHOES], gloss[BAG] = 0.05, 0.12, 0.12, 0.06
    gloss[[TOP, OUTER]] = generator.choice([0.01, 0.03, 0.15], 2, p=[0.6, 0.3, 0.1])
    folds[[SKIN, LENSES]] = 0
    folds[HAIR] = 0.35
    folds[[TOP, INNER, OUTER, BOTTOM]] = generator.uniform(0.08, 0.36, 4)
    if generator.random() < WET_SHARE:  # wet cloth is darker and shines
        wet = [TOP, INNER, OUTER, BOTTOM] if generator.random() < 0.5 else [BOTTOM, SHOES]
        tint[wet] *= generator.uniform(0.55, 0.8)
        gloss[wet] = generator.uniform(0.15, 0.4)
    return Look(texture, scale, tint, gloss, folds, _draw_prints(stock, character, generator))
