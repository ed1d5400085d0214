"""Stocks of characters and textures made ahead of their use: by one process, into files that all processes map.

A new stock takes seconds of a core. One process makes the next while the trainer and the processes that stage views use
this one, and a thread brings it to the device, so that none of them waits at a change. What a stock holds depends on
its number alone.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
import mmap
import os
from pathlib import Path
import pickle
import tempfile
import time

from torch.utils.data import DataLoader, Dataset

from mocap_ros.datatypes.errors import ConfigError, writing
from mocap_ros.training.batches import plain_errors, single_thread

ALIGNMENT = 64  # bytes
POLL = 0.005  # s


def write_shared(path, value):
    """Writes an object so that `read_shared` can map its arrays; the file appears whole or not at all."""
    buffers = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    blocks = [memoryview(head), *(buffer.raw() for buffer in buffers)]
    part = Path(path).with_suffix(".part")
    with part.open("wb") as file:
        pickle.dump([len(block) for block in blocks], file)
        for block in blocks:
            file.write(b"\0" * (-file.tell() % ALIGNMENT))
            file.write(block)
    os.replace(part, path)


def read_shared(path):
    """The object of `write_shared`; its arrays are read-only views of the file, which may be deleted meanwhile."""
    with open(path, "rb") as file:
        lengths, end = pickle.load(file), file.tell()
        view, blocks = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), []
    for length in lengths:
        start = end + -end % ALIGNMENT
        end = start + length
        blocks.append(view[start:end])
    return pickle.loads(blocks[0], buffers=blocks[1:])


class StockFolder:
    """Where the stocks of a run lie.

    Args:
        path: folder.
        owner: process id of the trainer; who waits for a stock gives up where it is gone.
    """

    def __init__(self, path, owner):
        self.path, self.owner = Path(path), owner

    def write(self, number, stock):
        """Keeps a Stock under its number."""
        with writing(self.path, ConfigError):
            write_shared(self._file(number), stock)

    def read(self, number):
        """The Stock of a number, as soon as it is there."""
        while not self._file(number).exists():
            if os.getpid() != self.owner and os.getppid() != self.owner:
                raise ConfigError(f"{self._file(number)}: the trainer that was to make it has ended")
            time.sleep(POLL)
        return read_shared(self._file(number))

    def remove(self, number):
        """Deletes the file of a stock that nobody will ask for again."""
        self._file(number).unlink(missing_ok=True)

    def _file(self, number):
        return self.path / f"stock_{number}"


@contextmanager
def stock_folder():
    """A StockFolder that is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="mocap_stocks_") as path:
        yield StockFolder(path, os.getpid())


class _Made(Dataset):
    """Stocks that are made when asked for; the item is the number of one that then lies in the folder."""

    def __init__(self, make, folder):
        self.make, self.folder = make, folder

    def __getitem__(self, number):
        self.folder.write(number, self.make(number))
        return number


def _itself(number):
    """What is asked for, not stacked."""
    return number


class PreparedStocks:
    """What the trainer needs of each stock, prepared by a thread from files that a process writes, one stock ahead.

    Args:
        make: function from a number to a Stock.
        prepare: function from a Stock to what is needed of it, such as a Drawer.
        folder: StockFolder.
        numbers: of the stocks that will be used, rising.
        apart: whether a process of its own makes them; False makes them in the thread.
    """

    def __init__(self, make, prepare, folder, numbers, apart):
        self.prepare, self.folder, self.numbers = prepare, folder, numbers
        loader = DataLoader(_Made(make, folder), sampler=numbers, batch_size=None, num_workers=int(apart),
                            prefetch_factor=1 if apart else None, collate_fn=_itself, worker_init_fn=single_thread)
        self.made = plain_errors(iter(loader))
        self.thread, self.number, self.prepared, self.ahead = ThreadPoolExecutor(1), None, None, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.thread.shutdown(cancel_futures=True)

    def start(self):
        """Begins with the first stock; to be called when all other processes have been started."""
        self.ahead = self.thread.submit(self._next)

    def at(self, number):
        """What `prepare` made of a stock; the number never falls.

        Raises:
            MocapError: as the making of the stock did.
        """
        while self.number != number:
            used = self.number
            self.number, self.prepared = self.ahead.result()
            if self.number != self.numbers[-1]:
                self.ahead = self.thread.submit(self._next, used)
        return self.prepared

    def _next(self, used=None):
        """The next number and what is prepared of its stock; the file of the one used before is deleted."""
        if used is not None:
            self.folder.remove(used)
        number = next(self.made)
        return number, self.prepare(self.folder.read(number))
