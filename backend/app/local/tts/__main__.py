"""Start the voices: `python -m app.local.tts --port 7007 --voices hibari,jf_alpha`."""

from app.local.serving import build_parser, choose_threads, leave, open_port, serve, set_up_log
from app.local.tts.api import build
from app.local.tts.voices import KNOWN, load
from app.settings import ROOT

MOST_THREADS = 2  # the language model writes the next sentence meanwhile


def main() -> None:
    """Read the flags, warm the voices, then open the port and serve until told to end."""
    set_up_log()
    parser = build_parser("tts", 7007)
    parser.add_argument("--voices", default=",".join(KNOWN), help="by comma; the first of a language speaks it")
    flags = parser.parse_args()
    names = [name.strip() for name in flags.voices.split(",") if name.strip()]
    if unknown := [name for name in names if name not in KNOWN]:
        leave(f"CPU_TTS_VOICES: there is no voice {', '.join(unknown)}; there are {', '.join(KNOWN)}")
    if not names:
        leave(f"CPU_TTS_VOICES names no voice; there are {', '.join(KNOWN)}")
    choir = load(names, choose_threads(flags.threads, MOST_THREADS), ROOT / ".cache" / "kokoro-ja")
    serve(build(choir), open_port(flags.host, flags.port))


if __name__ == "__main__":
    main()
