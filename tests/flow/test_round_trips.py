"""What a function makes of each item: bytes that the program wrote itself, and those that it read."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, OriginKind

PACKED = """
import pickle
import sys
import numpy as np
class Packed:
    def __init__(self, rows):
        self.data, self.ends = self._packed(rows)
    def _packed(self, rows):
        def one(row):
            return np.frombuffer({}, dtype=np.uint8)
        parts = list(map(one, rows))
        return np.concatenate(parts), [len(part) for part in parts]
    def get(self, at):
        return pickle.loads(memoryview(self.data[at : self.ends[at]]))
print(Packed(sys.argv[1:]).get(0))
"""


def test_bytes_that_an_object_made_of_each_row_are_its_own() -> None:
    [use] = concluded({"rows.py": PACKED.format("pickle.dumps(row)")}, Deserialization)
    assert {origin.kind for origin in use.origins} == {OriginKind.MEMORY}


@pytest.mark.parametrize("made", ["open(row, 'rb').read()", "row"])
def test_bytes_that_it_read_for_each_row_are_not(made: str) -> None:
    [use] = concluded({"rows.py": PACKED.format(made)}, Deserialization)
    assert OriginKind.COMMAND_LINE in {origin.kind for origin in use.origins}
