"""What lies behind the people of a batch, in plain torch: textured rooms and streets, photographs, floors' shadows."""

import torch
from torch.nn import functional

from mocap_ros.synthesis import shading
from mocap_ros.synthesis.batched.constants import constant
from mocap_ros.synthesis.batched.surfaces import sunlit

DARKEST = 0.02  # light from around that reaches every wall
BELOW_HORIZON = -1e-3  # of a ray's vertical part, from which on it meets the floor


def image_pixels(cameras, height, width):
    """Where the pixels of the views lie in the images they are cut from [px], (B, h, w, 2)."""
    device = cameras.eye.device
    sides = [torch.arange(side, device=device) for side in (height, width)]
    rows, columns = torch.meshgrid(*sides, indexing="ij")
    pixels = torch.stack([columns, rows], 2).float() - cameras.view_from_image[:, None, None, :, 2]
    image_from_view = torch.linalg.inv_ex(cameras.view_from_image[..., :2]).inverse  # inv would wait for the device
    return torch.einsum("bij,bhwj->bhwi", image_from_view, pixels)


def rays(cameras, pixels):
    """Directions in the world of image pixels (B, h, w, 2), of depth 1 in the camera, (B, h, w, 3)."""
    inside = (pixels - cameras.centre[:, None, None]) / cameras.focal[:, None, None, None]
    directions = torch.cat([inside, torch.ones_like(inside[..., :1])], 3)
    return torch.einsum("bji,bhwj->bhwi", cameras.rotation, directions)


def draw_boxes(directions, cameras, backgrounds, textures, shadow_maps, affine, lights):
    """Rooms and streets seen from inside, linear RGB, (B, h, w, 3); see synthesis/surroundings.py."""
    images, height, width = directions.shape[:3]
    cosine, sine = torch.cos(backgrounds.yaw), torch.sin(backgrounds.yaw)
    turn = torch.zeros((images, 3, 3), device=directions.device)  # box_from_world
    turn[:, 0, 0], turn[:, 0, 1], turn[:, 1, 0], turn[:, 1, 1] = cosine, sine, -sine, cosine
    turn[:, 2, 2].fill_(1)
    eye = torch.einsum("bij,bj->bi", turn, cameras.eye)[:, None, None]
    inside = torch.einsum("bij,bhwj->bhwi", turn, directions)
    is_open = backgrounds.is_open[:, None, None]
    low, high = backgrounds.low[:, None, None], backgrounds.high[:, None, None]
    reach = (torch.where(inside > 0, high, low) - eye) / torch.where(inside.abs() < 1e-9, 1e-9, inside)
    meets = (reach > 0) & (inside.abs() >= 1e-9)
    meets[..., 2] &= ~((inside[..., 2] > 0) & is_open)
    best, axis = torch.where(meets, reach, float(shading.FAR)).min(3)
    plane = axis * 2 + (inside.gather(3, axis[..., None])[..., 0] > 0)
    place = eye + best[..., None] * inside
    above = is_open & (plane < 4) & (place[..., 2] > high[..., 2])
    is_sky = (above | ~meets.any(3)).flatten()

    image = torch.arange(images, device=directions.device).repeat_interleave(height * width)
    plane, axis, place = plane.flatten(), axis.flatten(), place.reshape(-1, 3)
    colour = _wall_colour(backgrounds, textures, image, plane, axis, place)
    normal = torch.zeros_like(place)
    normal[torch.arange(len(axis), device=axis.device), axis] = torch.where(plane % 2 == 0, 1.0, -1.0)
    normal = torch.einsum("nji,nj->ni", turn[image], normal)
    lit = (normal * lights.sun[image]).sum(1)
    lighted = (lit > 0) & (backgrounds.is_open[image] | (plane == 4))
    world = torch.einsum("nji,nj->ni", turn[image], place)
    direct = torch.where(lighted, lit * sunlit(shadow_maps, affine, image, world), 0.0)
    ambient = lights.ambient[image]
    around = torch.einsum("nci,ni->nc", ambient[..., :3], normal) + ambient[..., 3]
    walls = colour * colour * (lights.sun_colour[image] * direct[:, None] + around.clamp(min=DARKEST))

    up = functional.normalize(directions.reshape(-1, 3), dim=1)[:, 2].clamp(min=0)
    haze = ((1 - up) ** 3)[:, None]
    sky = lights.sky[image, 0] * haze + lights.sky[image, 1] * (1 - haze)
    return torch.where(is_sky[:, None], sky, walls).reshape(images, height, width, 3)


def _wall_colour(backgrounds, textures, image, plane, axis, place):
    """RGB of the walls' textures and of the pictures on them, (N, 3)."""
    u = torch.where(axis == 0, place[:, 1], place[:, 0])
    v = torch.where(axis == 2, place[:, 1], place[:, 2])
    number, scale = backgrounds.texture[image, plane], backgrounds.scale[image, plane]
    tu, tv, tint = u * scale, v * scale, torch.ones_like(u)
    for picture in range(backgrounds.pictures.shape[2]):
        left, right, bottom, top, texture = backgrounds.pictures[image, plane.clamp(max=3), picture].unbind(1)
        on = (plane < 4) & (u > left) & (u < right) & (v > bottom) & (v < top)
        number, tint = torch.where(on, texture.clamp(max=1e6).long(), number), torch.where(on, 0.9, tint)
        tu = torch.where(on, (u - left) / (right - left).clamp(min=1e-6), tu)
        tv = torch.where(on, (v - bottom) / (top - bottom).clamp(min=1e-6), tv)
    return textures.at(number, tu, tv) * tint[:, None] * backgrounds.tint[image, plane]


def sample_photographs(photographs, pixels):
    """Linear RGB of photographs at image pixels (B, h, w, 2); beyond their border they are mirrored, (B, h, w, 3)."""
    height, width = photographs.shape[1:3]
    size = constant((width, height), pixels.device, pixels.dtype)
    grid = (pixels + 0.5) * 2 / size - 1
    planes = photographs.permute(0, 3, 1, 2).float() / 255
    colours = functional.grid_sample(planes, grid, "bilinear", "reflection", False)
    return colours.permute(0, 2, 3, 1) ** 2


def ground_shade(directions, cameras, shadow_maps, affine, strength):
    """Factor by which a photograph's floor at height 0 is darkened where the shadow map is, (B, h, w).

    `strength` is that of the shadow, (B,).
    """
    images, height, width = directions.shape[:3]
    falls = directions[..., 2] < BELOW_HORIZON
    reach = -cameras.eye[:, None, None, 2] / torch.where(falls, directions[..., 2], -1.0)
    places = (cameras.eye[:, None, None] + reach[..., None] * directions).reshape(-1, 3)
    places[:, 2].zero_()
    image = torch.arange(images, device=directions.device).repeat_interleave(height * width)
    shaded = 1 - sunlit(shadow_maps, affine, image, places).reshape(images, height, width)
    return torch.where(falls, 1 - strength[:, None, None] * shaded, 1.0)
