/* A credentials file: refused with words that do not depend on any value in it, or read whole. */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/cred.h"

/* Every value becomes another one, as far as that can make no difference. */
static void change_values(char *text, size_t size)
{
	bool value = false;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (c == '\n')
			value = false;
		else if (value && c != '\0' && c != '\r')
			text[i] = c == 'q' ? 'p' : 'q';
		else if (c == '=')
			value = true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size), *other = fuzz_copy(data, size);
	struct fault f = { 0 }, g = { 0 };
	struct cred c, d;
	int rc = cred_parse(&c, text, size, &f);

	change_values(other, size);
	EXPECT(cred_parse(&d, other, size, &g) == rc);
	EXPECT(f.err == -rc && strcmp(f.text, g.text) == 0);
	EXPECT(rc == 0 || rc == -EINVAL);
	fuzz_expect_shown(f.text);
	if (rc) {
		EXPECT(!c.username && !c.password);
	} else {
		EXPECT(c.username[0] && c.password[0]);
		EXPECT(memmem(text, size, c.password, strlen(c.password)));
		EXPECT(strlen(c.password) == strlen(d.password));
	}
	cred_wipe(&c);
	cred_wipe(&d);
	EXPECT(!c.username && !c.password);
	free(text);
	free(other);
	return 0;
}
