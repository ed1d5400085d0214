"""The batches of a Stage I run on its device: views read from data sets, views drawn on the device, or some of each."""

from dataclasses import dataclass, replace
from functools import partial

import torch

from mocap_ros.datasets.augmentation import AugmentationConfig
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.decoding.several_looks import VIEW_PX
from mocap_ros.training.batches import BatchKeys, RandomViews, batch_loader, plain_errors
from mocap_ros.training.closer_views import CLOSER
from mocap_ros.training.drawn_stocks import PreparedStocks, stock_folder
from mocap_ros.training.targets import Targets


@dataclass(frozen=True)
class DrawnPeople:
    """What drawn views are made of.

    Attributes:
        assets: path of the baked assets.
        backgrounds: folder of photographs without people; None for rooms and streets only.
        share: of every batch that is drawn, above 0 and at most 1.
        characters: dressed people in a stock.
        stock_steps: steps that share a stock.
    """

    assets: str
    backgrounds: str | None = None
    share: float = 1.0
    characters: int = 36
    stock_steps: int = 500


def batch_stream(settings, sources, shares, patches, drawn, first, last, rank, processes, device):
    """Yields pictures (B, H, W, 3) uint8 and Targets of this process's part of every batch, on the device.

    The last places of every batch are drawn, the others are read.

    Args:
        settings: StageOneTraining.
        sources, shares, patches: see RandomViews; no sources where everything is drawn.
        drawn: DrawnPeople, or None to read everything.
        first, last: steps, `last` exclusive.
        rank, processes: this process and how many there are.
        device: torch.device.

    Raises:
        ConfigError: some process would have no view of a kind, or the share is not above 0 and at most 1.
    """
    closer = settings.looks == CLOSER
    if closer and drawn is not None:
        raise ConfigError("closer looks are learned from data that is read: --drawn does not go with looks=closer")
    read, drawn_places = _places(settings.batch, drawn, bool(len(sources)), processes)
    augmentation = replace(
        AugmentationConfig(), width=VIEW_PX if closer else settings.crop_width,
        height=VIEW_PX if closer else settings.crop_height,
        smallest_person=settings.smallest_person, largest_person=settings.largest_person)
    streams = []
    if read:
        views = RandomViews(sources, shares, patches, augmentation, settings.seed, settings.supervision, closer)
        keys = BatchKeys(first, last, settings.batch, rank, processes, read)
        streams.append(_moved(batch_loader(views, keys, settings.workers, device.type == "cuda"), device))
    if drawn_places:
        keys = BatchKeys(first, last, settings.batch, rank, processes, drawn_places)
        streams.append(_drawn(drawn, augmentation, settings, keys, rank, device))
    for parts in zip(*streams):
        if len(parts) == 1:
            yield parts[0]
        else:
            yield (torch.cat([images for images, _ in parts]),
                   Targets(*(torch.cat(maps) for maps in zip(*(targets for _, targets in parts)))))


def _places(batch, drawn, has_sources, processes):
    """Ranges of the places in a batch that are read and that are drawn."""
    if drawn is None:
        return range(batch), range(0)
    if not 0 < drawn.share <= 1:
        raise ConfigError(f"share of drawn views {drawn.share}: wanted above 0 and at most 1")
    if drawn.share < 1 and not has_sources:
        raise ConfigError(f"{drawn.share:.0%} of the views are drawn and there is no data to read the others from")
    border = batch - round(drawn.share * batch)
    for count in (border, batch - border):
        if 0 < count < processes or (count == 0 and drawn.share < 1):
            raise ConfigError(f"a batch of {batch} with a share of {drawn.share} drawn leaves some of the {processes} "
                              "processes without drawn or without read views")
    return range(border), range(border, batch)


def _moved(loader, device):
    for images, targets in plain_errors(loader):
        yield (images.to(device, non_blocking=True),
               Targets(*(each.to(device, non_blocking=True) for each in targets)))


def _drawn(drawn, augmentation, settings, keys, rank, device):
    """Views staged by processes from stocks of another, and drawn here."""
    from mocap_ros.training.drawn_views import StagedViews, ViewDrawer  # needs numba, reading does not

    with stock_folder() as folder:
        views = StagedViews(drawn, augmentation, settings.seed, folder)
        numbers = sorted({views.stock_number(step) for step in range(keys.first, keys.last)})
        with PreparedStocks(views.make_stock, partial(views.drawer, device=device), folder, numbers,
                            settings.workers > 0) as stocks:
            loader = plain_errors(iter(batch_loader(
                views, keys, settings.workers, device.type == "cuda", views.collate)))
            stocks.start()  # a thread: all processes are there
            draw = ViewDrawer(views, device, rank, settings.supervision, stocks)
            for step in range(keys.first, keys.last):
                stocks.at(views.stock_number(step))  # fails where the views would be waited for in vain
                yield draw(step, next(loader))
