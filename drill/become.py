"""How does a patched process become a program of the product? By its module's own main(), where the patches hold.

`runpy` would run a second copy of the module, which knows nothing of them; a package (celery, uvicorn) has no patches.
"""

import runpy
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec


def become(command: Sequence[str]) -> None:
    """Run `MODULE ARGUMENTS` as `python -m` would, in this process."""
    sys.argv = list(command)
    spec = find_spec(command[0])
    assert spec is not None, f"there is no module {command[0]}"
    if spec.submodule_search_locations is None:
        import_module(command[0]).main()
    else:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
