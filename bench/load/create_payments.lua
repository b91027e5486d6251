-- A load for wrk: POST /v1/payments, each with an Idempotency-Key of its own. KEY is the API key. Prints one line:
-- requests, seconds, p50 and p99 in milliseconds, failed requests.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  local key = os.getenv("KEY") or ""
  started = string.format("%d-%d", os.time(), math.random(1, 1000000000))
  count = 0
  headers = {["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json"}
  body = '{"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons Ltd",'
      .. '"sort_code":"204514","account_number":"10000001"},"reference":"INV 0001"}'
end

function request()
  count = count + 1
  headers["Idempotency-Key"] = started .. "-" .. number .. "-" .. count
  return wrk.format("POST", "/v1/payments", headers, body)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("%d %.6f %.3f %.3f %d", summary.requests, summary.duration / 1e6,
                      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
