"""A run's state in one file: networks, optimizer, step, random state and settings."""

import os
from pathlib import Path
import pickle

import torch

from mocap_ros.datatypes.errors import WeightsError

VERSION = 1


def save_checkpoint(path, state):
    """Writes `state` (dict of tensors, numbers, strings, dicts, lists); a crash leaves the old file or the new."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save({"version": VERSION, **state}, part)
    os.replace(part, path)


def load_checkpoint(path):
    """The state that `save_checkpoint` wrote, on the CPU.

    Raises:
        WeightsError: no such file, damaged, or of another version.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such checkpoint") from None
    except (RuntimeError, EOFError, ValueError, OSError, KeyError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{path}: damaged checkpoint ({str(error).splitlines()[0]})") from error
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise WeightsError(f"{path}: not a checkpoint of version {VERSION}")
    return state


def slim_checkpoint(checkpoint):
    """The averaged weights of a checkpoint for `start_from`, filters at half precision: an eighth of its size."""
    average = {name: value.half() if value.dim() > 1 else value for name, value in checkpoint["average"].items()}
    return {"average": average, "step": checkpoint["step"], "settings": checkpoint["settings"]}


def mean_checkpoint(checkpoints, shares):
    """A checkpoint for `start_from` whose averaged weights are the mean of several's, with the settings of the last.

    Args:
        checkpoints: states of load_checkpoint, of trainings that began with the same weights or with each other's.
        shares: how much each counts, above 0.

    Raises:
        WeightsError: they are not of one network.

    Source: Wortsman et al. 2022 ("Model soups"); such a mean keeps what both have learned.
    """
    shares = [share / sum(shares) for share in shares]
    parts = [checkpoint["average"] for checkpoint in checkpoints]
    shapes = [{name: value.shape for name, value in part.items()} for part in parts]
    if any(each != shapes[0] for each in shapes):
        raise WeightsError("checkpoints of different networks have no mean")
    average = {name: sum(share * part[name].float() for share, part in zip(shares, parts))
               if value.is_floating_point() else value for name, value in parts[-1].items()}
    return {"average": average, "step": checkpoints[-1]["step"], "settings": checkpoints[-1]["settings"]}


class MovingAverage:
    """The running mean of a network's weights: smoother than the last step's, and what is evaluated and exported."""

    def __init__(self, model, decay):
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        """Draws the mean towards the weights after `step`; early steps count for more."""
        rate = 1 - min(self.decay, (1 + step) / (10 + step))
        values = model.state_dict()
        floats = [name for name in self.values if self.values[name].is_floating_point()]
        torch._foreach_lerp_([self.values[name] for name in floats], [values[name] for name in floats], rate)
        for name in self.values.keys() - set(floats):
            self.values[name].copy_(values[name])
