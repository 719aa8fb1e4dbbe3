"""Builds in a folder of its own, each time anew: setup.cfg says all else.

Otherwise setuptools packs what an earlier build has left in `build`: modules, and steps of the
database, that this version does not have.
"""

import tempfile
from pathlib import Path

from setuptools import setup

with tempfile.TemporaryDirectory(prefix="build-") as folder:
    setup(options={"build": {"build_base": str(Path(folder) / "build")}})
