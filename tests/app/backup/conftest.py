from tests.installations import city, new

__all__ = ["city", "new"]
