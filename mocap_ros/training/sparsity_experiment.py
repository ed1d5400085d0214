"""Does a network prune itself? BasicNet by optimizer, regularisation and batch size (Sec. 7.1.1, Tables 7.3, 7.5)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.nets.pruning import prune
from mocap_ros.nets.sparsity import measure_sparsity, normalised_layers, sparsity_by_scale
from mocap_ros.training.basic_net import BasicNet

# Base learning rates and settings of Sec. 7.1.1.
OPTIMIZERS = {
    "sgd": lambda groups, decay: torch.optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=decay),
    "adam": lambda groups, decay: torch.optim.Adam(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8, weight_decay=decay),
    "amsgrad": lambda groups, decay: torch.optim.Adam(groups, lr=1e-3, betas=(0.9, 0.99), weight_decay=decay,
                                                      amsgrad=True),
    "adamax": lambda groups, decay: torch.optim.Adamax(groups, lr=2e-3, weight_decay=decay),
    "adagrad": lambda groups, decay: torch.optim.Adagrad(groups, lr=1e-2, weight_decay=decay),
    "adadelta": lambda groups, decay: torch.optim.Adadelta(groups, lr=1.0, rho=0.9, eps=1e-6, weight_decay=decay),
    "rmsprop": lambda groups, decay: torch.optim.RMSprop(groups, lr=1e-3, weight_decay=decay),
}
REGULARISATIONS = ("none", "l2", "wd")  # wd: decay that follows the rate's schedule, apart from the gradient
USUAL_BATCH = 40  # SGD's rate is for batches of that size; the command lets it go with the batch (Goyal 2017)
LAST_PART = 75 / 325  # of the steps run at a tenth of the rate: 250 and 75 epochs (Sec. 7.1.1)
SHAPES = 4  # classes of the made-up set


@dataclass(frozen=True)
class SparsityRun:
    """One training of BasicNet and what is left of its filters.

    Attributes:
        optimizer, regularisation, amount, batch: what was set.
        training_error: share of training images that are classified wrongly at the end.
        test_error: the same of test images, before and after pruning, two numbers.
        sparsity_by_scale, sparsity_by_activation: share of filters, 0 to 1.
        by_layer: dict of layer name to (features, small scales).
        negative_biases: share of live features whose normalisation has a negative bias.
    """

    optimizer: str
    regularisation: str
    amount: float
    batch: int
    training_error: float
    test_error: tuple
    sparsity_by_scale: float
    sparsity_by_activation: float
    by_layer: dict
    negative_biases: float


def train_basic_net(training, testing, classes, optimizer, regularisation, amount, batch, steps, width=1.0,
                    rate_scale=1.0, seed=1):
    """Trains BasicNet and counts its idle filters.

    Args:
        training, testing: (images (N, 3, H, W) uint8, classes (N,) int64) each.
        classes: number of classes.
        optimizer: of OPTIMIZERS.
        regularisation: of REGULARISATIONS; L2 goes into the gradient, weight decay does not (Loshchilov 2017).
        amount: of it.
        batch: images of a batch; the steps stay the same (Table 7.5).
        steps: batches in all.
        width: multiplier of BasicNet's features.
        rate_scale: factor on the optimizer's usual rate; a filter cannot die in fewer steps than 1 / rate.
        seed: of weights and draws.

    Returns:
        SparsityRun.

    Raises:
        ConfigError: see check_training.
    """
    check_training(optimizer, regularisation, amount, batch, steps, width, rate_scale)
    torch.manual_seed(seed)
    model = BasicNet(classes, width)
    images, labels = (torch.from_numpy(np.ascontiguousarray(each)) for each in training)
    mean, deviation = _statistics(images)
    stepper = OPTIMIZERS[optimizer](model.parameters(), amount if regularisation == "l2" else 0.0)
    base = [group["lr"] * rate_scale for group in stepper.param_groups]
    generator = torch.Generator().manual_seed(seed)
    model.train()
    for step in range(steps):
        scale = 0.1 if step >= steps * (1 - LAST_PART) else 1.0
        for group, rate in zip(stepper.param_groups, base):
            group["lr"] = rate * scale
        chosen = torch.randint(len(images), (batch,), generator=generator)
        logits = model((images[chosen].float() - mean) / deviation)
        loss = functional.cross_entropy(logits, labels[chosen])
        stepper.zero_grad(set_to_none=True)
        loss.backward()
        stepper.step()
        if regularisation == "wd":
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.mul_(1 - amount * scale)
    model.eval()
    held_out, truth = (torch.from_numpy(np.ascontiguousarray(each)) for each in testing)
    by_layer = sparsity_by_scale(model)
    measured = measure_sparsity(model, _in_parts(images, mean, deviation))
    errors = [_error(network, _in_parts(seen, mean, deviation), known)
              for network, seen, known in ((model, images, labels), (model, held_out, truth),
                                           (prune(model), held_out, truth))]
    total = sum(features for features, _ in by_layer.values())
    live = [norm.bias[norm.weight.abs() >= 1e-3] < 0 for _, _, norm, _ in normalised_layers(model)]
    return SparsityRun(
        optimizer, regularisation, amount, batch, errors[0], tuple(errors[1:]),
        sum(small for _, small in by_layer.values()) / total,
        float(sum(each.inactive_by_activation().sum() for each in measured)) / total,
        by_layer, float(torch.cat(live).float().mean()) if sum(map(len, live)) else float("nan"))


def check_training(optimizer, regularisation, amount, batch, steps, width, rate_scale):
    """Raises ConfigError for an unknown name or a number that no training can have; arguments as in train_basic_net."""
    if optimizer not in OPTIMIZERS:
        raise ConfigError(f"optimizer '{optimizer}'; there are {', '.join(OPTIMIZERS)}")
    if regularisation not in REGULARISATIONS:
        raise ConfigError(f"regularisation '{regularisation}'; there are {', '.join(REGULARISATIONS)}")
    if batch < 1 or steps < 1:
        raise ConfigError(f"batch {batch}, steps {steps}: wanted 1 or more of each")
    if not (width > 0 and rate_scale > 0 and amount >= 0):
        raise ConfigError(f"width {width:g}, rate scale {rate_scale:g}, amount {amount:g}: "
                          "wanted positive ones; the amount may be 0")


def made_up_shapes(count, seed, noise=5.0, relabelled=0.0, side=16):
    """A classification set that needs no download: discs, squares, crosses and stripes in noise, any place and size.

    Args:
        count: images.
        seed: of the draws.
        noise: standard deviation of every pixel and colour [levels of 255]; the shapes are 60 to 120 levels brighter.
        relabelled: share of images that get a class drawn at random, 0 to 1: they can be memorised, not understood.
        side: of the images [px].

    Returns:
        images (count, 3, side, side) uint8 and classes (count,) int64.

    Raises:
        ConfigError: no images, a negative noise, or a share that is none.
    """
    if count < 1:
        raise ConfigError(f"{count} images: wanted 1 or more")
    if not (noise >= 0 and 0 <= relabelled <= 1):
        raise ConfigError(f"noise {noise:g}, relabelled {relabelled:g}: wanted 0 or more, and a share from 0 to 1")
    generator = np.random.default_rng(seed)
    classes = generator.integers(0, SHAPES, count)
    row, column = np.mgrid[:side, :side]
    images = generator.normal(110, noise, (count, 3, side, side))
    for image, kind in zip(images, classes):
        x, y = generator.uniform(0.4, 0.6, 2) * side
        radius = generator.uniform(0.25, 0.35) * side
        across, down = np.abs(column - x), np.abs(row - y)
        inside = [across ** 2 + down ** 2 < radius ** 2, np.maximum(across, down) < 0.85 * radius,
                  (np.minimum(across, down) < 0.3 * radius) & (np.maximum(across, down) < radius),
                  (np.maximum(across, down) < radius) & ((row + column) % 4 < 2)][kind]
        image += inside * generator.uniform(60, 120)
    drawn_anew = generator.random(count) < relabelled
    classes[drawn_anew] = generator.integers(0, SHAPES, int(drawn_anew.sum()))
    return np.clip(images, 0, 255).astype(np.uint8), classes.astype(np.int64)


def _statistics(images):
    pixels = images[:2000].float()
    return pixels.mean((0, 2, 3), keepdim=True), pixels.std((0, 2, 3), keepdim=True)


def _in_parts(images, mean, deviation):
    """Normalised images, 256 at a time."""
    return ((images[n:n + 256].float() - mean) / deviation for n in range(0, len(images), 256))


def _error(model, batches, truth):
    with torch.no_grad():
        found = torch.cat([model(batch).argmax(1) for batch in batches])
    return float((found != truth).float().mean())
