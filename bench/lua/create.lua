-- POST /tasks: a task for an external worker, so that creating is what is measured.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"taskType":"bench_external","parameters":{"source":"bench","rows":1000},"priority":"medium"}'
