"""Draws a batch of packed scenes on any device that torch has: pictures, and what is seen of every keypoint.

The same scenes, meshes, textures and light as synthesis/drawing.py and its numba functions; without compiled code, and
without a loop over images, people or triangles.
"""

from typing import NamedTuple

import torch

from mocap_ros.synthesis.batched.hiding import cover, visibility_codes
from mocap_ros.synthesis.batched.lens import as_pictures, blurred, gaussian_kernels
from mocap_ros.synthesis.batched.meshes import assemble, character_meshes, project, project_to_sun
from mocap_ros.synthesis.batched.surfaces import occlude, shade, textures_of
from mocap_ros.synthesis.batched.surroundings import (
    draw_boxes, ground_shade, image_pixels, rays, sample_photographs)
from mocap_ros.synthesis.batched.triangles import rasterise
from mocap_ros.synthesis.raster import SAMPLES
from mocap_ros.synthesis.shadow_map import SHADOW_SIZE, WEAKEST_SHADOW

BLUR = 19  # px, side of a background's blur


class Drawn(NamedTuple):
    """A drawn batch.

    Attributes:
        pictures: (B, H, W, 3) uint8 BGR.
        linear: the same as linear RGB before the lens, (B, H, W, 3).
        keypoints_view: in the views [px], (N, K, 2), and visibility, codes of datasets.sample, (N, K) uint8.
        inverse_depth: [1/m], 0 where nothing is, (B, H SAMPLES, W SAMPLES), and owners, the number in the batch of the
            person at every sample, -2 an object, -1 nothing.
    """

    pictures: torch.Tensor
    linear: torch.Tensor
    keypoints_view: torch.Tensor
    visibility: torch.Tensor
    inverse_depth: torch.Tensor
    owners: torch.Tensor


class Drawer:
    """A stock on a device, and batches drawn with it.

    Args:
        stock: Stock.
        height, width: of the views, multiples of 16 [px].
        device: torch.device.
    """

    def __init__(self, stock, height, width, device):
        self.height, self.width, self.device = height, width, device
        self.meshes = character_meshes((*stock.characters, *stock.far_characters), device)
        self.textures = textures_of(stock, device)

    @torch.no_grad()
    def draw(self, scenes, lens, covers, generator):
        """The Drawn batch.

        Args:
            scenes: PackedScenes on the device.
            lens: Lens on the device.
            covers: Covers on the device.
            generator: torch.Generator of the noise on the device.
        """
        cameras, lights = scenes.cameras, scenes.lights
        images = len(cameras.eye)
        geometry = assemble(self.meshes, scenes)
        screen = project(cameras, geometry.vertices, geometry.image_of_vertex)
        inverse_depth, faces = rasterise(screen, geometry.triangles, geometry.image_of, geometry.two_sided, images,
                                         self.height * SAMPLES, self.width * SAMPLES)
        shadow_maps, affine = self._shadow_maps(geometry, lights, images, scenes.people_vertices)
        front = shade(inverse_depth, faces, geometry, screen, self.textures, shadow_maps, affine, lights, cameras)
        front = occlude(inverse_depth, front, cameras.focal * cameras.zoom)
        back = self._background(scenes, front, shadow_maps, affine)
        linear, covered = cover(front[..., :3] + back * (1 - front[..., 3:]), back, covers)
        keypoints = self._keypoints(cameras, scenes.people)
        visibility = visibility_codes(keypoints, scenes.people, inverse_depth, faces, geometry, covered)
        owners = torch.where(faces >= 0, geometry.owners[faces.clamp(min=0)], -1) if len(geometry.owners) else faces
        return Drawn(as_pictures(linear, lens, generator), linear, keypoints, visibility, inverse_depth, owners)

    def _shadow_maps(self, geometry, lights, images, people_vertices):
        """Depth maps from the suns, (B, s, s); an affine map of zeros, under which nothing is shaded, where there is
        hardly any sun."""
        screen, affine = project_to_sun(lights.sun, geometry, people_vertices)
        strong = lights.sun_colour.amax(1) > WEAKEST_SHADOW
        solid = (geometry.owners == -2) & geometry.two_sided
        maps, _ = rasterise(screen, geometry.triangles, geometry.image_of, solid, images, SHADOW_SIZE, SHADOW_SIZE,
                            strong[geometry.image_of])
        return maps, torch.where(strong[:, None, None], affine, 0.0)

    def _background(self, scenes, front, shadow_maps, affine):
        """Linear RGB of what is behind, (B, H, W, 3)."""
        cameras, backgrounds = scenes.cameras, scenes.backgrounds
        pixels = image_pixels(cameras, self.height, self.width)
        directions = rays(cameras, pixels)
        boxes = draw_boxes(directions, cameras, backgrounds, self.textures, shadow_maps, affine, scenes.lights)
        photographs = sample_photographs(backgrounds.photographs, pixels)
        covered = front[..., 3].sum((1, 2))
        brightness = front[..., :3].mean(3).sum((1, 2)) / covered.clamp(min=1e-6)
        gain = (brightness / photographs.mean((1, 2, 3)).clamp(min=0.03)) ** 0.5
        photographs = photographs * torch.where(covered > 0, gain, 1.0)[:, None, None, None]
        photographs = photographs * ground_shade(
            directions, cameras, shadow_maps, affine, backgrounds.ground_shadow)[..., None]
        back = torch.where(backgrounds.is_photograph[:, None, None, None], photographs, boxes)
        kernels = gaussian_kernels(backgrounds.blur * cameras.zoom, BLUR)
        return blurred(back.permute(0, 3, 1, 2), kernels).permute(0, 2, 3, 1)

    @staticmethod
    def _keypoints(cameras, people):
        """Keypoints in the views [px], (N, K, 2)."""
        points = people.keypoints_camera
        image = people.image
        pixels = points[..., :2] / points[..., 2:].clamp(min=1e-3) * cameras.focal[image, None, None] \
            + cameras.centre[image, None]
        affine = cameras.view_from_image[image]
        return torch.einsum("nij,nkj->nki", affine[..., :2], pixels) + affine[:, None, :, 2]
