-- POST /oauth2/introspect over the access tokens in the file TOKENS, as the client of BASIC.
package.path = debug.getinfo(1, "S").source:match("@?(.*/)") .. "?.lua;" .. package.path
require("report")
local requests = {}
function init()
    local headers = {
        ["Authorization"] = "Basic " .. os.getenv("BASIC"),
        ["Content-Type"] = "application/x-www-form-urlencoded",
    }
    for token in io.lines(os.getenv("TOKENS")) do
        requests[#requests + 1] = wrk.format("POST", nil, headers, "token=" .. token)
    end
end
local turn = 0
request = function()
    turn = turn % #requests + 1
    return requests[turn]
end
