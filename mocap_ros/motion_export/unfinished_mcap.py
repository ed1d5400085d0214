"""An mcap file whose writer was killed, as a reader wants it: its whole records, and the end that was never written.

Source: MCAP format specification 0 (mcap.dev): a record is one byte of kind, eight of length, and that many of content;
a file may end without an index: DataEnd, a Footer of zeros, and the magic bytes.
"""

import io
from pathlib import Path
import struct

MAGIC = b"\x89MCAP0\r\n"
HEAD = struct.Struct("<BQ")  # kind and length of a record
DATA_END, FOOTER = 0x0F, 0x02
END = HEAD.pack(DATA_END, 4) + bytes(4) + HEAD.pack(FOOTER, 20) + bytes(20) + MAGIC


class UnfinishedMcap:
    """Stands for the path of an mcap file; reading gives its whole records and END. The file is not changed.

    Args:
        path: of the file.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.suffix = self.path.suffix

    @staticmethod
    def is_finished(path):
        """True where the file has its last bytes."""
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - len(MAGIC)))
            return file.read() == MAGIC and size > len(MAGIC)

    def exists(self):
        return self.path.exists()

    def is_dir(self):
        return False

    def open(self, mode="rb"):
        """The readable file; `mode` is what pathlib's open takes and always "rb"."""
        return io.BufferedReader(_WholeRecords(self.path))

    def __str__(self):
        return str(self.path)


class _WholeRecords(io.RawIOBase):
    """The whole records of an mcap file, then END."""

    def __init__(self, path):
        self._file = open(path, "rb")
        self._length = whole_length(self._file)
        self._at = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=io.SEEK_SET):
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length + len(END)}[whence]
        return self._at

    def readinto(self, buffer):
        if self._at < self._length:
            self._file.seek(self._at)
            data = self._file.read(min(len(buffer), self._length - self._at))
        else:
            data = END[self._at - self._length:][:len(buffer)]
        buffer[:len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self):
        self._file.close()
        super().close()


def whole_length(file):
    """Bytes of an open mcap file up to where its first incomplete record, or its data's end, begins."""
    size = file.seek(0, io.SEEK_END)
    at = len(MAGIC)
    while at + HEAD.size <= size:
        file.seek(at)
        kind, length = HEAD.unpack(file.read(HEAD.size))
        if kind in (DATA_END, FOOTER) or at + HEAD.size + length > size:
            break
        at += HEAD.size + length
    return at
