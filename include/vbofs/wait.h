/*
 * wait: vbofs --wait PATH VALUE [--timeout SECONDS]: ends when the file reads VALUE.
 *
 * For scripts: an ordinary user of the mount, who polls `state` or `result` as any
 * other program can.  Exit status: 0 the value is there, 1 it was not in time,
 * 2 the command line is not right or the file cannot be read.
 */
#ifndef VBOFS_WAIT_H
#define VBOFS_WAIT_H

/* argv[0] is "--wait".  Returns the exit status; what is wrong is on stderr. */
int wait_main(int argc, char **argv);

#endif
