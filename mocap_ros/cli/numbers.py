"""Numbers of the command line that make sense only from a smallest value on."""

from argparse import ArgumentTypeError


def at_least(low, kind=int):
    """A `type` for argparse: numbers of a kind that are not below `low`."""

    def number(text):
        value = kind(text)
        if not value >= low:
            raise ArgumentTypeError(f"{text}: wanted {low} or more")
        return value

    number.__name__ = kind.__name__  # what argparse calls a text that is no number
    return number
