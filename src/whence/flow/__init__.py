"""Step 3, the Python half: where values come from, what guards them, where they end.

`program` says what names and calls mean, `values` follows a value back to where it begins, `inputs`
reads what is decided outside the code, `entrances` says who reaches which function, `checks` which
checks hold on the way. `endings` and `lineage` turn calls into facts, and `solve` does it for a whole
project with one `engine`. What a library's functions mean stands in `tables`.
"""
