#!/bin/bash
# What google-github-actions/auth does in a job, with gcloud: signs in by the job's ID token, then runs the rest.
# usage: github-job.sh PROVIDER ACCOUNT|- COMMAND...
set -euo pipefail
provider=$1 account=$2
shift 2
file=$RUNNER_TEMP/gha-creds.json
impersonation=
[[ $account == - ]] || impersonation="\"service_account_impersonation_url\":
  \"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$account:generateAccessToken\","
cat >"$file" <<JSON
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/$provider",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "https://sts.googleapis.com/v1/token", $impersonation
  "credential_source": {
    "url": "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=https://iam.googleapis.com/$provider",
    "headers": { "Authorization": "Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" },
    "format": { "type": "json", "subject_token_field_name": "value" }
  }
}
JSON
gcloud auth login --cred-file="$file" --quiet
export GOOGLE_APPLICATION_CREDENTIALS=$file
"$@"
