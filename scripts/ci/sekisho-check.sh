#!/bin/sh
# Checks deploys to Cloud Run in any CI system: `sekisho check`, its report in files, and an exit status that suits a
# pipeline. The GitHub Action runs this as well, so both do the same.
#
# What to check, and how, in environment variables; all of them may be left out, but not both of the first two:
#   CHECK_FILES        files, directories or patterns of resource files, one per line
#   CHECK_PLAN         a Terraform plan as JSON (terraform show -json), laid over the source
#   CHECK_SOURCE       where the facts are from: plane, gcp, assets=PATH, estate=FILE
#   CHECK_PROJECT      the project, where the files name none
#   CHECK_REGION       the region, likewise
#   CHECK_AS           who deploys, e.g. ci@my-project.iam.gserviceaccount.com
#   CHECK_FORMAT       what is printed: table, json, sarif, github, markdown (github on GitHub, else table)
#   CHECK_FAIL_ON      denied: fail when something is denied; unknown: also when something is not known; never
#   CHECK_SARIF_FILE   where to write SARIF; nowhere when left out
#   CHECK_REPORT_FILE  where to write the report as JSON (sekisho-report.json)
#   CHECK_LANG         en or ja
#   CHECK_VERSION      the version of sekisho that npx fetches (latest), unless
#   SEKISHO            names the executable of one that is there
#
# Exits 0 when the deploy may go on, 1 when not, 64 for bad usage, and 2 when there is no answer at all.
set -eu

report=${CHECK_REPORT_FILE:-sekisho-report.json}
fail_on=${CHECK_FAIL_ON:-denied}
case $fail_on in
denied | unknown | never) ;;
*)
	echo "sekisho-check: CHECK_FAIL_ON '$fail_on' is none of denied, unknown, never" >&2
	exit 64
	;;
esac
if [ "${GITHUB_ACTIONS:-}" = true ]; then format=github; else format=table; fi

# The option, unless its value is empty; the words of the command are gathered in "$@".
set -- check --format "${CHECK_FORMAT:-$format}" --write "json=$report"
[ -z "${CHECK_PLAN:-}" ] || set -- "$@" --plan "$CHECK_PLAN"
[ -z "${CHECK_SOURCE:-}" ] || set -- "$@" --source "$CHECK_SOURCE"
[ -z "${CHECK_PROJECT:-}" ] || set -- "$@" --project "$CHECK_PROJECT"
[ -z "${CHECK_REGION:-}" ] || set -- "$@" --region "$CHECK_REGION"
[ -z "${CHECK_AS:-}" ] || set -- "$@" --as "$CHECK_AS"
[ -z "${CHECK_LANG:-}" ] || set -- "$@" --lang "$CHECK_LANG"
[ -z "${CHECK_SARIF_FILE:-}" ] || set -- "$@" --write "sarif=$CHECK_SARIF_FILE"
# One per line, so that names may hold blanks; patterns are left to the shell.
before=${IFS-}
IFS='
'
# shellcheck disable=SC2086
for file in ${CHECK_FILES:-}; do set -- "$@" --file "$file"; done
IFS=$before

# A report of an earlier run must not be taken for this one's.
rm -f "$report"
status=0
if [ -n "${SEKISHO:-}" ]; then
	"$SEKISHO" "$@" || status=$?
else
	npx --yes "sekisho@${CHECK_VERSION:-latest}" "$@" || status=$?
fi

if [ ! -s "$report" ]; then
	echo "sekisho-check: there is no report (sekisho exited with status $status)" >&2
	if [ "$status" -eq 64 ]; then exit 64; fi
	exit 2
fi
case $status in
0) verdict=granted ;;
1) verdict=denied ;;
2) verdict=unknown ;;
*) exit "$status" ;;
esac

if [ -n "${GITHUB_OUTPUT:-}" ]; then
	{
		echo "verdict=$verdict"
		echo "report=$report"
		echo "sarif-file=${CHECK_SARIF_FILE:-}"
	} >>"$GITHUB_OUTPUT"
fi

case $fail_on-$verdict in
denied-denied | unknown-denied | unknown-unknown) exit 1 ;;
*) exit 0 ;;
esac
