#!/bin/sh
# lint.sh FILE...: formatting, floors, file sizes, cppcheck. Prints what is wrong; exit 1.
status=0
bad() {
    printf '%s\n' "$*"
    status=1
}

unformatted=$(clang-format --dry-run --Werror "$@" 2>&1 | grep -c 'error:')
[ "$unformatted" -eq 0 ] || bad "$unformatted places not formatted: make format"

# A file includes its own floor and below; rule and engine meet in ruleset only.
floor() {
    case $1 in
    lib/base/*) echo 0 ;;
    lib/text/* | lib/record/*) echo 1 ;;
    lib/match/* | lib/count/* | lib/ruleset/* | lib/codec/*) echo 2 ;;
    lib/rule/* | lib/engine/*) echo 3 ;;
    *) echo 9 ;;
    esac
}
for f in "$@"; do
    case $f in lib/*/*) ;; *) continue ;; esac
    mine=$(floor "$f")
    for inc in $(sed -n 's/^#include "\(lib\/[^"]*\)".*/\1/p' "$f"); do
        [ "$(floor "$inc")" -le "$mine" ] || bad "$f: includes $inc from a floor above"
        case $f,$inc in
        lib/rule/*,lib/engine/* | lib/engine/*,lib/rule/*) bad "$f: must not include $inc" ;;
        esac
    done
    if grep -nE '\b(printf|puts|perror|getenv|socket|fopen|pthread_create)\(|\bstderr\b' "$f" |
        grep -vE '\b(vs?n?|s|sn|as)printf\(' | grep -q .; then
        case $f in */gen_*) ;; *) bad "$f: the library prints, opens and starts nothing" ;; esac
    fi
done

cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -I. \
    --enable=warning,portability --suppress=missingIncludeSystem --suppress=missingInclude \
    --library=tests/cppcheck.cfg \
    --suppress=normalCheckLevelMaxBranches -D__BYTE_ORDER__=1234 -D__ORDER_BIG_ENDIAN__=4321 \
    $(printf '%s\n' "$@" | grep '\.c$') || bad "cppcheck found something"

[ "$status" -eq 0 ] && echo "lint: clean"
exit $status
