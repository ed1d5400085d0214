"""Training data as the command line names it: DIR[=SHARE], NAME:PATH[=SHARE], IMAGES,ANNOTATIONS."""

import math

from mocap_ros.cli.numbers import at_least
from mocap_ros.datatypes.errors import ConfigError


def add_data_options(parser):
    """Adds the options of what a step of `mocap train` learns from, where it writes, and how it is set."""
    parser.add_argument("--data", action="append", default=[], metavar="DIR[=SHARE]",
                        help="shards made by `mocap synth`; may be repeated, drawn in proportion to SHARE (default 1)")
    parser.add_argument("--dataset", dest="datasets", action="append", default=[], metavar="NAME:PATH[=SHARE]",
                        help="a data set as published, by its name of `mocap datasets list` and its folder; may be "
                             "repeated, drawn in proportion to SHARE (default 1)")
    parser.add_argument("--validation", metavar="DIR", help="shards to score on")
    parser.add_argument("--out", required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="NAME=VALUE",
                        help="a setting of the training, for example steps=20000; `--set list` shows them all")


def add_run_options(parser):
    """Adds the options of a run that may go on, begin with other weights, and leave some."""
    parser.add_argument("--resume", action="store_true",
                        help="go on from RUN's checkpoint, to the exact step, with its settings and (where none are "
                             "named) its data; --set steps=N lengthens the run")
    parser.add_argument("--start-from", metavar="FILE", help="begin a new run with the weights of a checkpoint; give "
                                                             "it another --set seed, or it sees the same views again")
    parser.add_argument("--checkpoint", metavar="FILE", help="also write the weights for --start-from")


def add_range_options(parser):
    """Adds --images and --first: a part of a data set's images."""
    parser.add_argument("--images", type=at_least(1), help="how many of them (default: all)")
    parser.add_argument("--first", type=at_least(0), default=0, metavar="N",
                        help="number of the first one (default: 0)")


def image_range(options, samples):
    """Numbers of the images that --images and --first name.

    Raises:
        ConfigError: there are none.
    """
    last = len(samples) if options.images is None else min(options.first + options.images, len(samples))
    if options.first >= last:
        raise ConfigError(f"--first {options.first}: there are {len(samples)} images")
    return range(options.first, last)


def write_slim(path, checkpoint):
    """Writes the weights of a run's checkpoint for --start-from, where a path is named, and says so."""
    from mocap_ros.training.checkpoint import load_checkpoint, save_checkpoint, slim_checkpoint

    if path:
        save_checkpoint(path, slim_checkpoint(load_checkpoint(checkpoint)))
        print(path)


def add_coco_option(parser):
    """Adds --coco: real photographs with keypoints."""
    parser.add_argument("--coco", action="append", default=[], metavar="IMAGES,ANNOTATIONS[=SHARE]",
                        help="folder of photographs and their COCO person keypoint file, laid out in any way; may be "
                             "repeated")


def shards(places):
    """Readers of the shard folders in DIR[=SHARE], and their shares."""
    from mocap_ros.datasets.synthetic import SyntheticShards

    pairs = [with_share(place) for place in places]
    return [SyntheticShards(folder) for folder, _ in pairs], [share for _, share in pairs]


def coco_sets(places):
    """Readers of the photographs in IMAGES,ANNOTATIONS[=SHARE], and their shares."""
    from mocap_ros.datasets.coco import CocoPeople

    pairs = [with_share(place) for place in places]
    return [CocoPeople(*photographs_and_labels(place)) for place, _ in pairs], [share for _, share in pairs]


def data_sets(places, photographs=None):
    """Training samples of the data sets in NAME:PATH[=SHARE], and their shares."""
    from mocap_ros.datasets.catalogue import DATA_SETS, NOTHING, open_data_set

    sources, shares = [], []
    for each in places:
        place, share = with_share(each)
        name, colon, path = place.partition(":")
        if not colon:
            raise ConfigError(f"--dataset {each}: wanted NAME:PATH[=SHARE], NAME one of {', '.join(DATA_SETS)}")
        if name in DATA_SETS and DATA_SETS[name].teaches == NOTHING:
            raise ConfigError(f"--dataset {each}: {DATA_SETS[name].title} is a test set")
        sources.append(open_data_set(name, path, photographs))
        if not len(sources[-1]):
            raise ConfigError(f"--dataset {each}: no sample there")
        shares.append(share)
    return sources, shares


def labelled_sources(options, photographs=None):
    """Readers of all that --data, --coco and --dataset name, and their shares; arguments as of data_sets."""
    opened = shards(options.data), coco_sets(options.coco), data_sets(options.datasets, photographs)
    return [sum(each, []) for each in zip(*opened)]


def resumed(options, path, settings_class, names):
    """Settings of a run's checkpoint; where the user names no data, the options get those that it learned from.

    Args:
        options: parsed options.
        path: of the checkpoint.
        settings_class: dataclass of the run's settings.
        names: options that say what is learned from.
    """
    from mocap_ros.training.checkpoint import load_checkpoint
    from mocap_ros.training.settings import stored_settings

    state = load_checkpoint(path)
    if not any(getattr(options, name) for name in names):
        vars(options).update(state.get("learns_from", {}))
    return stored_settings(settings_class, state["settings"])


def first_samples(folder, count):
    """The first samples of a shard folder, read once; an empty list for no folder."""
    if not folder:
        return []
    (reader,), _ = shards([folder])
    return [reader[index] for index in range(min(count, len(reader)))]


def photographs_and_labels(text):
    """The two paths of IMAGES,ANNOTATIONS."""
    images, comma, annotations = text.rpartition(",")
    if not comma:
        raise ConfigError(f"--coco {text}: wanted IMAGES,ANNOTATIONS")
    return images, annotations


def with_share(text, otherwise=1.0):
    """Place and share of PLACE[=SHARE], `otherwise` where no share is given."""
    place, equals, share = text.rpartition("=")
    if not equals:
        return text, otherwise
    try:
        number = float(share)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ConfigError(f"{text}: wanted a number above 0 after '='")
    return place, number
