"""`mocap sparsity`: does a network prune itself? BasicNet by optimizer, regularisation and batch size (Sec. 7.1)."""

from dataclasses import asdict
import itertools

from mocap_ros.cli.json_file import write_json
from mocap_ros.datatypes.errors import ConfigError, needing_extra

MADE_UP = "shapes"
TRAINING_IMAGES, TEST_IMAGES = 3000, 500  # of the made-up set


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser("sparsity", help="experiment: which trainings let filters die", description=__doc__)
    parser.add_argument("--data", default=MADE_UP, metavar="SET",
                        help="shapes (made here, nothing is downloaded), cifar10:DIR or cifar100:DIR (default: shapes)")
    parser.add_argument("--optimizers", default="adam,sgd", metavar="LIST",
                        help="of sgd, adam, amsgrad, adamax, adagrad, adadelta, rmsprop (default: adam,sgd)")
    parser.add_argument("--regularisations", default="none:0,l2:1e-3", metavar="LIST",
                        help="KIND:AMOUNT, kinds none, l2, wd (default: none:0,l2:1e-3)")
    parser.add_argument("--batches", default="40", metavar="LIST", help="images of a batch (default: 40)")
    parser.add_argument("--steps", type=int, default=2500, help="batches of each training (default: 2500)")
    parser.add_argument("--width", type=float, default=0.125, help="multiplier of BasicNet's features (default: 0.125)")
    parser.add_argument("--rate-scale", type=float, default=3.0,
                        help="factor on adaptive methods' usual rates, so that short trainings show it (default: 3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    with needing_extra("mocap sparsity", "train"):
        from mocap_ros.training.sparsity_experiment import made_up_shapes, SHAPES, train_basic_net
    name, _, folder = options.data.partition(":")
    if name == MADE_UP:
        training, testing, classes = (made_up_shapes(TRAINING_IMAGES, options.seed),
                                      made_up_shapes(TEST_IMAGES, options.seed + 1), SHAPES)
    elif name in ("cifar10", "cifar100"):
        from mocap_ros.datasets.cifar import read_cifar
        training, testing, classes = read_cifar(name, folder)
    else:
        raise ConfigError(f"--data {options.data}: wanted shapes, cifar10:DIR or cifar100:DIR")
    regularisations = [_regularisation(each) for each in options.regularisations.split(",")]
    batches = [_number(each, int, "--batches") for each in options.batches.split(",")]
    results = []
    print(f"{'optimizer':10s}{'regularisation':>16s}{'batch':>7s}{'test error':>12s}{'pruned':>8s}"
          f"{'by scale':>10s}{'by activation':>15s}{'beta < 0':>10s}")
    for optimizer, (kind, amount), batch in itertools.product(options.optimizers.split(","), regularisations, batches):
        scale = 1.0 if optimizer == "sgd" else options.rate_scale
        found = train_basic_net(training, testing, classes, optimizer, kind, amount, batch, options.steps,
                                options.width, scale, options.seed)
        results.append(asdict(found))
        shown = f"{kind} {amount:g}" if kind != "none" else kind
        print(f"{optimizer:10s}{shown:>16s}{batch:7d}{found.test_error[0]:11.1%} {found.test_error[1]:7.1%}"
              f"{found.sparsity_by_scale:10.1%}{found.sparsity_by_activation:15.1%}{found.negative_biases:10.1%}",
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
