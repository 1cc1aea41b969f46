"""Where the project's own files are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
REPORTS = ROOT / "reports"
BASELINES = REPORTS / "baselines"
DEFAULT_STORE = REPORTS / "store"
DEFAULT_REPORT = REPORTS / "latest"


def model_cache() -> Path:
    """Directory for models fetched by `python -m harness fetch`."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "finetune-harness" / "models"
