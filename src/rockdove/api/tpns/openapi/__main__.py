"""Write docs/reference anew: python -m rockdove.api.tpns.openapi docs/reference"""

import sys
from pathlib import Path

from rockdove.api.tpns.openapi import reference

reference.write(Path(sys.argv[1]))
