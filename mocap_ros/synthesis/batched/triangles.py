"""The z-buffer of a batch, in plain torch: every sample that a triangle may cover becomes one item of a long list.

An item's inverse depth and triangle are packed into one 64-bit key, and the largest key of a sample wins (a scatter
with maximum): the result does not depend on the order in which a device works. Small triangles list their boxes; large
ones list the tiles of their boxes first, and only tiles that they touch are listed sample by sample.
"""

import torch

from mocap_ros.synthesis.batched.constants import constant
from mocap_ros.synthesis.batched.ragged import expanded, pieces

TILE = 8  # samples
LARGEST_SMALL = 4 * TILE * TILE  # samples of a box that is listed at once
MOST_ITEMS = 1 << 23  # listed at a time: about 1 GB at 120 bytes an item
LOW_BITS = (1 << 31) - 1


def rasterise(screen, triangles, image_of, two_sided, images, height, width, shown=None):
    """Nearest inverse depth and triangle of every sample, as synthesis/raster.py draws them.

    Args:
        screen: sample x, sample y, inverse depth [1/m] of every vertex, (V, 3); inverse depth <= 0 is behind the lens.
        triangles: (F, 3) int64.
        image_of: the image of each triangle, (F,) int64.
        two_sided: (F,) bool; of the others only the front (clockwise on the screen, y down) is drawn.
        images, height, width: size of the batch [samples].
        shown: (F,) bool, which triangles to draw at all; None for every one.

    Returns:
        inverse_depth, 0 where nothing is, and triangle numbers, -1 where nothing is, (images, height, width).
    """
    keys = torch.zeros(images * height * width, dtype=torch.int64, device=screen.device)
    corners = screen[triangles]  # (F, 3, 3)
    x, y, z = corners.unbind(2)
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    low = torch.stack([x.amin(1), y.amin(1)], 1).clamp(-1, max(height, width)).ceil().int().clamp(min=0)
    size = constant((width, height), screen.device, torch.int32)
    high = torch.stack([x.amax(1), y.amax(1)], 1).clamp(-1, max(height, width)).floor().int().minimum(size - 1)
    drawn = (z.amin(1) > 0) & (area != 0) & ((area < 0) | two_sided) & (low <= high).all(1)
    kept = torch.nonzero(drawn if shown is None else drawn & shown)[:, 0]
    plane = _Planes(corners[kept], area[kept], kept, image_of[kept] * height * width, low[kept], high[kept], width)
    extent = plane.high - plane.low + 1
    is_small = extent[:, 0] * extent[:, 1] <= LARGEST_SMALL
    for chosen, cell in ((is_small, 1), (~is_small, TILE)):
        first = plane.low // cell
        across, down = (plane.high // cell - first + 1).unbind(1)
        boxes, counts = torch.cat([first, across[:, None]], 1), across.long() * down * chosen
        for start, end, items in pieces(counts, MOST_ITEMS):
            item, place = expanded(counts[start:end], items)
            item, place = item + start, place.int()
            left, top, side = boxes[item].unbind(1)
            column, row = left + place % side, top + place // side
            if cell == 1:
                plane.put(keys, item, column, row)
            else:
                _put_tiles(plane, keys, item, column, row)
    depths = (keys >> 32).to(torch.int32).view(torch.float32)
    numbers = torch.where(keys > 0, LOW_BITS - (keys & LOW_BITS), -1)
    return depths.reshape(images, height, width), numbers.reshape(images, height, width)


def _put_tiles(plane, keys, triangle, column, row):
    """Draws triangles tile by tile; a tile that lies wholly beyond an edge is left out."""
    touched = torch.nonzero(plane.touches(triangle, column, row))[:, 0]
    triangle, column, row = triangle[touched], column[touched], row[touched]
    inner = torch.arange(TILE * TILE, device=keys.device, dtype=torch.int32)
    step = MOST_ITEMS // (TILE * TILE)
    for start in range(0, len(triangle), step):
        part = slice(start, start + step)
        columns = (column[part, None] * TILE + inner % TILE).flatten()
        rows = (row[part, None] * TILE + inner // TILE).flatten()
        plane.put(keys, triangle[part].repeat_interleave(TILE * TILE), columns, rows, in_boxes=False)


class _Planes:
    """Triangles as linear functions of the sample: two barycentric coordinates and inverse depth.

    Args:
        corners: sample x, sample y, inverse depth [1/m], (N, 3, 3).
        area: twice the signed area, (N,).
        numbers: to be written, (N,).
        first_sample: of each triangle's image, (N,).
        low, high: boxes [samples], (N, 2).
        width: of an image [samples].
    """

    def __init__(self, corners, area, numbers, first_sample, low, high, width):
        x, y, z = corners.unbind(2)
        inverse = 1 / area
        self.table = torch.stack([
            x[:, 0], y[:, 0], (y[:, 2] - y[:, 0]) * inverse, -(x[:, 2] - x[:, 0]) * inverse,
            -(y[:, 1] - y[:, 0]) * inverse, (x[:, 1] - x[:, 0]) * inverse,
            z[:, 0], z[:, 1] - z[:, 0], z[:, 2] - z[:, 0],
        ], 1)
        self.numbers, self.first_sample, self.low, self.high, self.width = numbers, first_sample, low, high, width

    def put(self, keys, triangle, column, row, in_boxes=True):
        """Writes the samples that lie inside their triangles; `in_boxes` says that all lie inside their boxes."""
        x0, y0, b1x, b1y, b2x, b2y, z0, z1, z2 = self.table[triangle].unbind(1)
        dx, dy = column - x0, row - y0
        b1, b2 = dx * b1x + dy * b1y, dx * b2x + dy * b2y
        inside = (b1 >= 0) & (b2 >= 0) & (b1 + b2 <= 1)
        if not in_boxes:
            low, high = self.low[triangle], self.high[triangle]
            inside &= (column >= low[:, 0]) & (column <= high[:, 0]) & (row >= low[:, 1]) & (row <= high[:, 1])
        hit = torch.nonzero(inside)[:, 0]
        triangle = triangle[hit]
        depth = (z0 + b1 * z1 + b2 * z2)[hit]
        sample = self.first_sample[triangle] + row[hit] * self.width + column[hit]
        key = depth.view(torch.int32).long() << 32 | (LOW_BITS - self.numbers[triangle])
        keys.scatter_reduce_(0, sample, key, "amax")

    def touches(self, triangle, column, row):
        """Whether some sample of a tile may lie inside a triangle, (N,) bool."""
        x0, y0, b1x, b1y, b2x, b2y = self.table[triangle, :6].unbind(1)
        dx, dy = column * TILE - x0, row * TILE - y0

        def greatest(slope_x, slope_y):
            return dx * slope_x + dy * slope_y + (slope_x.clamp(min=0) + slope_y.clamp(min=0)) * (TILE - 1)

        return (greatest(b1x, b1y) >= -1e-4) & (greatest(b2x, b2y) >= -1e-4) \
            & (1 + greatest(-b1x - b2x, -b1y - b2y) >= -1e-4)
