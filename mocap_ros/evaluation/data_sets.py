"""Data sets by name, and parts of them."""

from importlib import import_module

from mocap_ros.datatypes.errors import ConfigError, needing_extra
from mocap_ros.evaluation.protocols import PROTOCOLS, protocol_of


def open_sequences(name, root, limit=0, every=1):
    """EvaluationSequences of a data set, by its own reader in datasets/.

    Args:
        name: one of PROTOCOLS.
        root: folder of the set as published.
        limit: take only this many frames of each sequence; 0 for all.
        every: take only every n-th frame.

    Raises:
        ConfigError: an unknown name, or a part that is empty.
        DeviceError: a package that the reader needs is not installed.
        MocapError: what the reader says of missing files.
    """
    protocol_of(name)
    with needing_extra(f"reading {PROTOCOLS[name].title}", "datasets"):
        # Imported when it is asked for: some readers need packages that others do not.
        reader = import_module(f"mocap_ros.datasets.{name}")
    sequences = [each._replace(frames=SomeFrames(each.frames, limit, every)) if limit or every > 1 else each
                 for each in reader.evaluation_sequences(root)]
    if not sum(len(each.frames) for each in sequences):
        raise ConfigError(f"{root}: no frames of {PROTOCOLS[name].title} there")
    return sequences


class SomeFrames:
    """The first `limit` (0: all) of every `every`-th of `frames`."""

    def __init__(self, frames, limit, every):
        count = -(-len(frames) // every)
        self.frames, self.every = frames, every
        self.count = min(count, limit) if limit else count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        return self.frames[index % len(self) * self.every]
