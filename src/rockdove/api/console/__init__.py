"""The console API: what an operator sees and does beside TPNS's REST. /console/api/openapi.json describes it."""
