"""Training of BoxNet on the maps of a Stage I that is trained already."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch

from mocap_ros.datatypes.skeleton import K, L
from mocap_ros.decoding.person_boxes import overlaps, read_boxes, SAME_BOX
from mocap_ros.nets.box_net import BoxNet
from mocap_ros.nets.model_format import STRIDE
from mocap_ros.training.batches import BatchKeys, batch_loader, plain_errors
from mocap_ros.training.box_maps import RandomMaps
from mocap_ros.training.box_targets import box_losses, BoxLosses, BoxTargets
from mocap_ros.training.settings import setting
from mocap_ros.training.steps import averaged, begin, prepared, RunFiles, StepSettings, take_steps

CHECKPOINT = "boxes.pt"
SCORED_CHANCE = 0.2  # of boxes that are scored


@dataclass(frozen=True)
class BoxTraining(StepSettings):
    """Settings of a run of BoxNet."""

    steps: int = setting(3000, "length of the run in batches", 1)
    batch: int = setting(16, "images in a batch, over all processes", 1)
    rate: float = setting(3e-3, "peak learning rate")
    warmup: int = setting(100, "steps in which the rate rises")
    decay: int = setting(2000, "last steps, in which it falls")
    average: float = setting(0.998, "decay of the weights' moving average", 0, 1)
    weight_boxes: float = setting(2.0, "weight of the loss of the boxes")


class BoxScores(NamedTuple):
    """Of people who must be found, the share that a box tells of; boxes, and boxes of nobody, an image."""

    found: float
    boxes: float
    false: float


def train_boxes(settings, sources, shares, run, evaluate=None, resume=False, stop=None, start_from=None,
                learns_from=None):
    """Trains a BoxNet and leaves CHECKPOINT, settings.yaml and log.csv in the folder `run`.

    Args:
        settings: BoxTraining.
        sources, shares: see RandomMaps.
        run, evaluate, resume, stop, start_from, learns_from: as of train_refiner, with a BoxNet.

    Returns:
        The averaged BoxNet, on the CPU.

    Raises:
        WeightsError: a checkpoint of another network.
    """
    rank, processes, device = prepared(settings)
    model = BoxNet(settings.width).to(device, memory_format=torch.channels_last)
    trained, first = begin(model, settings, start_from, Path(run) / CHECKPOINT if resume else None)
    last = settings.steps if stop is None else min(stop, settings.steps)
    keys = BatchKeys(first, last, settings.batch, rank, processes)
    views = RandomMaps(sources, shares, settings.seed)
    batches = plain_errors(batch_loader(views, keys, settings.workers, device.type == "cuda"))

    def losses_of(network, batch, _):
        maps, targets = batch
        maps = maps.to(device, non_blocking=True)
        targets = BoxTargets(*(each.to(device, non_blocking=True) for each in targets))
        losses = box_losses(network(maps[:, :K], maps[:, K:].unflatten(1, (L, 2))), targets)
        return losses.chance + settings.weight_boxes * losses.boxes, losses._asdict()

    def average():
        return averaged(trained.average.values, BoxNet(settings.width))

    take_steps(trained, settings, batches, first, last, losses_of,
               RunFiles(run, CHECKPOINT, BoxLosses._fields, settings.batch, learns_from),
               evaluate and (lambda step: evaluate(average(), step)))
    return average()


def box_net_of(checkpoint):
    """The averaged BoxNet of a checkpoint's state, for evaluation and export."""
    return averaged(checkpoint["average"], BoxNet(checkpoint["settings"]["width"]))


def score_boxes(model, stored):
    """BoxScores of a BoxNet in evaluation mode on StoredMaps, or a list of such maps, boxes and wanted."""
    people = hits = boxes = false = 0
    for index in range(len(stored)):
        maps, truth, wanted = stored[index]
        maps = torch.from_numpy(maps.astype("float32"))[None]
        with torch.inference_mode():
            outputs = model(maps[:, :K], maps[:, K:].unflatten(1, (L, 2)))
        said = read_boxes(outputs.chance_logits[0].sigmoid().numpy(), outputs.boxes[0].numpy(), STRIDE, SCORED_CHANCE)
        same = overlaps(truth, said.corners) >= SAME_BOX
        people, hits = people + wanted.sum(), hits + same[wanted].any(1).sum()
        boxes, false = boxes + len(said.scores), false + (~same.any(0)).sum()
    return BoxScores(hits / max(people, 1), boxes / max(len(stored), 1), false / max(len(stored), 1))
