"""Text for others to read, without the folders of the machine it was made on."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

HOME, TEMPORARY = "~", "(temporary folder)"


class Places:
    """Folders that paths in tables, captions and reports are relative to.

    Parameters
    ----------
    roots : iterable of Path
        A path below one of them is written without it, the deepest counting; one below the home folder starts with
        ``~``, one in the folder of temporary files says so.
    """

    def __init__(self, roots: Iterable[Path]) -> None:
        named = {str(root): "" for root in roots if len(root.parts) > 1}
        for folder, name in ((Path.home(), HOME), (Path(tempfile.gettempdir()), TEMPORARY)):
            if len(folder.parts) > 1:
                named.setdefault(str(folder), name)
        self._named = named
        longest = sorted(named, key=len, reverse=True)
        # Not within a longer path or an address: what stands before is no part of a name.
        self._found = re.compile(rf"(?<![\w.~/-])({'|'.join(map(re.escape, longest))})(/|(?![\w.-]))")

    def text(self, text: str) -> str:
        """Return text whose paths start at the roots."""
        return self._found.sub(self._short, text) if "/" in text else text

    def _short(self, found: re.Match[str]) -> str:
        name, slash = self._named[found[1]], found[2]
        return f"{name}{slash}" if name else "" if slash else "."

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame whose texts are so; its index, columns and attributes stay."""
        out = frame.copy()
        for name, column in frame.items():
            short = self._column(column) if column.dtype.kind not in "bifc" else None
            if short is not None:
                out[name] = short
        return out

    def _column(self, column: pd.Series) -> pd.Series | None:
        words = {word for word in _values(column) if isinstance(word, str) and "/" in word}
        short = {word: text for word in words if (text := self.text(word)) != word}
        return column.map(lambda word: short.get(word, word) if isinstance(word, str) else word) if short else None

    def values(self, value: Any) -> Any:
        """Return plain data (of JSON) whose texts are so; a path that is still a full one is only named."""
        if isinstance(value, Mapping):
            return {key: self.values(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.values(one) for one in value]
        if isinstance(value, Path | str):
            text = self.text(str(value))
            return f"…/{Path(text).name}" if text.startswith("/") else text
        return value


def _values(column: pd.Series) -> Iterable[Any]:
    """Return the values of a column, each text once; an object need not be one that can be told from others."""
    return column.unique() if isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype) else column.array
