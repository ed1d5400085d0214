"""Training of Stage I: first 2D alone, then 2D and 3D together (Sec. 6.3.1)."""

from dataclasses import dataclass
from pathlib import Path

import torch

from mocap_ros.datatypes.errors import ConfigError, WeightsError
from mocap_ros.nets.stage_one import StageOne
from mocap_ros.nets.stage_two_input import SPARSE, SUPERVISIONS
from mocap_ros.nets.widening import widen
from mocap_ros.training.batch_stream import batch_stream
from mocap_ros.training.checkpoint import load_checkpoint, MovingAverage
from mocap_ros.training.closer_views import LOOKS, WHOLE
from mocap_ros.training.intermediate import SupervisedStageOne, intermediate_weight
from mocap_ros.training.losses import LOSSES, stage_one_losses
from mocap_ros.training.schedule import optimizers_of
from mocap_ros.training.settings import check_choice, setting, stored_settings
from mocap_ros.training.steps import prepared, RunFiles, StepSettings, take_steps, TrainedNetwork

CHECKPOINT = "checkpoint.pt"
# What a checkpoint is trained for, its tensors are laid out for, or it sets itself when it is loaded.
FIXED = "looks", "width", "core", "optimizer", "rate_of_core", "weight_decay", "intermediate"


@dataclass(frozen=True)
class StageOneTraining(StepSettings):
    """Settings of a Stage I run."""

    width: float = setting(0.5, "width multiplier of the network; 1 is Table 7.9", 0.05, 4)
    core: str = setting("selecsls", "core network: resnet34, resnet50, or selecsls with -additive, -previous, -base, "
                                    "-ungrouped (Table 7.10)")
    looks: str = setting(WHOLE, "whole: views with everybody; closer: views of one person, who alone is answered for "
                                "(a closer look's network)")
    supervision: str = setting(SPARSE, "bones that a keypoint's encoding learns: sparse (those that meet there) or "
                                       "dense (all, Sec. 6.3.3)")
    steps_2d: int = setting(3000, "first steps that train the 2D branch alone")
    batch: int = setting(16, "images in a batch, over all processes", 1)
    rate_of_core: float = setting(1.0, "factor on the core's learning rate, below 1 for transferred weights "
                                       "(Sec. 4.2.1)", 0, 1)
    decay: int = setting(3000, "last steps, in which it falls")
    weight_localisation: float = setting(0.3, "weight of the loss of place between cells")
    weight_part_affinity: float = setting(2.0, "weight of the part affinity loss")
    weight_encodings: float = setting(2.0, "weight of the encoding loss")
    intermediate: float = setting(0.0, "weight, at first, of the same losses on the core's features; it falls to zero "
                                       "over the run (Sec. 5.3)")
    crop_width: int = setting(192, "width of a training view [px], a multiple of 16", 32)
    crop_height: int = setting(224, "height of a training view [px], a multiple of 16", 32)
    smallest_person: float = setting(40.0, "smallest person that is aimed at [px]", 1)
    largest_person: float = setting(230.0, "largest person that is aimed at [px]", 1)
    characters: int = setting(36, "dressed people in the stock that drawn views choose from", 1)
    stock_steps: int = setting(500, "steps after which drawn views get a new stock of people and textures", 1)

    def __post_init__(self):
        super().__post_init__()
        check_choice("supervision", self.supervision, SUPERVISIONS)
        check_choice("looks", self.looks, LOOKS)
        if self.crop_width % 16 or self.crop_height % 16:
            raise ConfigError(f"views of {self.crop_width} x {self.crop_height} px: wanted multiples of 16")


def train_stage_one(settings, sources, shares, patches, run, evaluate=None, resume=False, stop=None, start_from=None,
                    drawn=None, learns_from=None):
    """Trains Stage I and leaves `checkpoint.pt`, `settings.yaml` and `log.csv` in the folder `run`.

    Under torchrun each process computes its part of every batch, and the gradients are averaged.

    Args:
        settings: StageOneTraining.
        sources, shares, patches: see RandomViews.
        run: folder; made where missing.
        evaluate: function of (averaged StageOne, step), called after each checkpoint by the first process; or None.
        resume: go on from the folder's checkpoint; its step, weights, optimizer and random state are restored.
        stop: step at which to stop early, as if interrupted; None runs to the end.
        start_from: checkpoint whose averaged weights a new run begins with, at step 0, widened where the run's network
            is the wider one; None for random weights.
        drawn: DrawnPeople, to draw views where the network learns; None to read all of them.
        learns_from: dict that says where the data came from, kept with the settings in the checkpoint and the file.

    Returns:
        The averaged StageOne, on the CPU.
    """
    rank, processes, device = prepared(settings)
    model = StageOne(settings.width, settings.core).to(device, memory_format=torch.channels_last)
    optimizers = optimizers_of(
        model, settings.optimizer, settings.rate, settings.weight_decay, settings.rate_of_core)
    trained = model
    if settings.intermediate:
        trained = SupervisedStageOne(model).to(device, memory_format=torch.channels_last)
        optimizers[0].add_param_group({"params": list(trained.heads.parameters()), "rate_factor": 1.0})
    average = MovingAverage(model, settings.average)
    first, run = 0, Path(run)
    if start_from:
        _begin_with(start_from, model, average)
    if resume:
        first = _restore(run / CHECKPOINT, settings, trained, optimizers, average)

    last = settings.steps if stop is None else min(stop, settings.steps)
    batches = batch_stream(settings, sources, shares, patches, drawn, first, last, rank, processes, device)

    def losses_of(network, views, step):
        images, targets = views
        with_3d = step >= settings.steps_2d
        outputs = network(images, with_3d)
        outputs, earlier = outputs if settings.intermediate else (outputs, ())
        losses = stage_one_losses(outputs, targets)
        total = _total(losses, settings, with_3d)
        for each in earlier:
            weight = intermediate_weight(step, settings.intermediate, settings.steps)
            total = total + weight * _total(stage_one_losses(each, targets), settings, with_3d)
        return total, losses

    report = evaluate and (lambda step: evaluate(_averaged(average, settings), step))
    take_steps(TrainedNetwork(trained, model, optimizers, average), settings, batches, first, last, losses_of,
               RunFiles(run, CHECKPOINT, LOSSES, settings.batch, learns_from), report, unused=True)
    return _averaged(average, settings)


def _total(losses, settings, with_3d):
    """The weighted sum of stage_one_losses that is minimised."""
    total = (losses["heatmaps"] + settings.weight_localisation * losses["localisation"]
             + settings.weight_part_affinity * losses["part_affinity"])
    return total + settings.weight_encodings * losses["encodings"] if with_3d else total


def stage_one_of(checkpoint):
    """The averaged StageOne of a checkpoint's state, for evaluation and export."""
    model = StageOne(checkpoint["settings"]["width"], checkpoint["settings"].get("core", "selecsls"))
    model.load_state_dict(checkpoint["average"])
    return model.eval()


def _begin_with(path, model, average):
    """Loads the averaged weights of a checkpoint, whole or slim, into a new run; a narrower network's are widened.

    Raises:
        WeightsError: they are of another core, or of a wider network.
    """
    state = load_checkpoint(path)
    width, core = state["settings"]["width"], state["settings"].get("core", "selecsls")
    if core != model.core_name or width > model.width:
        raise WeightsError(f"{path}: weights of {core} at width {width}, "
                           f"the run has {model.core_name} at {model.width}; only the width may grow")
    begun = model if width == model.width else StageOne(width, core)
    kinds = {name: value.dtype for name, value in begun.state_dict().items()}
    begun.load_state_dict({name: value.to(kinds[name]) for name, value in state["average"].items()})
    if begun is not model:
        wide = StageOne(model.width, core)
        for layer in widen(begun, wide):
            print(f"{path}: a group of {layer} cannot see all that it read at width {width}; it has to learn anew")
        model.load_state_dict(wide.state_dict())
    for name, value in model.state_dict().items():
        average.values[name].copy_(value)


def _restore(path, settings, model, optimizers, average):
    """Loads a checkpoint into the run and returns the step to go on from.

    Raises:
        WeightsError: its network or optimizer is another one than the settings ask for.
    """
    state = load_checkpoint(path)
    before = stored_settings(StageOneTraining, state["settings"])
    for name in FIXED:
        old, new = getattr(before, name), getattr(settings, name)
        if old != new and (name != "intermediate" or bool(old) != bool(new)):
            raise WeightsError(f"{path}: a run with {name}={old} cannot go on with {name}={new}")
    model.load_state_dict(state["model"])
    for optimizer, values in zip(optimizers, state["optimizers"]):
        optimizer.load_state_dict(values)
    for name, value in state["average"].items():
        average.values[name].copy_(value)
    torch.set_rng_state(state["random"])
    return state["step"]


def _averaged(average, settings):
    model = StageOne(settings.width, settings.core)
    model.load_state_dict({name: value.cpu() for name, value in average.values.items()})
    return model.eval()
