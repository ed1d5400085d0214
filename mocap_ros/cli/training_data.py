"""Training data as the command line names it: DIR[=SHARE], NAME:PATH[=SHARE], IMAGES,ANNOTATIONS."""

import math

from mocap_ros.datatypes.errors import ConfigError


def shards(places):
    """Readers of the shard folders in DIR[=SHARE], and their shares."""
    from mocap_ros.datasets.synthetic import SyntheticShards

    pairs = [with_share(place) for place in places]
    return [SyntheticShards(folder) for folder, _ in pairs], [share for _, share in pairs]


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
