"""The follow-up code as a picture. The code stands behind # in its link, so that it never reaches a server (ADR 6)."""
from __future__ import annotations

import segno


def follow_picture(follow_url: str, code: str) -> str:
    """A PNG as a data address, to stand in the page itself; a telephone can save it with a long press."""
    picture: str = segno.make(f"{follow_url}#{code}", error="m", micro=False).png_data_uri(scale=6, border=2)
    return picture
