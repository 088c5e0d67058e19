-- GET /livez: what the load generator and the bare server reach on this machine.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
wrk.path = "/livez"
