"""Regions of an image as the input of somebody's model, and pixels back."""

import cv2
import numpy as np


def cut_regions(image, regions, description):
    """What a model sees of each region, and where its pixels lie in the image.

    Args:
        image: (H, W, 3) uint8 BGR.
        regions: Regions; each is shown whole, with more around it where its aspect is not the input's.
        description: InputDescription.

    Returns:
        The inputs, (P, 3, height, width) or (P, height, width, 3) float32, and image_from_input, (P, 2, 3): the image's
        pixel is `image_from_input @ (x, y, 1)`.
    """
    size = np.array([description.width, description.height])
    scale = (regions.size_px / size).max(-1)  # image pixels an input pixel, (P,)
    cosine, sine = np.cos(regions.rotation) * scale, np.sin(regions.rotation) * scale
    turn = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)  # (P, 2, 2)
    shift = regions.centre_px - turn @ ((size - 1) / 2)
    image_from_input = np.concatenate([turn, shift[..., None]], -1)
    inputs = np.empty((len(regions), description.height, description.width, 3), np.float32)
    for row, matrix in enumerate(image_from_input):
        inputs[row] = cv2.warpAffine(image, matrix, tuple(size.tolist()), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                                     borderMode=cv2.BORDER_CONSTANT, borderValue=(description.padding,) * 3)
    if description.colour == "rgb":
        inputs = inputs[..., ::-1]
    inputs = (inputs - np.float32(description.mean)) / np.float32(description.deviation)
    if description.layout == "nchw":
        inputs = np.moveaxis(inputs, -1, 1)
    return np.ascontiguousarray(inputs, np.float32), image_from_input


def to_image(points, image_from_input):
    """Image pixels (P, N, 2) of input pixels (P, N, 2)."""
    return points @ np.swapaxes(image_from_input[:, :, :2], 1, 2) + image_from_input[:, None, :, 2]
