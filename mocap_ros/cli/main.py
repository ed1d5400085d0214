"""The command line `mocap`."""

import argparse
import os
import sys

import cv2

from mocap_ros.cli import (bench, calibrate, datasets, demo, detect, evaluate, export, prune, quantize, run, sparsity,
                           synth, train)
from mocap_ros.datatypes.errors import MocapError

COMMANDS = (run, detect, demo, evaluate, export, calibrate, bench, synth, train, datasets, prune, quantize, sparsity)


def main(arguments=None):
    """Runs one command; returns its exit status.

    0 done, 2 for what the user can mend, 130 when interrupted, 141 when nobody reads what it prints (`| head`).
    """
    quieten_opencv()
    parser = argparse.ArgumentParser(
        prog="mocap",
        description="Real-time 3D human motion capture of several people from one ordinary camera.",
        epilog="`mocap COMMAND --help` explains a command.",
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    options = parser.parse_args(arguments)
    try:
        status = options.run(options) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains when it flushes
        return 141
    except MocapError as error:
        print(f"mocap: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        print(f"mocap: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def quieten_opencv():
    """Leaves OpenCV only its errors: its warnings would stand beside our one line."""
    set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel  # before and since OpenCV 4.6
    set_level(2)  # errors
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # read when the first video is opened


if __name__ == "__main__":
    sys.exit(main())
