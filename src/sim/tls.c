#include "tls.h"

#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define DAY 86400

static int set_names(gnutls_x509_crt_t crt, const char *host)
{
	static const unsigned char loopback[4] = { 127, 0, 0, 1 };
	const char *name = host != NULL ? host : "localhost";
	int rc;

	rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
		(unsigned)strlen(name));
	if (rc == 0)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
			(unsigned)strlen(name), GNUTLS_FSAN_SET);
	if (rc == 0 && host == NULL)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback,
			sizeof(loopback), GNUTLS_FSAN_APPEND);
	return rc;
}

static int set_usage(gnutls_x509_crt_t crt)
{
	int rc = gnutls_x509_crt_set_basic_constraints(crt, 1, 0);

	if (rc == 0)
		rc = gnutls_x509_crt_set_key_usage(crt,
			GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	return rc;
}

static int set_identity(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	unsigned char serial[16], id[64];
	size_t len = sizeof(id);
	time_t now = time(NULL);
	int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	/* A serial number is positive. */
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 1);
	if (rc == 0)
		rc = gnutls_x509_crt_set_version(crt, 3);
	if (rc == 0)
		rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	if (rc == 0)
		rc = gnutls_x509_crt_set_activation_time(crt, now - DAY);
	if (rc == 0)
		rc = gnutls_x509_crt_set_expiration_time(crt, now + 365 * DAY);
	if (rc == 0)
		rc = gnutls_x509_crt_set_key(crt, key);
	if (rc == 0)
		rc = gnutls_x509_crt_get_key_id(crt, 0, id, &len);
	return rc == 0 ? gnutls_x509_crt_set_subject_key_id(crt, id, len) : rc;
}

static int build(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *host)
{
	int rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);

	if (rc == 0)
		rc = set_identity(crt, key);
	if (rc == 0)
		rc = set_names(crt, host);
	if (rc == 0)
		rc = set_usage(crt);
	return rc == 0 ? gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0) : rc;
}

static int export(struct tls *tls, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	gnutls_datum_t pem;
	int rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);

	if (rc != 0)
		return rc;
	tls->certificate = (char *)pem.data;
	rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
	if (rc == 0)
		tls->key = (char *)pem.data;
	return rc;
}

bool tls_make(struct tls *tls, const char *host, const char **why)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	int rc;

	*tls = (struct tls){ NULL, NULL };
	rc = gnutls_x509_privkey_init(&key);
	if (rc == 0)
		rc = gnutls_x509_crt_init(&crt);
	if (rc == 0)
		rc = build(crt, key, host);
	if (rc == 0)
		rc = export(tls, crt, key);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	*why = gnutls_strerror(rc);
	return rc == 0;
}

void tls_free(struct tls *tls)
{
	gnutls_free(tls->certificate);
	gnutls_free(tls->key);
}
