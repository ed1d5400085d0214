"""CIFAR-10 and CIFAR-100 from their binary files (Krizhevsky and Hinton 2009), for the sparsity experiment."""

from pathlib import Path

import numpy as np

from mocap_ros.datatypes.errors import ImageError

SIDE, CHANNELS = 32, 3
PAGE = "https://www.cs.toronto.edu/~kriz/cifar.html"
# Per set: files of the training and the test part, bytes before the pixels, which of them is the class, classes.
LAYOUTS = {
    "cifar10": (tuple(f"data_batch_{n}.bin" for n in range(1, 6)), ("test_batch.bin",), 1, 0, 10),
    "cifar100": (("train.bin",), ("test.bin",), 2, 1, 100),
}


def read_cifar(name, folder):
    """A CIFAR set.

    Args:
        name: cifar10 or cifar100.
        folder: with the files of the set's "binary version".

    Returns:
        (images, classes) for training and for testing: (N, 3, 32, 32) uint8 RGB and (N,) int64 each; and the number of
        classes.

    Raises:
        ImageError: a file that is missing, or whose size is not a number of records.
    """
    training, testing, header, class_byte, classes = LAYOUTS[name]
    record = header + CHANNELS * SIDE * SIDE
    parts = []
    for files in (training, testing):
        rows = []
        for file in files:
            path = Path(folder) / file
            if not path.is_file():
                raise ImageError(f"{path}: missing; it is part of {name}'s binary version, {PAGE}")
            content = np.fromfile(path, np.uint8)
            if not content.size or content.size % record:
                raise ImageError(f"{path}: {content.size} bytes are not a number of records of {record}")
            rows.append(content.reshape(-1, record))
        rows = np.concatenate(rows)
        parts.append((rows[:, header:].reshape(-1, CHANNELS, SIDE, SIDE), rows[:, class_byte].astype(np.int64)))
    return parts[0], parts[1], classes
