-- Ends jobs whose last attempt is lost, forgets those whose time is over and returns them.
-- a lease's milliseconds, most attempts, milliseconds a job is kept, fields of a lost job…
local lease, attempts, kept = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
for _, model in ipairs(call('SMEMBERS', P .. 'models')) do
  for _, held in ipairs(leases(model)) do
    if now - held.since > lease and tonumber(call('HGET', job(held.id), 'attempts')) >= attempts then
      finish(held.id, 'FAILED', {unpack(ARGV, 5)})
    end
  end
end
local gone = call('ZRANGEBYSCORE', P .. 'ended', '-inf', '(' .. (now - kept), 'LIMIT', 0, 500)
for _, id in ipairs(gone) do
  local found = call('HMGET', job(id), 'owner', 'again')
  call('DEL', job(id), P .. 'events:' .. id, P .. 'result:' .. id)
  call('ZREM', P .. 'ended', id)
  if found[1] then
    call('ZREM', P .. 'jobs-of:' .. found[1], id)
    call('HDEL', P .. 'results-of:' .. found[1], id)
    call('HDEL', P .. 'results', id)
    if found[2] then call('HDEL', P .. 'again:' .. found[1], found[2]) end
  end
end
return gone
