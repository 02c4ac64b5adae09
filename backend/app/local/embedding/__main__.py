"""Start the embedding server: `python -m app.local.embedding --port 9000`."""

from app.local.embedding.api import State, build
from app.local.embedding.encoder import MODEL, Encoder
from app.local.serving import build_parser, choose_threads, leave, open_port, serve, set_up_log

MOST_THREADS = 2  # one sentence does not keep more than that busy


def main() -> None:
    """Read the flags and serve until told to end."""
    set_up_log()
    parser = build_parser("embedding", 9000)
    parser.add_argument("--model", default=MODEL, help=f"the name of the encoder; there is one: {MODEL}")
    flags = parser.parse_args()
    if flags.model != MODEL:
        leave(f"CPU_EMBEDDING_MODEL={flags.model} is not known here: the one encoder is {MODEL}")
    threads = choose_threads(flags.threads, MOST_THREADS)
    listener = open_port(flags.host, flags.port)
    serve(build(State(MODEL), lambda: Encoder(threads)), listener)


if __name__ == "__main__":
    main()
