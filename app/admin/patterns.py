"""What a user name, an e-mail address and a telephone number look like, typed into a form or imported alike."""
from __future__ import annotations

USERNAME = r"^[A-Za-z][A-Za-z0-9._-]{1,59}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$"
PHONE = r"^\+?[\d\- ()（）转]{5,24}$"
