-- GET the URL as the caller whose token is in TOKEN.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
