"""The web application: one package per thing a person does. See docs/architecture.md for the import rules."""
import sys

if "rich" not in sys.modules:  # structlog takes it wherever it is installed: 5 MiB to draw what no server draws
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog as structlog

    del sys.modules["rich"]
