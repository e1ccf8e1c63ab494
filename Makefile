# hearth: one Makefile, one ordered source list a room.
#
# The lists are the law of the stairs: a file may include headers of common/ and of files that
# stand before it in its own list, nothing else. NAME means NAME.c and, if there is one, NAME.h;
# NAME.h is a header without a source. `make lint` checks it.

COMMON_SRC  = span.h utf8 digits log_json log mem clock fd cidr sig tree lines buf \
              access_format variable script_name limit msg loop chan
MANAGER_SRC = conf value value_address slow_argument source \
              directive directive_key php_fpm directive_when suggest \
              conf_power conf_world conf_claims listen_acl conf_doors conf_backends conf_authorizer conf_fallback conf_pages conf_chroot \
              conf_logs conf_limits php_command conf_php php_settings conf_expand \
              conf_check conf_load conf_show drop \
              job.h spawn_child spawn listen_rights listen activated listeners reap strays \
              obituary output sizing footprint upkeep worker hire \
              pool_state.h pool_facts pool_backends pool_deaths pool renew pools standing journal \
              process_parse process_view slow_command slowlog \
              notify \
              plan log_letters lookers wall downlink house \
              reload pool_orders \
              digest herald status look figures command control daemon colour \
              serve_find serve_advise serve_port serve_tell serve_conf serve_screen serve \
              ctl top_figures top_pen top_page top_screen top main
GATEWAY_SRC = http_field http_parse http_body http_target \
              http_reason http_date http_conditional http_range http_coding media \
              forwarded proxy_protocol \
              fcgi_record fcgi_given php_path fcgi_stage cgi_head search_words \
              route quota access_form plan_pool plan plan_listener \
              beneath disguise script_walk \
              lane seldom file file_cache spool clients room conn front.h request own_words request_target vouched meta_given meta \
              access_text escape access_value access_usage access_line access_file access_log \
              tally said crew worker roster dispatch_life proc_usage scoreboard door dispatch relay authorizer \
              fcgi_wrap fcgi_link fcgi_seat fcgi_knock php_words fcgi_hear backend_fcgi \
              outside_choice outside_peer outside outside_seat outside_address \
              resolver outside_names outside_plan \
              runner run_letter pipes run run_pumps backend_run script \
              http_reply http_intake http_pace http_close http_front proxy_front \
              fpm_status pool_figures longest log_letter status_page open_metrics outside_facts outside_show metrics \
              overview own_page admin php_script \
              fcgi_mux fcgi_reply fcgi_intake fcgi_push fcgi_request fcgi_front \
              file_reply sendfile_path sendfile autoindex static place reception \
              listener facts slow adoption uplink sandbox main
EXEC_SRC    = exec_spawn exec_why exec_hunt exec_runs exec
RUNNERS     = exec

VERSION  = 0.1.0
PREFIX  ?= /usr/local
CONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
# systemd looks there if PREFIX is /usr or /usr/local.
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR ?=
BUILD   ?= build
SAN     ?=
OPT     ?= -O2 -g

# Debian packages, each with the header or command that shows it is there.
BUILD_PKGS = gcc:cc libc6-dev:stdio.h libinih-dev:ini.h libfcgi-dev:fcgiapp.h
TEST_PKGS  = check:check.h curl:curl clang:clang libclang-rt-dev clang-format:clang-format \
             cppcheck:cppcheck shellcheck:shellcheck man-db:man perl:json_pp procps:ps \
             wrk:wrk apache2-utils:ab nghttp2-client:h2load \
             haproxy:haproxy nginx-light:nginx libfcgi-bin:cgi-fcgi \
             spawn-fcgi:spawn-fcgi \
             git:git gitweb:/usr/lib/cgi-bin/gitweb.cgi cgit:/usr/lib/cgit/cgit.cgi \
             awstats:/usr/lib/cgi-bin/awstats.pl fossil:fossil \
             python3:/usr/bin/python3 ruby:ruby lua5.4:lua tcl:tclsh tcllib php-cgi:php-cgi \
             php-fpm:/usr/sbin/php-fpm8.2 python3-prometheus-client \
             libfcgi-perl openssl:openssl \
             monitorix collectd-core:/usr/sbin/collectd libyajl2 libcurl3-gnutls \
             monitoring-plugins-basic:/usr/lib/nagios/plugins/check_http \
             apache2-bin:/usr/sbin/apache2 lighttpd:/usr/sbin/lighttpd caddy:caddy h2o:h2o fcgiwrap:/usr/sbin/fcgiwrap \
             nodejs:node gawk:gawk haserl:haserl libcgi-pm-perl \
             mimetex:mimetex man2html squid-cgi xapian-omega djvuserve \
             g++:g++ golang-go:go ruby-fcgi \
             adminer php-sqlite3 dokuwiki \
             systemd:systemd-socket-activate

WALL = -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
       -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef -Wvla -Wwrite-strings \
       -Wimplicit-fallthrough
HARD = -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
ASAN = -fsanitize=address,undefined -fno-sanitize-recover=undefined
TSAN = -fsanitize=thread

ALL_CPPFLAGS = -D_GNU_SOURCE -DHEARTH_VERSION='"$(VERSION)"' -DHEARTH_LIBEXEC='"$(PREFIX)/libexec/hearth"' \
               -I. $(CPPFLAGS)
ALL_CFLAGS   = -std=c17 $(OPT) $(WALL) $(if $(SAN),-fPIE,$(HARD)) $(SAN) -pthread $(CFLAGS)
ALL_LDFLAGS  = -pie -Wl,-z,relro,-z,now -pthread $(SAN) $(LDFLAGS)
COMPILE      = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP

# One short line a step; make V=1 shows the commands.
Q = $(if $(V),,@echo "  $(patsubst $(BUILD)/%,%,$@)";)

# All cores, unless somebody said -j already.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

names = $(basename $(filter-out %.h,$(1)))
COMMON_OBJ  = $(patsubst %,$(BUILD)/common/%.o,$(call names,$(COMMON_SRC)))
MANAGER_OBJ = $(patsubst %,$(BUILD)/manager/%.o,$(call names,$(MANAGER_SRC)))
GATEWAY_OBJ = $(patsubst %,$(BUILD)/gateway/%.o,$(call names,$(GATEWAY_SRC)))
EXEC_OBJ    = $(patsubst %,$(BUILD)/runners/%.o,$(call names,$(EXEC_SRC)))
PROGRAMS    = $(BUILD)/hearth $(BUILD)/hearth-gateway $(RUNNERS:%=$(BUILD)/hearth-%)
UNITS       = $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/unit/*/check_*.c))
FUZZERS     = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TOOLS       = $(patsubst %.c,$(BUILD)/tools/%,$(notdir $(wildcard tests/flow/tools/*.c tests/bench/tools/*.c))) \
              $(BUILD)/tools/fcgi-hello $(BUILD)/tools/hello-c
# Of the languages that are there, what has to be compiled.
EXAMPLES    = $(patsubst %,$(BUILD)/programs/%,c threads \
              $(if $(shell command -v $(CXX)),cpp) $(if $(shell command -v go),go))
UNIT_LIBS   = $(BUILD)/libcommon.a -lcheck -lsubunit -lm

all: $(PROGRAMS) ## the programs, into build/ (the default)

$(BUILD)/hearth: $(MANAGER_OBJ) $(BUILD)/libcommon.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -linih
$(BUILD)/hearth-gateway: $(GATEWAY_OBJ) $(BUILD)/libcommon.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^
# Static, since in a chroot there may be no loader and no library; but the sanitizers' are shared.
$(BUILD)/hearth-exec: $(EXEC_OBJ) $(BUILD)/libcommon.a
	$(Q)$(CC) $(ALL_LDFLAGS) $(if $(SAN),,-static-pie) -o $@ $^

# Archives let a unit test take just what it needs, and hold a test of one flat to that flat.
$(BUILD)/libcommon.a: $(COMMON_OBJ)
$(BUILD)/libmanager.a: $(filter-out %/main.o,$(MANAGER_OBJ))
$(BUILD)/libgateway.a: $(filter-out %/main.o,$(GATEWAY_OBJ))
$(BUILD)/librunners.a: $(filter-out %/exec.o,$(EXEC_OBJ))
$(BUILD)/lib%.a:
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# Other flags (another PREFIX, say) mean other objects. Also where missing packages are noticed.
$(BUILD)/flags: export FLAGS = $(COMPILE)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS" | cmp -s - $@ || \
		{ tests/packages check $(BUILD_PKGS) && printf '%s\n' "$$FLAGS" >$@; }

# tests/unit/ROOM/check_X.c links against its own flat and the party wall.
$(BUILD)/unit/gateway/%: UNIT_LIBS := $(BUILD)/libgateway.a $(UNIT_LIBS)
$(BUILD)/unit/manager/%: UNIT_LIBS := $(BUILD)/libmanager.a $(UNIT_LIBS) -linih
$(BUILD)/unit/runners/%: UNIT_LIBS := $(BUILD)/librunners.a $(UNIT_LIBS)
$(filter $(BUILD)/unit/gateway/%,$(UNITS)): $(BUILD)/libgateway.a
$(filter $(BUILD)/unit/manager/%,$(UNITS)): $(BUILD)/libmanager.a
$(filter $(BUILD)/unit/runners/%,$(UNITS)): $(BUILD)/librunners.a $(BUILD)/hearth-exec
$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(ALL_LDFLAGS) -o $@ $< $(UNIT_LIBS)

# What tests talk to: never instrumented, so that only hearth's own faults are reported.
define tool
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=c17 -O2 -g $(WALL) -I. -pthread -o $@ $< -lfcgi
endef
$(BUILD)/tools/%: tests/flow/tools/%.c $(BUILD)/flags
	$(tool)
$(BUILD)/tools/%: tests/bench/tools/%.c $(BUILD)/flags
	$(tool)
$(BUILD)/tools/cgi-hello: tests/bench/tools/cgi-hello.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -O2 $(WALL) -static -o $@ $<
$(BUILD)/tools/fcgi-hello: examples/fcgi-hello/hello.c $(BUILD)/flags
	$(tool)
$(BUILD)/tools/hello-c: cgi-bin/hello.c $(BUILD)/flags
	$(tool)
$(BUILD)/programs/c: examples/programs/program.c $(BUILD)/flags
	$(tool)
$(BUILD)/programs/threads: examples/programs/threads.c $(BUILD)/flags
	$(tool)
$(BUILD)/programs/cpp: examples/programs/program.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CXX) -std=c++17 -O2 -g -Wall -Wextra -pthread -o $@ $< -lfcgi++ -lfcgi
$(BUILD)/programs/go: export GO111MODULE = off
$(BUILD)/programs/go: export GOCACHE = $(abspath $(BUILD)/go)
$(BUILD)/programs/go: examples/programs/program.go
	@mkdir -p $(@D)
	$(Q)go build -o $@ $<

# Fuzz targets link against copies of the archives that clang has instrumented.
FUZZ_LIBS = $(patsubst %,$(BUILD)/fuzz/lib%.a,gateway manager common)
fuzz-libs:
	@$(MAKE) BUILD=$(BUILD)/fuzz CC=clang SAN="-fsanitize=address,undefined,fuzzer-no-link" \
		$(FUZZ_LIBS)
$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c fuzz-libs
	$(Q)clang $(ALL_CPPFLAGS) -std=c17 -O1 -g -fsanitize=address,undefined,fuzzer -pthread -o $@ $< $(FUZZ_LIBS) -linih

run-programs: all $(BUILD)/tools/fcgi-hello $(BUILD)/tools/hello-c
# What tests/run needs, plain and with either sanitizer.
test-programs: all $(UNITS) $(TOOLS) $(if $(SAN),,$(EXAMPLES))
test-programs-asan:
	@$(MAKE) BUILD=$(BUILD)/asan SAN="$(ASAN)" test-programs
test-programs-tsan:
	@$(MAKE) BUILD=$(BUILD)/tsan SAN="$(TSAN)" test-programs
test-programs-fuzz: $(FUZZERS)

deps: ## install what building and testing needs (root, Debian)
	@tests/packages install $(BUILD_PKGS) $(TEST_PKGS)

examples: $(EXAMPLES) ## the compiled ones of examples/programs

run: ## build and serve the sample site; PORT=8080
	@tests/packages install $(BUILD_PKGS)
	+@$(MAKE) --no-print-directory run-programs
	@BUILD=$(BUILD) examples/serve-sample.sh

test: deps ## all tests: unit, golden, flow, 60 s of fuzzing HTTP; units and what has threads again under the sanitizers
	+@tests/run --build $(BUILD) --variants "plain asan tsan" --brief
check-asan: deps ## unit and flow tests under the address and undefined-behaviour sanitizers
	+@tests/run --build $(BUILD) --variants asan
check-tsan: deps ## unit and flow tests under the thread sanitizer
	+@tests/run --build $(BUILD) --variants tsan
fuzz: deps ## every fuzz target for FUZZ_SECONDS=60
	+@FUZZ_SECONDS=$${FUZZ_SECONDS:-60} tests/run --build $(BUILD) --only fuzz
lint: deps ## the law of the stairs, formatting, compilers, cppcheck, shellcheck
	+@BUILD=$(BUILD) COMMON_SRC="$(COMMON_SRC)" MANAGER_SRC="$(MANAGER_SRC)" \
		GATEWAY_SRC="$(GATEWAY_SRC)" RUNNERS_SRC="$(EXEC_SRC)" \
		FLAGS="-std=c17 -I. -D_GNU_SOURCE -DHEARTH_VERSION=\"\" -DHEARTH_LIBEXEC=\"\" $(WALL)" \
		tests/lint/run
chaos: all $(TOOLS) ## kills and stops at random under load for CHAOS_SECONDS=300; CHAOS_SEED
	@BUILD=$(BUILD) CHAOS_SECONDS=$${CHAOS_SECONDS:-300} CHAOS_SEED=$${CHAOS_SEED:-$$(date +%s)} bash tests/flow/270-chaos.sh
bench: all $(TOOLS) ## side by side with others; says what it lacks
	@for b in tests/bench/*.sh; do echo "== $$b"; BUILD=$(BUILD) $$b || exit 1; done

install: all install-units ## into DESTDIR and PREFIX=/usr/local
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/hearth $(DESTDIR)$(CONFDIR)/hearth \
		$(foreach n,1 5 7,$(DESTDIR)$(PREFIX)/share/man/man$(n))
	install -m 755 $(BUILD)/hearth $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(filter-out %/hearth,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/libexec/hearth/
	install -m 644 manager/hearth.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 manager/hearth.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 $(wildcard manager/*.7) $(DESTDIR)$(PREFIX)/share/man/man7/
	test -e $(DESTDIR)$(CONFDIR)/hearth/hearth.conf || \
		install -m 644 conf/hearth.conf $(DESTDIR)$(CONFDIR)/hearth/

install-units:
	install -d $(DESTDIR)$(UNITDIR)
	for unit in hearth.service hearth.socket; do \
		sed 's|@PREFIX@|$(PREFIX)|g; s|@CONFDIR@|$(CONFDIR)|g' conf/$$unit >$(DESTDIR)$(UNITDIR)/$$unit && \
			chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; \
	done

clean: ## remove the build directory
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/unit/*/*.d)

FORCE:
.PHONY: all deps examples run test check-asan check-tsan fuzz lint chaos bench install install-units clean help FORCE \
	fuzz-libs run-programs test-programs test-programs-asan test-programs-tsan test-programs-fuzz
