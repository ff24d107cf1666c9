"""A device client in Python: what an app developer starts from, and what docs/device-protocol.md describes.

`session` is the protocol without I/O, for any transport; `client` runs it on paho-mqtt (the extra `device`). This
folder imports nothing else of rockdove: copy it, or install `rockdove[device]`. Its twin in TypeScript is
clients/typescript; clients/conformance.json holds both to the same behaviour.
"""
