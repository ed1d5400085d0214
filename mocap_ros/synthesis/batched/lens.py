"""A batch as cameras would have taken it: light, colour, blur, noise, JPEG; after synthesis/sensor.py, on a device.

The numbers of each picture are drawn beforehand (draw_lens), so that they depend on the picture's own seed; only the
noise is drawn here.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch.nn import functional

from mocap_ros.synthesis.batched.constants import constant

KERNEL = 11  # px, side of the blur
LIGHT_CELLS = (4, 6)  # of the uneven light
LUMA = (0.299, 0.587, 0.114)
JPEG_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # quantisation of ITU T.81, Table K.1


class Lens(NamedTuple):
    """What each picture's camera does, (B, ...).

    Attributes:
        uneven: factor of the light over the picture, (B, 3, *LIGHT_CELLS).
        exposure: mean brightness aimed at; balance: RGB gains, (B, 3).
        gamma, saturation, contrast, sharpness, noise: strengths, (B,); mono: whether noise is grey.
        kernel: blur, (B, KERNEL, KERNEL).
        grey: whether the picture has no colours; quality: of JPEG, 100 without.
    """

    uneven: torch.Tensor
    exposure: torch.Tensor
    balance: torch.Tensor
    gamma: torch.Tensor
    saturation: torch.Tensor
    contrast: torch.Tensor
    sharpness: torch.Tensor
    noise: torch.Tensor
    mono: torch.Tensor
    kernel: torch.Tensor
    grey: torch.Tensor
    quality: torch.Tensor


def draw_lens(generator):
    """A Lens of one picture as numpy values, with the chances of synthesis/sensor.py."""
    uneven = np.ones((3, *LIGHT_CELLS))
    if generator.random() < 0.5:
        spread = generator.uniform(0.1, 0.6)
        uneven = np.exp(generator.normal(0, spread, (1, *LIGHT_CELLS)) + generator.normal(0, 0.08, (3, *LIGHT_CELLS)))
    adjusted = generator.random() < 0.8
    values = (
        uneven.clip(0.1, 4), np.exp(generator.uniform(np.log(0.11), np.log(0.45))),
        np.exp(generator.normal(0, 0.07, 3)),
        np.exp(generator.normal(0, 0.15)), generator.uniform(0.5, 1.45) if adjusted else 1.0,
        generator.uniform(0.9, 1.35) if adjusted else 1.0,
        generator.uniform(0.3, 1.2) if generator.random() < 0.3 else 0.0, abs(generator.normal(0, 0.02)),
        generator.random() < 0.5, _draw_kernel(generator), generator.random() < 0.03,
        float(generator.integers(25, 90)) if generator.random() < 0.5 else 100.0)
    return Lens(*(np.asarray(value, bool if isinstance(value, bool) else np.float32) for value in values))


def _draw_kernel(generator):
    """Defocus, motion blur, low resolution, or nothing, (KERNEL, KERNEL)."""
    kernel = np.zeros((KERNEL, KERNEL), np.float32)
    kernel[KERNEL // 2, KERNEL // 2] = 1
    draw = generator.random()
    if draw < 0.4:
        sigma = abs(generator.normal(0.2, 0.5)) + 0.25 if draw < 0.3 else generator.uniform(0.6, 1.6)
        return cv2.GaussianBlur(kernel, (0, 0), sigma)
    if draw < 0.48:
        kernel[KERNEL // 2, 1:1 + int(generator.integers(3, 10))] = 1
        middle = (KERNEL - 1) / 2
        kernel = cv2.warpAffine(kernel, cv2.getRotationMatrix2D((middle, middle), generator.uniform(0, 180), 1),
                                (KERNEL, KERNEL))
        return kernel / kernel.sum()
    return kernel


def as_pictures(linear, lens, generator):
    """Pictures, (B, H, W, 3) uint8 BGR, from linear RGB, (B, H, W, 3), H and W multiples of 16.

    Args:
        linear: linear RGB.
        lens: Lens.
        generator: torch.Generator of the noise, on the pictures' device.
    """
    image = linear.permute(0, 3, 1, 2)
    size = image.shape[2:]
    image = image * functional.interpolate(lens.uneven, size, mode="bicubic", align_corners=False).clamp(0.1, 4)
    gain = (lens.exposure / image.mean((1, 2, 3)).clamp(min=0.02)) ** 0.75
    image = (image * (gain[:, None] * lens.balance)[:, :, None, None]).clamp(0, 1).sqrt()
    image = image ** _each(lens.gamma)
    grey = _luma(image)
    image = grey + (image - grey) * _each(lens.saturation)
    image = (image - 0.35) * _each(lens.contrast) + 0.35
    image = blurred(image, lens.kernel)
    soft = functional.avg_pool2d(functional.pad(image, (1, 1, 1, 1), mode="reflect"), 3, 1)
    image = image + (image - soft) * _each(lens.sharpness)
    noise = torch.randn(image.shape, generator=generator, device=image.device)
    noise = torch.where(_each(lens.mono), noise[:, :1], noise)
    image = (image + noise * _each(lens.noise)).clamp(0, 1)
    image = torch.where(_each(lens.grey), _luma(image), image)
    image = compressed(image, lens.quality)
    return (image * 255).to(torch.uint8).flip(1).permute(0, 2, 3, 1).contiguous()


def _each(values):
    return values[:, None, None, None]


def _luma(image):
    """Brightness, (B, 1, H, W)."""
    return torch.einsum("bchw,c->bhw", image, constant(LUMA, image.device, image.dtype))[:, None]


def blurred(image, kernels):
    """Images (B, C, H, W), each with its own kernel of (B, n, n), n odd."""
    images, channels, height, width = image.shape
    size = kernels.shape[1]
    padded = functional.pad(image, (size // 2,) * 4, mode="reflect").reshape(1, images * channels, *(
        side + size - 1 for side in (height, width)))
    weights = kernels[:, None, None].expand(-1, channels, -1, -1, -1).reshape(images * channels, 1, size, size)
    return functional.conv2d(padded, weights, groups=images * channels).reshape(image.shape)


def gaussian_kernels(sigma, size):
    """Gaussian kernels (B, size, size); nothing but the middle where sigma [px] is 0."""
    place = torch.arange(size, device=sigma.device) - size // 2
    line = torch.exp(-0.5 * (place / sigma.clamp(min=0.05)[:, None]) ** 2)
    line = line / line.sum(1, keepdim=True)
    return line[:, :, None] * line[:, None]


def compressed(image, quality):
    """RGB images (B, 3, H, W), 0 to 1, with the cosines of 8 x 8 blocks quantised as in JPEG; colour at half size."""
    luma = _luma(image)
    red, blue = (image[:, :1] - luma) * 0.713, (image[:, 2:] - luma) * 0.564
    colour = functional.avg_pool2d(torch.cat([red, blue], 1), 2)
    luma = _quantised(luma, quality)
    colour = functional.interpolate(_quantised(colour, quality, 1.6), scale_factor=2.0, mode="nearest")
    red, blue = luma + colour[:, :1] / 0.713, luma + colour[:, 1:] / 0.564
    green = (luma - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
    return torch.where(_each(quality) < 100, torch.cat([red, green, blue], 1).clamp(0, 1), image)


def _quantised(planes, quality, coarser=1.0):
    """Planes (B, C, H, W) whose 8 x 8 cosine coefficients are rounded as at a JPEG quality of 1 to 100, (B,)."""
    n = torch.arange(8, device=planes.device)
    basis = torch.cos(math.pi * (2 * n[None] + 1) * n[:, None] / 16) * torch.where(n == 0, 0.125, 0.25).sqrt()[:, None]
    images, channels, height, width = planes.shape
    blocks = planes.reshape(images, channels, height // 8, 8, width // 8, 8)
    cosines = torch.einsum("ij,bcyjxk,lk->bcyixl", basis, blocks, basis)
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50).clamp(min=0.02) * coarser
    table = constant(JPEG_LUMA, planes.device, planes.dtype)[None] * scale[:, None, None] / 255
    table = table[:, None, None, :, None]  # (B, 1, 1, 8, 1, 8)
    cosines = torch.round(cosines / table) * table
    return torch.einsum("ij,bcyixl,lk->bcyjxk", basis, cosines, basis).reshape(planes.shape)
