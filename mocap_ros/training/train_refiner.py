"""Training of the refiner on crops around what may have been found of labelled people."""

from dataclasses import dataclass
from pathlib import Path

import torch

from mocap_ros.nets.refiner_net import RefinerNet
from mocap_ros.training.batches import BatchKeys, batch_loader, plain_errors
from mocap_ros.training.refiner_losses import refiner_losses, RefinerLosses
from mocap_ros.training.refiner_views import joined, PEOPLE_OF_IMAGE, RandomFindings, RefinerViews
from mocap_ros.training.settings import setting
from mocap_ros.training.steps import averaged, begin, prepared, RunFiles, StepSettings, take_steps

CHECKPOINT = "refiner.pt"


@dataclass(frozen=True)
class RefinerTraining(StepSettings):
    """Settings of a refiner's run."""

    steps: int = setting(16000, "length of the run in batches", 1)
    images: int = setting(16, f"images in a batch, over all processes; {PEOPLE_OF_IMAGE} views of each", 1)
    box_alone: float = setting(0.0, "share of views of which only a box is told, no keypoint", 0, 1)
    weight_seen: float = setting(1.0, "weight of the loss of what is seen")
    weight_person: float = setting(0.5, "weight of the loss of who is a person")
    weight_pose: float = setting(6.0, "weight of the loss of the 3D pose")
    save_every: int = setting(1000, "steps between checkpoints and evaluations", 1)
    log_every: int = setting(100, "steps between lines of the log", 1)


def train_refiner(settings, sources, shares, patches, run, evaluate=None, resume=False, stop=None, start_from=None,
                  learns_from=None):
    """Trains a RefinerNet and leaves CHECKPOINT, settings.yaml and log.csv in the folder `run`.

    Under torchrun each process computes its part of every batch, and the gradients are averaged.

    Args:
        settings: RefinerTraining.
        sources, shares, patches: see RandomFindings.
        run: folder; made where missing.
        evaluate: function of (averaged RefinerNet, step), called after each checkpoint by the first process; or None.
        resume: go on from the folder's checkpoint; its step, weights and optimizer are restored.
        stop: step at which to stop early, as if interrupted; None runs to the end.
        start_from: checkpoint whose averaged weights a new run begins with; None for random weights.
        learns_from: dict that says where the data came from, kept with the settings.

    Returns:
        The averaged RefinerNet, on the CPU.

    Raises:
        WeightsError: a checkpoint of another network.
    """
    rank, processes, device = prepared(settings)
    model = RefinerNet(settings.width).to(device, memory_format=torch.channels_last)
    trained, first = begin(model, settings, start_from, Path(run) / CHECKPOINT if resume else None)
    last = settings.steps if stop is None else min(stop, settings.steps)
    views = RandomFindings(sources, shares, patches, settings.seed, settings.box_alone)
    keys = BatchKeys(first, last, settings.images, rank, processes)
    batches = plain_errors(batch_loader(views, keys, settings.workers, device.type == "cuda", joined))

    def losses_of(network, batch, _):
        batch = RefinerViews(*(each.to(device, non_blocking=True) for each in batch))
        losses = refiner_losses(network(*batch.told), batch)
        total = (losses.places + settings.weight_seen * losses.seen + settings.weight_person * losses.person
                 + settings.weight_pose * losses.pose)
        return total, losses._asdict()

    def average():
        return averaged(trained.average.values, RefinerNet(settings.width))

    take_steps(trained, settings, batches, first, last, losses_of,
               RunFiles(run, CHECKPOINT, RefinerLosses._fields, settings.images * PEOPLE_OF_IMAGE, learns_from),
               evaluate and (lambda step: evaluate(average(), step)))
    return average()


def refiner_of(checkpoint):
    """The averaged RefinerNet of a checkpoint's state, for evaluation and export."""
    return averaged(checkpoint["average"], RefinerNet(checkpoint["settings"]["width"]))
