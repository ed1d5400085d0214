"""Endless random batches that depend only on the seed and the step, so that a resumed run sees what it would have."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from mocap_ros.datasets.augmentation import augment
from mocap_ros.datatypes.errors import MocapError
from mocap_ros.nets.stage_two_input import SPARSE
from mocap_ros.training.closer_views import closer_view
from mocap_ros.training.targets import Targets, make_targets


class RandomViews(Dataset):
    """Augmented images with Stage I targets; the key is (step, place in the batch).

    Attributes:
        sources: sequences of Sample, each with a length.
        shares: how often each source is drawn, (len(sources),), summing to 1.
        patches: sequence of Sample without people from which occluders are cut; None for plain ones.
        augmentation: AugmentationConfig.
        seed: of all draws.
        supervision: of the encodings, see make_targets.
        closer: closer looks at one person each, see training.closer_views; else views with everybody.
    """

    def __init__(self, sources, shares, patches, augmentation, seed, supervision=SPARSE, closer=False):
        self.supervision, self.closer = supervision, closer
        self.sources, self.patches, self.augmentation, self.seed = sources, patches, augmentation, seed
        self.shares = np.asarray(shares, float) / np.sum(shares)

    def __getitem__(self, key):
        """(image (H, W, 3) uint8, Targets) as tensors."""
        step, place = key
        generator = np.random.default_rng((self.seed, step, place))
        source = self.sources[generator.choice(len(self.sources), p=self.shares)]
        sample = source[int(generator.integers(len(source)))]
        patch = None
        if self.patches is not None:
            patch = self.patches[int(generator.integers(len(self.patches)))].image
        view_from_image = None
        if self.closer:
            sample, view_from_image = closer_view(sample, generator)
        view = augment(sample, self.augmentation, generator, patch, view_from_image)
        targets = make_targets(view, supervision=self.supervision, hidden_too=self.closer)
        return torch.from_numpy(view.image), Targets(*(torch.from_numpy(np.ascontiguousarray(t)) for t in targets))


class BatchKeys:
    """Keys of this process's part of every batch from `first` to `last` (exclusive).

    Args:
        first, last: steps.
        batch: views of a batch, over all processes.
        rank, processes: this process and how many there are.
        places: range of the places in a batch that are meant; all of them if None.
    """

    def __init__(self, first, last, batch, rank=0, processes=1, places=None):
        self.first, self.last = first, last
        meant = range(batch) if places is None else places
        self.places = [place for place in meant if place % processes == rank]

    def __iter__(self):
        for step in range(self.first, self.last):
            yield [(step, place) for place in self.places]

    def __len__(self):
        return self.last - self.first


def batch_loader(views, keys, workers, pin=False, collate=None):
    """A DataLoader of `views` over `keys`, read ahead in `workers` processes (0: in this one).

    `collate` makes a batch of a list of views; None stacks their tensors.
    """
    return DataLoader(
        views, batch_sampler=keys, num_workers=workers, pin_memory=pin, worker_init_fn=single_thread,
        collate_fn=collate, prefetch_factor=4 if workers else None, persistent_workers=False,
    )


def plain_errors(loader):
    """The batches of a DataLoader; a MocapError is raised with its own line, not with the traceback of a process."""
    try:
        yield from loader
    except MocapError as error:
        raise type(error)(str(error).strip().rpartition(f"{type(error).__name__}: ")[2]) from None


def single_thread(_):
    """A loader process uses one core: the trainer needs the others."""
    import cv2

    cv2.setNumThreads(0)
    torch.set_num_threads(1)
