"""The OpenAPI document of the console API on standard output: `python -m rockdove.api.console.document`.

`./dev console` generates the front end's types from it.
"""

import json
import sys

from rockdove.api.console import app

if __name__ == "__main__":
    json.dump(app.build().openapi(), sys.stdout, indent=1)
