"""Hostile requests for every operation of `openapi.json`, and what they cost the server."""
