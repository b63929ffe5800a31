/* options_private: what options.c (the table) and options_parse.c (the command line) share. */
#ifndef VBOFS_OPTIONS_PRIVATE_H
#define VBOFS_OPTIONS_PRIVATE_H

#include "vbofs/options.h"

/* The list behind -o: a,b=c,d=e\,f */
int options_set(struct options *o, const char *list, struct fault *f);

#endif
