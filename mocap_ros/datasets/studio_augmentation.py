"""New backgrounds, chairs and clothes for recordings with chroma-key masks (Sec. 3.2.1)."""

import cv2
import numpy as np

# Of the images, those left alone and those with new background and chair; the rest has new clothes too (Sec. 4.1.1).
PLAIN_SHARE, BACKGROUND_SHARE = 10 / 37.5, 15 / 37.5
TEXTURE_WEIGHT = 0.5  # of the texture against the shading under it


def augment_studio(image, masks, maskable, photographs, generator):
    """An image of a studio recording with, at random, another background, chair and clothes.

    Args:
        image: (H, W, 3) uint8 BGR.
        masks: Masks.
        maskable: Maskable of the recording.
        photographs: sequence of Sample without people: backgrounds, and textures of chair and clothes.
        generator: numpy Generator.

    Returns:
        (H, W, 3) uint8.
    """
    draw = generator.random()
    if draw < PLAIN_SHARE:
        return image
    chair = _picture(photographs, image.shape, generator)
    image = texture(image, masks.chair, chair)
    if draw > PLAIN_SHARE + BACKGROUND_SHARE:
        for mask, good in ((masks.upper_body, maskable.upper_body), (masks.lower_body, maskable.lower_body)):
            if good:
                image = texture(image, mask, _picture(photographs, image.shape, generator))
    if maskable.background:
        image = lay_over(image, _picture(photographs, image.shape, generator), masks.foreground)
    return image


def texture(image, mask, pattern):
    """`image` with `pattern` where `mask` is 1, keeping the luminance of what was there as its shading.

    Args:
        image, pattern: (H, W, 3) uint8.
        mask: 0 to 1, (H, W).
    """
    if not mask.any():
        return image
    shading = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.float32)
    clothed = shading * (1 - TEXTURE_WEIGHT) + pattern.astype(np.float32) * TEXTURE_WEIGHT
    return lay_over(clothed, image, mask)


def lay_over(front, back, mask):
    """`front` where `mask` (H, W) is 1, `back` where it is 0, (H, W, 3) uint8."""
    weight = mask[..., None]
    return np.clip(front * weight + back * (1 - weight) + 0.5, 0, 255).astype(np.uint8)


def _picture(photographs, shape, generator):
    """A random part of a random photograph at the size of an image of `shape`."""
    picture = photographs[int(generator.integers(len(photographs)))].image
    height, width = picture.shape[:2]
    share = generator.uniform(0.6, 1.0)
    wide, high = max(1, int(width * share)), max(1, int(height * share))
    left, top = int(generator.integers(width - wide + 1)), int(generator.integers(height - high + 1))
    part = cv2.resize(picture[top:top + high, left:left + wide], shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return part[:, ::-1] if generator.random() < 0.5 else part
