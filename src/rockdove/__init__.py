"""Rockdove: self-hosted push notification that speaks TPNS's REST API."""

__version__ = "0.1.0"
