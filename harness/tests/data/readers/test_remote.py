"""Is data read from a cloud store and from the hub, and missing access said in one message, at once?"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.data.readers.sources import WHOLE, read_data
from harness.schema.errors import UserError

ROWS = [{"prompt": f"question {number}", "completion": f" {number}"} for number in range(4)]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@pytest.fixture(autouse=True)
def fresh_connections() -> Iterator[None]:
    """fsspec keeps connections, with the keys and the address that they were made with."""
    yield
    import fsspec

    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket `own` of a store on this machine: moto's server, in a thread of this process."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.delenv("AWS_PROFILE", raising=False)
        store = boto3.client("s3")
        store.create_bucket(Bucket="own")
        store.put_object(Bucket="own", Key="data/train.jsonl", Body=JSONL)
        store.put_object(Bucket="own", Key="data/test.jsonl", Body=JSONL)
        store.put_object(Bucket="own", Key="broken.jsonl", Body=b'{"prompt": "a"}\n{')
        store.put_object(Bucket="own", Key="notes.dat", Body=b"a")
        yield "s3://own"
    server.stop()


def test_object_is_read(bucket: str) -> None:
    data = read_data(f"{bucket}/data/train.jsonl")
    assert (data.name, [row for _, row in data.splits[WHOLE]]) == ("train", ROWS)
    assert data.splits[WHOLE][1][0] == "s3://own/data/train.jsonl, line 2"


@pytest.mark.parametrize("slash", ["", "/"], ids=["without a slash", "with a slash"])
def test_splits_are_read(bucket: str, slash: str) -> None:
    data = read_data(f"{bucket}/data{slash}")
    assert (data.name, set(data.splits)) == ("data", {"train", "test"})
    assert data.splits["test"][0] == ("s3://own/data/test.jsonl, line 1", ROWS[0])


@pytest.mark.parametrize(
    ("key", "message"),
    [
        pytest.param("none.jsonl", "s3://own/none.jsonl: there is no such file", id="a missing object"),
        pytest.param("none/", "s3://own/none/: nothing is there", id="an empty prefix"),
        pytest.param("broken.jsonl", "s3://own/broken.jsonl, line 2: not valid JSON", id="a broken object"),
        pytest.param("notes.dat", "s3://own/notes.dat: the suffix '.dat' is not known", id="an unknown suffix"),
    ],
)
def test_object_is_refused(bucket: str, key: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_data(f"{bucket}/{key}")
    assert str(caught.value).startswith(message)


def test_missing_bucket_is_refused(bucket: str) -> None:
    with pytest.raises(UserError, match=r"^s3://other/train.jsonl: there is no such file"):
        read_data("s3://other/train.jsonl")


def test_missing_credentials_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(UserError) as caught:
        read_data("s3://own/train.jsonl")
    assert "s3://own/train.jsonl: could not be read (Unable to locate credentials). Check" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "raised", "message"),
    [
        pytest.param("s3://b/k.jsonl", ImportError("no"), "not installed. Install it: pip install s3fs", id="no s3fs"),
        pytest.param(
            "gs://b/k.jsonl", ImportError("no"), "not installed. Install it: pip install gcsfs", id="no gcsfs"
        ),
        pytest.param("smb://b/k.jsonl", ImportError("no"), "pip install fsspec[smb]", id="another package"),
        pytest.param("gs://b/k.jsonl", PermissionError("denied"), "could not be read (denied). Check", id="no access"),
        pytest.param(
            "gs://b/k.jsonl", FileNotFoundError("k"), "there is no such file. Check the address", id="no file"
        ),
        pytest.param(
            "gs://b/k.jsonl", OSError("a\nb " * 200), "could not be read (a b a b", id="an error of many lines"
        ),
        pytest.param("foo://b/k.jsonl", None, "Protocol not known: foo", id="an unknown protocol"),
        pytest.param("https://h/k?id=1", None, "the file has no suffix", id="a page of the web"),
    ],
)
def test_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str, raised: Exception | None, message: str) -> None:
    import io

    import fsspec

    def refuse(*args: Any, **options: Any) -> Any:
        if raised is None:
            return io.BytesIO(b"{}")
        raise raised

    if not url.startswith("foo"):
        monkeypatch.setattr(fsspec, "open", refuse)
    with pytest.raises(UserError) as caught:
        read_data(url)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_secrets_of_a_url_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    import fsspec

    url = "https://me:secret@h/train.jsonl?signature=secret"

    def refuse(*args: Any, **options: Any) -> Any:
        raise OSError(f"403, url='{url.replace('me:secret@', '')}'")

    monkeypatch.setattr(fsspec, "open", refuse)
    with pytest.raises(UserError) as caught:
        read_data(url)
    assert str(caught.value).startswith("https://h/train.jsonl: could not be read (403, url='https://h/train.jsonl').")


def hub(monkeypatch: pytest.MonkeyPatch, answer: Exception | None) -> None:
    """A hub that is reached, or raises what `answer` is; the cache is left to `datasets`."""
    import huggingface_hub

    def ask(self: Any, *args: Any, **options: Any) -> None:
        if answer is not None:
            raise answer

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", ask)


def test_hub_that_is_not_reached_is_one_message_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    hub(monkeypatch, ConnectionError("no network"))
    start, offline = time.monotonic(), datasets.config.HF_HUB_OFFLINE
    with pytest.raises(UserError) as caught:
        read_data("nobody/nothing-of-the-kind")
    assert "the hub did not give it (it was not reached, and its cache here holds no copy)" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 10
    assert datasets.config.HF_HUB_OFFLINE is offline


def test_hub_that_knows_no_such_data_set_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from huggingface_hub.errors import HfHubHTTPError

    response: Any = SimpleNamespace(headers={}, request=None, status_code=404)
    hub(monkeypatch, HfHubHTTPError("404 Client Error.\n\nNot found", response=response))
    with pytest.raises(UserError, match=r"^--data 'nobody/nothing': no such file.*the hub says: 404 Client Error. Not"):
        read_data("nobody/nothing")


def test_data_set_of_the_hub_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    hub(monkeypatch, None)
    found = datasets.DatasetDict(train=datasets.Dataset.from_list(ROWS), test=datasets.Dataset.from_list(ROWS))
    monkeypatch.setattr(datasets, "load_dataset", lambda name, **options: found)
    data = read_data("owner/name")
    assert (data.name, set(data.splits)) == ("name", {"train", "test"})
    assert data.splits["train"][1] == ("owner/name, train row 2", ROWS[1])


def test_what_the_hub_cannot_load_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def refuse(name: str, **options: Any) -> Any:
        raise ValueError("Config name is missing.\nPlease pick one: ['a', 'b']")

    hub(monkeypatch, None)
    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(UserError, match=r"did not give it \(Config name is missing. Please pick one: \['a', 'b'\]\)"):
        read_data("owner/name")
