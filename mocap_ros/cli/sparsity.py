"""`mocap sparsity`: does a network prune itself? BasicNet by optimizer, regularisation and batch size (Sec. 7.1)."""

from dataclasses import asdict
import itertools

from mocap_ros.cli.json_file import write_json
from mocap_ros.datatypes.errors import ConfigError, needing_extra

MADE_UP = "shapes"
TEST_IMAGES = 500  # of the made-up set


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser("sparsity", help="experiment: which trainings let filters die", description=__doc__)
    parser.add_argument("--data", default=MADE_UP, metavar="SET",
                        help="shapes (made here, nothing is downloaded), cifar10:DIR or cifar100:DIR (default: shapes)")
    parser.add_argument("--optimizers", default="adam,sgd", metavar="LIST",
                        help="of sgd, adam, amsgrad, adamax, adagrad, adadelta, rmsprop (default: adam,sgd)")
    parser.add_argument("--regularisations", default="none:0,l2:5e-3", metavar="LIST",
                        help="KIND:AMOUNT, kinds none, l2, wd (default: none:0,l2:5e-3)")
    parser.add_argument("--batches", default="4,16", metavar="LIST", help="images of a batch (default: 4,16)")
    parser.add_argument("--steps", type=int, default=2500, help="batches of each training (default: 2500)")
    parser.add_argument("--width", type=float, default=0.125, help="multiplier of BasicNet's features (default: 0.125)")
    parser.add_argument("--rate-scale", type=float, default=3.0,
                        help="factor on adaptive methods' usual rates, so that short trainings show it (default: 3); "
                             "SGD's goes with the batch, 0.1 for 40")
    parser.add_argument("--images", type=int, default=1000, help="made shapes to train with (default: 1000)")
    parser.add_argument("--noise", type=float, default=100.0,
                        help="of the made shapes' pixels, standard deviation in levels of 255 (default: 100)")
    parser.add_argument("--relabelled", type=float, default=0.4, metavar="SHARE",
                        help="of the made training images: their class is drawn, to be learnt by heart (default: 0.4)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    with needing_extra("mocap sparsity", "train"):
        from mocap_ros.training.sparsity_experiment import (
            check_training, made_up_shapes, SHAPES, train_basic_net, USUAL_BATCH)
    trainings = [
        (optimizer, *_regularisation(regularisation), batch, options.steps, options.width,
         batch / USUAL_BATCH if optimizer == "sgd" else options.rate_scale)
        for optimizer, regularisation, batch in itertools.product(
            options.optimizers.split(","), options.regularisations.split(","),
            [_number(each, int, "--batches") for each in options.batches.split(",")])
    ]
    for each in trainings:
        check_training(*each)
    name, _, folder = options.data.partition(":")
    if name == MADE_UP:
        training, testing, classes = (
            made_up_shapes(options.images, options.seed, options.noise, options.relabelled),
            made_up_shapes(TEST_IMAGES, options.seed + 1, options.noise), SHAPES)
    elif name in ("cifar10", "cifar100"):
        from mocap_ros.datasets.cifar import read_cifar
        training, testing, classes = read_cifar(name, folder)
    else:
        raise ConfigError(f"--data {options.data}: wanted shapes, cifar10:DIR or cifar100:DIR")
    results = []
    print(f"{'optimizer':10s}{'regularisation':>16s}{'batch':>7s}{'training error':>16s}{'test error':>12s}"
          f"{'pruned':>8s}{'by scale':>10s}{'by activation':>15s}{'beta < 0':>10s}")
    for each in trainings:
        found = train_basic_net(training, testing, classes, *each, options.seed)
        results.append(asdict(found))
        optimizer, kind, amount, batch, *_ = each
        shown = f"{kind} {amount:g}" if kind != "none" else kind
        print(f"{optimizer:10s}{shown:>16s}{batch:7d}{found.training_error:16.1%}{found.test_error[0]:12.1%}"
              f"{found.test_error[1]:8.1%}{found.sparsity_by_scale:10.1%}{found.sparsity_by_activation:15.1%}"
              f"{found.negative_biases:10.1%}",
              flush=True)
    if options.json:
        write_json(options.json, results)


def _regularisation(text):
    kind, _, amount = text.partition(":")
    return kind, _number(amount or "0", float, "--regularisations")


def _number(text, kind, option):
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{option}: '{text}' is not a number") from None
