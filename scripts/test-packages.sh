#!/bin/sh
# Installs the Debian packages that the tests need, naming each that is missing and why. The product needs none of them.
set -eu
cd "$(dirname "$0")/.."
missing=

need() { # COMMAND PACKAGE REASON
    if ! command -v "$1" >/dev/null; then
        echo "The tests need $2: $3."
        missing="$missing $2"
    fi
}

need pdfsig poppler-utils "pdfsig, pdftotext and pdftoppm read our PDFs as a stranger's software does"
need qpdf qpdf "it checks the structure of our PDFs"
need openssl openssl "it verifies the signatures without any of our code"
need faketime faketime "our commands run in a time to come, when today's certificates have ended"
need strace strace "it shows the order of our system calls, and makes them fail"
need curl curl "it sends the verification service a file that is far too large"
need softhsm2-util softhsm2 "its tokens keep keys as the tokens of schools do (PKCS#11)"
need nginx nginx-light "it stands before our portal as docs/portal.md says"
need chromium chromium "it opens our pages as a person does"

# shellcheck disable=SC2086 # a list of words
[ -z "$missing" ] || scripts/apt-install.sh $missing
