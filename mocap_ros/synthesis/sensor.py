"""From linear light to a camera's 8-bit picture: exposure, colour, blur, noise, small resolution, JPEG."""

import cv2
import numpy as np


def as_picture(linear, grain, generator):
    """A picture as some camera would have taken it, (H, W, 3) uint8 BGR.

    Args:
        linear: linear RGB, (H, W, 3) float32.
        grain: noise of unit scale, larger than the picture, (n, m, 3) float32.
    """
    height, width = linear.shape[:2]
    if generator.random() < 0.5:
        linear = linear * _uneven_light(height, width, generator)
    exposure = (np.exp(generator.uniform(np.log(0.14), np.log(0.5))) / max(0.02, float(linear.mean()))) ** 0.75
    balance = np.exp(generator.normal(0, 0.07, 3)).astype(np.float32)
    image = linear * (np.float32(exposure * np.exp(generator.normal(0, 0.15))) * balance)
    np.clip(image, 0, 1, out=image)
    np.sqrt(image, out=image)
    image = _adjusted(image, generator)
    image = _blurred(image, generator)
    if generator.random() < 0.3:
        soft = cv2.GaussianBlur(image, (0, 0), 1.0)
        image = image + (image - soft) * np.float32(generator.uniform(0.3, 1.2))
    if generator.random() < 0.1:
        share = generator.uniform(0.3, 0.8)
        small = cv2.resize(image, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if generator.random() < 0.04:  # a rolling shutter under flickering lamps
        bands = np.sin(np.arange(height) / height * generator.uniform(6, 60) + generator.uniform(0, 6.3))
        image = image * (1 + generator.uniform(0.03, 0.12) * bands[:, None, None]).astype(np.float32)
    strength = np.float32(abs(generator.normal(0, 0.02)))
    if generator.random() < 0.06:  # low light, amplified
        strength = np.float32(generator.uniform(0.05, 0.12))
        image = image * np.float32(generator.uniform(0.45, 0.9))
    top, left = generator.integers(grain.shape[0] - height + 1), generator.integers(grain.shape[1] - width + 1)
    noise = grain[top : top + height, left : left + width, : 1 if generator.random() < 0.5 else 3]
    picture = (np.clip(image + strength * noise, 0, 1) * 255).astype(np.uint8)[..., ::-1]
    if generator.random() < 0.03:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if generator.random() < 0.5:
        quality = int(generator.integers(25, 90))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return np.ascontiguousarray(picture)


def _uneven_light(height, width, generator):
    """A smooth factor of the light over the picture, as lamps, shade and windows make it, (height, width, 3)."""
    cells = generator.integers(2, 5), generator.integers(2, 7)
    field = generator.normal(0, generator.uniform(0.1, 0.6), (*cells, 1)) + generator.normal(0, 0.08, (*cells, 3))
    return cv2.resize(np.exp(field).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC).clip(0.1, 4)


def _adjusted(image, generator):
    """Gamma, contrast and saturation."""
    gamma = float(np.exp(generator.normal(0, 0.15)))
    if abs(gamma - 1) > 0.04:
        image = cv2.pow(image, gamma)
    if generator.random() < 0.8:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
        image = grey + (image - grey) * np.float32(generator.uniform(0.5, 1.45))
        image = (image - np.float32(0.35)) * np.float32(generator.uniform(0.9, 1.35)) + np.float32(0.35)
    return image


def _blurred(image, generator):
    """Defocus or motion blur, or neither."""
    draw = generator.random()
    if draw < 0.3:
        return cv2.GaussianBlur(image, (0, 0), abs(generator.normal(0.2, 0.5)) + 0.25)
    if draw < 0.38:
        length = int(generator.integers(3, 10))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1
        turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), generator.uniform(0, 180), 1)
        kernel = cv2.warpAffine(kernel, turn, (length, length))
        return cv2.filter2D(image, -1, kernel / kernel.sum())
    return image


def smeared(linear, way_px):
    """A picture (H, W, 3) of which every point was drawn out evenly along `way_px`, (2,), its middle in its place."""
    reach = int(np.ceil(np.abs(way_px).max() / 2))
    if reach == 0:
        return linear
    kernel, steps = np.zeros((2 * reach + 1,) * 2, np.float32), 32 * reach + 1
    for x, y in np.linspace(-0.5, 0.5, steps)[:, None] * np.asarray(way_px) + reach:
        left, top = min(int(x), 2 * reach - 1), min(int(y), 2 * reach - 1)
        right, low = x - left, y - top
        kernel[top : top + 2, left : left + 2] += np.outer([1 - low, low], [1 - right, right])
    return cv2.filter2D(linear, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def as_steady_picture(linear, gain, grain, generator):
    """One frame of a clip: fixed exposure and colour, a little softness and noise, (H, W, 3) uint8 BGR.

    Args:
        linear: linear RGB, (H, W, 3) float32.
        gain: exposure, the same for all frames of a clip.
        grain: noise of unit scale, larger than the picture, (n, m, 3) float32.
    """
    height, width = linear.shape[:2]
    image = np.sqrt(np.clip(linear * np.float32(gain), 0, 1))
    image = cv2.GaussianBlur(image, (0, 0), 0.45)
    top, left = generator.integers(grain.shape[0] - height + 1), generator.integers(grain.shape[1] - width + 1)
    noisy = image + np.float32(0.006) * grain[top : top + height, left : left + width, :1]
    return np.ascontiguousarray((np.clip(noisy, 0, 1) * 255).astype(np.uint8)[..., ::-1])
