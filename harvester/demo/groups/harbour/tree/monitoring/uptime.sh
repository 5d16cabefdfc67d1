#!/bin/sh
# What we switched on once, written down so that it can be switched on again.
gcloud monitoring uptime create harbour-up --resource-type=uptime-url --resource-labels=host="$HARBOUR_HOST" --path=/
gcloud alpha monitoring policies create --policy-from-file=monitoring/alert_policy.json
gcloud monitoring dashboards create --config-from-file=monitoring/dashboard.json
