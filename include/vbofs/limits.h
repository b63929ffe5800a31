/*
 * limits: how long, deep, many and often anything may be.  What is beyond is an
 * error of that one thing, in words, and harms nothing else.
 *
 * Not here: times (they stand with what waits), and what the kernel bounds: open files
 * and directories (RLIMIT_NOFILE of those who open them) and operations that wait for
 * the server (one for each thread that asked; FS_BACKGROUND_MAX of the page cache).
 * What holds at the edge is tested by the unit programs, or the cases with mounts, named behind
 * each; the others are caches and settings, beyond which nothing fails.
 */
#ifndef VBOFS_LIMITS_H
#define VBOFS_LIMITS_H

/* ---- the server's answers ---------------------------------------------------------- */

/* Bytes of an answer that is kept in memory; documents are not. EIO. (test_api) */
#define API_BODY_MAX (64u * 1024 * 1024)
/* ... of an answer to a sign-in.  EIO. (test_signin) */
#define API_TOKEN_BODY_MAX (1024 * 1024)
/* ... of an answer in place of a document: its words, or what says where the document is. (test_api) */
#define API_WORDS_MAX (1024u * 1024)
/* Bytes of a token, which goes into a header of each request.  EIO. (test_signin) */
#define API_TOKEN_MAX (32 * 1024)
/* Times that a GET is repeated. (test_api) */
#define API_RETRIES_MAX 4
/* Bytes of a request's path: room for all the ids that one can have. (test_limits) */
#define API_PATH_MAX (16 * 1024)
/* Connections at once; what is beyond waits inside libcurl. */
#define HTTP_CONNECTIONS_MAX 1024L
/* ... and kept open for the next request. */
#define HTTP_IDLE_MAX 64L
/* Depth of brackets in JSON.  One bit each. (test_jslice) */
#define JSLICE_DEPTH_MAX 64
/* ... of values within values, in what is kept of it: as deep as jansson reads. (test_jslice_valid) */
#define JSLICE_VALUE_DEPTH_MAX 2048
/* Changes told in one answer of the feed; if there are more the sessions are listed. (test_limits) */
#define FEED_CHANGES_MAX 1000
/* Bytes of the token of the feed; with a longer one there is no feed. (test_limits) */
#define FEED_TOKEN_MAX 4096

/* ---- what is known of the server ----------------------------------------------------- */

/* Members asked for at once: one parse stays short. */
#define MODEL_PAGE 1000
/* Members in one listing; more is taken for a server gone mad.  EIO. (test_model) */
#define MODEL_MEMBERS_MAX 1000000
/* Times that a listing starts over because its pages shifted.  EIO. (test_limits) */
#define LISTING_RESTARTS_MAX 10
/* Bytes of JSON of what sessions show, in all; the least recently used goes. (test_limits) */
#define MODEL_CONTENT_MAX (128u * 1024 * 1024)
/* Objects whose length is remembered. */
#define MODEL_LENGTHS_MAX (1u << 20)
/* Bytes of events, statistics and restore points, in all; the least recently used goes. */
#define MODEL_LISTS_MAX (64u * 1024 * 1024)
/* Bytes of the lines of a session's events: as many as its file can show.  EFBIG. (test_events) */
#define EVENTS_LOG_MAX KIND_TEXT_MAX
/* Levels of answers to answers; what is deeper, or in a circle, is at the top. (test_limits) */
#define LEVELS_MAX 64
/* Bytes of one object: as long as an answer can be. (test_limits) */
#define MEMBER_MAX API_BODY_MAX
/* Bytes of an id; an object with a longer one has none. (test_model, test_limits) */
#define MEMBER_ID_MAX 1024

/* ---- the tree --------------------------------------------------------------------------- */

/* Bytes of a file name, as Linux has it; longer ones are cut. (test_name) */
#define NAME_MAX_BYTES 255
/*
 * Bytes of a title, subject or the like that a name is made of; a longer one is none.
 * (test_names)
 */
#define NAMES_LABEL_MAX (64 * 1024)
/* Directories whose names are kept made at the most, and names in them, but for the one used last. */
#define NAMES_KEPT 256
#define NAMES_KEPT_ALL 100000
/* Properties of one object; if there are more none is listed.  EIO. (test_keys) */
#define KEYS_MAX 65536
/* Bytes of a property's name; one that is longer has no file. (test_keys) */
#define KEYS_KEY_MAX (64 * 1024)
/* Bytes of a file that is made of JSON: an index of a million lines.  EFBIG. (test_limits) */
#define KIND_TEXT_MAX (256u * 1024 * 1024)

/* Bytes of a document that is in memory while it comes, not in a file ... (test_store) */
#define SPOOL_HEAD_MAX (128 * 1024)
/* ... of all of those; what finds no room there goes into a file at once. (test_store) */
#define SPOOL_COMING_MAX (16u * 1024 * 1024)
/* Bytes of a whole document that stays in memory ... (test_store) */
#define SPOOL_SMALL_MAX (16 * 1024)
/* ... and of all of those. (test_store) */
#define SPOOL_KEPT_MAX (16u * 1024 * 1024)

/* ---- the kernel ------------------------------------------------------------------------------ */

/* Requests taken before the network gets its turn. */
#define FS_ROUND_MAX 64
/* Rounds that take as many as the one before, before one looks whether there are more. */
#define FS_TRUSTED_ROUNDS 8
/* READs of the page cache under way; the kernel's default is 12. */
#define FS_BACKGROUND_MAX 1024

/* ---- the user ------------------------------------------------------------------------------- */

/* Bytes of an explore line, newline not counted.  E2BIG. (test_command, test_control) */
#define COMMAND_LINE_MAX 4096
/* Commands under way that change something; one more is EBUSY. (mount: faults/hundreds_hang) */
#define CONTROL_JOBS_MAX 512
/* Bytes of a search, newline not counted.  E2BIG. (mount: search/bad_query) */
#define SEARCH_LINE_MAX 4096
/* Bytes of results that one handle of a control file gives back.  E2BIG. (mount: search) */
#define CONTROL_RESULT_MAX (16u * 1024 * 1024)
/* Bytes of a credentials file.  E2BIG. (test_cred) */
#define CRED_FILE_MAX 16384
/* Seconds that an option can name. (test_address) */
#define OPTIONS_SECONDS_MAX 86400
/* Bytes of disk for saved documents, unless -o spool-size says otherwise.  ENOSPC. (mount: spool) */
#define SPOOL_SIZE_DEFAULT (2ULL << 30)
/* Saved documents in files of their own at once, and never more than half of RLIMIT_NOFILE. */
#define SPOOL_FILES_MAX 16384
/* Bytes that vbofs --wait reads of a file, one more than it can wait for. (mount: poll) */
#define WAIT_VALUE_MAX 4096

/* ---- what is said ----------------------------------------------------------------------- */

/* Bytes of a fault's text and its NUL; longer ones are cut. (test_fault) */
#define FAULT_TEXT_MAX 512
/* Bytes of a line of the log; longer ones are cut. (test_log_text) */
#define LOG_LINE_MAX 1024
/* Lines of one kind told in LOG_SAME_MS. (test_log) */
#define LOG_SAME_MAX 10
/* Bytes of the log that .vbofs/log shows; the oldest lines go. (test_log_text) */
#define LOG_RING_MAX (64 * 1024)

#endif
