"""The description of the dialect: an OpenAPI 3.1 document, a page to read it, and the files in docs/reference.

What there is to say about an endpoint stands in one place: `packages`, `pushes`, `push_message`, `devices` and
`statistics` hold it as data, `document` puts it together. Limits come from the configuration, codes and their texts
from `errors`;
tests hold the rest against what the handlers read and answer.
"""

from rockdove.api.tpns.openapi.document import document
from rockdove.api.tpns.openapi.serving import routes

__all__ = ["document", "routes"]
