/* SPDX-License-Identifier: MIT
 *
 * check_spawn: what a child gets and what it does not, with real children (sh).
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/span.h"
#include "manager/spawn.h"

static struct identity self;
static int out[2];
static char said[8192];

static char *no_env[] = {NULL};

static void setup(void)
{
	char why[200];

	if (!identity_find(&self, "nobody", NULL, why, sizeof why))
		ck_abort_msg("%s", why);
	ck_assert_int_eq(fd_pipe(out, -1), 0);
}

static void teardown(void)
{
	identity_free(&self);
	fd_close(&out[0]);
	fd_close(&out[1]);
}

/* Runs `script` and returns its exit status; what it wrote is in `said`. */
static int run(struct job *job, const char *script)
{
	char sh[] = "/bin/sh", c[] = "-c", *text = strdup(script);
	char *argv[] = {sh, c, text, NULL};
	int news, status = -1;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	job->argv = argv;
	job->envp = job->envp ? job->envp : no_env;
	job->binary = -1;
	job->as = &self;
	job->death_signal = SIGKILL;
	job->moves[job->nmoves++] = (struct fd_move){out[1], STDOUT_FILENO};
	pid = spawn_start(job, &news);
	ck_assert_int_gt(pid, 0);
	fd_close(&out[1]);
	while ((got = read(out[0], said + n, sizeof said - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	fd_close(&news);
	free(text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum spawn_news wait_news(int news, char *why, size_t size)
{
	struct pollfd p = {.fd = news, .events = POLLIN};

	ck_assert_int_eq(poll(&p, 1, 30000), 1);
	return spawn_read_news(news, why, size);
}

static enum spawn_news start_and_ask(const char *program, const char *dir, char *why, size_t size)
{
	char *path = strdup(program);
	char *argv[] = {path, NULL};
	struct job job = {.argv = argv,
		.envp = no_env,
		.binary = -1,
		.as = &self,
		.chdir = dir,
		.death_signal = SIGKILL};
	enum spawn_news got;
	int news;
	pid_t pid = spawn_start(&job, &news);

	ck_assert_int_gt(pid, 0);
	got = wait_news(news, why, size);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	fd_close(&news);
	free(path);
	return got;
}

START_TEST(a_good_exec_is_known_without_a_word)
{
	char why[200];

	ck_assert_int_eq(start_and_ask("/bin/true", NULL, why, sizeof why), SPAWN_EXECED);
}
END_TEST

START_TEST(a_bad_exec_says_which_step_and_why)
{
	char why[200];

	ck_assert_int_eq(start_and_ask("/no/such", NULL, why, sizeof why), SPAWN_FAILED);
	ck_assert_str_eq(why, "exec /no/such: No such file or directory");
	ck_assert_int_eq(start_and_ask("/dev/null", NULL, why, sizeof why), SPAWN_FAILED);
	ck_assert_str_eq(why, "exec /dev/null: Permission denied");
	ck_assert_int_eq(start_and_ask("/bin/true", "/no/such", why, sizeof why), SPAWN_FAILED);
	ck_assert_str_eq(why, "chdir /no/such: No such file or directory");
}
END_TEST

START_TEST(only_planned_descriptors_arrive)
{
	int stray = open("/dev/null", O_RDONLY); /* not close-on-exec */
	int null = open("/dev/null", O_RDWR);
	struct job job = {.moves = {{null, 0}, {null, 2}, {null, 7}}, .nmoves = 3};

	ck_assert_int_ge(stray, 0);
	run(&job, "for f in /proc/$$/fd/*; do echo ${f##*/}; done");
	ck_assert_str_eq(said, "0\n1\n2\n3\n7\n"); /* 3 is the shell's, to list with */
	close(null);
	close(stray);
}
END_TEST

/* 5 -> 6, 6 -> 5, 6 -> 7: a plain sequence of dup2 would lose one. */
START_TEST(moves_may_cross)
{
	int a[2], b[2];
	struct job job = {.nmoves = 0};
	char script[120];

	ck_assert_int_eq(pipe(a), 0);
	ck_assert_int_eq(pipe(b), 0);
	ck_assert_int_eq(write(a[1], "A\n", 2), 2);
	ck_assert_int_eq(write(b[1], "B\nC\n", 4), 4);
	job.moves[job.nmoves++] = (struct fd_move){a[0], b[0]};
	job.moves[job.nmoves++] = (struct fd_move){b[0], a[0]};
	job.moves[job.nmoves++] = (struct fd_move){b[0], 30};
	ck_assert(a[0] < 10 && b[0] < 10); /* sh knows single digits only */
	snprintf(script, sizeof script, "read x <&%d; read y <&%d; echo $x$y; test -e /dev/fd/30",
		b[0], a[0]);
	ck_assert_int_eq(run(&job, script), 0);
	ck_assert_str_eq(said, "AB\n");
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
}
END_TEST

START_TEST(a_move_onto_itself_survives)
{
	struct job job = {.moves = {{9, 9}}, .nmoves = 1};
	int a[2];

	ck_assert_int_eq(pipe(a), 0);
	ck_assert_int_eq(write(a[1], "hello\n", 6), 6);
	ck_assert_int_eq(dup3(a[0], 9, O_CLOEXEC), 9);
	run(&job, "read x <&9; echo $x");
	ck_assert_str_eq(said, "hello\n");
	close(9);
	close(a[0]);
	close(a[1]);
}
END_TEST

START_TEST(environment_directory_and_session_are_its_own)
{
	char a[] = "A=1", *env[] = {a, NULL};
	struct job job = {.envp = env, .chdir = "/usr", .umask = 022};

	run(&job, "echo $A; /bin/pwd; umask; set -- $(cat /proc/$$/stat); echo $(($6 == $$)) "
		  "$(($5 == $$))");
	ck_assert_str_eq(said, "1\n/usr\n0022\n1 1\n");
}
END_TEST

START_TEST(signals_are_as_new)
{
	struct job job = {.nmoves = 0};
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	run(&job, "grep -E '^Sig(Blk|Ign)' /proc/self/status");
	ck_assert_str_eq(said, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}
END_TEST

START_TEST(the_child_has_no_way_back)
{
	struct job job = {.nmoves = 0};

	run(&job, "grep -E '^(NoNewPrivs|Uid)' /proc/self/status");
	ck_assert_ptr_nonnull(strstr(said, "NoNewPrivs:\t1"));
	ck_assert_ptr_null(strstr(said, "Uid:\t0"));
}
END_TEST

START_TEST(it_may_gain_only_if_it_may)
{
	struct job job = {.may_gain = _i};

	run(&job, "grep -E '^(NoNewPrivs|Cap(Prm|Eff|Bnd))' /proc/self/status");
	ck_assert_ptr_nonnull(strstr(said, _i ? "NoNewPrivs:\t0" : "NoNewPrivs:\t1"));
	ck_assert_ptr_nonnull(strstr(said, "CapPrm:\t0000000000000000"));
	ck_assert_ptr_nonnull(strstr(said, "CapEff:\t0000000000000000"));
	if (geteuid() == 0)
		ck_assert_int_eq(strstr(said, "CapBnd:\t0000000000000000") == NULL, _i);
}
END_TEST

START_TEST(a_nice_value_is_the_jobs)
{
	struct job job = {.has_nice = true, .nice = 17};

	if (getpriority(PRIO_PROCESS, 0) > 17)
		return;
	run(&job, "nice");
	ck_assert_str_eq(said, "17\n");
}
END_TEST

START_TEST(another_root_is_the_jobs)
{
	struct job job = {.chroot = "/usr", .chdir = "/bin"};

	if (geteuid() != 0 || access("/usr/lib64", X_OK) < 0 || access("/usr/usr", F_OK) == 0)
		return;
	ck_assert_int_eq(run(&job, "pwd; cd /; pwd; cd ..; [ -e /bin/sh ] && [ ! -e usr ]"), 0);
	ck_assert_str_eq(said, "/bin\n/\n");
}
END_TEST

/* What it is, and what the failure says. */
static const struct {
	struct job job;
	const char *why;
	bool takes_root;
} unfit[] = {
	{{.chroot = "/no/such"}, "chroot /no/such: No such file or directory", true},
	{{.chroot = "/etc/passwd"}, "chroot /etc/passwd: Not a directory", true},
	{{.chroot = "/usr", .chdir = "/usr"}, "chdir /usr: No such file or directory", true},
	{{.chroot = "/dev"}, "exec /bin/true: No such file or directory", true},
	{{.chdir = "/root"}, "chdir /root: Permission denied", true},
	{{.death_signal = 1000}, "parent death signal: Invalid argument", false},
};

START_TEST(a_step_that_fails_is_named)
{
	char path[] = "/bin/true", *argv[] = {path, NULL}, why[200];
	struct job job = unfit[_i].job;
	int news;
	pid_t pid;

	if (unfit[_i].takes_root && geteuid() != 0)
		return;
	job.argv = argv;
	job.envp = no_env;
	job.binary = -1;
	job.as = &self;
	pid = spawn_start(&job, &news);
	ck_assert_int_eq(wait_news(news, why, sizeof why), SPAWN_FAILED);
	ck_assert_str_eq(why, unfit[_i].why);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	fd_close(&news);
}
END_TEST

START_TEST(it_is_not_the_program_that_is_missing)
{
	char dir[] = "/tmp/check-spawn-XXXXXX", path[80], why[200], wanted[200];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	snprintf(path, sizeof path, "%s/program", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("#!/no/such\n", f);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_int_eq(start_and_ask(path, NULL, why, sizeof why), SPAWN_FAILED);
	snprintf(wanted, sizeof wanted,
		"exec, for want of the loader or interpreter of %s: No such file or directory",
		path);
	ck_assert_str_eq(why, wanted);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(the_soft_limit_on_files_comes_back)
{
	struct rlimit lim;
	struct job job = {.nmoves = 0};

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = 200;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	spawn_raise_files();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	ck_assert_uint_eq(lim.rlim_cur, lim.rlim_max);
	run(&job, "ulimit -S -n");
	ck_assert_str_eq(said, "200\n");
}
END_TEST

/* However many files we may open ourselves. */
START_TEST(the_soft_limit_on_files_is_for_old_programs)
{
	struct rlimit lim;
	struct job job = {.nmoves = 0};

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	if (lim.rlim_max <= SPAWN_SOFT_FILES)
		return;
	lim.rlim_cur = lim.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	spawn_raise_files();
	ck_assert_int_eq(run(&job, "ulimit -S -n; [ $(ulimit -H -n) -gt 1024 ]"), 0);
	ck_assert_str_eq(said, "1024\n");
}
END_TEST

static struct limit limit(const char *name, rlim_t soft, rlim_t hard)
{
	return (struct limit){limit_find(span_of(name)), {soft, hard}};
}

START_TEST(limits_and_mask_are_the_jobs)
{
	const struct limit limits[] = {limit("nofile", 100, 200), limit("cpu", 7, 8),
		limit("core", 0, 0), limit("fsize", 512 * 10, 512 * 20)};
	struct job job = {.umask = 077, .limits = limits, .nlimits = nitems(limits)};

	run(&job, "umask; ulimit -Sn; ulimit -Hn; ulimit -St; ulimit -Ht; ulimit -Hc; ulimit -Sf; "
		  "ulimit -Hf");
	ck_assert_str_eq(said, "0077\n100\n200\n7\n8\n0\n10\n20\n");
}
END_TEST

/* The first limit that is in its own way must not be in the way of the next. */
START_TEST(limits_do_not_hinder_the_start)
{
	const struct limit limits[] = {limit("as", 1 << 26, 1 << 26), limit("nproc", 0, 0),
		limit("nofile", 10, 10), limit("data", 1 << 26, 1 << 26)};
	struct job job = {.limits = limits, .nlimits = nitems(limits)};

	run(&job, "echo on");
	ck_assert_str_eq(said, "on\n");
}
END_TEST

/* What it lends it has, and is not held by itself. */
START_TEST(limits_may_be_for_others)
{
	const struct limit limits[] = {limit("cpu", 7, 8), limit("core", 0, 0)};
	struct job job = {.limits = limits, .nlimits = nitems(limits), .lends = true};
	struct rlimit cpu;

	ck_assert_int_eq(getrlimit(RLIMIT_CPU, &cpu), 0);
	if (cpu.rlim_cur != RLIM_INFINITY)
		return;
	run(&job, "ulimit -St; ulimit -Ht");
	ck_assert_str_eq(said, "unlimited\nunlimited\n");
}
END_TEST

/* In a child of its own, as there is no way back. */
START_TEST(a_limit_that_cannot_be_given_is_named)
{
	const struct limit limits[] = {limit("nofile", 100, 200), limit("fsize", 4096, 8192)};
	struct rlimit little = {1024, 1024};
	char path[] = "/bin/true", *argv[] = {path, NULL}, why[200];
	struct job job = {.argv = argv,
		.envp = no_env,
		.binary = -1,
		.as = &self,
		.death_signal = SIGKILL,
		.limits = limits,
		.nlimits = nitems(limits),
		.lends = _i == 1};
	int news;
	pid_t pid;

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
	if (geteuid() == 0) {
		identity_free(&self);
		ck_assert_int_eq(
			setresgid(54321, 54321, 54321) | setresuid(54321, 54321, 54321), 0);
		ck_assert(identity_find(&self, NULL, NULL, why, sizeof why));
	}
	pid = spawn_start(&job, &news);
	ck_assert_int_eq(wait_news(news, why, sizeof why), SPAWN_FAILED);
	ck_assert_str_eq(why, "rlimit[fsize]: Operation not permitted");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	fd_close(&news);
}
END_TEST

START_TEST(it_dies_with_its_parent)
{
	int pids[2];
	char text[20] = "";
	pid_t middle, child;

	ck_assert_int_eq(pipe(pids), 0);
	middle = fork();
	if (middle == 0) {
		char sleep[] = "/bin/sleep", n[] = "100", *argv[] = {sleep, n, NULL};
		struct job job = {.argv = argv,
			.envp = no_env,
			.binary = -1,
			.as = &self,
			.death_signal = SIGKILL};
		int news;
		char why[100];
		child = spawn_start(&job, &news);
		wait_news(news, why, sizeof why);
		dprintf(pids[1], "%d", (int)child);
		_exit(0);
	}
	close(pids[1]);
	ck_assert_int_gt(read(pids[0], text, sizeof text - 1), 0);
	ck_assert_int_eq(waitpid(middle, NULL, 0), middle);
	child = (pid_t)atoi(text);
	for (int i = 0; i < 1500; i++) {
		char path[40], state[3] = "";
		FILE *f;
		snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%*d %*s %2s", state) != 1 || state[0] == 'Z') {
			if (f)
				fclose(f);
			return;
		}
		fclose(f);
		usleep(20000);
	}
	ck_abort_msg("%d lives on", (int)child);
}
END_TEST

START_TEST(a_helper_runs_where_its_path_cannot_be_reached)
{
	char dir[] = "/tmp/check-spawn-XXXXXX", path[80], why[300], name[] = "true";
	char *argv[] = {name, NULL};
	struct job job = {.argv = argv, .envp = no_env, .as = &self, .death_signal = SIGKILL};
	int news;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(dir)); /* 0700: closed to others */
	snprintf(path, sizeof path, "cp /bin/true %s/hearth-test", dir);
	ck_assert_int_eq(system(path), 0);
	setenv("HEARTH_LIBEXEC", dir, 1);
	job.binary = spawn_find_helper("hearth-test", why, sizeof why);
	ck_assert_int_ge(job.binary, 0);
	pid = spawn_start(&job, &news);
	ck_assert_int_eq(wait_news(news, why, sizeof why), SPAWN_EXECED);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	fd_close(&news);
	fd_close(&job.binary);
	snprintf(path, sizeof path, "%s/hearth-test", dir);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(a_missing_helper_is_said_with_both_places)
{
	char why[500];

	setenv("HEARTH_LIBEXEC", "/nowhere/at/all", 1);
	ck_assert_int_eq(spawn_find_helper("hearth-nothing", why, sizeof why), -1);
	ck_assert_ptr_nonnull(strstr(why, "hearth-nothing is neither in /"));
	ck_assert_ptr_nonnull(strstr(why, " nor in /nowhere/at/all"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spawn");
	TCase *tc = tcase_create("spawn");
	SRunner *sr;
	int failed;

	closefrom(3); /* what make and its like leave open: tests want low numbers */
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_good_exec_is_known_without_a_word);
	tcase_add_test(tc, a_bad_exec_says_which_step_and_why);
	tcase_add_test(tc, only_planned_descriptors_arrive);
	tcase_add_test(tc, moves_may_cross);
	tcase_add_test(tc, a_move_onto_itself_survives);
	tcase_add_test(tc, environment_directory_and_session_are_its_own);
	tcase_add_test(tc, signals_are_as_new);
	tcase_add_test(tc, the_child_has_no_way_back);
	tcase_add_loop_test(tc, it_may_gain_only_if_it_may, 0, 2);
	tcase_add_test(tc, a_nice_value_is_the_jobs);
	tcase_add_test(tc, another_root_is_the_jobs);
	tcase_add_loop_test(tc, a_step_that_fails_is_named, 0, nitems(unfit));
	tcase_add_test(tc, it_is_not_the_program_that_is_missing);
	tcase_add_test(tc, the_soft_limit_on_files_comes_back);
	tcase_add_test(tc, the_soft_limit_on_files_is_for_old_programs);
	tcase_add_test(tc, limits_and_mask_are_the_jobs);
	tcase_add_test(tc, limits_do_not_hinder_the_start);
	tcase_add_test(tc, limits_may_be_for_others);
	tcase_add_loop_test(tc, a_limit_that_cannot_be_given_is_named, 0, 2);
	tcase_add_test(tc, it_dies_with_its_parent);
	tcase_add_test(tc, a_helper_runs_where_its_path_cannot_be_reached);
	tcase_add_test(tc, a_missing_helper_is_said_with_both_places);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
