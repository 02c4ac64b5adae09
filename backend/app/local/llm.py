"""Start the language model: llama.cpp's own HTTP server, in process.

`python -m app.local.llm --port 18000 --model models/llm/some.gguf`. The port is open while the model loads: until it
is there every route answers 503. What is asked is not in its log.
"""

import argparse
import os
import signal
import threading
from pathlib import Path
from typing import Any

from app.local.serving import build_parser, choose_threads, leave, log, open_port, require_file, set_up_log

SLOTS = 2  # one that speaks, one that writes in the background
CONTEXT = 4096
# Decoding waits for memory, not for arithmetic: past four threads nothing is gained, and the others need cores.
MOST_THREADS = 4
PROMPT_CACHE_MIB = 512  # llama.cpp's own default, 8 GiB, is more than a small machine has
TEMPERATURE = 0.2  # a small model that is given more room invents mountains
QUIET = 1  # of llama.cpp's levels: errors only
VARIABLE = "CPU_LLM_MODEL"


def main() -> None:
    """Read the flags, start the server and keep it until told to end."""
    set_up_log()
    # Threads that spin at a barrier starve the other servers of a small machine. Read as the library is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    flags = _read_flags()
    path = require_file(flags.model, VARIABLE)
    # llama.cpp would only say that it could not; a port that is free now is free a moment later.
    with open_port(flags.host, flags.port) as probe:
        port = probe.getsockname()[1]
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = _start(flags, path, port)
    log.info("ready on %s", server.listening_address)
    ended.wait()
    # The server's destructor would wait for whatever is still being written; nobody will read it.
    os._exit(0)


def _read_flags() -> argparse.Namespace:
    parser = build_parser("llm", 18000)
    parser.add_argument("--model", type=Path, required=True, help="a GGUF file; its name becomes the model's")
    parser.add_argument("--ctx-size", type=int, default=SLOTS * CONTEXT, help="tokens that all slots share")
    parser.add_argument("--threads-batch", type=int, default=0, help="threads to read a prompt; 0 takes all cores")
    parser.add_argument("--parallel", type=int, default=SLOTS, help="answers written at the same time")
    return parser.parse_args()


def _start(flags: argparse.Namespace, path: Path, port: int) -> Any:
    import xllamacpp  # noqa: PLC0415 - after the environment is set

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.hostnames = [flags.host]
    params.port = port
    params.n_ctx = flags.ctx_size
    params.n_parallel = flags.parallel
    params.kv_unified = True
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.cpuparams.n_threads = choose_threads(flags.threads, MOST_THREADS)
    # A prompt is read when nothing else has work yet, and that is arithmetic: twice the threads, half the wait.
    params.cpuparams_batch.n_threads = choose_threads(flags.threads_batch, MOST_THREADS)
    params.sampling.temp = TEMPERATURE
    params.endpoint_metrics = params.endpoint_slots = params.use_jinja = True
    params.ui = False
    params.cors_origins = ""  # by default any page in the browser may read its answers
    params.cors_credentials = False
    params.verbosity = QUIET
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        leave(f"{path} could not be served: {error}; set {VARIABLE} to another GGUF file, or run `make models`")


if __name__ == "__main__":
    main()
