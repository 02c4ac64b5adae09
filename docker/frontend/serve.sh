#!/bin/sh
# Serve with the certificate that was mounted; without one, with certificates that are made here for TLS_NAMES.
set -euf # f: a `*` in TLS_NAMES is a part of a name
mounted=$(ls /certificates) # a folder that cannot be read ends the start: nobody is to be served another certificate
if [ -n "$mounted" ]; then CERTIFICATE=own; else CERTIFICATE=made; fi
# shellcheck disable=SC2086 # it is a list
set -- $TLS_NAMES
FIRST_NAME=${1:?TLS_NAMES must hold the name or address that people reach this machine by}
TLS_SITES=
for name; do
    TLS_SITES="${TLS_SITES:+$TLS_SITES, }https://$name:8443"
done
export CERTIFICATE FIRST_NAME TLS_SITES
exec caddy run --config /etc/caddy/Caddyfile --adapter caddyfile
