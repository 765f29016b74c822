"""What a Chart.yaml says of its directory. Pure."""

from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source

CHART = "Chart.yaml"


def is_library(text: str) -> bool:
    """The chart only holds pieces for other charts: there is nothing to render."""
    read = read_text(Source(CHART, text))
    return any(isinstance(each, Manifest) and each.value.get("type") == "library" for each in read)
