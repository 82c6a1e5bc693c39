-- One report per request, each from another device, so that every one counts.
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("number", threads)
end

function init(args)
	math.randomseed(os.time() * 16 + number)
	device = string.format("%d-%d-", number, math.random(1, 1000000000))
	sent = 0
end

function request()
	sent = sent + 1
	return wrk.format("POST", nil, { ["Content-Type"] = "application/json" },
		'{"symptom":"messaging","country":"IN","device":"' .. device .. sent .. '"}')
end

function done(summary, latency, requests)
	local e = summary.errors
	local failed = e.connect + e.read + e.write + e.status + e.timeout
	io.write(string.format(
		'figures {"rps":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"answered":%d,"failed":%d}\n',
		summary.requests / (summary.duration / 1e6),
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		summary.requests - e.status, failed))
end
