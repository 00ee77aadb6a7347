"""Makes this folder's copy of the engine into the one file that the node runs, as the module `cutover` does.

`python3 build.py [ROOT]`: below another directory than the machine's own.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from engine.archive import build  # noqa: E402
from engine.names import ARCHIVE  # noqa: E402
from engine.node import Node  # noqa: E402

Node(*sys.argv[1:]).write(ARCHIVE, build())
