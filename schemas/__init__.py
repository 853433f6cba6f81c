"""WIRE.md as types: one module a topic family, ``topics`` the one table of topics.

Inputs are decoded by `decode.decode`; nothing else turns bytes into records. Outputs are plain structs that
`outputs.encode` turns into bytes. Nothing here knows a clock, a broker or a state.
"""
