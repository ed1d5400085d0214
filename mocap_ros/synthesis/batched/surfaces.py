"""Colour of every drawn pixel of a batch, in plain torch: what synthesis/shading.py says, for all samples at once."""

from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.synthesis import shading
from mocap_ros.synthesis.batched.constants import constant
from mocap_ros.synthesis.raster import SAMPLES

RATIO = 1.02  # of depths: a pixel whose samples differ less is shaded once
STRIP = 1 / (SAMPLES * SAMPLES)


class Textures(NamedTuple):
    """All textures of a stock as one list of texels, on a device.

    Attributes:
        texels: RGB, (T, 3) uint8: the fine textures, the coarse ones, the skins.
        fine, coarse, skins: (first texel, size) of each kind.
        folds: noise that bends normals, (n, n, n, 3).
    """

    texels: torch.Tensor
    fine: tuple
    coarse: tuple
    skins: tuple
    folds: torch.Tensor

    def at(self, number, u, v, coarse=None):
        """RGB, 0 to 1, of repeating textures, (N, 3); `number` below 0 is skin -1 - number; `coarse` where not fine."""
        first = torch.full_like(number, self.fine[0])
        size = torch.full_like(number, self.fine[1])
        if coarse is not None:
            first, size = torch.where(coarse, self.coarse[0], first), torch.where(coarse, self.coarse[1], size)
        skin = number < 0
        first, size = torch.where(skin, self.skins[0], first), torch.where(skin, self.skins[1], size)
        number = torch.where(skin, -number - 1, number)
        row = ((torch.ceil(v) - v) * size).long().minimum(size - 1)
        column = ((u - torch.floor(u)) * size).long().minimum(size - 1)
        return self.texels[first + (number * size + row) * size + column].float() / 255


def textures_of(stock, device):
    """Textures of a Stock."""
    stacks = [stock.fine, stock.coarse, stock.skins]
    sizes = [stack.shape[1] for stack in stacks]
    starts = np.cumsum([0] + [stack.shape[0] * stack.shape[1] * stack.shape[2] for stack in stacks])
    texels = torch.from_numpy(np.concatenate([stack.reshape(-1, 3) for stack in stacks])).to(device)
    places = [(int(start), int(size)) for start, size in zip(starts, sizes)]
    return Textures(texels, *places, torch.tensor(stock.folds, device=device))


def sunlit(shadow_maps, affine, image, points, bias=float(shading.LIFT)):
    """Share of a 3 x 3 patch of the shadow map that does not shade a point, 0 to 1, (N,).

    Args:
        shadow_maps: (B, s, s).
        affine: from the world to a map's columns, rows and depths, (B, 3, 4).
        image: of each point, (N,).
        points: world [m], (N, 3).
    """
    size = shadow_maps.shape[1]
    x, y, depth = (torch.einsum("nij,nj->ni", affine[image, :, :3], points) + affine[image, :, 3]).unbind(1)
    column, row = x.clamp(-1, size).int(), y.clamp(-1, size).int()
    inside = (column >= 1) & (row >= 1) & (column < size - 2) & (row < size - 2)
    column, row = column.clamp(1, size - 3), row.clamp(1, size - 3)
    texel, lifted, count = (image * size + row) * size + column, depth + bias, torch.zeros_like(depth)
    flat = shadow_maps.flatten()
    for row_offset in range(-size, size + 1, size):
        for offset in range(row_offset - 1, row_offset + 2):
            count += flat[texel + offset] <= lifted
    return torch.where(inside, count / 9, 1.0)


def shade(inverse_depth, triangles, geometry, screen, textures, shadow_maps, affine, lights, cameras):
    """Premultiplied linear RGB and coverage of every pixel, (B, h, w, 4).

    A pixel whose samples all lie on one surface is shaded once, others sample by sample.

    Args:
        inverse_depth, triangles: of rasterise, (B, h SAMPLES, w SAMPLES).
        geometry: Geometry.
        screen: its vertices in samples, (V, 3).
        textures: Textures.
        shadow_maps, affine: see sunlit.
        lights, cameras: PackedLights, PackedCameras.
    """
    images, rows, columns = inverse_depth.shape
    height, width = rows // SAMPLES, columns // SAMPLES
    drawn, weight = _chosen_samples(inverse_depth, triangles, geometry)
    index = torch.nonzero(drawn.flatten())[:, 0]
    image, rest = index // (rows * columns), index % (rows * columns)
    row, column = rest // columns, rest % columns
    face = triangles.flatten()[index]
    place = _Places(geometry, screen, face, column, row)

    sample_size = 1 / (cameras.focal * cameras.zoom)[image]  # metres a pixel at one metre, as in shading
    material = geometry.materials[face]
    normal = place.of(geometry.normals) + geometry.folds[material, None] * _folds(
        textures.folds, place.rest, place.depth * sample_size * float(shading.FOLD_SCALE), geometry.folds[material])
    normal = torch.nn.functional.normalize(normal, dim=1, eps=1e-9) * torch.where(place.area > 0, -1.0, 1.0)[:, None]
    colour = _surface(textures, geometry, material, place, place.depth * sample_size * float(shading.TEXELS))
    surface = colour * geometry.tint[material]
    light = _light_on(place.world, normal, geometry.gloss[material], image, shadow_maps, affine, lights, cameras)
    shine, around = light
    out = shine + surface * surface * around
    pixel = (image * height + row // SAMPLES) * width + column // SAMPLES
    front = torch.zeros((images * height * width, 4), device=out.device)
    share = weight.flatten()[index, None]
    front.index_add_(0, pixel, torch.cat([out * share, share], 1))
    return front.reshape(images, height, width, 4)


def _blocks(samples):
    """The samples of each pixel, (B, h, w, SAMPLES * SAMPLES), from (B, h SAMPLES, w SAMPLES)."""
    images, rows, columns = samples.shape
    blocks = samples.reshape(images, rows // SAMPLES, SAMPLES, columns // SAMPLES, SAMPLES)
    return blocks.permute(0, 1, 3, 2, 4).flatten(3)


def _samples(blocks):
    """_blocks turned back."""
    images, height, width, _ = blocks.shape
    blocks = blocks.reshape(images, height, width, SAMPLES, SAMPLES).permute(0, 1, 3, 2, 4)
    return blocks.reshape(images, height * SAMPLES, width * SAMPLES)


def _chosen_samples(inverse_depth, triangles, geometry):
    """Which samples are shaded, and what each counts in its pixel, both (B, h SAMPLES, w SAMPLES)."""
    faces, depths = _blocks(triangles), _blocks(inverse_depth)
    here = faces >= 0
    material = torch.where(here, geometry.materials[faces.clamp(min=0)], -1)
    owner = torch.where(here, geometry.owners[faces.clamp(min=0)], -3)
    alike = (material == material[..., :1]).all(3) & (owner == owner[..., :1]).all(3)
    once = here.all(3) & alike & (depths.amax(3) < depths.amin(3) * RATIO)  # (B, h, w)
    first = torch.zeros_like(here)
    first[..., 0].fill_(True)
    weight = torch.where(once[..., None], 1.0, STRIP).expand(here.shape)
    return _samples(here & (first | ~once[..., None])), _samples(weight)


class _Places:
    """Where samples lie on their triangles: barycentric shares in space, depth [m], world, rest and texture places."""

    def __init__(self, geometry, screen, face, column, row):
        corners = geometry.triangles[face]  # (N, 3)
        x, y, z = screen[corners].unbind(2)
        self.area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
        dx, dy = column - x[:, 0], row - y[:, 0]
        b1 = (dx * (y[:, 2] - y[:, 0]) - dy * (x[:, 2] - x[:, 0])) / self.area
        b2 = (dy * (x[:, 1] - x[:, 0]) - dx * (y[:, 1] - y[:, 0])) / self.area
        shares = torch.stack([1 - b1 - b2, b1, b2], 1) * z
        self.depth = 1 / shares.sum(1)
        self.corners, self.shares = corners, shares * self.depth[:, None]
        self.world, self.rest = self.of(geometry.vertices), self.of(geometry.rests)
        texture_points = geometry.texture_points[geometry.texture_triangles[face]]
        self.texture = torch.einsum("nc,nci->ni", self.shares, texture_points)

    def of(self, values):
        """Vectors of the vertices (V, 3) at the samples, (N, 3)."""
        return torch.einsum("nc,nci->ni", self.shares, values[self.corners])


def _folds(folds, rest, cells_per_sample, strength):
    """What the folds of cloth add to the normals, (N, 3); zero where the material has none."""
    n = folds.shape[0]
    place = (rest + float(shading.FOLD_SHIFT)) * float(shading.FOLD_SCALE)
    cell = place.long()
    part = place - cell
    near = cells_per_sample <= float(shading.NEAR_CELLS)
    total = torch.zeros_like(rest)
    for corner in range(8):
        offset = constant((corner & 1, (corner >> 1) & 1, corner >> 2), rest.device, torch.int64)
        blended = torch.where(offset > 0, part, 1 - part).prod(1)
        weight = torch.where(near, blended, 1.0 if corner == 0 else 0.0) * (strength > 0)
        x, y, z = ((cell + offset) % n).unbind(1)
        total += weight[:, None] * folds[x, y, z]
    return total


def _surface(textures, geometry, material, place, texels_per_sample):
    """RGB of surfaces: their texture, or the print on it, or its buttoned strip, (N, 3)."""
    number, scale = geometry.texture[material], geometry.scale[material]
    badge, half, low, high, side, strip_half, strip_shade = geometry.prints[material].unbind(1)
    rx, ry, rz = place.rest.unbind(1)
    u, v = place.texture.unbind(1)
    printed = (badge >= 0) & ((ry + float(shading.MIDDLE)) * side > 0) & (rx.abs() < half) & (rz > low) & (rz < high)
    strip = ~printed & (rx.abs() < strip_half) & (ry < -float(shading.MIDDLE))
    number = torch.where(printed, badge.long(), number)
    scale = torch.where(printed, 1.0, scale)
    u = torch.where(printed, 0.5 - 0.5 * side * rx / half.clamp(min=1e-6), u)
    v = torch.where(printed, (rz - low) / (high - low).clamp(min=1e-6), v)
    factor = torch.where(number < 0, 1.0, scale)  # skins do not repeat
    coarse = texels_per_sample * scale > float(shading.COARSE_FROM)
    colour = textures.at(number, u * factor, v * factor, coarse)
    return colour * torch.where(strip, strip_shade, 1.0)[:, None]


def _light_on(points, normals, gloss, image, shadow_maps, affine, lights, cameras):
    """Gloss and the light that falls on surfaces, both (N, 3) linear RGB."""
    sun, fill = lights.sun[image], lights.fill[image]
    lit = (normals * sun).sum(1)
    lift = float(shading.LIFT)
    shadow = torch.where(lit > 0, sunlit(shadow_maps, affine, image, points + normals * lift), 0.0)
    eye = torch.nn.functional.normalize(cameras.eye[image] - points, dim=1, eps=1e-9)
    half = torch.nn.functional.normalize(eye + sun, dim=1, eps=1e-9)
    shine = ((normals * half).sum(1).clamp(min=0) ** 24 * gloss * shadow)[:, None] * lights.sun_colour[image]
    direct = (lit.clamp(min=0) * shadow)[:, None] * lights.sun_colour[image]
    side = (normals * fill).sum(1).clamp(min=0)[:, None] * lights.fill_colour[image]
    ambient = lights.ambient[image]
    around = (torch.einsum("nci,ni->nc", ambient[..., :3], normals) + ambient[..., 3]).clamp(min=0)
    facing = 0.45 + 0.55 * (normals * eye).sum(1).abs()
    return shine, direct + side + around * facing[:, None]


def occlude(inverse_depth, front, focal, radius=0.09, strength=0.7):
    """Darkens creases of `front` (B, h, w, 4): screen-space ambient occlusion; `focal` is of the views [px], (B,)."""
    images, height, width = front.shape[:3]
    inverse = inverse_depth[:, ::SAMPLES, ::SAMPLES]
    rows = torch.arange(height, device=front.device)[:, None]
    columns = torch.arange(width, device=front.device)
    reach = focal[:, None, None] * radius * inverse
    hidden = torch.zeros_like(inverse)
    flat = inverse.flatten(1)
    for right, down in shading.RING.tolist():
        column, row = (columns + right * reach).int(), (rows + down * reach).int()
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        index = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
        other = flat.gather(1, index.flatten(1).long()).reshape(inverse.shape)
        nearer = 1 / inverse - 1 / other
        counts = inside & (other > 0) & (nearer > float(shading.LIFT)) & (nearer < float(shading.CREASE))
        hidden += torch.where(counts, (nearer / 0.06).clamp(max=1), 0.0)
    factor = torch.where(inverse > 0, 1 - strength * hidden / len(shading.RING), 1.0)
    return torch.cat([front[..., :3] * factor[..., None], front[..., 3:]], 3)
