"""Write docs/reference anew: ./dev reference"""

import sys
from pathlib import Path

from rockdove.api.tpns.openapi import reference

reference.write(Path(sys.argv[1]))
