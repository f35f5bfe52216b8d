"""The packages from npm that `make node` installs beside the tests' own virtual environment."""

import shutil
import sys
from pathlib import Path

DIRECTORY = Path(sys.prefix, "node")
PACKAGES = DIRECTORY / "node_modules"


def what_is_missing(*names):
    """Return why these packages cannot be used here; empty if they can."""
    if not shutil.which("node"):
        return "not installed here: node"
    missing = [name for name in names if not (PACKAGES / name).is_dir()]
    return f"not installed here: {', '.join(missing)} (make node)" if missing else ""
