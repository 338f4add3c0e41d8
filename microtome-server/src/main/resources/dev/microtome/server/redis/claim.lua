-- Gives jobs to a worker: those whose lease is over, then those whose turn it is.
-- worker, model, how many, nonce of this request, a lease's milliseconds, most running of an owner, most attempts
local worker, model, most, nonce = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local lease, room, attempts = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local stream = runs(model)
local taken = {}

for _, held in ipairs(leases(model, worker)) do -- asked twice: the first answer was lost
  if call('HGET', job(held.id), 'nonce') == nonce then taken[#taken + 1] = present(held.id, {}) end
end
if #taken > 0 then return taken end

local function take(id, entry)
  local attempt = call('HINCRBY', job(id), 'attempts', 1)
  call('XCLAIM', stream, GROUP, worker, 0, entry, 'TIME', now, 'RETRYCOUNT', attempt, 'JUSTID')
  call('HSET', job(id), 'worker', worker, 'nonce', nonce, 'entry', entry)
  changed(id)
  taken[#taken + 1] = present(id, {})
end

for _, held in ipairs(leases(model)) do
  if #taken < most and now - held.since > lease
      and tonumber(call('HGET', job(held.id), 'attempts')) < attempts then
    take(held.id, held.entry)
  end
end
for place, one in ipairs(#taken < most and order(model, room) or {}) do
  if #taken >= most then break end
  if call('EXISTS', stream) == 0 then call('XGROUP', 'CREATE', stream, GROUP, '$', 'MKSTREAM') end
  call('HSET', P .. 'served', one.owner, call('INCR', P .. 'turn'))
  call('ZREM', P .. 'waiting:' .. model, one.id)
  call('SREM', P .. 'waiting-of:' .. one.owner, one.id)
  call('SADD', P .. 'running-of:' .. one.owner, one.id)
  call('HSET', job(one.id), 'state', 'RUNNING', 'started', now)
  event(one.id, 'state', 'RUNNING')
  local entry = call('XADD', stream, '*', 'job', one.id)
  call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', 1, 'STREAMS', stream, '>')
  take(one.id, entry)
end
return taken
