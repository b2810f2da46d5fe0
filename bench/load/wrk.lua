-- Written for one run of wrk: the requests, cut where the id belongs.
local steps = {
{{range .Steps}}  {asked = 0, count = {{.IDs.Count}}, series = {{quote (series .IDs)}}, pieces = { {{range pieces .}}{{quote .}}, {{end}} } },
{{end}}}
local addresses = { {{range .Addrs}}{ {{quote (host .)}}, {{quote (port .)}} }, {{end}} }
local turns, turn = { {{range .Turns}}{{.}}, {{end}} }, 0

-- Each thread has an address, and every id that the others leave out.
local threads = 0
setup = function(thread)
  local address = addresses[threads + 1]
  thread.addr = wrk.lookup(address[1], address[2])[1]
  thread:set("number", threads)
  threads = threads + 1
end

request = function()
  local step = steps[turns[turn % #turns + 1] + 1]
  turn = turn + 1
  local n = step.asked * #addresses + number
  step.asked = step.asked + 1
  if step.count > 0 then n = n % step.count end
  return table.concat(step.pieces, step.series .. string.format("%016x", n))
end

done = function(summary, latency)
  local e = summary.errors
  print(string.format('\nresult {"duration":%d,"requests":%d,"p50":%d,"p99":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timedOut":%d}',
    summary.duration, summary.requests, latency:percentile(50), latency:percentile(99), e.status, e.connect, e.read, e.write, e.timeout))
end
