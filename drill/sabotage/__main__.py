"""`python -m drill.sabotage NAME -- MODULE ARGUMENTS`: run a program of the product with the patch of a sabotage."""

import runpy
import sys

from drill.sabotage.switches import SABOTAGES


def main() -> None:
    """Patch this process, and then become the program."""
    name, separator, *sys.argv = sys.argv[1:]
    assert separator == "--"
    patch = SABOTAGES[name].patch
    assert patch is not None, name
    patch()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
