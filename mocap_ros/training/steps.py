"""The steps of a training, alike for every network: rate, move, mean of the weights, log, checkpoint, score."""

from dataclasses import asdict, dataclass
import os
from pathlib import Path
import time
from typing import NamedTuple, Optional

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
import yaml

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.training.checkpoint import load_checkpoint, MovingAverage, save_checkpoint
from mocap_ros.training.precision import autocast, PRECISIONS
from mocap_ros.training.schedule import learning_rate, optimizers_of
from mocap_ros.training.settings import check_choice, setting, stored_settings

LARGEST_GRADIENT = 10.0
FIXED = "width", "optimizer", "weight_decay"  # what a checkpoint's tensors are laid out for, or it sets itself


@dataclass(frozen=True)
class StepSettings:
    """Settings that the steps of every training have; they are stored in its checkpoint."""

    width: float = setting(1.0, "width multiplier of the network", 0.05, 4)
    steps: int = setting(12000, "length of the run in batches", 1)
    optimizer: str = setting("muon", "muon (for filters, AdamW for the rest) or adamw")
    rate: float = setting(2e-3, "peak learning rate")
    warmup: int = setting(300, "steps in which the rate rises")
    decay: int = setting(6000, "last steps, in which it falls")
    weight_decay: float = setting(0.02, "of filters, heads and matrices")
    average: float = setting(0.999, "decay of the weights' moving average", 0, 1)
    seed: int = setting(1, "of weights, draws and views")
    precision: str = setting("auto", "bf16, fp32, or auto: bf16 where the machine multiplies it natively")
    compile: bool = setting(False, "compile the network (pays on a GPU)")
    threads: int = setting(0, "CPU threads of the trainer; 0 uses every core")
    workers: int = setting(1, "processes that read and augment")
    save_every: int = setting(500, "steps between checkpoints and evaluations", 1)
    log_every: int = setting(50, "steps between lines of the log", 1)

    def __post_init__(self):
        check_choice("precision", self.precision, PRECISIONS)


class TrainedNetwork(NamedTuple):
    """What the steps move.

    Attributes:
        module: network on its device.
        kept: the same, or the part of it that is evaluated and exported.
        optimizers: list; each of their groups has a `rate_factor`.
        average: MovingAverage of `kept`.
    """

    module: nn.Module
    kept: nn.Module
    optimizers: list
    average: MovingAverage


def begin(model, settings, start_from=None, resume_from=None):
    """A TrainedNetwork and the step to go on from.

    Args:
        model: network with its random weights, on its device.
        settings: StepSettings.
        start_from: checkpoint, whole or slim, whose averaged weights a new run begins with; or None.
        resume_from: checkpoint whose run goes on; or None.

    Raises:
        WeightsError: a checkpoint of another network or optimizer than the settings ask for.
    """
    optimizers = optimizers_of(model, settings.optimizer, settings.rate, settings.weight_decay)
    if start_from:
        model.load_state_dict(_fitting(start_from, settings)["average"])
    average, first = MovingAverage(model, settings.average), 0
    if resume_from:
        state = _fitting(resume_from, settings)
        model.load_state_dict(state["model"])
        for optimizer, values in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(values)
        for name, value in state["average"].items():
            average.values[name].copy_(value)
        first = state["step"]
    return TrainedNetwork(model, model, optimizers, average), first


def averaged(average, blank):
    """The averaged network, on the CPU and in evaluation mode.

    Args:
        average: values of a MovingAverage, or of a checkpoint, whole or slim.
        blank: network of that layout, whose weights do not matter.
    """
    blank.load_state_dict({name: value.float().cpu() if value.is_floating_point() else value.cpu()
                           for name, value in average.items()})
    return blank.eval()


def _fitting(path, settings):
    """The state of a checkpoint; errors as begin."""
    state = load_checkpoint(path)
    before = stored_settings(type(settings), state["settings"])
    for name in FIXED:
        old, new = getattr(before, name), getattr(settings, name)
        if old != new:
            raise WeightsError(f"{path}: a run with {name}={old} cannot go on with {name}={new}")
    return state


class RunFiles(NamedTuple):
    """What the first process leaves in a run's folder.

    Attributes:
        folder: made where missing; gets log.csv and settings.yaml too.
        checkpoint: name of the file of the run's state.
        losses: names of the losses.
        batch: samples in a batch, over all processes.
        learns_from: dict that says where the data came from, kept with the settings; or None.
    """

    folder: Path
    checkpoint: str
    losses: tuple
    batch: int
    learns_from: Optional[dict]


def take_steps(trained, settings, batches, first, last, losses_of, files, evaluate=None, unused=False):
    """Takes the steps from `first` to `last` (exclusive).

    Under torchrun each process computes its part of every batch, and the gradients are averaged.

    Args:
        trained: TrainedNetwork.
        settings: StepSettings.
        batches: what losses_of takes, step by step, on any device it likes.
        losses_of: function of (network, batch, step) to the scalar to make small and a dict of the losses for the log,
            scalars by name; it calls the network, which computes in the settings' precision.
        files: RunFiles.
        evaluate: function of the step, called after each checkpoint by the first process; or None.
        unused: True where some steps leave a part of the network out.
    """
    rank, processes, device = this_process()
    module, kept, optimizers, average = trained
    network = DistributedDataParallel(module, find_unused_parameters=unused) if processes > 1 else module
    network = torch.compile(network) if settings.compile else network
    precision = autocast(settings.precision, device)

    def forward(*arguments):
        with precision():
            return network(*arguments)

    run, source, log = Path(files.folder), files.learns_from or {}, None
    if rank == 0:
        run.mkdir(parents=True, exist_ok=True)
        log = TrainingLog(run / "log.csv", files.losses, files.batch, settings)
        (run / "settings.yaml").write_text(
            yaml.safe_dump({"settings": asdict(settings), "learns_from": source}, sort_keys=False))
    module.train()
    for step, batch in zip(range(first, last), batches):
        rate = learning_rate(step, settings.rate, settings.steps, settings.warmup, settings.decay)
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = rate * group["rate_factor"]
        total, losses = losses_of(forward, batch, step)
        total.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), LARGEST_GRADIENT)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        average.update(kept, step)
        if rank:
            continue
        log.add(step, rate, losses)
        if (step + 1) % settings.save_every == 0 or step + 1 == last:
            save_checkpoint(run / files.checkpoint, {
                "model": module.state_dict(), "average": average.values,
                "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                "step": step + 1, "random": torch.get_rng_state(), "settings": asdict(settings), "learns_from": source,
            })
            if evaluate:
                evaluate(step + 1)


def prepared(settings):
    """What this_process tells, after setting the threads and the seed of StepSettings."""
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    return this_process()


def this_process():
    """This process's rank, the number of processes, and its device."""
    processes = int(os.environ.get("WORLD_SIZE", 1))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if processes > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
    return int(os.environ.get("RANK", 0)), processes, device


def tensorboard(folder):
    """A TensorBoard writer into `folder`; None where the package is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


class TrainingLog:
    """Means of the losses since the last line, to a CSV file, the terminal and, where installed, TensorBoard.

    Args:
        path: of the CSV file.
        names: of the losses.
        batch: samples of a batch.
        settings: with `steps` and `log_every`.
    """

    def __init__(self, path, names, batch, settings):
        self.path, self.names, self.batch, self.settings = path, names, batch, settings
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(f"step,samples,rate,{','.join(names)},samples_per_second\n")
        self.board = tensorboard(path.parent)
        self.sums, self.count, self.time = {}, 0, time.perf_counter()

    def add(self, step, rate, losses):
        """Counts the losses of a step, a dict of scalar tensors by name."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0) + value.detach()
        self.count += 1
        if (step + 1) % self.settings.log_every:
            return
        means = {name: float(value) / self.count for name, value in self.sums.items()}
        speed = self.count * self.batch / (time.perf_counter() - self.time)
        samples = (step + 1) * self.batch
        with self.path.open("a") as file:
            file.write(f"{step + 1},{samples},{rate:.3g},"
                       + "".join(f"{means[name]:.4f}," for name in self.names) + f"{speed:.1f}\n")
        if self.board:
            for name, value in {**means, "rate": rate, "samples_per_second": speed}.items():
                self.board.add_scalar(name, value, step + 1)
        print(f"step {step + 1}/{self.settings.steps}  " + "  ".join(f"{n} {v:.3f}" for n, v in means.items())
              + f"  rate {rate:.2g}  {speed:.1f} images/s", flush=True)
        self.sums, self.count, self.time = {}, 0, time.perf_counter()
