"""Man pages are clean mdoc that names pages there are; those of the programs and of the
configuration name every option, command and problem, and none there is not."""
import json
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import BUILD
from papers import (COMMAND, CONFIG, DAEMON, PAGES, ROOT, items, literals, run, section,
                    words)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_page_is_clean_mdoc(page):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page],
                          capture_output=True, text=True)
    assert done.stdout + done.stderr == "" and done.returncode == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_that_a_page_names_exist(page):
    names = {p.name for p in PAGES}
    named = re.findall(r"^\.Xr (\S+) (\d)", page.read_text(), re.M)
    assert named
    assert {f"{name}.{number}" for name, number in named} <= names


# ---- ringfenced.yaml(5) ----------------------------------------------------------------

def documented_options():
    """name: its paragraph."""
    parts = re.split(r"^\.It Cm (\S+)\n", CONFIG.read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def schema_options():
    for name, value in json.loads(run("schema", "--config"))["properties"].items():
        yield from (f"{name}.{key}" for key in value["properties"]) \
            if value.get("properties") else [name]


def test_config_page_has_every_option():
    assert sorted(documented_options()) == sorted(schema_options())


def test_config_page_tells_the_defaults():
    sample = yaml.safe_load((ROOT / "config/ringfenced.yaml").read_text())
    for name, text in documented_options().items():
        value = sample
        for part in name.split("."):
            value = value[part]
        told = re.search(r"^Default\n\.(?:Li|Pa) (.+?)(?: ?[.:])?$", text, re.M)
        assert told, name
        assert yaml.safe_load(told[1].replace(r"\(dq", '"')) == value, name


def test_config_page_example_is_good(tmp_path):
    example = next(iter(literals(CONFIG)))
    config = tmp_path / "ringfenced.yaml"
    config.write_text(example)
    run("check", "-c", config, "rules")


def test_what_is_not_yet_configurable_is_refused_so(tmp_path):
    marked = words(section(CONFIG, "NOT YET"), "Cm")
    listen = words(section(CONFIG, "NOT YET"), "Li")
    assert len(marked) >= 9 and listen == ["tls://"]
    config = tmp_path / "c.yaml"
    for name in marked:
        if name == "feed.listen":
            config.write_text('feed: {listen: ["tls://127.0.0.1:1"]}\n')
        else:
            top, _, key = name.partition(".")
            config.write_text(f"{top}: {{{key}: 1}}\n" if key else f"{top}: {{x: 1}}\n")
        assert "not supported yet" in run("check", "-c", config, "rules", status=78), name


# ---- ringfence(1) and ringfenced(8) ----------------------------------------------------

def commands():
    return re.findall(r"^  (\w+) +\S", run("--help"), re.M)


def test_tool_page_has_every_command_and_option():
    known = commands()
    assert len(known) >= 10
    everywhere = set(words(COMMAND.read_text(), "Fl"))
    shared = set(words(section(COMMAND, "Options of several commands", "Ss"), "Fl"))
    synopsis = section(COMMAND, "SYNOPSIS").split(".Nm\n")[1:]
    options = {"-version", "-help"}
    for name in known:
        titles = [t for t in re.findall(r"^\.Ss (.+)$", COMMAND.read_text(), re.M)
                  if t == name or t.startswith(name + " ")]
        title = "\n".join(section(COMMAND, t, "Ss") for t in titles)
        lines = next(s for s in synopsis if name in words(s.splitlines()[0], "Cm"))
        told = run(name, "--help")
        for option in words(lines, "Fl"):
            assert re.search(rf"^ .* -{option}\b", told, re.M), f"{name} -{option}"
        here = set(words(lines, "Fl")) | set(words(title, "Fl")) | shared | {"-help"}
        for option in re.findall(r"--([a-z]+)", told):
            assert f"-{option}" in here, f"{name} --{option}"
            options.add(f"-{option}")
    assert {o for o in everywhere if o.startswith("-")} <= options


def test_tool_page_names_no_command_as_missing_that_is_there():
    later = words(section(COMMAND, "NOT YET"), "Cm")
    assert "backtest" in later and "top" in later
    for name in set(later) - {"list", "add", "del", "get", "compile"}:
        if not name.startswith("--"):
            run(name, status=64)
    for name in ("add", "del", "get", "compile"):
        run("list", name, status=64)


def test_daemon_page_has_every_option_and_problem():
    done = subprocess.run([BUILD / "ringfenced", "-h"], capture_output=True, text=True)
    assert done.returncode == 0
    options = set(re.findall(r"^ +-(\w)", done.stdout, re.M))
    assert len(options) >= 4
    assert options == set(items(section(DAEMON, "DESCRIPTION"), "Fl"))
    table = (ROOT / "daemon/ops/problem.h").read_text()
    problems = re.findall(r'^    X\(\w+, "(\w+)"', table, re.M)
    assert problems and problems == items(section(DAEMON, "PROBLEMS"), "Li")
