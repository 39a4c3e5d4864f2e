"""The papers tell the truth: man pages are clean and name everything that the programs
have and nothing they have not, their examples and the README's commands run as written,
links and paths lead somewhere."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RF_BUILD", ROOT / "build/release")).resolve()
TOOL = BUILD / "ringfence"
FEED = ROOT / "daemon/ringfence-feed.7"
RULES = ROOT / "rules/ringfence-rules.5"
DAEMON = ROOT / "daemon/ringfenced.8"
CONFIG = ROOT / "daemon/ringfenced.yaml.5"
COMMAND = ROOT / "daemon/cli/ringfence.1"
PAGES = [FEED, RULES, DAEMON, CONFIG, COMMAND]
READ = ["README.md", "ARCHITECTURE.md", "HACKING.md", "DECISIONS.md", "rules/README.md"]
WAIT_S = 60


def run(*args, status=0, **more):
    done = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True,
                          timeout=WAIT_S, cwd=ROOT, **more)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


# ---- mdoc ------------------------------------------------------------------------------

MACROS = {"Li", "Cm", "Fl", "Ar", "Op", "No", "Ns", "Pa", "Em", "Ta", "Pq", "Ic", "Xr", "It"}


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


# ---- ringfence-feed(7) -----------------------------------------------------------------

def record_fields():
    """name: (type, kinds, words) of every row of the table of fields."""
    text = (ROOT / "lib/record/field.h").read_text()
    table = text[text.index("#define RF_FIELDS"):text.index("enum rf_field {")]
    rows = re.findall(r'X\(\w+, "([^"]+)", RF_FT_(\w+), ([\w| \\\n]+?),[\s\\]+"([^"]*)"\)', table)
    assert len(rows) == table.count("\n    X(")
    return {name: (kind, set(re.findall(r"RF_IN_(\w+)", kinds)), names.split())
            for name, kind, kinds, names in rows}


def test_feed_page_has_every_field_where_it_belongs():
    titles = {frozenset({"ALL"}): "Fields of all kinds",
              frozenset({"SMS", "CALL"}): "Fields of sms and call",
              frozenset({"SMS"}): "Fields of sms", frozenset({"CALL"}): "Fields of call",
              frozenset({"VISIT"}): "Fields of visit"}
    documented = {t: items(section(FEED, t, "Ss"), "Li") for t in titles.values()}
    fields = record_fields()
    assert len(fields) > 40
    for name, (_, kinds, _) in fields.items():
        assert name in documented[titles[frozenset(kinds)]], name
    assert sorted(n for names in documented.values() for n in names) == sorted(fields)


def test_feed_page_tells_types_and_words():
    types = {"ID": "string", "TIME": "time", "STR": "string", "TEXT": "text",
             "ADDR": "address", "INT": "integer", "NUM": "number", "BOOL": "boolean",
             "STRS": "list of strings"}
    text = section(FEED, "RECORDS")
    blocks = re.split(r"^\.It ", text, flags=re.M)[1:]
    for name, (kind, _, names) in record_fields().items():
        block = next(b for b in blocks if name in words(".It " + b.splitlines()[0], "Li"))
        if kind == "ENUM":
            for word in names:
                assert word == "none" or re.search(rf"\b{re.escape(word)}\b", block), (name, word)
        else:
            assert block.splitlines()[1].startswith(f"({types[kind]}"), name


def test_feed_page_has_every_error():
    source = (ROOT / "lib/codec/decode.c").read_text()
    codes = re.findall(r'\[RF_RECORD_\w+\] = "(\w+)"', source)
    assert len(codes) == 5
    assert sorted(items(section(FEED, "Errors", "Ss"), "Li")) == sorted(codes)


SHOWING = """\
version: 1
rules:
  - {id: block, title: t, status: stable, applies_to: [sms], when: {text: {words: fee}},
     action: block, disposition: reject, fraud_type: phishing/link, advice: {en: Do not.}}
  - {id: score, title: t, status: stable, applies_to: [sms], when: {text: {words: fee}},
     action: {score: 4.5}}
  - {id: shadow, title: t, applies_to: [sms], when: {text: {words: fee}}, action: warn}
"""


def replies_to(lines, *args):
    """Each reply as a list of members in the order they came."""
    out = run("eval", *args, input="".join(lines))
    assert out.count("\n") == len(lines)
    return [json.loads(line, object_pairs_hook=list) for line in out.splitlines()]


def test_examples_of_records_are_good():
    examples = [line + "\n" for d in literals(FEED) for line in d.splitlines()
                if line.startswith('{"id"') and '"kind"' in line]
    assert len(examples) == 3
    for reply in replies_to(examples, "-r", "rules"):
        assert "error" not in dict(reply)


def test_feed_page_has_every_member_of_replies_in_order(tmp_path):
    order = items(re.split(r"^\.Ss ", section(FEED, "REPLIES"), flags=re.M)[0], "Li")
    rules, enforce, monitor = tmp_path / "r.yaml", tmp_path / "e.yaml", tmp_path / "m.yaml"
    rules.write_text(SHOWING)
    enforce.write_text('redress: "10086"\n')
    monitor.write_text("verdict: {mode: monitor}\n")
    records = ['{"id":"a","kind":"sms","text":"fee \\ud800","ref":"x"}\n', "nonsense\n",
               '{"kind":"sms","deadline":1,"text":"a"}\n']
    seen = set()
    for config in enforce, monitor:
        for reply in replies_to(records, "-r", rules, "-c", config):
            keys = [key for key, _ in reply]
            assert keys == [member for member in order if member in keys]
            seen.update(keys)
    assert seen == set(order) - {"ref"}  # which only a daemon gives


# ---- ringfence-rules(5) ----------------------------------------------------------------

@pytest.fixture(scope="module")
def schema():
    return json.loads(run("schema"))["definitions"]


def keys_of(schema, name):
    return set(schema[name]["properties"])


def operators(schema):
    found = set()
    for name, definition in schema.items():
        if name.startswith("test_"):
            for choice in definition["anyOf"]:
                found.update(choice.get("properties", ()))
    return found


def test_rules_page_has_every_field_and_operator(schema):
    conditions = {"all", "any", "none", "not", "use", "pair", "hit", "rate", "distinct",
                  "sum", "average", "ratio", "concurrent", "new", "surge", "after"}
    fields = keys_of(schema, "condition_map") - conditions
    assert keys_of(schema, "condition_map") > conditions and len(fields) > 50
    operands = re.findall(r'X\(\w+, "([^"]+)"', (ROOT / "lib/ruleset/operand.h").read_text())
    assert fields == set(operands) - {"name"}
    assert set(items(section(RULES, "FIELDS"), "Li")) == fields
    text = section(RULES, "OPERATORS")
    have = operators(schema)
    assert {"contains", "not_near", "between"} < have
    marked = set(words(text, "Cm"))
    assert have <= marked
    assert {w for w in marked if re.match("not_.", w)} == {w for w in have if w.startswith("not_")}


def test_rules_page_has_every_key(schema):
    head = items(section(RULES, "RULES"), "Cm")
    assert keys_of(schema, "rule") <= set(head)
    assert keys_of(schema, "list") <= set(items(section(RULES, "Lists", "Ss"), "Cm"))
    assert keys_of(schema, "macro") <= set(words(section(RULES, "Macros", "Ss"), "Cm"))
    tests = set(items(section(RULES, "TESTS"), "Cm"))
    assert keys_of(schema, "test") == tests
    timing = keys_of(schema, "record_at") - keys_of(schema, "record")
    assert timing <= set(words(section(RULES, "TESTS"), "Cm"))
    text = section(RULES, "BEHAVIORS")
    behaviors = set(items(text, "Cm"))
    for name in ("rate", "distinct", "sum", "average", "ratio", "concurrent", "new", "surge"):
        assert name in behaviors
        assert keys_of(schema, name) <= set(words(text, "Cm"))
    assert keys_of(schema, "rate") <= behaviors
    for key in keys_of(schema, "clear"):
        assert f"{key}: " in section(RULES, "Alerts", "Ss")
    assert keys_of(schema, "after") <= set(items(section(RULES, "After", "Ss"), "Cm"))
    assert set(items(section(RULES, "CONDITIONS"), "Cm")) >= {
        "all", "any", "none", "not", "use", "rate", "distinct", "sum", "average", "ratio",
        "concurrent", "new", "surge", "after", "pair", "hit"}
    for key in keys_of(schema, "hit"):
        assert f"{{{key}: " in section(RULES, "PAIRS AND HITS")


def test_rules_page_has_every_word_of_closed_sets(schema):
    text = section(RULES, "RULES")
    marked = set(words(text, "Cm"))
    for name in ("status", "mode", "level", "disposition"):
        definition = schema["rule"]["properties"][name]
        if "$ref" in definition:
            definition = schema[definition["$ref"].rsplit("/", 1)[1]]
        assert set(definition["enum"]) <= marked, name
    assert set(schema["type"]["enum"]) <= set(words(section(RULES, "OPERATORS"), "Cm"))


def test_rules_page_has_every_fraud_type():
    source = (ROOT / "lib/ruleset/fraud_type.c").read_text()
    types = re.findall(r'T\("([^"]+)", "([^"]+)", "([^"]+)"\)', source)
    assert len(types) > 40
    rows = re.findall(r"^\.It Li (\S+) Ta (.+) Ta (.+)$", section(RULES, "FRAUD TYPES"), re.M)
    assert rows == types


def test_rules_page_knows_every_code():
    source = (ROOT / "lib/rule/code.h").read_text()
    codes = sorted(set(re.findall(r'"RF(\d+)"', source)), key=int)
    text = section(RULES, "DIAGNOSTICS")
    ranges = re.findall(r"^\.It Li RF(\d+) Ns \\\(en Ns Li RF(\d+)", text, re.M)
    assert len(ranges) == 7
    for code in codes:
        assert any(int(a) <= int(code) <= int(b) for a, b in ranges), code
    for code in re.findall(r"^\.Li RF(\d+)", text, re.M):
        assert code in codes


def test_what_is_not_yet_there_is_refused_so(tmp_path):
    """Each rule key told under NOT YET is an error that says the same."""
    text = section(RULES, "NOT YET")
    later = [w for w in words(text, "Cm") if w != "not_"]
    assert len(later) == 6
    head = "version: 1\nrules:\n  - {id: a, title: t, applies_to: [call], action: warn, "
    forms = {"looks_like": head + "when: {from: {looks_like: x}}}\n",
             "overrides": "version: 1\noverrides: []\n"}
    for word in later:
        form = forms.get(word) or head + f"{word}: 1, when: {{event: attempt}}}}\n"
        path = tmp_path / f"{word}.yaml"
        path.write_text(form)
        assert f"'{word}' is not supported yet" in run("check", path, status=65), word


def test_example_rules_are_good_and_pass_their_tests(tmp_path):
    examples = [d for d in literals(RULES) if d.startswith("version: 1\n") and "..." not in d]
    assert len(examples) == 3
    for i, text in enumerate(examples):
        path = tmp_path / f"{i}.yaml"
        path.write_text(text)
        run("check", "--strict", path)
        rules = len(yaml.safe_load(text)["rules"])
        assert f"coverage: {rules} of {rules} rules" in run("test", "--coverage", path)


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
        here = set(words(lines, "Fl")) | set(words(title, "Fl")) | shared | {"-help"}
        for option in re.findall(r"--([a-z]+)", run(name, "--help")):
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


# ---- Markdown --------------------------------------------------------------------------

def readme_commands():
    """The block of sh after "With files of your own:"."""
    text = (ROOT / "README.md").read_text()
    block = text.split("With files of your own:", 1)[1].split("```")[1]
    return [line.split("#")[0].strip() for line in block.strip().splitlines()]


def wait_for_status(env, daemon, folder):
    end = time.monotonic() + WAIT_S
    while subprocess.run([TOOL, "status"], env=env, cwd=folder,
                         capture_output=True).returncode == 69:
        assert daemon.poll() is None and time.monotonic() < end
        time.sleep(0.05)


def test_readme_commands_run_as_written(tmp_path):
    for name in ("rules", "config", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build").mkdir()
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"}
    daemon, told = None, {}
    try:
        for command in readme_commands():
            if command == "make" or command.startswith("export PATH="):
                continue  # BUILD stands for it
            if command.startswith("export "):
                env.update(word.split("=", 1) for word in command.split()[1:])
                continue
            if command.startswith("ringfenced "):
                daemon = subprocess.Popen(command.rstrip(" &").split(), cwd=tmp_path,
                                          env=env, stderr=subprocess.DEVNULL)
                wait_for_status(env, daemon, tmp_path)
                continue
            done = subprocess.run(command, shell=True, cwd=tmp_path, env=env, text=True,
                                  capture_output=True, timeout=WAIT_S)
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
            told[re.search(r"ringfence (\w+)|$", command)[1]] = done.stdout
        assert daemon, "the README starts no daemon"
        listed = subprocess.run([TOOL, "list", "protected"], env=env, cwd=tmp_path, text=True,
                                capture_output=True, timeout=WAIT_S).stdout
        assert {"110", "911", "96110"} <= set(listed.split())
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(WAIT_S) == 0
    finally:
        if daemon and daemon.poll() is None:
            daemon.kill()
            daemon.wait()
    commands = {"check", "test", "eval", "explain", "send", "stats", "status", "reload",
                "rule", "mode", "events", "list", "lookup"}
    assert set(told) - {None} == commands
    records = (tmp_path / "messages.ndjson").read_text().count("\n")
    assert told["eval"].count("\n") == told["send"].count("\n") == records > 1000
    assert told["test"].splitlines()[-1].endswith(" passed, 0 failed")
    assert told["status"].startswith("well:")
    assert "added" in told["list"] and "in list scam-callers" in told["lookup"]
    assert re.search(r"^sms +\d*[1-9]", told["stats"], re.M)


def test_readme_record_gets_the_reply_shown():
    text = (ROOT / "README.md").read_text()
    record, reply = re.findall(r"^\{\"id\".*\}$", text, re.M)
    shown = reply.split(", ...")[0].split(",...")[0]
    got = run("eval", "-r", "rules", input=record + "\n")
    assert got.startswith(shown), got


@pytest.mark.parametrize("name", READ)
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


def marked_paths(text):
    """Paths in backquotes, but for those with placeholders."""
    for path in re.findall(r"`((?:lib|daemon|rules|config|tests)/[\w./-]+)`", text):
        if "NAME" not in path and not path.endswith("_"):
            yield path


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "HACKING.md", "DECISIONS.md"])
def test_paths_exist(name):
    text = (ROOT / name).read_text()
    for path in marked_paths(text):
        assert (ROOT / path).exists() or list(ROOT.glob(f"{path}.*")), path


def test_readme_map_names_what_there_is():
    block = (ROOT / "README.md").read_text().split("## Map", 1)[1].split("```")[1]
    rows = re.findall(r"^(\w+)/ +(.*)$", block, re.M)
    assert {folder for folder, _ in rows} == {"lib", "daemon", "rules", "config", "tests"}
    told = dict(rows)
    for part in re.findall(r"\w+", told["lib"].split(":")[1]):
        assert (ROOT / "lib" / part).is_dir(), part
    for part in re.findall(r"(\w+)/", told["daemon"]):
        assert (ROOT / "daemon" / part).is_dir(), part
    for part in re.findall(r"unit|golden|scenario|fuzz", told["tests"]):
        assert (ROOT / "tests" / part).is_dir(), part


def test_every_folder_of_the_library_is_in_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for folder in (ROOT / "lib").iterdir():
        if folder.is_dir():
            assert f"`lib/{folder.name}`" in text, folder.name
