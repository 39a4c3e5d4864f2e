# Ringfence. GNU make; needs what `make deps` installs (Debian 12).
# Profiles: release (default), asan (ASan+UBSan), tsan. `make V=1` shows commands.

CC       ?= cc
CXX      ?= c++
CLANG    ?= clang-14
PYTHON   ?= /usr/bin/python3
PREFIX   ?= /usr/local
DATA     ?= ../shared/data
PROFILE  ?= release
B        ?= build/$(PROFILE)
VERSION  := 1.0.0
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)
say       = $(if $(filter 1,$(V)),,@echo "  $(1)	$(2)")

ifeq ($(origin CC),default)
CC := cc
endif
ifeq ($(origin CXX),default)
CXX := c++
endif

DEPS := build-essential pkg-config git libvectorscan-dev libpcre2-dev libsimdjson-dev \
        libjansson-dev libyaml-dev libevent-dev libicu-dev libphonenumber-dev \
        libprotobuf-dev publicsuffix libpsl-dev libidn2-dev libcmocka-dev python3 python3-pytest \
        python3-yaml python3-jsonschema mandoc libhiredis-dev redis-server redis-tools
LINT_DEPS := clang-format cppcheck
FUZZ_DEPS := clang-14 libclang-rt-14-dev

LIB_PKGS    := libpcre2-8 jansson yaml-0.1 icu-uc icu-i18n libidn2 simdjson
BENCH_PKGS  := libhs
DAEMON_PKGS := libevent_core libevent_extra libevent_pthreads hiredis
# Looked up once per make, and only when something is built.
pkg_cflags  = $(eval pkg_cflags := $$(shell pkg-config --cflags $(LIB_PKGS) $(DAEMON_PKGS) $(BENCH_PKGS) 2>/dev/null))$(pkg_cflags)
lib_libs    = $(eval lib_libs := $$(shell pkg-config --libs $(LIB_PKGS)) -lstdc++ -lm -lpthread)$(lib_libs)
daemon_libs = $(eval daemon_libs := $$(shell pkg-config --libs $(DAEMON_PKGS)))$(daemon_libs)

WARN := -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wvla -Wundef
CWARN := $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
OPT_release := -O2 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
OPT_coverage := -O0 -g --coverage
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LD_asan := -fsanitize=address,undefined
LD_tsan := -fsanitize=thread
LD_coverage := --coverage
LD_fuzz := -fsanitize=address,undefined
COMMON := $(OPT_$(PROFILE)) -I. -I$(B)/gen -D_GNU_SOURCE -DRF_VERSION='"$(VERSION)"' \
          -fPIC -fvisibility=hidden -fstack-protector-strong -MMD -MP
ALL_CFLAGS   = -std=gnu11 $(CWARN) $(COMMON) $(pkg_cflags) $(CFLAGS)
ALL_CXXFLAGS = -std=gnu++17 $(WARN) $(COMMON) $(pkg_cflags) $(CXXFLAGS)
ALL_LDFLAGS  = $(LD_$(PROFILE)) $(LDFLAGS)

# gen_*.c and gen_*.cc are programs run at build time that print a table: gen_X makes
# $(B)/gen/X.inc, which lib code includes as "X.inc".
GEN_SRC  := $(sort $(shell find lib -name 'gen_*.c' -o -name 'gen_*.cc'))
GEN_INC  := $(foreach g,$(GEN_SRC),$(B)/gen/$(patsubst gen_%,%,$(basename $(notdir $(g)))).inc)
LIB_SRC  := $(sort $(shell find lib -name '*.c' ! -name 'gen_*'))
LIB_CXX  := $(sort $(shell find lib -name '*.cc' ! -name 'gen_*'))
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/%.o) $(LIB_CXX:%.cc=$(B)/%.o)
MAINS    := daemon/ringfenced.c daemon/cli/ringfence.c
DAEMON_SRC := $(filter-out $(MAINS),$(sort $(shell find daemon -name '*.c' 2>/dev/null)))
DAEMON_OBJ := $(DAEMON_SRC:%.c=$(B)/%.o)
PROGRAMS := $(if $(wildcard daemon/ringfenced.c),$(B)/ringfenced) \
            $(if $(wildcard daemon/cli/ringfence.c),$(B)/ringfence)

UNIT_SRC := $(sort $(shell find tests/unit -name '*_test.c'))
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
REPLAY_BIN := $(FUZZ_SRC:%.c=$(B)/%_replay)
FUZZ_BIN := $(FUZZ_SRC:%.c=$(B)/%)

.PHONY: all deps run test unit scenario bench bench-quick lint asan tsan fuzz coverage install \
        uninstall clean help format
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/libringfence.a $(B)/libringfence.so $(PROGRAMS)

help:
	@echo "make run       install what is missing, build, judge sample traffic"
	@echo "make test      install what is missing, build, run all tests"
	@echo "make all deps bench lint asan tsan fuzz coverage install uninstall clean"

# ---- packages ---------------------------------------------------------------------------
missing = $(shell dpkg-query -W -f='$${db:Status-Abbrev} $${Package}\n' $(1) 2>/dev/null | \
            sed -n 's/^ii  *//p' | sort > /tmp/.rf-have.$$$$; \
            printf '%s\n' $(1) | sort | comm -23 - /tmp/.rf-have.$$$$; rm -f /tmp/.rf-have.$$$$)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
install_missing = want="$(call missing,$(1))"; if [ -n "$$want" ]; then \
	echo "installing: $$want"; \
	$(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	$(SUDO) apt-get install -y -q --no-install-recommends $$want; fi

deps:
	$(Q)$(call install_missing,$(DEPS))

# ---- library ----------------------------------------------------------------------------
$(B)/%.o: %.c | $(GEN_INC)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

$(B)/%.o: %.cc | $(GEN_INC)
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_CXXFLAGS) -c $< -o $@

# What the daemon, the tool and the tests link: every symbol reachable.
$(B)/libringfence_internal.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# What an embedder links: public symbols only.
$(B)/libringfence.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)$(LD) -r -o $(B)/libringfence.o $^ && objcopy --localize-hidden $(B)/libringfence.o \
	  && rm -f $@ && $(AR) rcs $@ $(B)/libringfence.o

$(B)/libringfence.so: $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CXX) -shared -Wl,-soname,libringfence.so.1 $(ALL_LDFLAGS) -o $@ $^ $(lib_libs)

# Generators: built plain (no sanitizers), run once.
GEN_BASE := lib/base/utf8.c lib/base/buf.c lib/base/mem.c lib/base/arena.c
define gen_rule
$(B)/gen/$(patsubst gen_%,%,$(basename $(notdir $(1)))).inc: $(1) $(wildcard $(dir $(1))gen_*.h) $(GEN_BASE)
	$$(call say,GEN,$$@)
	@mkdir -p $$(@D)
	$(Q)$(if $(filter %.cc,$(1)),$$(CXX) -std=gnu++17,$$(CC) -std=gnu11) -O1 -I. -D_GNU_SOURCE \
	  $$(pkg_cflags) $(1) $(if $(filter %.cc,$(1)),,$(GEN_BASE)) \
	  -o $$(@:.inc=.gen) $(if $(filter %.cc,$(1)),-lphonenumber -lprotobuf) $$(lib_libs)
	$(Q)$$(@:.inc=.gen) > $$@.tmp && mv $$@.tmp $$@
endef
$(foreach g,$(GEN_SRC),$(eval $(call gen_rule,$(g))))

# ---- programs ---------------------------------------------------------------------------
$(B)/libdaemon.a: $(DAEMON_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/ringfenced: $(B)/daemon/ringfenced.o $(B)/libdaemon.a $(B)/libringfence_internal.a
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(daemon_libs) $(lib_libs)

$(B)/ringfence: $(B)/daemon/cli/ringfence.o $(B)/libdaemon.a $(B)/libringfence_internal.a
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(daemon_libs) $(lib_libs)

# ---- tests ------------------------------------------------------------------------------
# A unit test that needs a further library says so in a comment: "links: -lphonenumber".
# One in C++ (an oracle) stands beside it as NAME_oracle.cc.
TEST_ARCHIVES = $(if $(DAEMON_SRC),$(B)/libdaemon.a) $(B)/libringfence_internal.a
test_extra = $(shell sed -n 's/^.*links: *\(-l[^*]*\).*$$/\1/p' $(1))
define unit_rule
$(B)/$(1:%.c=%): $(B)/$(1:%.c=%.o) \
    $(patsubst %.cc,$(B)/%.o,$(wildcard $(1:%_test.c=%_oracle.cc))) $$(TEST_ARCHIVES)
	$$(call say,LD,$$@)
	$$(Q)$$(CXX) $$(ALL_LDFLAGS) -o $$@ $$^ -lcmocka $$(call test_extra,$(1)) \
	  $$(daemon_libs) $$(lib_libs)
endef
$(foreach t,$(UNIT_SRC),$(eval $(call unit_rule,$(t))))

# Every fuzz target replays its seeds (tests/fuzz/seeds/NAME/*) in the ordinary tests.
$(B)/tests/fuzz/%_replay: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(TEST_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(daemon_libs) $(lib_libs)

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(TEST_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(daemon_libs) $(lib_libs)

build-tests: all $(UNIT_BIN) $(REPLAY_BIN)

unit: build-tests
	$(Q)DATA=$(abspath $(DATA)) tests/run_unit.sh $(B) $(UNIT_BIN) $(REPLAY_BIN)

test: deps
	$(Q)$(MAKE) --no-print-directory build-tests
	$(Q)DATA=$(abspath $(DATA)) PYTHON=$(PYTHON) tests/run_all.sh $(B) $(UNIT_BIN) $(REPLAY_BIN)

asan tsan:
	$(Q)$(MAKE) --no-print-directory PROFILE=$@ test

coverage:
	$(Q)$(MAKE) --no-print-directory PROFILE=coverage test
	$(Q)gcov -n $$(find build/coverage/lib build/coverage/daemon -name '*.gcda') 2>/dev/null | \
	  awk '/^File .(lib|daemon)/ {f=$$2} /^Lines executed/ && f {print f, $$0; f=""}' | sort

# make fuzz [FUZZ=codec] [SECONDS=60]: libFuzzer on every target, or on one.
FUZZ ?=
SECONDS ?= 60
fuzz:
	$(Q)$(call install_missing,$(FUZZ_DEPS))
	$(Q)$(MAKE) --no-print-directory PROFILE=fuzz CC=$(CLANG) CXX=$(subst clang,clang++,$(CLANG)) \
	  $(patsubst %,build/fuzz/tests/fuzz/fuzz_%,$(or $(FUZZ),$(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))))
	$(Q)for t in $(or $(FUZZ),$(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))); do \
	  mkdir -p build/fuzz/corpus/$$t; echo "fuzz $$t"; \
	  build/fuzz/tests/fuzz/fuzz_$$t -max_total_time=$(SECONDS) -max_len=65536 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/ build/fuzz/corpus/$$t tests/fuzz/seeds/$$t || exit 1; done

# ---- benchmarks (benchmarks/BENCHMARKS.md) -----------------------------------------------
# make bench [BENCH="--only match,engine --runs 7"]: all rows; bench-quick: smaller sizes.
BENCH     ?=
BENCH_SRC := $(sort $(wildcard benchmarks/*.c))
BENCH_OBJ := $(BENCH_SRC:%.c=$(B)/%.o)

$(B)/bench: $(BENCH_OBJ) $(B)/libdaemon.a $(B)/libringfence_internal.a
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(lib_libs) $$(pkg-config --libs $(BENCH_PKGS))

bench bench-quick: deps
	$(Q)$(MAKE) --no-print-directory $(B)/bench $(PROGRAMS)
	$(Q)$(B)/bench $(if $(filter bench-quick,$@),--quick) --data $(abspath $(DATA)) \
	  --daemon $(B)/ringfenced --cache $(B) $(BENCH) || [ $$? -eq 1 ]

# ---- lint -------------------------------------------------------------------------------
C_FILES = $(shell git ls-files '*.c' '*.h' '*.cc' 2>/dev/null)
lint:
	$(Q)$(call install_missing,$(LINT_DEPS))
	$(Q)tests/lint.sh $(C_FILES)

format:
	$(Q)clang-format -i $(C_FILES)

# ---- run: sample traffic of all three kinds through a daemon with the starter rules -------
run: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)PYTHON=$(PYTHON) tests/run_sample.sh $(B)

# ---- install ----------------------------------------------------------------------------
DESTDIR    ?=
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
MAN_PAGES  := $(wildcard daemon/*.[1-8] daemon/cli/*.[1-8] daemon/ops/*.[1-8] rules/*.[1-8])

$(B)/ringfence.pc: Makefile
	@mkdir -p $(@D)
	$(Q)printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' \
	  '' 'Name: ringfence' 'Description: anti-fraud rule engine for SMS, calls and visits' \
	  'Version: $(VERSION)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lringfence' \
	  'Requires.private: $(LIB_PKGS)' 'Libs.private: -lstdc++ -lm -lpthread' >$@

install: all $(B)/ringfence.pc
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/include \
	  $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/ringfence \
	  $(DESTDIR)$(SYSCONFDIR)/ringfence/rules.d
	$(Q)install -m 755 $(B)/ringfence $(DESTDIR)$(PREFIX)/bin/
	$(Q)install -m 755 $(B)/ringfenced $(DESTDIR)$(PREFIX)/sbin/
	$(Q)install -m 644 lib/ringfence.h $(DESTDIR)$(PREFIX)/include/
	$(Q)install -m 644 $(B)/libringfence.a $(DESTDIR)$(PREFIX)/lib/
	$(Q)install -m 755 $(B)/libringfence.so $(DESTDIR)$(PREFIX)/lib/libringfence.so.1
	$(Q)ln -sf libringfence.so.1 $(DESTDIR)$(PREFIX)/lib/libringfence.so
	$(Q)install -m 644 $(B)/ringfence.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/
	$(Q)cp -r rules config/*.schema.json $(DESTDIR)$(PREFIX)/share/ringfence/
	$(Q)for m in $(MAN_PAGES); do d=$(DESTDIR)$(PREFIX)/share/man/man$${m##*.}; \
	  install -d $$d && install -m 644 $$m $$d/ || exit 1; done
	$(Q)[ -e $(DESTDIR)$(SYSCONFDIR)/ringfence/ringfenced.yaml ] || \
	  install -m 644 config/ringfenced.yaml $(DESTDIR)$(SYSCONFDIR)/ringfence/

uninstall:
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/ringfence $(DESTDIR)$(PREFIX)/sbin/ringfenced \
	  $(DESTDIR)$(PREFIX)/include/ringfence.h $(DESTDIR)$(PREFIX)/lib/libringfence.* \
	  $(DESTDIR)$(PREFIX)/lib/pkgconfig/ringfence.pc \
	  $(foreach m,$(MAN_PAGES),$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	$(Q)rm -rf $(DESTDIR)$(PREFIX)/share/ringfence

clean:
	$(Q)rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
