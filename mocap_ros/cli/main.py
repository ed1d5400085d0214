"""The command line `mocap`."""

import argparse
import os
import sys

from mocap_ros.cli import demo, detect, run, synth, train
from mocap_ros.datatypes.errors import MocapError

COMMANDS = (run, detect, demo, synth, train)


def main(arguments=None):
    """Runs one command; returns its exit status: 0 done, 2 for what the user can mend, 130 when interrupted."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # OpenCV's own lines would stand beside our one
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # and FFmpeg's
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
        return options.run(options) or 0
    except MocapError as error:
        print(f"mocap: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
