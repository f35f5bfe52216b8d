-- Sends the requests of a plan, in random order or in turn. `arguments`: the plan's file, a number that no other run
-- has, and how many threads share the requests so that each is sent once (0: in random order).
-- In the file a NUL ends each request, and twelve # stand for what makes every write different from the one before.

local plan, run, written, threads, step, position = {}, 0, 0, 0, 0, 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for text in file:read("*a"):gmatch("%Z+") do
    local before, after = text:match("^(.-)############(.*)$")
    plan[#plan + 1] = {before or text, after}
  end
  file:close()
  run, step = tonumber(arguments[2]), tonumber(arguments[3])
  -- Runs start at different places, since the one before may have been a moment ago.
  position = run * 5002 + number
  math.randomseed(run * 100 + number)
end

function request()
  local chosen
  if step > 0 then
    position = position + step
    chosen = plan[position % #plan + 1]
  else
    chosen = plan[math.random(#plan)]
  end
  if not chosen[2] then
    return chosen[1]
  end
  written = written + 1
  return chosen[1] .. string.format("%04d%01d%07d", run, number, written) .. chosen[2]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
