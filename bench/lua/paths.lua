-- GET the paths in the file PATHS, at random, as the caller whose token is in TOKEN.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
math.randomseed(os.time())
local headers = {["Authorization"] = "Bearer " .. os.getenv("TOKEN")}
request = function() return wrk.format("GET", paths[math.random(#paths)], headers) end
