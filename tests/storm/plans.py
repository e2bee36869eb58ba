"""Which kills come in which run."""
import collections
import dataclasses
import itertools
import pathlib
import shutil
import tempfile

from . import victim
from .run import Storm

MOST_KILLS = 8  # of one run


@dataclasses.dataclass
class Measure:
    """A variant without kills: how often each call occurs, and how long it takes."""
    calls: dict
    seconds: float


def measure(binaries, variant, traces):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kill-storm-"))
    try:
        clean = Storm(binaries, directory, variant, [], 1)
        death = victim.run(clean.drop_command(), clean.out, None, clean.pieces())
        if death.exit_code not in (0, 1):
            raise RuntimeError(f"{variant.name}: exit code {death.exit_code}: {death.err}")
        calls = dict.fromkeys(victim.CALLS, 0)
        if traces:
            clean.stop()
            clean = Storm(binaries, directory / "traced", variant, [], 1)
            calls = victim.count_calls(clean.drop_command(), clean.out, clean.pieces())
        clean.stop()
        return Measure(calls, death.took)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def random_kill(measured, chance):
    """Rather early: the more often a run was killed, the less is left of it."""
    calls = [call for call, most in measured.calls.items() if most > 0]
    early = chance.random() ** 2
    if not calls or chance.random() < 0.2:
        return victim.Kill(victim.MOMENT, 0.01 + early * measured.seconds)
    call = chance.choice(calls)
    return victim.Kill(call, 1 + int(early * measured.calls[call]))


def random_kills(measured, chance):
    return [random_kill(measured, chance) for _ in range(chance.randint(1, MOST_KILLS))]


def plans(variants, measures, chance):
    """First every point of every variant, in drop and in resume, a call of each kind in its turn; then at random, for
    ever."""
    of_call = collections.defaultdict(list)
    for variant in variants:
        for call, most in measures[variant.name].calls.items():
            of_call[call] += [(variant, victim.Kill(call, when), in_resume)
                              for when in range(1, most + 1) for in_resume in (False, True)]
    for points in of_call.values():
        chance.shuffle(points)
    for turn in itertools.zip_longest(*of_call.values()):
        for variant, kill, in_resume in filter(None, turn):
            measured = measures[variant.name]
            before = [random_kill(measured, chance)] if in_resume else []
            yield variant, [*before, kill, *random_kills(measured, chance)]
    while True:
        variant = chance.choice(variants)
        yield variant, random_kills(measures[variant.name], chance)
