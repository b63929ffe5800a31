/*
 * options: the command line.  What each option means is in vbosim.1.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_WORKING_DEFAULT SIZE_MAX
#define OPTIONS_ANY_SIZE UINT64_MAX

struct options {
	unsigned port;
	bool tls;
	unsigned api;             /* bit N: version N is served */
	size_t orgs;
	bool orgs_given;
	size_t sessions;
	size_t restore_points;    /* of each organization */
	size_t feed_history;      /* changes that are remembered */
	bool event_updates;       /* a new event changes its session */
	uint64_t seed;
	unsigned latency;         /* ms */
	unsigned token_lifetime;  /* seconds */
	size_t max_page;
	size_t default_page;
	int tz;                   /* seconds east of UTC */
	const char *journal;      /* NULL: none */
	const char *keep;         /* NULL: sessions end with the program */
	const char *names;        /* NULL: none */
	const char *cert_host;    /* NULL: localhost and 127.0.0.1 */
	bool arrays_paged;
	bool proxy_offline;
	size_t working;           /* seeded sessions that still run */
	bool starting;            /* v2-v5 show Starting and Stopping */
	size_t items;             /* in the folders "many"; 0: there are none */
	uint64_t item_size;       /* bytes of each of them; OPTIONS_ANY_SIZE: they differ */
	uint64_t big;             /* bytes of big.bin; 0: there is none */
	bool hostile;
	bool chunked;
	unsigned save_latency;    /* ms */
	uint64_t save_rate;       /* bytes a second; 0: as fast as it goes */
	unsigned stopped_status;  /* below a stopped session */
	const char **faults;
	size_t nfaults;
};

/*
 * Returns true when the program shall run.  Else *status is its exit status:
 * 0 after --help and --version, 2 after one line on stderr.
 */
bool options_parse(struct options *o, int argc, char **argv, int *status);
void options_free(struct options *o);

#endif
