"""Starting the daemon: its options, and that a state_dir or socket has one daemon."""
import subprocess

from conftest import BROKEN, BUILD


def test_program_options(daemons):
    """-t tests configuration and rules (0 or 78), -V and -h answer, other use is 64."""
    def run(*args):
        return subprocess.run([BUILD / "ringfenced", *args], capture_output=True, text=True,
                              timeout=60)

    d = daemons()
    assert run("-c", d.config, "-t").returncode == 0
    d.rules.write_text(BROKEN)
    got = run("-c", d.config, "-t")
    assert got.returncode == 78 and "unknown operator 'wrods'" in got.stderr
    assert run("-c", d.config).returncode == 78
    d.rules.unlink()
    got = run("-c", d.config, "-t")
    assert got.returncode == 78 and "No such file" in got.stderr
    d.config.write_text("feed: {lisen: []}\n")
    got = run("-c", d.config, "-t")
    assert got.returncode == 78 and "did you mean 'listen'?" in got.stderr
    d.config.write_text('feed: {listen: ["tcp://0.0.0.0:0"]}\n')
    got = run("-c", d.config)
    assert got.returncode == 78 and "loopback is refused" in got.stderr
    assert run("-c", d.folder / "none").returncode == 78
    assert run("-V").stdout.startswith("ringfenced ")
    assert run("-h").stdout.startswith("usage: ringfenced")
    assert run("-x").returncode == 64 and run("extra").returncode == 64


def test_state_dir_has_one_daemon(daemons):
    """A second daemon on the same state_dir or socket refuses to start and does not harm
    the first."""
    d = daemons().start()
    second = daemons()
    second.config.write_text(second.config.read_text().replace(
        str(second.state), str(d.state)))
    second.start(ready=False)
    assert second.wait() == 71 and "another daemon uses it" in second.log()
    third = daemons()
    third.config.write_text(third.config.read_text().replace(
        str(third.feed_path), str(d.feed_path)))
    third.start(ready=False)
    assert third.wait() == 71 and "Address already in use" in third.log()
    assert d.connect() and d.control("status")["state"] == "well"
