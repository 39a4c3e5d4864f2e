"""libringfence as an embedder has it: installed, found by pkg-config, linked statically and
shared, with nothing but its public symbols."""
import os
import pathlib
import subprocess

import pytest

from conftest import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]

PROGRAM = r"""
#include <ringfence.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_file(void *ctx, const char *name, char **bytes, size_t *n)
{
    if (strcmp(name, "memory.yaml") != 0)
        return -1;
    *n = strlen(ctx);
    *bytes = malloc(*n);
    memcpy(*bytes, ctx, *n);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"memory.yaml"};
    char *diagnostics = NULL;
    size_t n;
    (void)argc;
    struct rf_filter *f = rf_filter_open(names, 1, read_file, argv[1], NULL, &diagnostics);
    fputs(diagnostics, stderr);
    free(diagnostics);
    if (!f)
        return 1;
    const char *reply = rf_filter_judge(f, argv[2], strlen(argv[2]), &n);
    fwrite(reply, 1, n, stdout);
    const char *why = rf_filter_why(f, argv[2], strlen(argv[2]), &n);
    fwrite(why, 1, n, stdout);
    rf_filter_close(f);
    return 0;
}
"""

RULES = """\
version: 1
rules:
  - {id: fee, title: Fee, applies_to: [sms], status: stable, action: block,
     when: {text: {words: fee}}}
"""
RECORD = '{"id":"a","kind":"sms","text":"Pay the fee"}'


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """`make install` of this build into a folder, and the embedder's program."""
    if BUILD.name != "release":
        pytest.skip("the library is installed from the release build")
    folder = tmp_path_factory.mktemp("install")
    subprocess.run(["make", "-s", "install", f"DESTDIR={folder}", "PREFIX=/usr",
                    f"B={BUILD}"], cwd=ROOT, check=True)
    (folder / "embed.c").write_text(PROGRAM)
    return folder


def flags(folder, *options):
    out = subprocess.run(["pkg-config", *options, "ringfence"], check=True, text=True,
                         capture_output=True,
                         env={**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(folder),
                              "PKG_CONFIG_PATH": str(folder / "usr/lib/pkgconfig"),
                              "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1",
                              "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"})
    return out.stdout.split()


def judged(program, folder):
    return subprocess.run([program, RULES, RECORD], check=True, text=True,
                          capture_output=True,
                          env={**os.environ, "LD_LIBRARY_PATH": str(folder / "usr/lib")}
                          ).stdout.splitlines()


def test_shared(installed):
    """A program linked to the shared library judges and explains."""
    program = installed / "embed-shared"
    subprocess.run(["cc", installed / "embed.c", "-o", program,
                    *flags(installed, "--cflags", "--libs")], check=True)
    reply, why = judged(program, installed)
    assert reply == ('{"id":"a","verdict":"block","rule":"fee","reason":"Fee",'
                     '"rules":["fee"],"gen":1}')
    assert '"original":"fee"' in why


def test_static(installed):
    """So does one linked to the static library, with what pkg-config says it needs."""
    program = installed / "embed-static"
    private = subprocess.run(
        ["pkg-config", "--libs", "libpcre2-8", "jansson", "yaml-0.1", "icu-uc",
         "icu-i18n", "libidn2", "simdjson"],
        check=True, text=True, capture_output=True).stdout.split()
    subprocess.run(["cc", installed / "embed.c", f"-I{installed}/usr/include", "-o", program,
                    installed / "usr/lib/libringfence.a", *private, "-lstdc++", "-lm",
                    "-lpthread"], check=True)
    assert judged(program, installed)[0].startswith('{"id":"a","verdict":"block"')


def test_only_public_symbols(installed):
    """Neither library defines a global symbol that the public header does not name."""
    header = (ROOT / "lib/ringfence.h").read_text()
    for command in (["nm", "-D", "--defined-only", installed / "usr/lib/libringfence.so.1"],
                    ["nm", "-g", "--defined-only", installed / "usr/lib/libringfence.a"]):
        out = subprocess.run(command, check=True, text=True, capture_output=True).stdout
        names = [line.split()[2] for line in out.splitlines() if len(line.split()) == 3]
        ours = {n for n in names if n.startswith("rf_")}
        assert {"rf_filter_open", "rf_filter_judge", "rf_filter_why"} <= ours
        assert not [n for n in ours if f"{n}(" not in header]
