"""The learning rate over a run (up, level, down) and the optimizers that use it."""

import torch

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.training.muon import Muon

OPTIMIZERS = ("muon", "adamw")
IMAGE_CHANNELS = 3


def learning_rate(step, peak, steps, warmup, decay):
    """Rate at `step`: linear from 0 in `warmup` steps, level, then linear to 1 % of the peak in the last `decay` steps.

    A level middle lets a run be lengthened, or its data grow, without having planned it (ours).

    Args:
        step: 0 to steps - 1.
        peak: the level.
        steps: length of the run.
        warmup, decay: steps of the first and the last part.
    """
    rise = min(1.0, (step + 1) / max(warmup, 1))
    fall = min(1.0, (steps - step) / max(decay, 1))
    return peak * rise * max(fall, 0.01)


def optimizers_of(model, name, rate, weight_decay, rate_of_core=1.0):
    """The optimizers of a StageOne; each of their groups has a `rate_factor`, and biases and scales do not decay.

    Args:
        model: StageOne.
        name: muon (filters by Muon; stem, heads, biases and scales by AdamW) or adamw (everything).
        rate: peak learning rate.
        weight_decay: of filters and heads.
        rate_of_core: factor on the learning rate of the core's parameters (Sec. 4.2.1).

    Raises:
        ConfigError: another name.
    """
    if name not in OPTIMIZERS:
        raise ConfigError(f"optimizer {name!r}; there are {', '.join(OPTIMIZERS)}")
    filters, others = {}, {}
    for module_name, module in model.named_modules():
        factor = rate_of_core if module_name.startswith("core.") else 1.0
        for parameter in module.parameters(recurse=False):
            hidden = parameter.ndim == 4 and parameter.shape[1] > IMAGE_CHANNELS and not module_name.endswith("head")
            if name == "muon" and hidden:
                filters.setdefault((factor, module.groups), []).append(parameter)
            else:
                others.setdefault((factor, parameter.ndim > 1), []).append(parameter)
    rest = [{"params": parameters, "rate_factor": factor, "weight_decay": weight_decay if decayed else 0.0}
            for (factor, decayed), parameters in others.items()]
    found = [torch.optim.AdamW(rest, lr=rate)]
    if filters:
        found.append(Muon([{"params": parameters, "rate_factor": factor, "banks": banks, "weight_decay": weight_decay}
                           for (factor, banks), parameters in filters.items()], lr=rate))
    return found
