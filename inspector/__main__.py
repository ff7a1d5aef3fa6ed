"""`python -m inspector`: the same as the `inspector` command."""

import os
import sys

if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[0]  # Python puts it there for `-m`; modules in it are found only where they are named

from inspector.cli import main

if __name__ == "__main__":
    sys.exit(main())
