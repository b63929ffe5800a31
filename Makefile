# vbofs: mounts a Veeam Backup for Microsoft 365 server as a directory.
#
#   make deps demo        all that a fresh Debian or Ubuntu needs to see it work
#   make deps test        ... and to run every test;  make test T=pattern runs some
#                         (T=matrix: each operation meets each fault, outcomes in build/matrix.tsv)
#   make                  builds build/vbofs and build/vbosim
#   make test SAN=asan    the same under AddressSanitizer and UBSan (or SAN=tsan)
#   make conformance OPENAPI=DIR   checks against the vendor's own schemas
#   make fuzz SECONDS=60  each fuzz target for so long (needs clang);  T=name takes one;  T=state
#                         random operations on mounts of a failing server
#   make soak MINUTES=60  64 readers and writers, and a server that restarts each minute
#   make bench            each operation beside its floor on this machine (T=pattern, PEERS=1)
#   make memcheck         the unit programs and corpora under valgrind
#   make lint             clang-tidy and cppcheck
#   make check            include directions, headers that compile alone
#   make install          to DESTDIR, PREFIX (/usr/local); mount(8)'s helpers to SBINDIR (/sbin)
#   make deb dist         a Debian package, a source archive
#   make test-deb         installs, uses and removes the package in a fresh Debian (root, a minute)
#   make deps test-all    that, and every test with none skipped: installs daemons that examples are for
#   V=1 shows commands, CC=clang takes another compiler.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.DEFAULT_GOAL := all

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
VERSION := 0.1.0
SAN ?=
BUILD ?= build$(SAN:%=-%)
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
# mount(8) looks nowhere else
SBINDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),/sbin,$(PREFIX)/sbin)
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
DOCDIR ?= $(PREFIX)/share/doc/vbofs
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# ---- flags ---------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wvla -Wformat=2 -Wcast-qual -Wpointer-arith -Wundef
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_tsan := -fsanitize=thread -fno-omit-frame-pointer
SAN_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANFLAGS := $(SAN_$(SAN))
OPT := $(if $(SAN),-O1,-O2 -D_FORTIFY_SOURCE=2)
# libraries' headers are not ours to mend
system = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(1)))

CFLAGS ?= $(OPT) -g
ALL_CFLAGS = -std=c11 $(CFLAGS) $(WARN) $(SANFLAGS) -fPIE -fstack-protector-strong
CPPFLAGS_ALL = -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVBOFS_VERSION='"$(VERSION)"' $(CPPFLAGS)
ALL_LDFLAGS = $(LDFLAGS) $(SANFLAGS) -pie -Wl,-z,relro,-z,now

VBOFS_PKGS := fuse3 libcurl jansson
SIM_PKGS := libmicrohttpd gnutls jansson

# ---- sources -------------------------------------------------------------
SRC := $(filter-out src/main.c,$(wildcard src/*.c))
SIM := $(wildcard src/sim/*.c)
UNITS := $(wildcard tests/unit/test_*.c)
HEADERS := $(wildcard include/vbofs/*.h)

OBJ := $(SRC:%.c=$(BUILD)/%.o)
SIM_OBJ := $(SIM:%.c=$(BUILD)/%.o)
UNIT_BIN := $(UNITS:%.c=$(BUILD)/%)

MAN := vbofs.1 vbosim.1 mount.vbofs.8 vbofs-security.7
MAN_BUILT := $(MAN:%=$(BUILD)/man/%)

.PHONY: all test conformance demo deps check check-includes check-headers lint install install-files \
	deb test-deb test-all dist clean units replays fuzzers fuzz memcheck soak bench FORCE
all: $(BUILD)/vbofs $(BUILD)/vbosim $(MAN_BUILT)

# A change of compiler or flags rebuilds everything.
FLAGS_NOW = $(CC) $(ALL_CFLAGS) $(CPPFLAGS_ALL) $(ALL_LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' >$@

$(BUILD)/src/sim/%.o: src/sim/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS_ALL) $(call system,$(SIM_PKGS)) -pthread -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS_ALL) $(call system,$(VBOFS_PKGS)) -MMD -MP -c -o $@ $<

$(BUILD)/libvbofs.a: $(OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/vbofs: $(BUILD)/src/main.o $(BUILD)/libvbofs.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(shell pkg-config --libs $(VBOFS_PKGS))

# The simulator shares the small helpers only; nothing that speaks FUSE or curl.
$(BUILD)/vbosim: $(SIM_OBJ) $(BUILD)/libvbofs.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(SIM_OBJ) $(BUILD)/libvbofs.a $(shell pkg-config --libs $(SIM_PKGS)) -pthread

# The pages have the tree and the options of the programs themselves.
$(BUILD)/man/%: src/man/% src/man/fill.awk $(BUILD)/vbofs $(BUILD)/vbosim
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)$(BUILD)/vbofs --list-tree >$@.tree && $(BUILD)/vbofs --list-options >$@.options && \
		$(BUILD)/vbosim --help >$@.switches
	$(Q)awk -f src/man/fill.awk part=tree $@.tree part=options $@.options part=switches $@.switches \
		part=page $< >$@
	$(Q)rm $@.tree $@.options $@.switches

# ---- tests ---------------------------------------------------------------
# What some of the unit programs share: a tree whose server is the test (libhelp.a), or
# sockets whose other end is (wire.o, client.o).
HELP := $(filter-out $(UNITS),$(wildcard tests/unit/*.c))
WORLDLY := keys names node model control limits memory events
HELP_OBJ := $(HELP:%.c=$(BUILD)/%.o)
$(BUILD)/tests/unit/libhelp.a: $(filter-out %/oom.o %/wire.o %/client.o,$(HELP_OBJ))
	$(Q)rm -f $@ && ar rcs $@ $^
$(patsubst %,$(BUILD)/tests/unit/test_%,$(WORLDLY)): $(BUILD)/tests/unit/libhelp.a
$(BUILD)/tests/unit/test_api $(BUILD)/tests/unit/test_signin: $(BUILD)/tests/unit/client.o $(BUILD)/tests/unit/wire.o

WRAP := malloc calloc realloc strdup strndup asprintf __asprintf_chk
$(BUILD)/tests/unit/test_keys: WRAP += jslice_next jslice_get
$(BUILD)/tests/unit/test_%: tests/unit/test_%.c $(BUILD)/tests/unit/oom.o $(BUILD)/libvbofs.a
	@mkdir -p $(@D)
	$(call say,TEST,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS_ALL) $(call system,$(VBOFS_PKGS) cmocka) -MMD -MP $(ALL_LDFLAGS) -o $@ \
		$< $(BUILD)/tests/unit/oom.o $(filter %/client.o %/wire.o %/libhelp.a,$^) $(BUILD)/libvbofs.a $(WRAP:%=-Wl,--wrap=%) \
		$(shell pkg-config --libs $(VBOFS_PKGS) cmocka)

units: $(UNIT_BIN)

# ---- fuzzing ---------------------------------------------------------------
# A target is a file of tests/fuzz; replay_% runs it with the inputs of its corpus.
FUZZ := $(filter-out %/fuzz.c %/replay.c,$(wildcard tests/fuzz/*.c))
FUZZ_BIN := $(FUZZ:tests/fuzz/%.c=$(BUILD)/tests/fuzz/fuzz_%)
REPLAY_BIN := $(FUZZ:tests/fuzz/%.c=$(BUILD)/tests/fuzz/replay_%)
FUZZ_OBJ := $(FUZZ:%.c=$(BUILD)/%.o) $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/fuzz/replay.o
$(FUZZ_OBJ): CPPFLAGS_ALL += -Isrc
fuzz_link = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %/libhelp.a,$^) $(BUILD)/libvbofs.a \
	$(shell pkg-config --libs $(VBOFS_PKGS))
# instead of a network: a fake api.h, or a fake socket()
$(BUILD)/tests/fuzz/replay_tree $(BUILD)/tests/fuzz/fuzz_tree: $(BUILD)/tests/unit/libhelp.a
$(BUILD)/tests/fuzz/replay_http $(BUILD)/tests/fuzz/fuzz_http: $(BUILD)/tests/unit/wire.o

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/fuzz.o \
		$(BUILD)/tests/fuzz/replay.o $(BUILD)/libvbofs.a
	$(call say,TEST,$@)
	$(Q)$(fuzz_link)

$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/fuzz.o \
		$(BUILD)/libvbofs.a
	$(call say,FUZZ,$@)
	$(Q)$(fuzz_link) -fsanitize=fuzzer

# Random operations on a real mount: a program of its own, run by tests/mount/state.sh.
STATE_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/state/*.c))
$(BUILD)/tests/fuzz/state/state: $(STATE_OBJ)
	$(call say,TEST,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(shell pkg-config --libs libcurl jansson)

replays: $(REPLAY_BIN) $(BUILD)/tests/fuzz/state/state
fuzzers: $(FUZZ_BIN) $(BUILD)/tests/fuzz/state/state

SECONDS := 60
fuzz:
	$(Q)$(MAKE) --no-print-directory SAN=fuzz CC=clang all fuzzers
	$(Q)tests/fuzz/run build-fuzz $(SECONDS) $(T)

# ---- endurance ---------------------------------------------------------------
SOAK_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/soak/*.c))
$(BUILD)/tests/soak/%.o: tests/soak/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS_ALL) -pthread -MMD -MP -c -o $@ $<

$(BUILD)/tests/soak/soak: $(SOAK_OBJ)
	$(call say,TEST,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -pthread -o $@ $^

MINUTES := 5
soak: all $(BUILD)/tests/soak/soak
	$(Q)tests/soak/run $(BUILD) $(MINUTES)

test: all units replays check
	$(Q)tests/run $(BUILD) $(if $(T),-k '$(T)')

memcheck: units replays
	$(Q)tests/run $(BUILD) --valgrind $(if $(T),-k '$(T)')

conformance: all
ifdef OPENAPI
	$(Q)tests/conformance/run $(BUILD) $(OPENAPI)
else
	@echo 'conformance: skipped: give the folder with v6.json, v7.json and v8.json: make conformance OPENAPI=DIR'
endif

demo: all
	$(Q)mount-examples/demo $(BUILD) $(if $(KEEP),keep)

deps:
	$(Q)tests/deps $(filter-out deps,$(MAKECMDGOALS))

# ---- benchmarks ----------------------------------------------------------
BENCH_BIN := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/tests/bench/%: tests/bench/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BENCH,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(CPPFLAGS_ALL) $(call system,$(VBOFS_PKGS)) $(ALL_LDFLAGS) -o $@ $< \
		$(shell pkg-config --libs $(VBOFS_PKGS)) -pthread

bench: all $(BENCH_BIN)
	$(Q)tests/bench/run $(BUILD) $(if $(T),-k '$(T)') $(if $(PEERS),--peers)

# ---- what the architecture promises --------------------------------------
check: check-includes check-headers
check-includes:
	$(Q)tests/check-includes
check-headers: $(HEADERS:%=$(BUILD)/%.ok)
$(BUILD)/include/vbofs/%.h.ok: include/vbofs/%.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)echo 'extern int nothing;' | $(CC) -std=c11 $(WARN) $(CPPFLAGS_ALL) $(call system,$(VBOFS_PKGS)) \
		-include $< -fsyntax-only -x c -
	@touch $@

lint:
	$(Q)tests/lint -std=c11 $(CPPFLAGS_ALL) $(call system,$(VBOFS_PKGS) $(SIM_PKGS))

# ---- installing ------------------------------------------------------------
install: all install-files

# What is built already; asks for nothing to be made.
INSTALL = install -D -m 644
install-files:
	$(Q)install -D -m 755 $(BUILD)/vbofs $(DESTDIR)$(BINDIR)/vbofs
	$(Q)install -D -m 755 $(BUILD)/vbosim $(DESTDIR)$(BINDIR)/vbosim
	$(Q)install -d $(DESTDIR)$(SBINDIR)
	$(Q)ln -sf $(BINDIR)/vbofs $(DESTDIR)$(SBINDIR)/mount.vbofs
	$(Q)ln -sf $(BINDIR)/vbofs $(DESTDIR)$(SBINDIR)/mount.fuse.vbofs
	$(Q)for page in $(MAN); do \
		$(INSTALL) $(BUILD)/man/$$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page && \
		sed -i 's,/usr/share/doc/vbofs,$(DOCDIR),' $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page || exit; done
	$(Q)ln -sf mount.vbofs.8 $(DESTDIR)$(MANDIR)/man8/mount.fuse.vbofs.8
	$(Q)install -d $(DESTDIR)$(UNITDIR)
	$(Q)sed 's,/usr/bin/vbofs,$(BINDIR)/vbofs,' mount-examples/systemd/vbofs@.service \
		>$(DESTDIR)$(UNITDIR)/vbofs@.service
	$(Q)chmod 644 $(DESTDIR)$(UNITDIR)/vbofs@.service
	$(Q)$(INSTALL) src/package/completion.bash $(DESTDIR)$(COMPLETIONDIR)/vbofs
	$(Q)$(INSTALL) README.md $(DESTDIR)$(DOCDIR)/README.md
	$(Q)sed -i 's,](mount-examples/,](examples/,g; s,\[\([^]]*\)\](\(src/man\|tests\)/[^)]*),\1,g' $(DESTDIR)$(DOCDIR)/README.md
	$(Q)$(INSTALL) CHANGELOG.md $(DESTDIR)$(DOCDIR)/CHANGELOG.md
	$(Q)rm -rf $(DESTDIR)$(DOCDIR)/examples
	$(Q)cp -r mount-examples $(DESTDIR)$(DOCDIR)/examples
	$(Q)chmod -R u=rwX,go=rX $(DESTDIR)$(DOCDIR)/examples

deb: all
	$(Q)src/package/build-deb $(BUILD) $(VERSION)

# Keeps what it downloads in $(BUILD)/debs, so that a second run is quick.
test-deb: deb
	$(Q)tests/package/run $(BUILD) $(VERSION)

test-all: test test-deb

dist:
	$(Q)mkdir -p $(BUILD)
	$(Q)git archive --prefix=vbofs-$(VERSION)/ HEAD | gzip -9n >$(BUILD)/vbofs-$(VERSION).tar.gz
	@echo $(BUILD)/vbofs-$(VERSION).tar.gz

clean:
	$(Q)rm -rf build build-*

-include $(OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(HELP_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(STATE_OBJ:.o=.d) $(SOAK_OBJ:.o=.d) $(BUILD)/src/main.d $(UNIT_BIN:=.d)
