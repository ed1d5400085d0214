"""Pictures a second and milliseconds per stage of the people factory, on one core.

Times are processor time; the first pictures (compilation) are left out.
"""

import argparse
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.synthesis.factory import Factory, Stopwatch  # noqa: E402

WARM_UP = 10  # pictures, as many as the factory makes together


def measure(factory, pictures):
    """Seconds per stage by name, seconds of the stock, and people drawn, of a shard's first pictures after WARM_UP."""
    people = stock = 0
    for number, picture in enumerate(factory.shard(0, WARM_UP + pictures)):
        if number == WARM_UP - 1:
            stock = factory.stopwatch.seconds["stock"]
            factory.stopwatch = Stopwatch()
        elif number >= WARM_UP:
            people += len(picture.labels.heights)
    seconds = {name: spent for name, spent in factory.stopwatch.seconds.items() if name != "stock"}
    return seconds, stock, people


def main():
    """Prints the rate and one row per stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=Path, help="asset file of `mocap synth bake`")
    parser.add_argument("backgrounds", type=Path, nargs="?", help="folder of photographs (default: rooms and streets)")
    parser.add_argument("--pictures", type=int, default=300, help="drawn and measured (default: 300)")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    if options.pictures < 1:
        parser.error(f"--pictures {options.pictures}: wanted at least 1")
    seconds, stock, people = measure(Factory(options.assets, options.backgrounds, options.seed), options.pictures)
    rate = options.pictures / sum(seconds.values())
    print(f"{rate:.1f} pictures/s, {people / options.pictures:.1f} people a picture")
    print(f"{'stock':12s} {stock:6.1f} s once a shard (first call compiles)")
    for name, spent in seconds.items():
        print(f"{name:12s} {1e3 * spent / options.pictures:6.2f} ms")


if __name__ == "__main__":
    main()
