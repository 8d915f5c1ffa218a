"""One module per kind of link, found by walking this folder.

Each has `link(graph) -> Iterator[Asset | Flow]`, where the graph holds files and facts only.
"""
