-- POST /oauth2/token, grant refresh_token: follows each session's chain of successors, one request at a time a
-- session. The first tokens stand in the file TOKENS.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
local threads = 0
function setup(thread)
    thread:set("part", threads)
    threads = threads + 1
end
local waiting, first, last = {}, 1, 0
local function add(token)
    last = last + 1
    waiting[last] = token
end
function init()
    local number = 0
    for token in io.lines(os.getenv("TOKENS")) do
        if number % 2 == part then add(token) end  -- wrk has two threads
        number = number + 1
    end
end
local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}
local body = "grant_type=refresh_token&client_id=eventstreammonitor&refresh_token="
request = function()
    local token = waiting[first]
    waiting[first] = nil
    first = first + 1
    return wrk.format("POST", nil, headers, body .. token)
end
response = function(status, _, answer)
    if status == 200 then add(answer:match('"refresh_token":"([^"]+)"')) end
end
