"""`mocap datasets`: which data sets can be read, and a sheet of their pictures with labels to look at."""

from dataclasses import replace
from pathlib import Path

from mocap_ros.datatypes.errors import ConfigError

TILE = (480, 360)  # width and height [px]
IGNORED_BRIGHTNESS = 0.35


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser("datasets", help="look at the labels of training data",
                                   description="Lists the data sets that can be read, or draws one's labels.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_parser("list", help="names for --dataset, and what each teaches").set_defaults(run=_list)
    look = commands.add_parser(
        "look", help="draw a contact sheet of samples with their labels",
        description="Draws random samples, plain above and with labels below: right limbs red, left blue; dots green "
                    "seen, white unknown, orange behind the own body, red behind another person, magenta behind an "
                    "object; dark where nothing is learned.",
    )
    look.add_argument("name", metavar="NAME", help="a name of `mocap datasets list`")
    look.add_argument("path", metavar="PATH", help="the data set's folder")
    look.add_argument("--out", required=True, metavar="FILE", help="picture to write, .png or .jpg")
    look.add_argument("--images", type=int, default=12, metavar="N", help="how many samples (default: 12)")
    look.add_argument("--seed", type=int, default=0, help="of the choice of samples (default: 0)")
    look.add_argument("--photographs", metavar="DIR",
                      help="photographs without people: new backgrounds and clothes for the sets with masks")
    look.set_defaults(run=_look)


def _list(options):
    """Runs `mocap datasets list`."""
    from mocap_ros.datasets.catalogue import DATA_SETS

    width = max(map(len, DATA_SETS))
    for name, one in DATA_SETS.items():
        print(f"{name:{width}}  {one.title}; teaches {one.teaches}")


def _look(options):
    """Runs `mocap datasets look`."""
    import cv2
    import numpy as np

    from mocap_ros.datasets.catalogue import open_data_set
    from mocap_ros.datasets.photographs import Photographs
    from mocap_ros.synthesis.sheet import contact_sheet

    if options.images < 1:
        raise ConfigError(f"--images {options.images}: wanted at least 1")
    if not Path(options.out).resolve().parent.is_dir():
        raise ConfigError(f"{options.out}: its folder does not exist")
    photographs = Photographs(options.photographs) if options.photographs else None
    samples = open_data_set(options.name, options.path, photographs)
    generator = np.random.default_rng(options.seed)
    chosen = sorted(int(n) for n in generator.choice(len(samples), min(options.images, len(samples)), replace=False))
    sheet = contact_sheet([_tile(samples[n]) for n in chosen], columns=min(4, len(chosen)))
    if not cv2.imwrite(str(options.out), sheet):
        raise ConfigError(f"{options.out}: cannot be written as a picture. Wanted a name ending in .png or .jpg")
    print(f"{options.out}: samples {', '.join(map(str, chosen))} of {len(samples)}")


def _tile(sample):
    """A sample fitted into a tile, dark where nothing is learned."""
    import numpy as np

    from mocap_ros.datasets.augmentation import warp

    height, width = sample.image.shape[:2]
    zoom = min(TILE[0] / width, TILE[1] / height)
    shift = (np.array(TILE) - 1) / 2 - zoom * (np.array([width, height]) - 1) / 2
    view = warp(sample, np.concatenate([np.eye(2) * zoom, shift[:, None]], 1), *TILE, border=(0, 0, 0))
    image = view.image
    if view.ignore.size:
        image = np.where(view.ignore[..., None], (image * IGNORED_BRIGHTNESS).astype(np.uint8), image)
    return replace(view, image=image)
