"""`python -m harvester`, and the command `harvester`: Ctrl-C is a sentence while the program still loads, too."""

import sys

from harvester.errors import INTERRUPTED
from harvester.surroundings import end_in_order, prepare_streams, spare_threads


def main() -> None:
    """Load the command line and run it."""
    prepare_streams()
    end_in_order()
    spare_threads()
    try:
        from harvester.cli import main as run
    except KeyboardInterrupt:
        print(f"Error: {INTERRUPTED}", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
