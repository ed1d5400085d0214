"""Random views of a labelled image: crop, zoom, turn, mirror, light, blur, noise, occluders (Sec. 4.1.3, 6.3.1)."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN, Sample
from mocap_ros.datatypes.skeleton import ANGLE_MIRROR, ANGLE_MIRROR_SIGN, JOINT_MIRROR, KEYPOINT_MIRROR

SMALLEST_EXTENT_PX = 8.0
_CAMERA_FLIP, _BODY_FLIP = np.array([-1.0, 1, 1]), np.array([1.0, -1, 1])  # left is -x in the image, +y in the body


@dataclass(frozen=True)
class AugmentationConfig:
    """How far views are varied.

    Attributes:
        width, height: size of the crop [px].
        smallest_person, largest_person: bounds of the longer side of the aimed-at person's keypoint box [px].
        largest_zoom: most that an image is enlarged.
        covered: least share of the view's width or height that the image covers.
        turn: standard deviation of the rotation about the optical axis [rad].
        centred: share of crops that aim at a person; the others fall anywhere.
        mirror, grey, blur, noise, jpeg, occluder: probabilities.
    """

    width: int = 192
    height: int = 224
    smallest_person: float = 40.0
    largest_person: float = 230.0
    largest_zoom: float = 1.8
    covered: float = 0.8
    turn: float = 0.2
    centred: float = 0.93
    mirror: float = 0.5
    grey: float = 0.06
    blur: float = 0.15
    noise: float = 0.15
    jpeg: float = 0.1
    occluder: float = 0.2


def augment(sample, config, generator, patch=None, view_from_image=None):
    """A random view of `sample`.

    Args:
        sample: Sample.
        config: AugmentationConfig.
        generator: numpy Generator; the same state gives the same view.
        patch: (H, W, 3) uint8 photograph without people, from which occluders are cut; None for plain colours.
        view_from_image: which view it is, (2, 3); None draws it by random_affine.

    Returns:
        Sample of config.height x config.width. Positions, joints and camera are those of the new view; keypoints that
        left it are OUTSIDE with their position kept, those behind an occluder HIDDEN_BY_OBJECT.
    """
    if view_from_image is None:
        view_from_image = random_affine(sample, config, generator)
    view = warp(sample, view_from_image, config.width, config.height,
                tuple(int(v) for v in generator.integers(0, 256, 3)))
    if generator.random() < config.mirror:
        view = mirror(view)
    image, visibility, owners = view.image, np.array(view.visibility), view.owners
    if generator.random() < config.occluder:
        image, owners = np.array(image), np.array(owners)
        _put_occluder(image, owners, view.keypoints_px, visibility, patch, generator)
    return replace(view, image=_disturb(image, config, generator), visibility=visibility, owners=owners)


def random_affine(sample, config, generator):
    """A turn, zoom and shift that bring a random person to a random size and place, view_from_image, (2, 3).

    The view stays over the image where it can, so that little of it is empty.
    """
    image_size = np.array(sample.image.shape[1::-1])
    view_size = np.array([config.width, config.height])
    smallest_zoom = config.covered * (view_size / image_size).max()
    labelled = np.flatnonzero((sample.visibility >= SEEN).sum(1) >= 3)  # or UNKNOWN
    size = np.exp(generator.uniform(np.log(config.smallest_person), np.log(config.largest_person)))
    if len(labelled) and generator.random() < config.centred:
        person = generator.choice(labelled)
        points = sample.keypoints_px[person][sample.visibility[person] > OUTSIDE]
        low, high = points.min(0), points.max(0)
        centre, zoom = (low + high) / 2, size / max((high - low).max(), SMALLEST_EXTENT_PX)
    else:
        centre, zoom = generator.uniform(0, 1, 2) * image_size, np.exp(generator.uniform(np.log(0.45), np.log(1.3)))
    zoom = min(max(zoom, smallest_zoom), max(config.largest_zoom, smallest_zoom))
    angle = generator.normal() * config.turn
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    aim = centre + generator.uniform(-0.2, 0.2, 2) * view_size / zoom
    margin = np.minimum(view_size / zoom, image_size) / 2
    aim = np.clip(aim, margin, image_size - margin)
    return np.concatenate([linear, ((view_size - 1) / 2 - linear @ aim)[:, None]], 1)


def warp(sample, view_from_image, width, height, border=(114, 114, 114)):
    """`sample` seen through a similarity transform.

    Args:
        sample: Sample.
        view_from_image: rotation, zoom and shift [px], (2, 3).
        width, height: size of the view [px].
        border: BGR colour of what the image does not cover.

    Returns:
        Sample; keypoints that are outside the view are OUTSIDE.
    """
    image, matrix = sample.image, np.array(view_from_image, float)
    zoom = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    shrink = min(1.0, zoom / 0.75)  # a warp alone would alias: average down first
    shrunk = matrix
    if shrink < 1.0:
        size = max(1, round(image.shape[1] * shrink)), max(1, round(image.shape[0] * shrink))
        factors = np.array(size) / [image.shape[1], image.shape[0]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        shrunk = matrix @ np.array([
            [1 / factors[0], 0, 0.5 / factors[0] - 0.5], [0, 1 / factors[1], 0.5 / factors[1] - 0.5], [0, 0, 1]
        ])
    image = cv2.warpAffine(image, shrunk, (width, height), flags=cv2.INTER_LINEAR, borderValue=border)
    ignore, owners = (
        cv2.warpAffine(layer.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST) if layer.size
        else layer for layer in (sample.ignore, sample.owners)
    )

    points = sample.keypoints_px @ matrix[:, :2].T + matrix[:, 2]
    inside = ((points > -0.5) & (points < [width - 0.5, height - 0.5])).all(-1)
    turn = np.eye(3)
    turn[:2, :2] = matrix[:, :2] / zoom
    affine = np.vstack([matrix, [0, 0, 1]])
    return replace(
        sample, image=image, keypoints_px=points, visibility=np.where(inside, sample.visibility, OUTSIDE),
        joints_camera=sample.joints_camera @ turn.T, camera_matrix=affine @ sample.camera_matrix @ turn.T,
        ignore=ignore > 0, owners=owners, root_rotations=turn @ sample.root_rotations,
    )


def mirror(sample):
    """`sample` as in a mirror: left and right swap names, x changes sign."""
    width = sample.image.shape[1]
    points = sample.keypoints_px[:, KEYPOINT_MIRROR] * [-1, 1] + [width - 1, 0]
    joints = sample.joints_camera[:, JOINT_MIRROR] * [-1, 1, 1]
    matrix = np.array(sample.camera_matrix)
    matrix[0, 2] = width - 1 - matrix[0, 2]
    matrix[0, 1], matrix[1, 0] = -matrix[0, 1], -matrix[1, 0]
    return Sample(
        np.ascontiguousarray(sample.image[:, ::-1]), points, sample.visibility[:, KEYPOINT_MIRROR], joints, matrix,
        np.ascontiguousarray(sample.ignore[:, ::-1]), sample.labelled[KEYPOINT_MIRROR],
        np.ascontiguousarray(sample.owners[:, ::-1]), _CAMERA_FLIP[:, None] * sample.root_rotations * _BODY_FLIP,
        sample.angles[:, ANGLE_MIRROR] * ANGLE_MIRROR_SIGN,
    )


def _put_occluder(image, owners, keypoints_px, visibility, patch, generator):
    """Covers a random ellipse or box with a patch or a colour, in place, and marks what it hides."""
    height, width = image.shape[:2]
    size = (generator.uniform(0.08, 0.4, 2) * [width, height]).astype(int) + 2  # (width, height)
    corner = (generator.uniform(0, 1, 2) * ([width, height] - size)).astype(int)
    mask = np.ones(size[::-1], np.uint8)
    if generator.random() < 0.5:
        mask[:] = 0
        cv2.ellipse(mask, tuple(int(v) for v in size // 2), tuple(int(v) for v in size // 2), 0, 0, 360, 1, -1)
    if patch is not None and min(patch.shape[:2]) > size.max():
        limit = np.array(patch.shape[1::-1]) - size
        x, y = (generator.uniform(0, 1, 2) * limit).astype(int)
        fill = patch[y:y + size[1], x:x + size[0]]
    else:
        fill = generator.integers(0, 256, 3).astype(np.uint8)
    region = image[corner[1]:corner[1] + size[1], corner[0]:corner[0] + size[0]]
    np.copyto(region, fill, where=mask[..., None] > 0)
    if owners.size:
        owners[corner[1]:corner[1] + size[1], corner[0]:corner[0] + size[0]][mask > 0] = 0

    covered = np.zeros((height, width), bool)
    covered[corner[1]:corner[1] + size[1], corner[0]:corner[0] + size[0]] = mask > 0
    inside = visibility > OUTSIDE
    columns, rows = np.rint(np.where(inside[..., None], keypoints_px, 0)).astype(int).transpose(2, 0, 1)
    hidden = covered[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)] & inside
    visibility[hidden] = HIDDEN_BY_OBJECT


def _disturb(image, config, generator):
    """The image under other light, optics and compression."""
    levels = np.arange(256) / 255.0
    gamma, contrast = np.exp(generator.normal(0, 0.18)), np.exp(generator.normal(0, 0.15))
    brightness, tint = generator.normal(0, 0.05), np.exp(generator.normal(0, 0.06, 3))
    curve = (levels ** gamma - 0.5) * contrast + 0.5 + brightness
    table = np.clip(curve[:, None] * tint * 255, 0, 255).astype(np.uint8)[None]  # (1, 256, 3)
    image = cv2.LUT(image, table)
    if generator.random() < config.grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if generator.random() < config.blur:
        sigma = generator.uniform(0.4, 1.6)
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    if generator.random() < config.noise:
        strength = generator.uniform(2, 10)
        noise = generator.standard_normal(image.shape[:2] + (1,), np.float32) * strength
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if generator.random() < config.jpeg:
        quality = int(generator.integers(25, 85))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return image
