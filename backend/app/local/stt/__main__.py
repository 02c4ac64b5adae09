"""Start speech recognition: `python -m app.local.stt --port 6006 --model models/stt/ggml-base.bin`."""

import os
from pathlib import Path

from app.local.serving import build_parser, choose_threads, leave, open_port, require_file, serve, set_up_log

MOST_THREADS = 4


def main() -> None:
    """Read the flags, load the model, then open the port (as the real one does) and serve until told to end."""
    set_up_log()
    # Its threads must sleep at a barrier: when the cores are shared, spinning doubles what a pass costs.
    # Read by the library as it is loaded, hence before the import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from app.local.stt.api import build  # noqa: PLC0415 - see the line above
    from app.local.stt.whisper import ModelError, Whisper  # noqa: PLC0415 - see the line above

    parser = build_parser("stt", 6006)
    parser.add_argument("--model", type=Path, default=Path("models/stt/ggml-base.bin"), help="a ggml file")
    flags = parser.parse_args()
    path = require_file(flags.model, "CPU_STT_MODEL")
    try:
        whisper = Whisper(path, choose_threads(flags.threads, MOST_THREADS))
    except ModelError as error:
        leave(f"{error}: set CPU_STT_MODEL to another file, or remove it and run `make models`")
    serve(build(whisper), open_port(flags.host, flags.port))


if __name__ == "__main__":
    main()
