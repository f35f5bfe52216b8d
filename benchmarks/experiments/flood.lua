-- Sends one request over and over, and counts the responses by status. `arguments`: method, path, token, body.

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  good, refused, other = 0, 0, 0
  local headers = {["Authorization"] = "Bearer " .. arguments[3], ["Content-Type"] = "application/json"}
  message = wrk.format(arguments[1], arguments[2], headers, arguments[4])
end

function request()
  return message
end

function response(status)
  if status < 300 then
    good = good + 1
  elseif status == 503 then
    refused = refused + 1
  else
    other = other + 1
  end
end

function done(summary)
  local total = {good = 0, refused = 0, other = 0}
  for _, thread in ipairs(threads) do
    for name, count in pairs(total) do
      total[name] = count + thread:get(name)
    end
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('\n{"seconds": %f, "good": %d, "refused": %d, "other": %d, "lost": %d}\n',
    summary.duration / 1e6, total.good, total.refused, total.other, lost))
end
