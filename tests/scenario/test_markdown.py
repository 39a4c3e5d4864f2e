"""README and the other Markdown: commands run as written, links and paths lead somewhere, the
maps name what there is."""
import os
import re
import signal
import subprocess
import time

import pytest

from conftest import BUILD, WAIT_S
from papers import ROOT, TOOL, run

READ = ["README.md", "ARCHITECTURE.md", "HACKING.md", "DECISIONS.md", "rules/README.md"]


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
    commands = {"check", "test", "eval", "explain", "bench", "send", "stats", "status",
                "reload", "rule", "mode", "events", "list", "lookup"}
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
