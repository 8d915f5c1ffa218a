"""Step 3, the Python half: where values come from, what guards them, where they end.

`project` finds things by name, `callee` says what a call calls, `trace` follows a value back to
its origins, `guards` asks which checks hold on the way, `sinks` turns calls into facts, and
`solve` does it for a whole project. What a library's functions mean stands in `tables`.
"""
