"""`python -m drill.sabotage NAME -- MODULE ARGUMENTS`: run a program of the product with the patch of a sabotage."""

import sys

from drill.become import become
from drill.sabotage.switches import SABOTAGES


def main() -> None:
    """Patch this process, and then become the program."""
    name, separator, *command = sys.argv[1:]
    assert separator == "--"
    patch = SABOTAGES[name].patch
    assert patch is not None, name
    patch()
    become(command)


if __name__ == "__main__":
    main()
