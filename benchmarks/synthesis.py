"""Pictures a second and milliseconds per stage of the people factory, on one core.

`python benchmarks/synthesis.py assets.npz [backgrounds]`, with an asset file of `mocap synth bake` and, if given, a
folder of photographs. Times are processor time, the first pictures (compilation) are left out.
"""

import argparse
from pathlib import Path
import sys

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.synthesis.factory import Factory, Stopwatch  # noqa: E402

WARM_UP, PICTURES, SEED = 10, 300, 5


def main():
    """Prints the rate and one row per stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", help="file of `mocap synth bake`")
    parser.add_argument("backgrounds", nargs="?", help="folder of photographs without people")
    options = parser.parse_args()
    factory = Factory(options.assets, options.backgrounds, SEED)
    people = 0
    for number, picture in enumerate(factory.shard(0, WARM_UP + PICTURES)):
        if number == WARM_UP - 1:
            stock = factory.stopwatch.seconds["stock"]
            factory.stopwatch = Stopwatch()
        elif number >= WARM_UP:
            people += len(picture.labels.heights)
    seconds = factory.stopwatch.seconds
    print(f"{PICTURES / sum(seconds.values()):.1f} pictures/s, {people / PICTURES:.1f} people a picture")
    print(f"{'stock':12s} {stock:6.1f} s once a shard (first call compiles)")
    for name, spent in seconds.items():
        if name != "stock":
            print(f"{name:12s} {1e3 * spent / PICTURES:6.2f} ms")


if __name__ == "__main__":
    main()
