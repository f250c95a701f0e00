# course-supporter on Kubernetes. Sourced by prove/kubernetes.sh.
# shellcheck shell=bash disable=SC2034,SC2154
environment=cluster
images() {
  standin course-supporter:1.4.0 ports=8000 health=/health env=POSTGRES_PASSWORD,S3_BUCKET,CORS_ALLOWED_ORIGINS \
    dial=REDIS_URL,POSTGRES_HOST:POSTGRES_PORT
}
checks() {
  expect "JSON arrives as JSON" '["https://pythoncourse.me"]' "$(inside deployment/app printenv CORS_ALLOWED_ORIGINS)"
  expect "an optional secret arrives" s3cret-gemini_api_key "$(inside deployment/app printenv GEMINI_API_KEY)"
  expect "the worker has a minute to end" 60 "$(k get deployment worker -o 'jsonpath={.spec.template.spec.terminationGracePeriodSeconds}')"
}
