-- GET /tasks/{id} over the ids in the file IDS, at random.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
local ids = {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
math.randomseed(os.time())
local path = "/api/v1/eventstreammonitor/tasks/"
local headers = {["Authorization"] = "Bearer " .. os.getenv("TOKEN")}
request = function() return wrk.format("GET", path .. ids[math.random(#ids)], headers) end
