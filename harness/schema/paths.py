"""Where the project's own files are, and where those of the user go.

What ships (fixtures, page templates, the accepted baseline, the suites) lies in the checkout, or in `shipped/`
inside the installed package, laid out alike. What a user makes goes below the project they are in: the paths
here are relative, to pytest's `rootpath` for a test run and to the current directory for a command.
"""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
ROOT = _PACKAGE / "shipped" if (_PACKAGE / "shipped").is_dir() else _PACKAGE.parent
"""What ships lies below it."""
FIXTURES = ROOT / "fixtures"
SUITES = ROOT / "suites"
TEMPLATES = ROOT / "reports" / "templates"
SHIPPED_BASELINES = ROOT / "reports" / "baselines"

REPORTS = Path("reports")
BASELINES = REPORTS / "baselines"
DEFAULT_STORE = REPORTS / "store"
DEFAULT_REPORT = REPORTS / "latest"
DEFAULT_PROFILE = Path("harness.toml")
"""What a run in the project asks for where `--profile` says nothing; the shipped `tiny` where there is none."""


def model_cache() -> Path:
    """Directory for models fetched by `python -m harness fetch`."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "finetune-harness" / "models"
