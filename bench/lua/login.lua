-- POST /auth/login: every request as another account (LOGINS of sql/fill_logins.sql) from another address.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
local threads = 0
function setup(thread)
    thread:set("turn", threads)
    threads = threads + 1
end
local logins = tonumber(os.getenv("LOGINS"))
local body = '{"username":"login%d","password":"' .. os.getenv("PASSWORD") .. '"}'
request = function()
    turn = turn + 2  -- wrk has two threads
    local headers = {
        ["Content-Type"] = "application/json",
        ["X-Forwarded-For"] = string.format("10.%d.%d.%d", turn / 65536 % 256, turn / 256 % 256, turn % 256),
    }
    return wrk.format("POST", nil, headers, body:format(turn % logins + 1))
end
