"""Write a page with the views of the networks: ``python -m live FOLDER``."""

import sys
from pathlib import Path

from .networks import built
from .page import write_page

write_page(built(Path(sys.argv[1])))
