/*
 * The floor of FUSE: a file system that has no work to do.
 *
 *   floor_fs [-n] [-c] [-p URL -b BODY -a CAFILE -t TOKEN] SOURCE MOUNTPOINT
 *
 * At start it takes the tree below SOURCE (names, attributes, links, and with no -n the
 * bytes of its files) into memory; then it answers from arrays: one thread, a blocking read
 * of /dev/fuse, no splice.  Each operation has the flags that make it cheapest for the kernel
 * while it still is the same operation as vbofs': timeouts of an hour, negative entries,
 * READDIRPLUS where the kernel advises it, the kernel's copy of listings, kept pages, no
 * FLUSH; direct_io for values that somebody polls (state, result).  A write to a file called
 * "explore" is one POST of BODY on a kept connection, inside WRITE.
 *
 * With -c it is asked for each time by LOOKUP and told of its end by FLUSH, as a file for commands has
 * to be: its inode is nobody else's, and a command without newline ends when it is closed.
 */
#define FUSE_USE_VERSION 314
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FOREVER 3600.0
#define MAPPED (1024 * 1024)     /* larger files are not copied */

struct item {
	struct stat st;
	char *name;
	char *data;                  /* bytes, or a link's target */
	size_t first, n;             /* of a directory: its items are consecutive */
	size_t up;
	size_t next;                 /* in its bucket */
};

static struct {
	struct item *items;          /* [0] is not used, [FUSE_ROOT_ID] the root */
	size_t n, room;
	size_t *buckets, mask;
	bool names_only, commands;
	const char *url, *body;
	CURL *easy;
	struct curl_slist *headers;
	char *reply;
	size_t reply_size;
} fs;

static void die(const char *what)
{
	fprintf(stderr, "floor_fs: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *need(void *p)
{
	if (!p)
		die("memory");
	return p;
}

/* ---- the tree ------------------------------------------------------------------------ */

static void add(const char *name, size_t up)
{
	if (fs.n == fs.room) {
		fs.room = fs.room ? 2 * fs.room : 1024;
		fs.items = need(realloc(fs.items, fs.room * sizeof(*fs.items)));
	}
	memset(&fs.items[fs.n], 0, sizeof(*fs.items));
	fs.items[fs.n].name = need(strdup(name));
	fs.items[fs.n++].up = up;
}

static void take_bytes(struct item *it, int dir, const char *name)
{
	size_t size = (size_t)it->st.st_size;
	int fd = openat(dir, name, O_RDONLY);

	it->data = NULL;
	if (fd < 0) {
		it->st.st_size = 0;
		return;
	}
	if (size > MAPPED)
		it->data = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (!it->data || it->data == MAP_FAILED) {   /* what is direct_io cannot be mapped */
		it->data = need(malloc(MAPPED));
		ssize_t got = read(fd, it->data, MAPPED);
		it->st.st_size = got > 0 ? got : 0;
		it->data = need(realloc(it->data, (size_t)it->st.st_size + 1));
	}
	close(fd);
}

static void take_item(size_t i, int dir)
{
	struct item *it = &fs.items[i];
	const char *name = it->name;

	if (fstatat(dir, name, &it->st, AT_SYMLINK_NOFOLLOW))
		die(name);
	if (S_ISLNK(it->st.st_mode)) {
		it->data = need(calloc(1, PATH_MAX));
		if (readlinkat(dir, name, it->data, PATH_MAX - 1) < 0)
			die(name);
	} else if (S_ISREG(it->st.st_mode) && !fs.names_only && strcmp(name, "explore") != 0 &&
		   strcmp(name, "stop") != 0 && it->st.st_size < (1L << 32)) {
		take_bytes(it, dir, name);
	}
}

static void take_dir(size_t at, int fd)
{
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d)
		return;
	fs.items[at].first = fs.n;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			add(e->d_name, at);
	fs.items[at].n = fs.n - fs.items[at].first;
	size_t end = fs.n;
	for (size_t i = fs.items[at].first; i < end; i++)
		take_item(i, fd);
	for (size_t i = fs.items[at].first; i < end; i++)
		if (S_ISDIR(fs.items[i].st.st_mode))
			take_dir(i, openat(fd, fs.items[i].name, O_RDONLY | O_DIRECTORY));
	closedir(d);
}

static size_t bucket(size_t up, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u ^ up;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3u;
	return (h ^ h >> 29) & fs.mask;
}

static void make_index(void)
{
	for (fs.mask = 16; fs.mask < 2 * fs.n; fs.mask *= 2)
		;
	fs.buckets = need(calloc(fs.mask--, sizeof(*fs.buckets)));
	for (size_t i = FUSE_ROOT_ID + 1; i < fs.n; i++) {
		size_t *b = &fs.buckets[bucket(fs.items[i].up, fs.items[i].name)];
		fs.items[i].next = *b;
		*b = i;
	}
}

static void take(const char *source)
{
	int fd = open(source, O_RDONLY | O_DIRECTORY);

	add("", 0);
	add("", FUSE_ROOT_ID);
	if (fd < 0 || fstat(fd, &fs.items[FUSE_ROOT_ID].st))
		die(source);
	take_dir(FUSE_ROOT_ID, fd);
	for (size_t i = FUSE_ROOT_ID; i < fs.n; i++)
		fs.items[i].st.st_ino = i;
	make_index();
}

/* ---- operations ---------------------------------------------------------------------- */

static bool is_command(const struct item *it)
{
	return fs.commands && strcmp(it->name, "explore") == 0;
}

static void fill(size_t i, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){ .ino = i, .attr_timeout = FOREVER, .entry_timeout = FOREVER };
	if (i)
		e->attr = fs.items[i].st;
	if (i && is_command(&fs.items[i]))
		e->entry_timeout = 0;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	size_t i = fs.buckets[bucket(parent, name)];

	while (i && (fs.items[i].up != parent || strcmp(fs.items[i].name, name) != 0))
		i = fs.items[i].next;
	fill(i, &e);
	fuse_reply_entry(req, &e);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	(void)ino, (void)n;
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *all)
{
	(void)n, (void)all;
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	fuse_reply_attr(req, &fs.items[ino].st, FOREVER);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int set,
		       struct fuse_file_info *fi)
{
	(void)attr, (void)set;
	op_getattr(req, ino, fi);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	fuse_reply_readlink(req, fs.items[ino].data);
}

static bool is_polled(const struct item *it)
{
	return strcmp(it->name, "state") == 0 || strcmp(it->name, "result") == 0;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	fi->noflush = !is_command(&fs.items[ino]);
	fi->keep_cache = 1;
	fi->direct_io = is_polled(&fs.items[ino]) || !fs.items[ino].data;
	fuse_reply_open(req, fi);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	const struct item *it = &fs.items[ino];

	(void)fi;
	if (off > it->st.st_size || !it->data)
		off = it->st.st_size;
	size_t left = it->data ? (size_t)(it->st.st_size - off) : 0;
	fuse_reply_buf(req, it->data + (it->data ? off : 0), left < size ? left : size);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	fuse_reply_err(req, 0);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	long status = 0;

	(void)ino, (void)data, (void)off, (void)fi;
	if (!fs.easy) {
		fuse_reply_write(req, size);
		return;
	}
	if (curl_easy_perform(fs.easy) == CURLE_OK)
		curl_easy_getinfo(fs.easy, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 == 2)
		fuse_reply_write(req, size);
	else
		fuse_reply_err(req, EIO);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->cache_readdir = 1;
	fi->keep_cache = 1;
	fuse_reply_open(req, fi);
}

static size_t put(fuse_req_t req, bool plus, char *at, size_t room, const char *name, size_t i,
		  bool dots, off_t next)
{
	struct fuse_entry_param e;

	fill(i, &e);
	if (dots)
		e.ino = 0;
	return plus ? fuse_add_direntry_plus(req, at, room, name, &e, next) :
		      fuse_add_direntry(req, at, room, name, &e.attr, next);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	const struct item *d = &fs.items[ino];
	size_t len = 0;

	if (size > fs.reply_size)
		fs.reply = need(realloc(fs.reply, fs.reply_size = size));
	for (size_t i = (size_t)off; i < d->n + 2; i++) {
		size_t at = i == 0 ? ino : i == 1 ? d->up : d->first + i - 2;
		const char *name = i == 0 ? "." : i == 1 ? ".." : fs.items[at].name;
		size_t n = put(req, plus, fs.reply + len, size - len, name, at, i < 2, (off_t)i + 1);
		if (n > size - len)
			break;
		len += n;
	}
	fuse_reply_buf(req, fs.reply, len);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, off, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, off, true);
}

static void on_init(void *user, struct fuse_conn_info *conn)
{
	(void)user;
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	conn->want |= conn->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
				       FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS |
				       FUSE_CAP_ASYNC_READ);
}

static const struct fuse_lowlevel_ops ops = {
	.init = on_init, .lookup = op_lookup, .forget = op_forget, .forget_multi = op_forget_multi,
	.getattr = op_getattr, .setattr = op_setattr, .readlink = op_readlink, .open = op_open,
	.read = op_read, .write = op_write, .flush = op_release, .release = op_release, .opendir = op_opendir,
	.readdir = op_readdir, .readdirplus = op_readdirplus, .releasedir = op_release,
};

/* ---- the one POST ---------------------------------------------------------------------- */

static size_t discard(char *data, size_t size, size_t n, void *user)
{
	(void)data, (void)user;
	return size * n;
}

static void make_post(const char *cafile, const char *token)
{
	char bearer[40000];

	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", token);
	fs.headers = curl_slist_append(fs.headers, bearer);
	fs.headers = curl_slist_append(fs.headers, "Content-Type: application/json");
	fs.headers = curl_slist_append(fs.headers, "Accept: application/json");
	fs.headers = curl_slist_append(fs.headers, "Expect:");
	fs.easy = need(curl_easy_init());
	curl_easy_setopt(fs.easy, CURLOPT_URL, fs.url);
	curl_easy_setopt(fs.easy, CURLOPT_CAINFO, cafile);
	curl_easy_setopt(fs.easy, CURLOPT_PROXY, "");
	curl_easy_setopt(fs.easy, CURLOPT_HTTPHEADER, fs.headers);
	curl_easy_setopt(fs.easy, CURLOPT_POSTFIELDS, fs.body);
	curl_easy_setopt(fs.easy, CURLOPT_WRITEFUNCTION, discard);
}

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	const char *cafile = NULL, *token = "";
	int c;

	while ((c = getopt(argc, argv, "ncp:b:a:t:")) != -1) {
		switch (c) {
		case 'n': fs.names_only = true; break;
		case 'c': fs.commands = true; break;
		case 'p': fs.url = optarg; break;
		case 'b': fs.body = optarg; break;
		case 'a': cafile = optarg; break;
		case 't': token = optarg; break;
		default: return 2;
		}
	}
	if (argc - optind != 2)
		return 2;
	take(argv[optind]);
	if (fs.url)
		make_post(cafile, token);
	fuse_opt_add_arg(&args, "floor_fs");
	fuse_opt_add_arg(&args, "-ofsname=floor_fs,subtype=floor_fs,default_permissions,noexec,nosuid,"
				"nodev,noatime");
	struct fuse_session *s = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	if (!s || fuse_set_signal_handlers(s) || fuse_session_mount(s, argv[optind + 1]))
		die(argv[optind + 1]);
	puts("ready");
	fflush(stdout);
	return fuse_session_loop(s) != 0;   /* who started us unmounts */
}
