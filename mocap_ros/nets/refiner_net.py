"""The refiner: a small network that sees one person and what was found of them, and puts it right in 2D and 3D."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from mocap_ros.datatypes.skeleton import J, JOINTS, K, KEYPOINT_DEVIATIONS, ROOT
from mocap_ros.nets.lift_net import dense_layer
from mocap_ros.nets.refiner_input import CAMERA_NUMBERS, CELL_PX, CELLS, CROP_PX, PERSON_PX
from mocap_ros.nets.selecsls import convolution, scaled
from mocap_ros.nets.shown_maps import MAP_CHANNELS
from mocap_ros.nets.stage_one import PIXEL_MEAN, PIXEL_SCALE

PELVIS = JOINTS.index(ROOT)
HINT_SIGMA = 1.5  # cells: spread of the blobs that show the network what was found
WINDOW = 2.5  # cells around the highest one over which a keypoint's place is averaged
SIZE_PX = 0.6 * PERSON_PX  # root of a person's area in a crop, for the similarity to be expected
TOKEN = 32  # numbers that the pose is told of each keypoint's surroundings


class RefinerOutputs(NamedTuple):
    """What the refiner says of N people.

    Attributes:
        heatmap_logits: softmax over all cells is where each keypoint may be, (N, K, CELLS, CELLS).
        places: keypoints [px of the crop], (N, K, 2).
        certainty: COCO's similarity that is to be expected of each place, 0 to 1, (N, K).
        seen_logits: whether each keypoint is seen, or hidden by the person's own body only, (N, K).
        person_logits: whether the finding is a person at all, (N,).
        joints: root-relative, at the reference height, axes of the view through the crop's centre [m], (N, J, 3).
    """

    heatmap_logits: torch.Tensor
    places: torch.Tensor
    certainty: torch.Tensor
    seen_logits: torch.Tensor
    person_logits: torch.Tensor
    joints: torch.Tensor


class Residual(nn.Module):
    """Two 3 x 3 convolutions around which the input is carried."""

    def __init__(self, features):
        super().__init__()
        self.layers = nn.Sequential(convolution(features, features, 3, grouped=False),
                                    convolution(features, features, 3, grouped=False, activated=False))

    def forward(self, features):
        """Features of the same shape."""
        return functional.relu(features + self.layers(features))


class RefinerNet(nn.Module):
    """Crops and found keypoints to RefinerOutputs.

    Strides 2 to 16 and back to 8, where heatmaps are read and brought to stride 4 by pixel shuffle; the found keypoints
    join at stride 4 as blobs, beside what Stage I's maps show there, which need not be known. The pose is read by a
    small perceptron from what the features say around each keypoint, from the places, from the whole crop and from the
    camera.

    Args:
        width: multiplier of all channels.

    Source: ours. Top-down because an error of so many cells is then the same share of every person (docs/refining.md).
    """

    def __init__(self, width=1.0):
        super().__init__()
        self.width = width
        at_4, at_8, at_16 = (scaled(features, width) for features in (48, 96, 192))
        self.stem = nn.Sequential(convolution(3, scaled(24, width), 3, 2),
                                  convolution(scaled(24, width), at_4, 3, 2, grouped=False))
        self.hint = nn.Conv2d(K, at_4, 1)
        self.shown = nn.Conv2d(MAP_CHANNELS, at_4, 1, bias=False)
        nn.init.zeros_(self.shown.weight)
        self.down_8 = nn.Sequential(convolution(at_4, at_8, 3, 2, grouped=False), Residual(at_8))
        self.down_16 = nn.Sequential(convolution(at_8, at_16, 3, 2, grouped=False), Residual(at_16), Residual(at_16))
        self.context = nn.Linear(at_16, at_16)
        self.up = convolution(at_16, at_8, 1)
        self.fused = convolution(at_8, at_8, 3, grouped=False)
        self.head = nn.Conv2d(at_8, 4 * K, 1)
        self.token = nn.Linear(at_8, TOKEN)
        hidden = scaled(512, width)
        self.inward = dense_layer(K * (TOKEN + 6) + at_16 + CAMERA_NUMBERS, hidden)
        self.block = nn.Sequential(dense_layer(hidden, hidden), dense_layer(hidden, hidden))
        self.outward = nn.Linear(hidden, 3 * J + K + 1)
        cells = torch.arange(CELLS, dtype=torch.float32)
        self.register_buffer("cells", cells, persistent=False)
        deviations = torch.tensor(2 * KEYPOINT_DEVIATIONS * SIZE_PX / CELL_PX, dtype=torch.float32)
        self.register_buffer("deviations", deviations[None, :, None], persistent=False)  # cells

    def forward(self, crops, keypoints, camera, maps):
        """RefinerOutputs.

        Args:
            crops: (N, CROP_PX, CROP_PX, 3) uint8 BGR.
            keypoints: see refiner_input.finding, (N, K, 3).
            camera: see refiner_input.camera_numbers, (N, CAMERA_NUMBERS).
            maps: see shown_maps.ShownMaps.around, (N, MAP_CHANNELS, CELLS, CELLS); zeros where unknown.
        """
        pixels = (crops.float().permute(0, 3, 1, 2) - PIXEL_MEAN) * PIXEL_SCALE
        at_4 = functional.relu(self.stem(pixels) + self.hint(self._blobs(keypoints)) + self.shown(maps))
        at_8 = self.down_8(at_4)
        at_16 = self.down_16(at_8)
        whole = functional.relu(self.context(at_16.mean((2, 3))))
        coarse = self.up(functional.relu(at_16 + whole[..., None, None]))
        features = self.fused(at_8 + functional.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        logits = functional.pixel_shuffle(self.head(features), 2).float()  # (N, K, CELLS, CELLS)
        chances = logits.flatten(2).softmax(-1)
        cells, certainty = self._read(chances)
        around = functional.avg_pool2d(chances.unflatten(2, (CELLS, CELLS)), 2).flatten(2).detach() * 4
        tokens = self.token(around.to(features.dtype) @ features.flatten(2).transpose(1, 2))  # (N, K, TOKEN)
        told = torch.cat([tokens.flatten(1).float(), (cells / CELLS - 0.5).flatten(1), certainty,
                          self._relative(keypoints).flatten(1), whole.float(), camera], 1)
        hidden = self.inward(told)
        answers = self.outward(hidden + self.block(hidden)).float()
        joints = answers[:, :3 * J].unflatten(1, (J, 3))
        return RefinerOutputs(
            logits, (cells + 0.5) * CELL_PX - 0.5, certainty, answers[:, 3 * J:-1], answers[:, -1],
            joints - joints[:, PELVIS:PELVIS + 1])

    def _blobs(self, keypoints):
        """Found keypoints as Gaussians of their confidence, (N, K, CELLS, CELLS)."""
        centres = (keypoints[..., :2] + 0.5) / CELL_PX - 0.5
        falloff = torch.exp(-(self.cells - centres[..., None]) ** 2 / (2 * HINT_SIGMA ** 2))  # (N, K, 2, CELLS)
        columns, rows = falloff[:, :, 0], falloff[:, :, 1] * keypoints[..., 2:]
        return rows[..., None] * columns[..., None, :]

    @staticmethod
    def _relative(keypoints):
        """Found keypoints as numbers around 0, (N, K, 3); zeros where not found."""
        found = (keypoints[..., 2:] > 0).float()
        return torch.cat([(keypoints[..., :2] / CROP_PX - 0.5) * found, keypoints[..., 2:]], -1)

    def _read(self, chances):
        """Places in cells (x, y), (N, K, 2), and certainty (N, K), from the chance of every cell, (N, K, CELLS^2)."""
        best = chances.argmax(-1, keepdim=True)
        row = torch.div(best, CELLS, rounding_mode="floor")
        grid = chances.unflatten(2, (CELLS, CELLS))
        near_rows = ((self.cells - row).abs() <= WINDOW).float()  # (N, K, CELLS)
        near_columns = ((self.cells - (best - CELLS * row)).abs() <= WINDOW).float()
        by_row = (grid * near_columns[:, :, None]).sum(-1) * near_rows
        by_column = (grid * near_rows[..., None]).sum(-2) * near_columns
        mass = by_row.sum(-1)
        places = torch.stack([(by_column * self.cells).sum(-1), (by_row * self.cells).sum(-1)], -1) / mass[..., None]
        likeness = [torch.exp(-((self.cells - places[..., axis, None]) / self.deviations) ** 2 / 2) for axis in (0, 1)]
        certainty = ((grid * likeness[0][:, :, None]).sum(-1) * likeness[1]).sum(-1)
        return places, certainty
