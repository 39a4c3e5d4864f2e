"""The papers as scenarios read them: man pages in mdoc, and the tool run beside them."""
import pathlib
import re
import subprocess

from conftest import BUILD, WAIT_S

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = BUILD / "ringfence"
FEED = ROOT / "daemon/ringfence-feed.7"
RULES = ROOT / "rules/ringfence-rules.5"
DAEMON = ROOT / "daemon/ringfenced.8"
CONFIG = ROOT / "daemon/ringfenced.yaml.5"
COMMAND = ROOT / "daemon/cli/ringfence.1"
PAGES = [FEED, RULES, DAEMON, CONFIG, COMMAND]

MACROS = {"Li", "Cm", "Fl", "Ar", "Op", "No", "Ns", "Pa", "Em", "Ta", "Pq", "Ic", "Xr", "It"}


def run(*args, status=0, **more):
    """What the tool prints to stdout."""
    done = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True,
                          timeout=WAIT_S, cwd=ROOT, **more)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def section(page, title, kind="Sh"):
    """The source of a section (Sh) or of a subsection (Ss)."""
    ends = r"^\.Sh " if kind == "Sh" else r"^\.S[hs] "
    parts = re.split(rf"^\.{kind} {re.escape(title)}\n", page.read_text(), flags=re.M)
    assert len(parts) == 2, f"{page.name}: no section '{title}', or several"
    return re.split(ends, parts[1], flags=re.M)[0]


def words(text, macro, only=r"^\."):
    """What stands marked up by the macro, in lines that match `only`."""
    found = []
    for line in text.splitlines():
        if not re.match(only, line):
            continue
        inside = False
        for token in line[1:].split():
            if token in MACROS:
                inside = token == macro
            elif inside and re.search(r"\w", token):
                found.append(token.rstrip(",").strip('"'))
    return found


def items(text, macro):
    """The heads of a list's items, in order."""
    return words(text, macro, r"^\.It ")


def literals(page):
    """The displays of a page as they read."""
    for text in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page.read_text(), re.S | re.M):
        yield text.replace(r"\e", "\\").replace(r"\&", "")
