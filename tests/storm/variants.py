"""The runs that are killed."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    sessions: int
    concurrency: int
    server: tuple  # options of bulkdrop-sandbox
    client: tuple = ()  # options of bulkdrop drop
    feed: str = "file"  # or stdin, stream stdin, stream file
    attempts: int = 5

    @property
    def faults(self):
        return "--faults" in self.server


FAULTS = ("--faults", "drop_error=6%,reset=5%,unavailable=5%,stall=2%,truncate=3%,reset:dead=2%")
VARIANTS = [
    Variant("file, 4 at once", 40, 4, ("--latency", "2ms", "--workers", "8")),
    Variant("file, 1 at once", 30, 1, ("--latency", "1ms",)),
    Variant("file, 32 at once", 60, 32, ("--latency", "10ms",), ("--fixed-concurrency",)),
    # Several leases.
    Variant("file, 16 at once, 700 rows", 700, 16, ("--latency", "3ms"), ("--fixed-concurrency",)),
    Variant("stdin, 4 at once", 40, 4, ("--latency", "2ms", "--workers", "2"), feed="stdin"),
    Variant("stream of stdin, 4 at once", 40, 4, ("--latency", "2ms", "--workers", "8"), feed="stream stdin"),
    Variant("stream of a file, 8 at once", 40, 8, ("--latency", "2ms", "--workers", "8"), feed="stream file"),
    Variant("file, 4 at once, --verify", 40, 4, ("--latency", "2ms", "--workers", "8"), ("--verify",)),
    Variant("file, 8 at once, faults", 40, 8, ("--latency", "2ms", "--workers", "8", *FAULTS),
            ("--timeout", "300ms", "--canary", "0")),
    Variant("stdin, 4 at once, faults, --verify", 40, 4, ("--latency", "2ms", "--workers", "8", *FAULTS),
            ("--timeout", "300ms", "--canary", "0", "--verify"), feed="stdin"),
]
SHORT = ("file, 4 at once", "stream of stdin, 4 at once", "stdin, 4 at once, faults, --verify")
