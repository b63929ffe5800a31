#include "service.h"

void service_instance(struct request *rq)
{
	unsigned api = rq->sim->options.api;
	struct text *t = reply_json(&rq->reply, 200);

	text_add(t, "{");
	text_string(t, "installationId", rq->sim->installation);
	/* The product is as new as the newest version that it serves. */
	text_string(t, "version", api & 1u << 8 ? "8.0.2.159" :
		api & 1u << 7 ? "7.0.0.2911" : "6.0.0.367");
	text_add(t, "}");
}

void service_absent(struct request *rq)
{
	reply_error(rq, 404, NULL, "No resource was found for this path.");
}

void service_health(struct request *rq)
{
	struct text *t = reply_json(&rq->reply, 200);

	text_add(t, "{");
	text_string(t, "status", "Healthy");
	text_key(t, "entries");
	text_add(t, "{\"configurationDatabase\":{\"status\":\"Healthy\",\"description\":null}}}");
}
