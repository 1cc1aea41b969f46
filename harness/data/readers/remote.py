"""Where is data that is not on this machine? URLs through fsspec, data sets of the hub; one message when not to be had.

The clients raise dozens of kinds of errors, all of which mean "not to be had": hence the broad excepts.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from harness.data.readers.files import File
from harness.schema.errors import UserError

PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
}
"""What fsspec needs for a protocol, beyond what is installed here."""

HURRY: dict[str, dict[str, Any]] = {
    protocol: {"config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}}
    for protocol in ("s3", "s3a")
}
"""Options that give up in seconds where nothing answers."""

HUB_TIMEOUT_S = 10.0
NOT_REACHED = "it was not reached, and its cache here holds no copy"
LONGEST_REASON = 300

T = TypeVar("T")


def is_url(source: str) -> bool:
    return "://" in source


def url_file(url: str) -> File:
    """The file at a URL. Its query, where signatures stand, is kept out of messages."""
    shown, protocol = _shown(url), urlsplit(url).scheme

    def fetch() -> bytes:
        import fsspec

        with fsspec.open(url, "rb", **HURRY.get(protocol, {})) as file:
            content: bytes = file.read()
        return content

    return File(shown, urlsplit(shown).path.rsplit("/", 1)[-1], lambda: _had(fetch, shown))


def url_files(url: str) -> list[File]:
    """All files below a URL, sorted by name.

    Raises:
        UserError: there are none, or they cannot be listed.
    """
    shown, protocol = _shown(url), urlsplit(url).scheme

    def listed() -> list[File]:
        import fsspec

        system, top = fsspec.core.url_to_fs(url, **HURRY.get(protocol, {}))
        paths = [str(path) for path in system.find(top)]

        def file(path: str) -> File:
            where = f"{protocol}://{path.lstrip('/')}" if protocol != "file" else path
            return File(where, path[len(top) :].lstrip("/"), lambda: _had(lambda: system.cat_file(path), where))

        return [file(path) for path in sorted(paths)]

    found = _had(listed, shown)
    if not found:
        raise UserError(f"{shown}: nothing is there. Check the address.")
    return found


def _shown(url: str) -> str:
    """The URL without what may be secret: a password, a query with its signature."""
    return re.sub(r"://[^/@]*:[^/@]*@", "://", url.split("?", 1)[0].split("#", 1)[0])


def _had(get: Callable[[], T], shown: str) -> T:
    try:
        return get()
    except ImportError:
        protocol = urlsplit(shown).scheme
        package = PACKAGES.get(protocol, f"fsspec[{protocol}]")
        raise UserError(
            f"{shown}: reading {protocol}:// needs a package that is not installed. Install it: pip install {package}"
        ) from None
    except FileNotFoundError as error:
        reason = f" ({brief(error.__cause__)})" if isinstance(error.__cause__, Exception) else ""
        raise UserError(f"{shown}: there is no such file{reason}. Check the address.") from None
    except Exception as error:
        raise UserError(
            f"{shown}: could not be read ({brief(error)}). Check the address, the network and your credentials."
        ) from None


def hub_splits(name: str) -> dict[str, Any]:
    """The splits of a data set of the hub, downloaded or from the cache, each a `datasets.Dataset`.

    Raises:
        UserError: it is neither there nor here.
    """
    import datasets

    with hub_asked_once(name, f"--data {name!r}: no such file or directory here, and the hub") as reached:
        try:
            return dict(datasets.load_dataset(name, trust_remote_code=False))
        except Exception as error:
            reason = brief(error) if reached else NOT_REACHED
            raise UserError(
                f"--data {name!r}: no such file or directory here, and the hub did not give it ({reason}). "
                "Check the name, the network and your access, or give a file."
            ) from None


@contextmanager
def hub_asked_once(name: str, what: str) -> Iterator[bool]:
    """Within, `datasets` asks the hub where that answers a first request about the data set, and else looks into its
    cache alone: by itself it would try again for half a minute. Gives whether the hub was reached.

    Args:
        what: the beginning of the message that goes on with what the hub says.

    Raises:
        UserError: the hub was reached, and said no.
    """
    import datasets

    offline = datasets.config.HF_HUB_OFFLINE
    reached = not offline and _hub_answers(name, what)
    datasets.config.HF_HUB_OFFLINE = not reached
    try:
        yield reached
    finally:
        datasets.config.HF_HUB_OFFLINE = offline


def _hub_answers(name: str, what: str) -> bool:
    """Whether the hub was reached and has the data set.

    Raises:
        UserError: it was reached, and said no.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        HfApi().dataset_info(name, timeout=HUB_TIMEOUT_S)
    except HfHubHTTPError as error:
        raise UserError(f"{what} says: {brief(error)}") from None
    except Exception:
        return False
    return True


def brief(error: Exception) -> str:
    """The error's text on one line, cut where it goes on and on, without the queries of URLs."""
    text = re.sub(r"\?[^\s'\")]+", "", " ".join(str(error).split())) or type(error).__name__
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON] + "..."
