"""What the functions of the field's libraries mean: the one place to add a library.

`types` says what calls return, `sources` where values enter, `sinks` where it matters who made
them (`loaders` those that make objects of data; `sink` is what a row says), `carriers` what passes
values on unchanged or harmless, `checks` what tests them.
"""
