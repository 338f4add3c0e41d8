-- Takes a job in, or finds the one that came before under the same key.
-- id, owner, model, adapter, priority, time, idempotency key, digest, json, tensors, most waiting of an owner, most waiting
local id, owner, model = ARGV[2], ARGV[3], ARGV[4]
local again, digest = ARGV[8], ARGV[9]
if call('EXISTS', job(id)) == 1 then return {'new', present(id, {})} end -- asked twice: the first answer was lost
if again ~= '' then
  local earlier = call('HGET', P .. 'again:' .. owner, again)
  if earlier and call('HGET', job(earlier), 'digest') ~= digest then return {'conflict'} end
  if earlier then return {'known', present(earlier, {})} end
end
local own = call('SCARD', P .. 'waiting-of:' .. owner)
if own >= tonumber(ARGV[12]) then return {'share', tostring(own)} end
local all = 0
for _, each in ipairs(call('SMEMBERS', P .. 'models')) do all = all + call('ZCARD', P .. 'waiting:' .. each) end
if all >= tonumber(ARGV[13]) then return {'full'} end
local sequence = call('INCR', P .. 'sequence')
call('HSET', job(id), 'id', id, 'owner', owner, 'model', model, 'priority', ARGV[6], 'time', ARGV[7], 'state', 'QUEUED',
  'attempts', 0, 'received', now, 'sequence', sequence, 'digest', digest)
if ARGV[5] ~= '' then call('HSET', job(id), 'adapter', ARGV[5]) end
if again ~= '' then
  call('HSET', job(id), 'again', again)
  call('HSET', P .. 'again:' .. owner, again, id)
end
call('HSET', P .. 'payload:' .. id, 'json', ARGV[10], 'tensors', ARGV[11])
call('SADD', P .. 'models', model)
call('ZADD', P .. 'waiting:' .. model, sequence, id)
call('SADD', P .. 'waiting-of:' .. owner, id)
call('ZADD', P .. 'jobs-of:' .. owner, sequence, id)
event(id, 'state', 'RECEIVED')
event(id, 'state', 'QUEUED')
changed(id)
return {'new', present(id, {})}
