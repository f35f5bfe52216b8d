"""The Model Context Protocol (MCP): the operations on notes as tools for agents.

A tool call is one request to the view of one operation, so it has the same rules, throttles and transactions as the
REST API. `docs/decisions/mcp.md` says why there is no SDK and no session.
"""
